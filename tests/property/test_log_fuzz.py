"""Whatever a log holds, reading ends, crashes never, and names nothing that is not in the text."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.domain.ci_log import LogReading
from harness.logs.dialects.lines import normalised
from harness.logs.read import LogReader
from harness.logs.redact import redact
from harness.logs.sources.source import RawLine
from harness.logs.text.node_text import node_id_of, split_message, title_of

WORDS = st.sampled_from(
    [
        "tests/test_x.py",
        "::",
        "test_a",
        "TestB",
        "[a b]",
        "[",
        "]",
        " - ",
        "...",
        "FAILED",
        "ERROR",
        "PASSED",
        "E   ",
        "ValueError: x",
        "assert 1",
        ":3: ",
        "in ",
        "def test_a():",
        "self = <m.T testMethod=test_a>",
        "worker 'gw0' crashed",
        " while running 'a.py::b'",
        "Fatal Python error: ",
        "Killed",
        "Ran 3 tests in 1s",
        "(failures=1)",
        "FAIL: ",
        "(m.T)",
        "[gw0] [ 50%] ",
        " [100%]",
        "..F",
        "-----BEGIN PRIVATE " + "KEY-----",
        "password=",
        "::add-mask::abcd",
        "abcd",
        "\t",
        "\x1b[1m",
        "\r",
        "\0",
        "\ufeff",
        "2026-01-02T03:04:05.1234567Z ",
        "travis_fold:",
        "é",
        "https://a:b@c",
        "a@b.de",
    ]
)
TITLES = st.sampled_from(
    [
        "test session starts",
        "FAILURES",
        "ERRORS",
        "PASSES",
        "XFAILURES",
        "short test summary info",
        "warnings summary",
        "1 failed, 2 passed in 0.12s",
        "2 errors in 3.00s (0:00:03)",
        "3 passed in 1s",
        "test_a",
        "TestB.test_a[a b]",
        "ERROR at setup of test_a",
        "ERROR collecting tests/test_x.py",
        "Captured stdout call",
        "summary",
    ]
)
BARS = st.builds(
    lambda title, fill, width: f" {title} ".center(width, fill), TITLES, st.sampled_from("=_-"), st.just(80)
)
LINES = st.one_of(
    st.lists(WORDS, max_size=6).map("".join),
    BARS,
    st.sampled_from(
        ["=" * 70, "-" * 70, "FAILED tests/test_x.py::test_a - E: x", "tests/test_x.py::test_a FAILED", "OK"]
    ),
    st.text(max_size=30),
)
LOGS = st.lists(LINES, min_size=2, max_size=60).map("\n".join)


def read_lines(log: str) -> LogReading:
    """Return the reading of `log`, whatever it holds: what is no text at all is the source's to refuse."""
    raw = [RawLine(number, "", line) for number, line in enumerate(log.split("\n"), 1)]
    reader = LogReader()
    for line in normalised(raw):
        reader.feed(line)
    return reader.reading("text", len(raw))


@given(LOGS)
@settings(max_examples=300, deadline=None)
def test_any_log_is_read_and_names_only_what_stands_in_it(log: str) -> None:
    reading = read_lines(log)
    clean = log.replace("\0", "").replace("\x1b[1m", "").replace("\r", "").replace("\ufeff", "")
    for test in reading.failing:
        assert test.evidence
        assert test.printed in clean
        for part in (test.nodeid or test.printed).replace("[", ".").replace("::", ".").split("."):
            assert part in clean
        assert all(1 <= item.line <= reading.lines for item in test.evidence)
    assert LogReading.from_json(reading.to_json()) == reading
    assert len({(test.label, test.phase) for test in reading.failing}) == len(reading.failing)


@given(LOGS)
@settings(max_examples=100, deadline=None)
def test_a_closing_line_that_counts_no_failure_means_none(log: str) -> None:
    start = f"{' test session starts ':=^80}"
    body = "\n".join(line for line in log.split("\n") if " test session starts " not in line)
    bars = [line for line in body.split("\n") if " in " not in line and not line.startswith(("=", "_", "-"))]
    reading = read_lines("\n".join([start, *bars, f"{' 5 passed in 1.00s ':=^80}"]) + "\n")
    assert not [test for test in reading.failing if test.evidence[0].kind != "unittest"]


@given(LOGS, st.lists(st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True), max_size=3))
@settings(max_examples=200, deadline=None)
@example("-----BEGIN PRIVATE " + "KEY-----\n-----BEGIN PRIVATE " + "KEY-----", [])
def test_redacting_twice_is_redacting_once_and_keeps_the_lines(log: str, known: list[str]) -> None:
    once = redact(log, known)
    assert redact(once, known) == once
    assert once.count("\n") == log.count("\n")
    assert not [value for value in known if len(value) >= 4 and value not in "<redacted><email>" and value in once]


@given(st.text(max_size=80))
def test_splitting_a_summary_line_loses_no_text(text: str) -> None:
    name, message = split_message(text)
    assert text == name if message is None else text == f"{name} - {message}"


@given(st.lists(st.from_regex(r"[A-Za-z_]{1,8}", fullmatch=True), min_size=1, max_size=3), st.text(max_size=20))
def test_title_and_node_id_are_inverse(parts: list[str], parameters: str) -> None:
    title = ".".join(parts) + (f"[{parameters}]" if parameters else "")
    assert title_of(node_id_of("tests/test_x.py", title)) == title
