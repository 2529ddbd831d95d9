"""Lines of the short summary are enough where they are the whole text, and only there."""

import pytest
from read_log import read_log
from test_log_pytest_text import FAILURES, START, bar, block, body, named, read

from harness.logs.text.pasted import LONGEST
from pytest_repro.core.errors import ReproError

FAILED = "FAILED tests/x.py::test_y - AssertionError: assert 1 == 2"
ERROR = "ERROR tests/test_z.py - ModuleNotFoundError: No module named 'gone'"
ALONE = "pasted summary lines only: nothing to hold them against"
PASTE = 'lines of the short summary stand among others: paste from the line "short test summary info" on'


def test_pasted_summary_lines_name_their_tests() -> None:
    reading = read(FAILED, "", "FAILED tests/x.py::T::test_a[b c]")
    assert named(reading) == ["tests/x.py::test_y", "tests/x.py::T::test_a[b c]"]
    assert (reading.failing[0].exception, reading.failing[0].message) == ("AssertionError", "assert 1 == 2")
    assert reading.notes == (ALONE,)
    assert not reading.complete


def test_one_pasted_line_needs_no_line_end() -> None:
    assert named(read_log(FAILED)) == ["tests/x.py::test_y"]
    with pytest.raises(ReproError):
        read_log("ERROR config.yaml - broken")


@pytest.mark.parametrize("closing", ["1 failed, 1 error in 0.10s", bar("1 failed, 7 passed, 1 error in 0.10s")])
def test_pasted_lines_may_end_with_the_closing_line(closing: str) -> None:
    reading = read(FAILED, ERROR, closing)
    assert {test.label: test.phase for test in reading.failing} == {
        "tests/x.py::test_y": "call",
        "tests/test_z.py": "collect",
    }
    assert reading.notes[0].startswith(ALONE)
    assert reading.complete


def test_pasted_lines_fewer_than_the_closing_line_counts_are_incomplete() -> None:
    reading = read(FAILED, "3 failed in 0.10s")
    assert named(reading) == ["tests/x.py::test_y"]
    assert "the closing line counts 3 failed, 1 named: incomplete" in reading.notes
    assert not reading.complete


@pytest.mark.parametrize(
    "lines",
    [
        ["some program said", FAILED, "1 failed in 0.10s"],
        [FAILED, "1 failed in 0.10s", "and went on"],
        [*[FAILED] * LONGEST, "1 failed in 0.10s"],
    ],
    ids=["before", "after", "long"],
)
def test_mixed_or_long_text_names_nothing_but_says_what_to_paste(lines: list[str]) -> None:
    reading = read(*lines)
    assert reading.failing == ()
    assert PASTE in reading.notes


def test_summary_lines_that_a_test_printed_name_nothing() -> None:
    printed = [bar("Captured stdout call", "-"), FAILED, "1 failed in 0.10s"]
    closing = bar("1 failed in 0.10s")
    reading = read(START, "", FAILURES, *block("test_own", *body("test_own")), *printed, closing)
    assert [test.printed for test in reading.failing] == ["test_own"]
    assert PASTE not in reading.notes


def test_a_line_of_another_program_is_no_pasted_line() -> None:
    assert read("ERROR config.yaml - cannot be read", "ERROR a/b - no").failing == ()


def test_files_that_could_not_be_collected_are_told_with_the_reason() -> None:
    told = "1 file could not be collected: ModuleNotFoundError: No module named 'gone'"
    assert told in read(ERROR).notes
    two = read(ERROR, "ERROR tests/test_w.py", "2 errors in 0.10s")
    assert any(note.startswith("2 files could not be collected: ModuleNotFoundError: ") for note in two.notes)
    assert "tests/test_w.py (the log does not say why)" in two.notes[-1]
    assert not [note for note in read(FAILED).notes if "collected" in note]
