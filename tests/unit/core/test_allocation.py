"""More time goes to where failures were seen or nearly seen, and every test keeps a quarter of its even share."""

import random

import pytest

from pytest_repro.core.allocation import ASSURED, DurationOutliers, Evidence, shares

CLEAN = Evidence(100, 0, 0, 1.0)
FLAKY = Evidence(100, 5, 0, 1.0)
NEARLY = Evidence(100, 0, 5, 1.0)
BROKEN = Evidence(100, 100, 0, 1.0)
NEW = Evidence(0, 0, 0, 0.0)


def test_even_shares_look_at_nothing() -> None:
    assert shares([CLEAN, FLAKY, BROKEN, NEW], adaptive=False) == [0.25] * 4


@pytest.mark.parametrize("adaptive", [False, True])
def test_no_tests_have_no_shares(adaptive: bool) -> None:
    assert shares([], adaptive) == []


@pytest.mark.parametrize("one", [CLEAN, FLAKY, BROKEN, NEW])
def test_a_test_alone_has_all_the_time(one: Evidence) -> None:
    assert shares([one], adaptive=True) == [1.0]


def test_as_long_as_nothing_was_seen_adaptive_shares_are_even() -> None:
    assert shares([CLEAN, NEW, CLEAN, NEW], adaptive=True) == pytest.approx([0.25] * 4)


def test_a_flaky_test_has_several_times_the_time_of_a_clean_one() -> None:
    clean, flaky = shares([*[CLEAN] * 99, FLAKY], adaptive=True)[-2:]

    assert 4 < flaky / clean < 16


def test_a_near_failure_counts_but_less_than_a_failure() -> None:
    clean, nearly, flaky = shares([CLEAN, NEARLY, FLAKY], adaptive=True)

    assert clean < nearly < flaky


def test_a_test_that_always_fails_has_less_than_a_flaky_one_and_more_than_a_clean_one() -> None:
    clean, broken, flaky = shares([CLEAN, BROKEN, FLAKY], adaptive=True)

    assert clean < broken < flaky


def test_the_only_clean_test_among_flaky_ones_keeps_a_quarter_of_its_even_share() -> None:
    half = Evidence(100, 50, 0, 1.0)
    clean = shares([CLEAN, *[half] * 999], adaptive=True)[0]

    assert ASSURED / 1000 <= clean < 1.3 * ASSURED / 1000


def test_of_two_flaky_tests_the_slower_has_more_time_and_fewer_iterations() -> None:
    slow = Evidence(100, 5, 0, 4.0)
    quick_share, slow_share = shares([FLAKY, slow], adaptive=True)

    assert quick_share < slow_share < 4 * quick_share


def test_how_slow_a_clean_test_is_does_not_matter() -> None:
    first, second, _ = shares([CLEAN, Evidence(100, 0, 0, 900.0), FLAKY], adaptive=True)

    assert first == second


def test_one_very_slow_flaky_test_does_not_take_the_time_of_another() -> None:
    *quick, slow = shares([*[FLAKY] * 99, Evidence(100, 5, 0, 1e6)], adaptive=True)

    assert slow < 4 * quick[0]


def verdicts(durations: list[float]) -> list[bool]:
    outliers = DurationOutliers()
    return [outliers.is_outlier(seconds) for seconds in durations]


def test_an_unusually_long_iteration_is_an_outlier() -> None:
    assert verdicts([0.01] * 10 + [0.05, 0.01]) == [False] * 10 + [True, False]


def test_the_first_ten_are_only_learnt() -> None:
    assert not any(verdicts([0.01] * 9 + [5.0]))


def test_a_slow_first_iteration_does_not_hide_later_ones() -> None:
    """The first one imports, compiles and fills caches."""
    assert verdicts([3.0, 2.0] + [0.01] * 8 + [0.05])[-1]


def test_a_few_thousandths_of_a_second_are_never_an_outlier() -> None:
    assert not any(verdicts([0.0001] * 10 + [0.0049] * 5))


def test_four_times_the_usual_is_none_yet() -> None:
    assert not any(verdicts([0.01] * 10 + [0.04]))


def test_durations_of_nothing_are_no_obstacle() -> None:
    assert verdicts([0.0] * 200 + [0.1])[-1]


def test_single_outliers_hardly_move_what_is_usual() -> None:
    assert verdicts(([0.01] * 9 + [1.0]) * 20)[10:] == ([False] * 9 + [True]) * 19


def test_a_test_that_becomes_slower_is_soon_no_outlier_any_more() -> None:
    found = verdicts([0.01] * 20 + [0.08] * 200)

    assert found[20]
    assert not any(found[-100:])


def test_ordinary_scatter_is_no_outlier() -> None:
    generator = random.Random(5)

    assert sum(verdicts([generator.lognormvariate(-4, 0.3) for _ in range(20_000)])) < 20


def test_no_more_is_kept_however_many_were_seen() -> None:
    outliers = DurationOutliers()
    for _ in range(1000):
        outliers.is_outlier(0.01)

    assert not hasattr(outliers, "__dict__")
    assert [len(value) for name in outliers.__slots__ if isinstance(value := getattr(outliers, name), list)] == [0]
