"""Counts in words."""

import pytest

from harness.domain.counted import counted_words, files_words, plural


@pytest.mark.parametrize(
    ("failures", "runs", "words"),
    [(3, 3, "3 of 3 runs fail"), (0, 5, "5 of 5 runs pass"), (1, 1, "1 of 1 run fails"), (0, 1, "1 of 1 run passes")],
)
def test_a_deterministic_failure_is_counted_in_plain_words(failures: int, runs: int, words: str) -> None:
    assert counted_words(failures, runs, deterministic=True) == words


def test_a_failure_that_comes_and_goes_has_an_interval() -> None:
    assert counted_words(7, 100, deterministic=False) == "7/100 iterations fail, 7.0 %  [2.9, 13.9]"
    assert counted_words(0, 0, deterministic=True) == "0/0 iterations fail, no run counted"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["a.py"], "a.py"),
        (["a.py", "b/c.py", "d.py"], "a.py, b/c.py, d.py"),
        ([f"sqlparse/{name}.py" for name in "abcdefgh"] + ["sqlparse/x/y.py"], "9 files below sqlparse/"),
        (["a.py", "b.py", "c/d.py", "c/e.py"], "4 files"),
    ],
)
def test_a_long_list_of_files_is_said_by_number_and_folder(files: list[str], words: str) -> None:
    assert files_words(files) == words


def test_one_is_not_several() -> None:
    assert (plural(1, "test"), plural(2, "test"), plural(0, "test")) == ("1 test", "2 tests", "0 tests")
