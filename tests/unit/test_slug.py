import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.slug import LONGEST, slug


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("tests/test_pool.py::test_close_waits_for_borrowers", "close-waits-for-borrowers"),
        ("tests/test_pool.py::TestPool::test_close[ok 2:30pm-1]", "close"),
        ("tests/test_pool.py::PoolTest::testCloseHTTPPool", "close-http-pool"),
        ("tests/test_a.py::test_x[a::b/c]", "x"),
        ("Tickets are lost, sometimes", "tickets-are-lost-sometimes"),
        ("tests/test_a.py::test_café_is_open", "cafe-is-open"),
        ("tests/test_a.py::test_con", "con-test"),
    ],
)
def test_a_slug_is_made_of_the_words_of_the_test_name(given_text: str, expected: str) -> None:
    assert slug(given_text) == expected


def test_a_long_name_ends_at_a_whole_word() -> None:
    name = slug("t.py::test_" + "_".join(["borrower"] * 12))
    assert name == "-".join(["borrower"] * 5)


def test_one_word_that_is_too_long_is_cut() -> None:
    assert slug("x" * 80) == "x" * LONGEST


def test_two_names_without_a_usable_letter_stay_apart() -> None:
    assert slug("t.py::test_日本") != slug("t.py::test_中国")


def test_a_test_that_is_only_called_test_gets_a_name() -> None:
    assert slug("t.py::test").startswith("test-")


@given(st.text() | st.text().map(lambda name: f"tests/a.py::test_{name}"))
def test_any_text_gives_a_name_that_git_and_every_file_system_take(text: str) -> None:
    name = slug(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= LONGEST
    assert f"repro_{name.replace('-', '_')}".isidentifier()
    assert slug(text) == name
