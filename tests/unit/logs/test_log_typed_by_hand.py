"""A log whose bars have several widths was typed or shortened by a person: it is read where its counts bear it out."""

from pathlib import Path

import pytest

from harness.domain.analysis import Analysis
from harness.logs.analyze import analyze

FILE = "tests/test_shop.py"
SHORT = [
    "===== test session starts =====",
    "collected 2 items",
    "",
    f"{FILE} F.",
    "",
    "===== FAILURES =====",
    "___ test_pay ___",
    "    def test_pay():",
    ">       assert 1 == 2",
    "E       assert 1 == 2",
    f"{FILE}:3: AssertionError",
    "===== short test summary info =====",
    f"FAILED {FILE}::test_pay - assert 1 == 2",
    "===== 1 failed, 1 passed in 0.05s =====",
]
START = " test session starts ".center(80, "=")


def read(tmp_path: Path, *lines: str) -> Analysis:
    log = tmp_path / "job.log"
    log.write_text("\n".join(lines) + "\n")
    return analyze(str(log))


def names(found: Analysis) -> list[str | None]:
    return [test.nodeid for test in found.reading.failing]


@pytest.mark.parametrize(
    "lines",
    [
        SHORT,
        [*SHORT[:-3], SHORT[-1]],
        [START, *SHORT[1:]],
        [*(line.replace("=" * 5, "=" * 30) for line in SHORT[:-1]), "==== 1 failed, 1 passed in 0.05s ==="],
    ],
)
def test_bars_of_several_widths_are_bars_where_the_counts_agree(tmp_path: Path, lines: list[str]) -> None:
    found = read(tmp_path, *lines, "##[error]Process completed with exit code 1.")
    assert names(found) == [f"{FILE}::test_pay"]
    assert found.reading.complete
    assert found.verdict.failure_class == "test_failure"


def test_a_header_wider_than_the_bars_still_tells_why_a_file_was_not_collected(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        START,
        " ERRORS ".center(80, "="),
        f" ERROR collecting {FILE} ".center(82, "_"),
        f"{FILE}:1: in <module>",
        "    import not_there",
        "E   ModuleNotFoundError: No module named 'not_there'",
        " short test summary info ".center(80, "="),
        f"ERROR {FILE}",
        " 1 error in 0.05s ".center(80, "="),
    )
    assert names(found) == [FILE]
    assert found.reading.failing[0].exception == "ModuleNotFoundError"
    assert found.verdict.failure_class == "missing_dependency"


@pytest.mark.parametrize("end", [[f"{FILE}::test_next PASSED"], ["."], ["PASSED"], ["Killed"]])
def test_what_a_test_prints_without_capture_is_none_of_it(tmp_path: Path, end: list[str]) -> None:
    found = read(tmp_path, START, "collected 2 items", "", f"{FILE}::test_prints", *SHORT[5:], *end)
    assert f"{FILE}::test_pay" not in names(found)


@pytest.mark.parametrize("letters", ["F", "F.", ".F", "F                          [100%]"])
def test_the_letters_of_the_tests_after_it_tell_what_was_printed_from_what_was_typed(
    tmp_path: Path, letters: str
) -> None:
    """Under -s and --no-summary, counts that agree are no proof."""
    report = [line.replace(FILE, "inner.py").replace("test_pay", "test_planted") for line in SHORT[5:-1]]
    closing = f" 1 failed, {letters.count('.') + 1} passed in 0.05s ".center(80, "=")
    found = read(
        tmp_path, START, "collected 9 items", "", f"{FILE} .", *report, "1 failed in 0.05s", letters, "", closing
    )
    assert (names(found), found.reading.complete) == ([], False)
    assert found.reading.tally == {"failed": 1, "passed": letters.count(".") + 1}


def test_counts_that_do_not_agree_are_not_trusted(tmp_path: Path) -> None:
    assert names(read(tmp_path, *SHORT[:-1], "===== 2 failed in 0.05s =====")) == []


def test_a_long_log_is_read_once(tmp_path: Path) -> None:
    assert names(read(tmp_path, *["a line of some program"] * 3000, *SHORT)) == []
