"""A prefix that a launcher puts before each line is taken off only where pytest's own bars show that it is one."""

import re

import pytest
from read_log import read_log

from harness.logs.dialects.lines import Line, normalised
from harness.logs.sources.source import RawLine

RUN = [
    " test session starts ".center(80, "="),
    "collected 2 items",
    "",
    "tests/test_shop.py .F                                                    [100%]",
    "",
    " FAILURES ".center(80, "="),
    " test_pay ".center(80, "_"),
    "",
    "    def test_pay():",
    ">       assert 0",
    "E       assert 0",
    "",
    "tests/test_shop.py:3: AssertionError",
    " short test summary info ".center(80, "="),
    "FAILED tests/test_shop.py::test_pay - assert 0",
    " 1 failed, 1 passed in 0.10s ".center(80, "="),
]
STAMP = "2026-01-02T03:04:05.1234567Z "
DIALECTS = {
    "github": lambda line, n: STAMP + line,
    "gh": lambda line, n: f"build (3.12)\tUNKNOWN STEP\t{STAMP}{line}",
    "gitlab": lambda line, n: f"2026-01-02T03:04:05.123456Z 01O {line}",
    "jenkins": lambda line, n: f"[2026-01-02T03:04:05.123Z] {line}",
    "jenkins branch": lambda line, n: f"[2026-01-02T03:04:05.123Z] [py 3.12] {line}",
    "jenkins clock": lambda line, n: f"03:04:{n:02}  {line}",
    "appveyor": lambda line, n: f"[00:01:{n:02}] {line}",
    "compose": lambda line, n: f"\x1b[36mweb-1  |\x1b[0m {line}",
    "compose, trimmed": lambda line, n: f"web_1  | {line}".rstrip(),
    "buildkit": lambda line, n: f"#12 {n}.345 {line}",
    "turborepo": lambda line, n: f"@shop/api:test: {line}",
    "gh, timestamps lost": lambda line, n: f"build (3.12)\tUNKNOWN STEP\t{line}",
    "teamcity": lambda line, n: f"[03:04:{n:02}]{'W' if n % 2 else ' '}:\t [Step 1/3] {line}",
    "teamcity, exported": lambda line, n: f"[03:04:{n:02}][Step 1/3] {line}".rstrip(),
    "buildkite": lambda line, n: f"\x1b_bk;t={1700000000000 + n}\x07{line}",
    "drone": lambda line, n: f"[test:{n}] {line}",
    "woodpecker": lambda line, n: f"[test:L{n}:{n}s] {line}",
    "zuul": lambda line, n: f"2026-01-02 03:04:{n:02}.123456 | node | {line}",
    "taskcluster": lambda line, n: f"[task 2026-01-02T03:04:{n:02}.123Z] {line}",
    "kubernetes": lambda line, n: f"2026-01-02T03:04:{n:02}.123456789Z stdout F {line}",
    "syslog": lambda line, n: f"Jan  2 03:04:{n:02} host tests[123]: {line}",
    "clock and date": lambda line, n: f"2026-01-02 03:04:{n:02},123 {line}",
    "cloud build": lambda line, n: f'Step #1 - "test": {line}',
    "earthly": lambda line, n: f"            +test | {line}",
    "act": lambda line, n: f"[CI/test (3.12)]   | {line}",
    "ant": lambda line, n: f"     [exec] {line}",
    "nix": lambda line, n: f"python3.12-shop> {line}",
    "parallel, tagged": lambda line, n: f"py312\t{line}",
    "colours": lambda line, n: f"\x1b[1m\x1b[31m{line}\x1b[0m",
    "windows": lambda line, n: line + "\r",
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_run_reads_alike_in_every_dialect(dialect: str) -> None:
    reading = read_log("starting\n" + "\n".join(DIALECTS[dialect](line, n) for n, line in enumerate(RUN)) + "\nbye\n")
    (test,) = reading.failing
    assert (test.nodeid, test.exception, test.location) == (
        "tests/test_shop.py::test_pay",
        "AssertionError",
        "tests/test_shop.py:3",
    )
    assert {item.kind for item in test.evidence} == {"header", "summary"}
    assert reading.complete


@pytest.mark.parametrize("escape", ["", "^["])
def test_colours_whose_escapes_a_copy_lost_are_taken_off(escape: str) -> None:
    lines = [f"{escape}[31m{escape}[1m{line}{escape}[0m" if line[:1] in ("_", "E") else line for line in RUN]
    lines[-2] = f"{escape}[31mFAILED{escape}[0m tests/test_shop.py::{escape}[1mtest_pay[1m]{escape}[0m - assert 0"
    lines[6] = f"{escape}[31m{escape}[1m{' test_pay[1m] '.center(80, '_')}{escape}[0m"
    (test,) = read_log("\n".join(lines) + "\n").failing
    assert (test.nodeid, test.message) == ("tests/test_shop.py::test_pay[1m]", "assert 0")


@pytest.mark.parametrize("escape", ["", "^["])
@pytest.mark.parametrize("parameter", ["meter", "1minute", "1m", "31;1moment-2m", "minor change"])
def test_a_parameter_that_begins_like_a_colour_is_none(escape: str, parameter: str) -> None:
    name, red, bold, end = f"test_pay[{parameter}]", f"{escape}[31m", f"{escape}[1m", f"{escape}[0m"
    lines = [f"{bold}{line}{end}" if line[:1] == "=" else line for line in RUN]
    lines[6] = f"{red}{bold}{f' {name} '.center(80, '_')}{end}"
    lines[-2] = f"{red}FAILED{end} tests/test_shop.py::{bold}{name}{end} - assert 0"
    reading = read_log("\n".join(lines) + "\n")
    assert [test.nodeid for test in reading.failing] == [f"tests/test_shop.py::{name}"]
    assert reading.complete


@pytest.mark.parametrize(
    "form",
    [
        "2024-01-02T{}.123Z ",
        "2024-01-02T{}+00:00 ",
        "2024-01-02T{}.123456789Z stdout F ",
        "[2024-01-02T{}+0000] ",
        "2024-01-02 {},123 ",
    ],
)
@pytest.mark.parametrize("turn", [2, 8, 14])
def test_the_hour_may_change_while_pytest_prints(form: str, turn: int) -> None:
    clocks = ["10:59:58"] * turn + ["11:00:01"] * (len(RUN) - turn)
    reading = read_log("\n".join(form.format(clock) + line for clock, line in zip(clocks, RUN, strict=True)) + "\n")
    assert [(test.nodeid, test.location) for test in reading.failing] == [
        ("tests/test_shop.py::test_pay", "tests/test_shop.py:3")
    ]
    assert reading.complete


def test_each_of_a_hundred_prefixes_is_known_in_each_of_ten_steps_and_compiled_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[int] = []
    compile_ = re.compile

    def counted(pattern: str) -> re.Pattern[str]:
        compiled.append(len(pattern))
        return compile_(pattern)

    monkeypatch.setattr(re, "compile", counted)
    pairs = [(f"job{step}\ttest", f"svc{number:02} | ") for step in range(10) for number in range(100)]
    texts = [f"{columns}\t{STAMP}{prefix}{line}" for line in RUN[:2] for columns, prefix in pairs]
    lines = normalised([RawLine(number, "", text) for number, text in enumerate(texts, 1)])
    assert [(line.stream, line.text) for line in lines] == [
        (f"\t{columns}\t\t{prefix.strip()}", line) for line in RUN[:2] for columns, prefix in pairs
    ]
    assert len(compiled) == len(pairs)
    assert max(compiled) < 200


def test_runs_of_two_containers_are_kept_apart() -> None:
    other = [line.replace("shop", "cart").replace("test_pay", "test_add") for line in RUN]
    pairs = [f"a  | {x}\nb  | {y}" for x, y in zip(RUN, other, strict=True)]
    reading = read_log("\n".join(pairs) + "\n")
    assert {test.nodeid for test in reading.failing} == {"tests/test_shop.py::test_pay", "tests/test_cart.py::test_add"}
    assert reading.complete


def test_a_step_of_gh_without_timestamps_is_known_by_its_marks() -> None:
    steps = [
        "build\tInstall\t##[group]Run pip install -e .",
        "build\tInstall\t##[endgroup]",
        "build\tInstall\tERROR: No matching distribution found for shop-core",
        "build\tInstall\t##[error]Process completed with exit code 1.",
        "a\ttable\tof a program",
    ]
    lines = list(normalised([RawLine(number, "", text) for number, text in enumerate(steps, 1)]))
    assert [line.text for line in lines[:4]] == [step.rpartition("\t")[2] for step in steps[:4]]
    assert {line.stream for line in lines[:4]} == {"\tbuild\tInstall"}
    assert lines[4] == Line(5, "", steps[4])


def test_columns_that_stand_three_times_in_a_row_are_those_of_a_step() -> None:
    texts = ["a", "b", "c\td", ""]
    raw = [RawLine(number, "", f"test (3.12)\tRun pytest\t{text}") for number, text in enumerate(texts, 1)]
    assert [(line.stream, line.text) for line in normalised(raw)][2:] == [
        ("\ttest (3.12)\tRun pytest", text) for text in texts[2:]
    ]
    numbers = [RawLine(number, "", f"1\t2\tfile{number}") for number in range(5)]
    assert [line.text for line in normalised(numbers)] == [line.text for line in numbers]


def test_blank_lines_between_them_leave_columns_in_a_row() -> None:
    texts = ["make", "", "one", "", "two", "three"]
    raw = [RawLine(number, "", f"unit\tRun make\t{text}".rstrip()) for number, text in enumerate(texts, 1)]
    assert [line.text for line in normalised(raw)][-2:] == ["two", "three"]


def test_columns_that_stand_three_times_but_not_in_a_row_are_text() -> None:
    lines = [*RUN[:8], RUN[12], RUN[13], "FAILED tests/test_shop.py::test_pay - AssertionError: a\tb\tc", RUN[-1]]
    reading = read_log("\n".join(lines * 4) + "\n")
    assert [(test.nodeid, test.message) for test in reading.failing] == [("tests/test_shop.py::test_pay", "a\tb\tc")]
    assert reading.complete


@pytest.mark.parametrize("step", ["Run tests", "UNKNOWN STEP"])
def test_columns_that_a_test_printed_while_pytest_runs_are_text(step: str) -> None:
    printed = [f"unit\t{step}\t{line}".replace("test_pay", "test_inner") for line in RUN]
    bar = "-" * 29 + " Captured stdout call " + "-" * 29
    reading = read_log("\n".join([*RUN[:-3], bar, *printed, *RUN[-3:]]) + "\n")
    assert [test.nodeid for test in reading.failing] == ["tests/test_shop.py::test_pay"]
    assert reading.complete


def test_columns_before_the_line_of_a_test_are_no_part_of_its_id() -> None:
    assert read_log("py312\ttests/test_shop.py::test_pay FAILED\n").failing == ()


@pytest.mark.parametrize("before", ["E       assert 'x' in text: ", ">       text: ", "words and more words ", "    "])
def test_words_an_indent_or_a_traceback_are_no_prefix(before: str) -> None:
    assert read_log("\n".join(f"{before}{line}" for line in RUN) + "\n").failing == ()


def test_a_prefixed_run_inside_a_run_is_what_a_test_printed() -> None:
    printed = [f"web_1  | {line}".replace("test_pay", "test_fake") for line in RUN]
    bar = "-" * 29 + " Captured stdout call " + "-" * 29
    reading = read_log("\n".join([*RUN[:-3], bar, *printed, *RUN[-3:]]) + "\n")
    assert [test.nodeid for test in reading.failing] == ["tests/test_shop.py::test_pay"]


def test_without_a_bar_of_pytest_nothing_is_taken_off() -> None:
    texts = ["web_1  | FAILED tests/test_shop.py::test_pay", "[x] y", "#1 2.3 z", "a | b", "03:04:05  text"]
    raw = [RawLine(number, "", text) for number, text in enumerate(texts, 1)]
    assert list(normalised(raw)) == [Line(number, "", text) for number, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        ("travis_fold:start:cache.1\r\x1b[0Kstore build cache", ["store build cache"]),
        ("travis_fold:start:before_scripttravis_time:start:0a1b2c3d$ pytest -q", ["$ pytest -q"]),
        ("travis_time:end:0a1b2c3d:start=1,finish=2,duration=1travis_fold:end:x", []),
        (
            "section_start:1760000000:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting the step\x1b[0;m",
            ["Executing the step"],
        ),
        ("section_end:1760000000:step_script\r\x1b[0K", []),
        ("section_start of the document", ["section_start of the document"]),
        (f"{STAMP}##[error]    raise ValueError('x')", ["    raise ValueError('x')"]),
        (f"{STAMP}##[error]Process completed with exit code 1.", ["##[error]Process completed with exit code 1."]),
    ],
)
def test_marks_for_the_viewer_of_the_ci_are_taken_off(raw: str, texts: list[str]) -> None:
    assert [line.text for line in normalised([RawLine(1, "", raw)])] == texts
