"""A rate is said so that what is printed is true to its last digit."""

from decimal import Decimal

import pytest

from pytest_repro.core.rate import FailureRate, bound, percent


@pytest.mark.parametrize(
    ("fraction", "said"),
    [
        (0.0, "0"),
        (1.0, "100"),
        (0.07, "7.0"),
        (0.5, "50.0"),
        (0.01, "1.0"),
        (0.0099, "0.99"),
        (0.00123, "0.12"),
        (0.000123, "0.012"),
        (1e-6, "0.00010"),
        (0.999, "99.9"),
        (0.9995, "99.95"),
        (0.999999, "99.9999"),
    ],
)
def test_per_cent_keeps_the_digits_that_count(fraction: float, said: str) -> None:
    assert percent(fraction) == said


@pytest.mark.parametrize("fraction", [1e-300, 1e-17, 1e-9, 0.00004, 0.99996, 1 - 1e-9, 1 - 2**-53])
def test_nothing_but_zero_is_said_as_0_and_nothing_but_all_as_100(fraction: float) -> None:
    assert 0 < Decimal(percent(fraction)) < 100
    assert 0 < Decimal(bound(fraction)) < 100


@pytest.mark.parametrize(
    ("fraction", "said"),
    [
        (0.0295, "3.0"),
        (0.0981, "9.9"),
        (0.03, "3.0"),
        (0.01391, "1.4"),
        (0.95, "95.0"),
        (0.00299, "0.30"),
        (0.00722, "0.73"),
        (0.00030, "0.030"),
        (2.9957e-6, "0.00030"),
        (0.99999, "99.999"),
    ],
)
def test_an_upper_bound_is_rounded_up(fraction: float, said: str) -> None:
    assert bound(fraction) == said


@pytest.mark.parametrize("runs", [1, 2, 3, 5, 29, 42, 59, 100, 214, 299, 412, 1000, 12345, 10**6])
def test_the_bound_said_of_a_clean_test_is_never_below_the_true_bound(runs: int) -> None:
    rate = FailureRate(0, runs)
    said = Decimal(rate.describe().split()[1]) / 100

    assert said >= Decimal(rate.excluded) * (1 - Decimal("1e-12"))


def test_a_flaky_test_is_said_with_its_rate_and_its_interval() -> None:
    assert FailureRate(7, 100).describe() == "7.0 %  [2.9, 13.9]"
    assert FailureRate(7, 100).counts == "7/100"


def test_a_clean_test_is_said_with_the_rate_that_it_excludes() -> None:
    assert FailureRate(0, 100).describe() == "below 3.0 % (95 %)"


def test_a_test_that_always_fails_keeps_the_lower_end_of_its_interval() -> None:
    assert FailureRate(20, 20).describe() == "100 %  [83.2, 100]"


def test_without_a_counted_run_nothing_is_said_of_the_rate() -> None:
    assert FailureRate(0, 0).describe() == "no run counted"


@pytest.mark.parametrize(
    ("confidence", "said"), [(0.99, "99 %"), (0.9999, "99.99 %"), (0.5, "50 %"), (0.9999999, "99.99999 %")]
)
def test_another_confidence_is_named_with_all_its_digits(confidence: float, said: str) -> None:
    assert FailureRate(7, 100, confidence).describe().endswith(f"({said})")
    assert FailureRate(0, 100, confidence).describe().endswith(f"({said})")


def test_one_failure_in_a_million_is_not_said_to_be_more() -> None:
    assert FailureRate(1, 1_000_000).describe() == "0.00010 %  [0.0000025, 0.00056]"
