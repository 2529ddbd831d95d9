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


PASSED = "FAILED tests/test_shop.py::test_passed - assert 0"
OTHER = "FAILED tests/test_shop.py::test_other - assert 0"
SUMMARIES = {
    "fewer": [SUMMARY, PASSED, bar("1 failed, 2 passed in 0.01s")],
    "as many": [SUMMARY, PASSED, OTHER, bar("2 failed, 1 passed in 0.01s")],
    "one of them": [SUMMARY, PASSED, "FAILED tests/test_shop.py::test_pay - x", bar("2 failed, 1 passed in 0.01s")],
    "more": [SUMMARY, PASSED, OTHER, f"{OTHER}s", bar("3 failed in 0.01s")],
    "quiet": [SUMMARY, PASSED, "1 failed, 2 passed in 0.01s"],
    "as many, quiet": [SUMMARY, PASSED, OTHER, "2 failed, 1 passed in 0.01s"],
    "open": [SUMMARY, PASSED],
    "closing line": [bar("1 failed, 2 passed in 0.01s"), "1 failed in 0.01s"],
    "letters": ["F..                                      [100%]", SUMMARY, PASSED, "1 failed, 2 passed in 0.01s"],
    "header": [bar("test_passed", "_"), SUMMARY, PASSED, "1 failed, 2 passed in 0.01s"],
}
SUMMARIES |= {f"{form}, twice": SUMMARIES[form] * 2 for form in ("fewer", "as many", "quiet", "letters")}
REAL = [SUMMARY, *(f"FAILED tests/test_shop.py::{name} - assert 0" for name in ("test_pay", "test_z"))]
LETTERS = "F.F                                                                      [100%]"


def quiet(printed: list[str], *end: str, letters: str = LETTERS) -> list[str]:
    """Return a quiet run whose failing test that is shown last printed something; end: what follows its failures."""
    return [letters, FAILURES, *failure("test_pay"), *failure("test_z", *printed), *end]


@pytest.mark.parametrize("printed", SUMMARIES)
@pytest.mark.parametrize("verbosity", ["-q", "-qq", "-q -rA", "-q -rN", "-qq -rN"])
def test_a_summary_that_the_failing_test_shown_last_printed_names_nothing_in_a_quiet_run(
    printed: str, verbosity: str
) -> None:
    passes = [bar("PASSES"), bar("test_passed", "_"), OUT, *SUMMARIES[printed]] if "-rA" in verbosity else []
    real = [] if "-rN" in verbosity else REAL
    reading = read(
        *quiet(SUMMARIES[printed], *passes, *real, *([] if "qq" in verbosity else ["2 failed, 1 passed in 2s"]))
    )
    assert [test.printed.rpartition("::")[2] for test in reading.failing] == ["test_pay", "test_z"]
    assert reading.complete or "qq" in verbosity


@pytest.mark.parametrize("printed", SUMMARIES)
@pytest.mark.parametrize("summary", [True, False])
def test_a_summary_that_the_failing_test_shown_last_printed_names_nothing(printed: str, summary: bool) -> None:
    head = [START, "collected 3 items", "", "tests/test_shop.py F.F                    [100%]", "", FAILURES]
    report = [*failure("test_pay"), *failure("test_z", *SUMMARIES[printed]), *(REAL if summary else [])]
    reading = read(*head, *report, bar("2 failed, 1 passed in 2.00s"))
    assert names(reading) == ["tests/test_shop.py::test_pay", "tests/test_shop.py::test_z"]
    assert reading.complete


@pytest.mark.parametrize("stream", ["stderr", "log"])
@pytest.mark.parametrize("printed", ["fewer", "as many"])
def test_so_it_is_with_what_it_wrote_to_other_streams(stream: str, printed: str) -> None:
    lines = [line.replace("stdout", stream) for line in quiet(SUMMARIES[printed], *REAL, "2 failed, 1 passed in 2.00s")]
    assert names(read(*lines)) == ["tests/test_shop.py::test_pay", "tests/test_shop.py::test_z"]


