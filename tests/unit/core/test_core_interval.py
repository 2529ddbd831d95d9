"""The exact binomial arithmetic agrees with scipy and with the published tables."""

from math import comb

import pytest
from clean_runs import CLEAN_RUNS

from pytest_repro.core.interval import (
    clean_runs_for_rate,
    clean_runs_needed,
    clopper_pearson,
    fisher_one_sided,
    rate_excluded,
)

stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle of these tests; it comes with the dev extra")

CONFIDENCES = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)
COUNTS = (
    (0, 1),
    (1, 1),
    (1, 2),
    (7, 100),
    (31, 412),
    (99, 100),
    (100, 100),
    (0, 100),
    (5000, 10_000),
    (1, 1_000_000),
    (10, 1_000_000),
    (500_000, 1_000_000),
    (999_999, 1_000_000),
    (0, 1_000_000),
)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(("failures", "runs"), COUNTS)
def test_the_interval_is_that_of_scipy(failures: int, runs: int, confidence: float) -> None:
    """Of its beta quantiles: its binomtest() is off by 0.1 % for one failure in a million at 99.99 %."""
    tail = (1 - confidence) / 2
    low = stats.beta.ppf(tail, failures, runs - failures + 1) if failures else 0.0
    high = stats.beta.isf(tail, failures + 1, runs - failures) if failures < runs else 1.0

    assert clopper_pearson(failures, runs, confidence) == pytest.approx((low, high), rel=1e-8)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((7, 100), (0, 100)),
        ((31, 412), (0, 214)),
        ((1, 10), (0, 191)),
        ((5, 5), (0, 5)),
        ((10, 100), (3, 100)),
        ((3, 100), (10, 100)),
        ((10, 10), (10, 10)),
        ((0, 10), (0, 10)),
        ((1000, 100_000), (900, 100_000)),
        ((100_000, 1_000_000), (99_000, 1_000_000)),
        ((500_000, 1_000_000), (499_000, 1_000_000)),
        ((1, 1_000_000), (0, 1_000_000)),
    ],
)
def test_the_p_value_is_that_of_scipy(before: tuple[int, int], after: tuple[int, int]) -> None:
    table = [[after[0], after[1] - after[0]], [before[0], before[1] - before[0]]]

    assert fisher_one_sided(before, after) == pytest.approx(stats.fisher_exact(table, "less")[1], rel=1e-6)


def test_the_p_value_of_a_clean_run_has_its_closed_form() -> None:
    assert fisher_one_sided((31, 412), (0, 214)) == pytest.approx(comb(412, 31) / comb(412 + 214, 31), rel=1e-12)


def test_a_chance_too_small_for_a_float_is_zero() -> None:
    assert fisher_one_sided((1_000_000, 1_000_000), (0, 1_000_000)) == 0.0


def test_without_runs_after_nothing_is_shown() -> None:
    assert fisher_one_sided((7, 100), (0, 0)) == 1.0


@pytest.mark.parametrize(("before", "after"), [((5, 3), (0, 1)), ((1, 3), (2, 1)), ((-1, 3), (0, 1))])
def test_impossible_counts_have_no_p_value(before: tuple[int, int], after: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected 0 <= failures <= runs"):
        fisher_one_sided(before, after)


@pytest.mark.parametrize(("failures", "runs"), [(1, 0), (-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_have_no_interval(failures: int, runs: int) -> None:
    with pytest.raises(ValueError, match="expected 0 <= failures <= runs"):
        clopper_pearson(failures, runs)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0])
def test_a_confidence_outside_of_zero_to_one_is_refused(confidence: float) -> None:
    for call in (
        lambda: clopper_pearson(1, 2, confidence),
        lambda: rate_excluded(2, confidence),
        lambda: clean_runs_for_rate(0.1, confidence),
        lambda: clean_runs_needed(1, 2, confidence),
    ):
        with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
            call()


@pytest.mark.parametrize(("rate", "expected"), CLEAN_RUNS.items())
def test_the_clean_runs_for_a_known_rate_are_those_of_the_table(rate: float, expected: tuple[int, ...]) -> None:
    assert tuple(clean_runs_for_rate(rate, confidence) for confidence in (0.9, 0.95, 0.99, 0.999)) == expected


@pytest.mark.parametrize(
    ("failures", "runs", "expected"),
    [(1, 10, 191), (2, 10, 33), (5, 10, 7), (1, 100, 1901), (5, 100, 81), (20, 100, 15), (10, 1000, 348)],
)
def test_the_clean_runs_after_a_measured_rate_are_those_of_the_table(failures: int, runs: int, expected: int) -> None:
    assert clean_runs_needed(failures, runs) == expected


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(("failures", "runs"), [(1, 1), (1, 10), (5, 10), (7, 100), (100, 100), (31, 412)])
def test_the_needed_number_of_clean_runs_is_the_smallest_that_scipy_accepts(
    failures: int, runs: int, confidence: float
) -> None:
    needed = clean_runs_needed(failures, runs, confidence)
    alpha = 1 - confidence

    assert _scipy_p(failures, runs, needed) < alpha * (1 + 1e-9)
    assert needed == 1 or _scipy_p(failures, runs, needed - 1) >= alpha * (1 - 1e-9)


def _scipy_p(failures: int, runs: int, clean: int) -> float:
    return float(stats.fisher_exact([[0, clean], [failures, runs - failures]], "less")[1])


def test_a_confidence_of_nine_tenths_means_exactly_one_in_ten() -> None:
    """One clean run of nine after 1 of 1 has a p-value of exactly 0.1, which is not below 0.1, whatever floats say."""
    assert clean_runs_needed(1, 1, 0.9) == 10
    assert clean_runs_for_rate(0.5, 0.5) == 1
    assert clean_runs_for_rate(0.1, 0.19) == 2


def test_one_failure_in_a_million_needs_millions_of_clean_runs() -> None:
    assert clean_runs_needed(1, 1_000_000, 0.9999) == 9_999_000_001


def test_without_a_failure_no_number_of_clean_runs_is_enough() -> None:
    with pytest.raises(ValueError, match="no number of clean runs shows anything"):
        clean_runs_needed(0, 100)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 5.0])
def test_a_rate_that_is_no_fraction_has_no_number_of_clean_runs(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must lie between 0 and 1"):
        clean_runs_for_rate(rate)


def test_a_hundred_clean_runs_exclude_three_per_cent() -> None:
    """The rule of three: about 3/n."""
    assert rate_excluded(100) == pytest.approx(1 - 0.05**0.01, rel=1e-12)
    assert rate_excluded(100) == pytest.approx(0.03, rel=0.02)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("runs", [1, 29, 100, 1_000_000])
def test_the_rate_excluded_is_the_one_sided_bound_of_scipy(runs: int, confidence: float) -> None:
    assert rate_excluded(runs, confidence) == pytest.approx(stats.beta.isf(1 - confidence, 1, runs), rel=1e-9)
