"""For any counts: intervals contain the rate, bounds hold, and needed runs are needed and enough."""

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_repro.core.interval import (
    clean_runs_for_rate,
    clean_runs_needed,
    clopper_pearson,
    fisher_one_sided,
    rate_excluded,
)
from pytest_repro.core.rate import FailureRate, bound, percent

RUNS = st.integers(1, 5000)
COUNTS = RUNS.flatmap(lambda runs: st.tuples(st.integers(0, runs), st.just(runs)))
CONFIDENCE = st.floats(0.5, 0.9999)
FRACTION = st.floats(0, 1)


@given(COUNTS, CONFIDENCE)
def test_the_interval_contains_the_observed_rate(counts: tuple[int, int], confidence: float) -> None:
    failures, runs = counts
    low, high = clopper_pearson(failures, runs, confidence)

    assert 0 <= low <= failures / runs <= high <= 1
    assert (low == 0) == (failures == 0)
    assert (high == 1) == (failures == runs)


@given(COUNTS, CONFIDENCE)
def test_failures_and_passes_mirror_each_other(counts: tuple[int, int], confidence: float) -> None:
    failures, runs = counts
    low, high = clopper_pearson(failures, runs, confidence)
    other_low, other_high = clopper_pearson(runs - failures, runs, confidence)

    assert abs(low - (1 - other_high)) < 1e-9
    assert abs(high - (1 - other_low)) < 1e-9


@given(COUNTS, CONFIDENCE, CONFIDENCE)
def test_more_confidence_widens_the_interval(counts: tuple[int, int], one: float, other: float) -> None:
    narrow, wide = (clopper_pearson(*counts, confidence) for confidence in sorted((one, other)))

    assert wide[0] <= narrow[0] + 1e-12
    assert wide[1] >= narrow[1] - 1e-12


@given(st.floats(1e-6, 0.99), CONFIDENCE)
def test_so_many_clean_runs_exclude_the_rate_and_one_less_does_not(rate: float, confidence: float) -> None:
    needed = clean_runs_for_rate(rate, confidence)

    assert rate_excluded(needed, confidence) <= rate * (1 + 1e-9)
    assert needed == 1 or rate_excluded(needed - 1, confidence) >= rate * (1 - 1e-9)


@given(COUNTS, CONFIDENCE)
def test_so_many_clean_runs_show_a_fix_and_one_less_does_not(counts: tuple[int, int], confidence: float) -> None:
    failures, runs = counts
    assume(failures)
    needed = clean_runs_needed(failures, runs, confidence)
    alpha = 1 - confidence

    assert fisher_one_sided((failures, runs), (0, needed)) < alpha * (1 + 1e-9)
    assert needed == 1 or fisher_one_sided((failures, runs), (0, needed - 1)) >= alpha * (1 - 1e-9)


@given(COUNTS, COUNTS)
def test_a_p_value_is_a_chance_and_falls_with_every_failure_less(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    p = fisher_one_sided(before, after)

    assert 0 <= p <= 1
    if after[0]:
        assert fisher_one_sided((before[0] + 1, before[1] + 1), (after[0] - 1, after[1])) <= p * (1 + 1e-9)


@given(FRACTION)
def test_a_bound_said_is_no_smaller_than_the_bound(fraction: float) -> None:
    assert Decimal(bound(fraction)) / 100 >= Decimal(fraction) * (1 - Decimal("1e-12"))


@given(FRACTION)
def test_a_percentage_said_is_near_and_says_0_and_100_only_of_0_and_1(fraction: float) -> None:
    said = Decimal(percent(fraction)) / 100

    assert abs(said - Decimal(fraction)) <= Decimal("0.0005")
    assert abs(said - Decimal(fraction)) <= Decimal(fraction) * Decimal("0.051")
    assert (said == 0, said == 1) == (fraction == 0, fraction == 1)


@given(FRACTION, FRACTION)
def test_a_higher_rate_is_never_said_as_a_lower_one(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert Decimal(percent(low)) <= Decimal(percent(high))
    assert Decimal(bound(low)) <= Decimal(bound(high))


@given(COUNTS, CONFIDENCE)
def test_every_rate_can_be_said(counts: tuple[int, int], confidence: float) -> None:
    text = FailureRate(*counts, confidence).describe()

    assert text.startswith("below ") == (counts[0] == 0)