@pytest.mark.parametrize("captured", ["said", "F..     [100%]"])
@pytest.mark.parametrize("closing", ["2 failed, 1 passed in 2.00s", None])
def test_quiet_runs_one_after_another_all_count(captured: str, closing: str | None) -> None:
    end = [] if closing is None else [closing]
    first = quiet([captured], *REAL, *end)
    told = [*REAL[:2], REAL[2].replace("test_z", "test_again")]
    second = [LETTERS, FAILURES, *failure("test_pay"), *failure("test_again", captured), *told, *end]
    third = [LETTERS, *(line.replace("test_z", "test_short") for line in REAL), *end]
    ids = [test.printed.rpartition("::")[2] for test in read(*first, *second, *(third if closing else [])).failing]
    assert ids == ["test_pay", "test_z", "test_again"] + (["test_short"] if closing else [])


@pytest.mark.parametrize("closing", ["1 failed, 2 passed in 2.00s", "1 failed, 2 passed in 2.00s (0:00:02)"])
def test_a_quiet_run_with_fewer_failures_than_the_one_before_it_that_was_cut_off_counts(closing: str) -> None:
    told = "FAILED tests/test_shop.py::test_z - assert 0"
    reading = read("FFF", "Killed", "F..   [100%]", FAILURES, *failure("test_z", "said"), SUMMARY, told, closing)
    assert (names(reading), reading.complete) == (["tests/test_shop.py::test_z"], True)


SEEN = [
    "tests/test_shop.py::test_a PASSED",
    "tests/test_shop.py::test_print",
    "PASSED",
    "tests/test_shop.py::test_pay FAILED",
]
RUNS = {
    "plain": ([START, "collected 3 items", ""], ["tests/test_shop.py ."], [".F"], bar("1 failed, 2 passed in 2.00s")),
    "verbose": ([START, "collected 3 items", ""], SEEN[:2], SEEN[2:], bar("1 failed, 2 passed in 2.00s")),
    "quiet": ([], ["."], [".F"], "1 failed, 2 passed in 2.00s"),
}


@pytest.mark.parametrize(
    ("form", "printed", "glued"),
    [
        *((form, printed, glued) for form in RUNS for printed in (FAKE, FAKE + FAKE) for glued in (True, False)),
        *((form, FAKE[1:], False) for form in ("plain", "verbose")),
    ],
)
@pytest.mark.parametrize("told", ["summary", "headers"])
def test_a_whole_run_that_a_test_prints_without_capture_is_not_one(
    form: str, printed: list[str], glued: bool, told: str
) -> None:
    head, before, after, closing = RUNS[form]
    shown = [*before[:-1], f"{before[-1]} {printed[0]}", *printed[1:]] if glued else [*before, *printed]
    report = [FAILURES, *failure("test_pay")]
    report += [SUMMARY, "FAILED tests/test_shop.py::test_pay - assert 0"] if told == "summary" else []
    reading = read(*head, *shown, *after, "", *report, closing)
    assert [test.printed.rpartition("::")[2] for test in reading.failing] == ["test_pay"]
    assert reading.complete
    assert reading.tally == {"failed": 1, "passed": 2}


def test_a_run_that_a_test_prints_names_nothing_where_all_tests_pass() -> None:
    reading = read(START, "collected 2 items", "", "tests/test_shop.py .", *FAKE, ".", "", bar("2 passed in 2.00s"))
    assert (names(reading), reading.complete, reading.tally) == ([], True, {"passed": 2})


def test_a_run_that_was_cut_off_and_the_one_after_it_both_count() -> None:
    again = [line.replace("fake", "again") for line in FAKE]
    reading = read(START, "collected 9 items", "", "tests/test_a.py::test_a FAILED  [ 11%]", *again, *FAKE)
    assert names(reading) == [
        "tests/test_a.py::test_a",
        "tests/test_again.py::test_again",
        "tests/test_fake.py::test_fake",
    ]
    assert not reading.complete


def test_a_test_that_prints_what_was_collected_does_not_begin_a_run() -> None:
    reading = read(
        *(START, "collected 2 items", "", "tests/test_shop.py", "collected 7 items", "F.", "", FAILURES),
        *(*failure("test_pay"), SUMMARY, "FAILED tests/test_shop.py::test_pay - assert 0"),
        bar("1 failed, 1 passed in 2.00s"),
    )
    assert (names(reading), reading.complete) == (["tests/test_shop.py::test_pay"], True)


def test_the_last_words_of_a_log_are_not_taken_for_its_run_where_the_counts_are_those_of_a_print() -> None:
    reading = read(START, "collected 9 items", "", "tests/test_shop.py", *FAKE[1:])
    assert (names(reading), reading.complete) == ([], False)


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
