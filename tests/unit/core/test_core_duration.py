"""Durations are read as typed, and refused with a hint that helps."""

import pytest

from pytest_repro.core.duration import format_duration, parse_duration, parse_seconds
from pytest_repro.core.errors import ReproError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1d", 86400),
        ("1.5h", 5400),
        (" 1h 30m ", 5400),
        ("90 s", 90),
        ("5M", 300),
        ("1m500ms", 60.5),
    ],
)
def test_a_duration_is_read_as_people_type_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["", " ", "90", "s", "5x", "-5m", "1e3s", "5m ago", "1 0s", "1.s", ".5s", "5 minutes", "0s", "0h0m", "٣s", "inf"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_duration(text)

    assert caught.value.slug == "bad-duration"
    assert repr(text) in caught.value.message


@pytest.mark.parametrize("text", ["9" * 400 + "s", "99999999d"])
def test_a_duration_that_no_clock_can_count_is_refused(text: str) -> None:
    with pytest.raises(ReproError, match="less than a century"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["90", " 12 ", "0.5"])
def test_the_hint_for_a_bare_number_is_itself_a_duration(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_duration(text)

    assert parse_duration(caught.value.hint.split()[1]) == float(text)


def test_the_hint_for_a_bare_zero_does_not_propose_zero_seconds() -> None:
    with pytest.raises(ReproError) as caught:
        parse_duration("0")

    assert caught.value.hint == "write for example 5m"


@pytest.mark.parametrize(("text", "seconds"), [("2", 2), (" 0.25 ", 0.25), ("120", 120), ("90s", 90), ("1h30m", 5400)])
def test_where_seconds_are_asked_for_a_bare_number_is_seconds(text: str, seconds: float) -> None:
    assert parse_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "soon", "1e3", "inf", "5x", "٣", "99999999999"])
def test_other_words_for_seconds_are_refused_as_typed(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_seconds(text)

    assert caught.value.slug == "bad-duration"
    assert repr(text) in caught.value.message


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.00 s"),
        (0.42, "0.42 s"),
        (0.994, "0.99 s"),
        (0.997, "1.0 s"),
        (6.24, "6.2 s"),
        (99.94, "99.9 s"),
        (99.96, "1m 40s"),
        (200, "3m 20s"),
        (3599.6, "1h 00m"),
        (3900, "1h 05m"),
        (90000, "25h 00m"),
    ],
)
def test_a_duration_is_said_in_one_form_for_each_size(seconds: float, said: str) -> None:
    assert format_duration(seconds) == said
