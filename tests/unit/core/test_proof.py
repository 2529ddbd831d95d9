"""A rate is shown, refuted or left open, and looking whenever one likes does not weaken what is shown."""

import random

import pytest
from clean_runs import CLEAN_RUNS
from scipy.stats import binomtest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.proof import Proof, parse_confidence, parse_rate


@pytest.mark.parametrize("rate", CLEAN_RUNS)
def test_so_many_clean_runs_are_needed(rate: float) -> None:
    assert tuple(Proof(rate, confidence).needed for confidence in (0.9, 0.95, 0.99, 0.999)) == CLEAN_RUNS[rate]


@pytest.mark.parametrize("rate", [rate for rate in CLEAN_RUNS if rate <= 0.1])
def test_what_is_excluded_is_the_bound_of_the_exact_interval(rate: float) -> None:
    clean = Proof(rate).needed - 3
    oracle = binomtest(0, clean).proportion_ci(0.90, method="exact").high  # two-sided 90 % is one-sided 95 %

    assert Proof(rate).verdict(clean, 0).excluded == pytest.approx(oracle, rel=1e-9)


def test_the_verdict_stays_open_up_to_the_last_clean_run() -> None:
    proof = Proof(0.1)

    assert [proof.verdict(clean, 0).state for clean in (0, 1, 28, 29, 300)] == ["open"] * 3 + ["shown"] * 2
    assert proof.verdict(28, 0).excluded > 0.1 >= proof.verdict(29, 0).excluded


def test_before_the_first_run_nothing_is_excluded() -> None:
    assert Proof(0.1).verdict(0, 0).excluded == 1.0


@pytest.mark.parametrize("clean", [0, 28, 29, 10_000])
def test_one_failure_refutes_however_many_runs_were_clean(clean: int) -> None:
    verdict = Proof(0.1).verdict(clean, 1)

    assert (verdict.state, verdict.excluded, verdict.needed) == ("refuted", 1.0, 29)


@pytest.mark.parametrize(("rate", "confidence"), [(0.013, 0.525673157738), (0.014, 0.505864851364)])
def test_at_the_boundary_rounding_does_not_make_the_bound_larger_than_what_it_shows(
    rate: float, confidence: float
) -> None:
    """(1 - rate) ** needed is 1 - confidence here, up to the last bit of a float."""
    proof = Proof(rate, confidence)

    assert (1 - rate) ** proof.needed == pytest.approx(1 - confidence)
    assert proof.verdict(proof.needed, 0).excluded == rate


@pytest.mark.parametrize("true_rate", [0.1, 0.15])
def test_looking_after_every_run_accepts_an_unfixed_test_in_5_of_100_trials_at_most(true_rate: float) -> None:
    trials, accepted, generator = 20_000, 0, random.Random(3)
    proof = Proof(0.1)
    for _ in range(trials):
        clean = 0
        while (state := proof.verdict(clean, int(generator.random() < true_rate)).state) == "open":
            clean += 1
        accepted += state == "shown"

    assert accepted > 0
    assert binomtest(accepted, trials, 0.05, alternative="greater").pvalue > 0.01


@pytest.mark.parametrize(("rate", "runs"), [(0.2, 15), (0.1, 32), (0.05, 65), (0.01, 332)])
def test_a_smaller_bet_needs_more_clean_runs(rate: float, runs: int) -> None:
    """Nine tenths of the largest bet, whose wealth after n clean runs is (1 + 0.9 * p0 / (1 - p0)) ** n."""
    growth = 1 + 0.9 * rate / (1 - rate)

    assert growth ** (runs - 1) < 20 <= growth**runs
    assert runs > Proof(rate).needed


@pytest.mark.parametrize(
    ("text", "rate"),
    [("0.01", 0.01), ("1%", 0.01), (" 1 % ", 0.01), (".5", 0.5), ("0.1%", 0.001), ("99.9%", 0.999), ("1e-05", 1e-5)],
)
def test_a_rate_is_read_as_people_type_it(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "0", "0%", "0.0", "1", "1.0", "100%", "2", "150%", "-0.1", "nan", "inf", "1e-10", "1‰", "%", ".", "٣%"]
)
def test_a_rate_of_nothing_or_all_and_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_rate(text)

    assert caught.value.slug == "bad-rate"
    assert repr(text) in caught.value.message


@pytest.mark.parametrize(("text", "confidence"), [("0.95", 0.95), ("95%", 0.95), ("99.9 %", 0.999), ("0.5", 0.5)])
def test_a_confidence_is_read_as_people_type_it(text: str, confidence: float) -> None:
    assert parse_confidence(text) == confidence


@pytest.mark.parametrize(
    "text", ["", "0", "1", "100%", "0.05", "5%", "5", "95", "0.9999999999", "-0.95", "high", "nan"]
)
def test_a_confidence_below_a_half_or_of_certainty_is_refused(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_confidence(text)

    assert caught.value.slug == "bad-confidence"
    assert repr(text) in caught.value.message


@pytest.mark.parametrize("text", ["1", "5", "0", "2.5", "150", "junk"])
def test_the_hint_for_a_bad_rate_is_itself_a_rate(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_rate(text)

    assert 0 < parse_rate(next(word for word in caught.value.hint.split() if word[0].isdigit())) < 1


@pytest.mark.parametrize("text", ["95", "5", "0.05", "1", "junk"])
def test_the_hint_for_a_bad_confidence_is_itself_a_confidence(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_confidence(text)

    assert parse_confidence(next(word for word in caught.value.hint.split() if word[0].isdigit())) == 0.95
