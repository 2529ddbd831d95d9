"""CI prefixes, colours and carriage returns are taken off; line numbers stay those of the source."""

import pytest

from harness.logs.dialects.lines import Line, normalised
from harness.logs.sources.source import RawLine

STAMP = "2026-01-02T03:04:05.1234567Z"


def seen(*raw: str) -> list[tuple[int, str]]:
    lines = normalised(RawLine(number, "", text) for number, text in enumerate(raw, 1))
    return [(line.number, line.text) for line in lines]


@pytest.mark.parametrize(
    "raw",
    [
        f"\ufeff{STAMP} FAILED a.py::b\n",
        f"{STAMP} \x1b[31m\x1b[1mFAILED\x1b[0m a.py::b\r\n",
        f"build\tRun tests\t{STAMP} FAILED a.py::b\n",
        f"build (3.11, linux)\tUNKNOWN STEP\t\ufeff{STAMP} FAILED a.py::b\n",
        "2026-01-02T03:04:05.123456Z 01O FAILED a.py::b\n",
        "[2026-01-02T03:04:05.123Z] FAILED a.py::b\n",
        "\x1b]8;;http://x\x1b\\FAILED\x1b]8;;\x1b\\ a.py::b  \n",
        "FAI\0LED a.py::b\r\r\n",
    ],
)
def test_the_line_of_the_runner_is_what_remains(raw: str) -> None:
    assert seen(raw) == [(1, "FAILED a.py::b")]


def test_an_empty_line_under_a_timestamp_is_empty() -> None:
    assert seen(f"{STAMP} \n", f"{STAMP}\n") == [(1, ""), (2, "")]


def test_a_progress_bar_hides_nothing_that_stands_after_it() -> None:
    raw = "travis_time:end:1:start=2\r\x1b[0Ktravis_fold:end:x\r\x1b[0K10 %\r100 %\r\x1b[1m=== test ===\x1b[0m\r\n"
    assert seen(raw, "next\n") == [(1, "10 %"), (1, "100 %"), (1, "=== test ==="), (2, "next")]


def test_jobs_of_gh_run_view_are_streams_of_their_own() -> None:
    raw = [RawLine(1, "", f"job a\tstep\t{STAMP} x"), RawLine(2, "", f"job b\tstep\t{STAMP} y"), RawLine(3, "f", "z")]
    assert list(normalised(raw)) == [Line(1, "\tjob a\tstep", "x"), Line(2, "\tjob b\tstep", "y"), Line(3, "f", "z")]


def test_tabs_of_other_text_are_left() -> None:
    assert seen("a\tb\tc\n") == [(1, "a\tb\tc")]
