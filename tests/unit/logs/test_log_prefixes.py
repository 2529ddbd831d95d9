"""A prefix that a launcher puts before each line is taken off only where pytest's own bars show that it is one."""

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


def test_runs_of_two_containers_are_kept_apart() -> None:
    other = [line.replace("shop", "cart").replace("test_pay", "test_add") for line in RUN]
    pairs = [f"a  | {x}\nb  | {y}" for x, y in zip(RUN, other, strict=True)]
    reading = read_log("\n".join(pairs) + "\n")
    assert {test.nodeid for test in reading.failing} == {"tests/test_shop.py::test_pay", "tests/test_cart.py::test_add"}
    assert reading.complete


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
