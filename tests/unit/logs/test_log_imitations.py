"""Text that looks like a report of pytest and is none names no test."""

import pytest
from read_log import read_log

from harness.domain.ci_log import LogReading


def bar(title: str, fill: str = "=", width: int = 80) -> str:
    return f" {title} ".center(width, fill)


START, FAILURES, SUMMARY = bar("test session starts"), bar("FAILURES"), bar("short test summary info")
OUT = bar("Captured stdout call", "-")
FAKE = [
    START,
    "collected 1 item",
    "tests/test_fake.py::test_fake FAILED                                     [100%]",
    FAILURES,
    bar("test_fake", "_"),
    "    def test_fake():",
    ">       assert 0",
    "E       assert 0",
    "tests/test_fake.py:3: AssertionError",
    SUMMARY,
    "FAILED tests/test_fake.py::test_fake - assert 0",
    bar("1 failed in 0.01s"),
]
UNITTEST = [
    "=" * 70,
    "FAIL: test_fake (test_fake.T)",
    "-" * 70,
    "Traceback (most recent call last):",
    "KeyError: 1",
    "",
]
UNITTEST += ["-" * 70, "Ran 1 test in 0.1s", "", "FAILED (failures=1)"]
LINES = [
    "FAILED tests/test_fake.py::test_fake - assert 0",
    "ERROR tests/test_fake.py::test_fake - OSError",
    "ERROR tests/test_fake.py - ImportError",
    "ERROR    app.worker:worker.py:12 job failed - retrying",
    "tests/test_fake.py::test_fake FAILED                                     [100%]",
    "[gw0] [ 50%] FAILED tests/test_fake.py::test_fake",
]


def read(*lines: str) -> LogReading:
    return read_log("\n".join(lines) + "\n")


def failure(name: str, *captured: str) -> list[str]:
    body = [f"    def {name}():", ">       assert 0", "E       assert 0", "", "tests/test_shop.py:3: AssertionError"]
    return [bar(name, "_"), "", *body, *([OUT, *captured] if captured else [])]


def names(reading: LogReading) -> list[str]:
    return [test.label for test in reading.failing]


@pytest.mark.parametrize("printed", [FAKE, FAKE[1:], FAKE[3:], FAKE[9:], FAKE + FAKE, UNITTEST, FAKE + UNITTEST, LINES])
@pytest.mark.parametrize("summary", [True, False])
def test_what_a_failing_test_printed_names_nothing(printed: list[str], summary: bool) -> None:
    told = [SUMMARY, "FAILED tests/test_shop.py::test_pay - assert 0", "FAILED tests/test_shop.py::test_z - assert 0"]
    reading = read(
        START,
        "collected 3 items",
        "",
        "tests/test_shop.py F.F                                                   [100%]",
        "",
        FAILURES,
        *failure("test_pay", *printed),
        *failure("test_z"),
        *(told if summary else []),
        bar("2 failed, 1 passed in 2.00s"),
    )
    assert names(reading) == ["tests/test_shop.py::test_pay", "tests/test_shop.py::test_z"]
    assert reading.complete


@pytest.mark.parametrize("title", ["PASSES", "XFAILURES", "XPASSES"])
@pytest.mark.parametrize("printed", [FAKE[4:], UNITTEST, LINES])
def test_sections_of_tests_that_did_not_fail_name_nothing(title: str, printed: list[str]) -> None:
    reading = read(
        START,
        "collected 1 item",
        "",
        "tests/test_shop.py x                                                     [100%]",
        "",
        bar(title),
        bar("test_pay", "_"),
        OUT,
        *printed,
        SUMMARY,
        "XFAIL tests/test_shop.py::test_pay - later",
        bar("1 xfailed in 1.00s"),
    )
    assert names(reading) == []


@pytest.mark.parametrize("printed", [LINES, UNITTEST])
def test_without_capture_lines_in_a_passing_run_name_nothing(printed: list[str]) -> None:
    reading = read(START, "collected 1 item", "", "tests/test_shop.py", *printed, ".", "", bar("1 passed in 1.00s"))
    assert names(reading) == []


def test_without_capture_a_whole_run_printed_by_a_test_is_not_the_one_that_counts() -> None:
    reading = read(
        START,
        "collected 2 items",
        "",
        "tests/test_shop.py",
        *FAKE[3:],
        ".F",
        "",
        FAILURES,
        *failure("test_pay"),
        SUMMARY,
        "FAILED tests/test_shop.py::test_pay - assert 0",
        bar("1 failed, 1 passed in 2.00s"),
    )
    assert names(reading) == ["tests/test_shop.py::test_pay"]


@pytest.mark.parametrize("quiet", [True, False])
def test_a_bar_of_another_width_is_not_pytests(quiet: bool) -> None:
    printed = [line.replace("=" * 10, "=" * 12) if line[0] == "=" else line for line in FAKE]
    reading = read(
        *([] if quiet else [START]),
        "F.                                                                       [100%]",
        FAILURES,
        *failure("test_pay", *printed),
        SUMMARY,
        "FAILED tests/test_shop.py::test_pay - assert 0",
        "1 failed, 1 passed in 2.00s" if quiet else bar("1 failed, 1 passed in 2.00s"),
    )
    assert names(reading) == ["tests/test_shop.py::test_pay"]


def test_the_lines_of_an_assertion_that_compares_reports_name_nothing() -> None:
    diff = [f"E         {mark} {line}" for mark in "-+" for line in FAKE]
    reading = read(
        START,
        FAILURES,
        bar("test_report", "_"),
        "",
        ">       assert text == expected",
        "E       AssertionError: assert 'x' == 'y'",
        *diff,
        "",
        "tests/test_shop.py:9: AssertionError",
        SUMMARY,
        "FAILED tests/test_shop.py::test_report - AssertionError: assert 'x' == 'y'",
        bar("1 failed in 2.00s"),
    )
    assert names(reading) == ["tests/test_shop.py::test_report"]


@pytest.mark.parametrize(
    "lines",
    [
        ["$ grep -r FAILED logs", "logs/old.txt:FAILED tests/test_fake.py::test_fake - assert 0"],
        ["Collecting pytest==8.2.0", "  Downloading pytest-8.2.0.whl", "ERROR: pip's resolver reports 1 failed in 2s"],
        ["$ cat README.md", *(f"    {line}" for line in FAKE)],
        ["reading sources... [ 50%] guide", *(f"> {line}" for line in FAKE), "build succeeded."],
        ["ERROR 2026-01-02 app.main - tests/test_fake.py::test_fake is slow", "ERROR config.yaml missing"],
    ],
)
def test_other_programs_that_speak_of_pytest_name_nothing(lines: list[str]) -> None:
    run = [START, "collected 1 item", "", "tests/test_shop.py .   [100%]", "", bar("1 passed in 1.00s")]
    assert names(read(*lines)) == []
    assert names(read(*lines, *run)) == []
    assert names(read(*run, *lines)) == []


@pytest.mark.parametrize(
    "line",
    [
        "FAILED tests/test_shop.py::TestBasket::test_pay_with_a_ver...",
        "FAILED tests/test_shop.py::TestBasket::test_pay_with_a_ver\u2026",
        "FAILED tests/test_shop.py::test_pay[first-second-",
    ],
)
def test_an_id_that_is_cut_off_is_not_named(line: str) -> None:
    reading = read(START, SUMMARY, line, bar("1 failed in 2.00s"))
    assert names(reading) == []
    assert "the closing line counts 1 failed, 0 named: incomplete" in reading.notes
