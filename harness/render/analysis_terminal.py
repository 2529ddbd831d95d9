"""What a CI log says, for a terminal."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from harness.domain.analysis import Analysis
from harness.domain.cause import Cause
from harness.domain.counted import plural
from harness.domain.failing_test import Evidence
from harness.domain.report import ReportCommand
from harness.domain.verdict import NONE, UNKNOWN
from harness.render.analysis_words import (
    MOST_CAUSES,
    cause_words,
    check_words,
    checkout_rows,
    circumstance_rows,
    class_words,
    counted_words,
    line_words,
    looked_at,
    named_tests,
    place_words,
    proposal_words,
    root_cause,
    sure_words,
)
from harness.render.escape import one_line
from pytest_repro.sinks.terminal import StyledLine

_NAME: Final = 10  # columns of what a row is about
_LEAST: Final = 40  # columns below which nothing would be readable
_QUOTED: Final = 3  # rows that a quoted line may take
_STEP: Final = 2  # that its command may take
_ROWS: Final = 4  # of a long list, such as versions
_COLOURS: Final = {NONE: "green", UNKNOWN: "yellow"}


def analysis_lines(found: Analysis, commands: Sequence[ReportCommand], columns: int) -> Iterator[StyledLine]:
    """Yield the lines for a terminal of `columns`, verdict first; nothing in them is obeyed by it.

    Commands alone are never wrapped or cut: they are there to be pasted.
    """
    width = max(columns, _LEAST)
    yield from _verdict(found, width)
    yield from _tests(found, width)
    yield from _circumstances(found, width)
    yield from _why(found, width)
    yield from _rest(found, width)
    yield from _next(found, commands, width)


def _verdict(found: Analysis, width: int) -> Iterator[StyledLine]:
    verdict = found.verdict
    colour = _COLOURS.get(verdict.failure_class, "red")
    for line in _row("verdict", class_words(verdict), width):
        yield StyledLine(line, (colour, "bold"))
    if sure := sure_words(verdict):
        yield from _plain(_row("", sure, width))
    if verdict.step:
        yield from _plain(_row("step", verdict.step, width, rows=_STEP))
    if verdict.quoted:
        yield from _plain(_quoted(verdict.quoted, width))
    if verdict.failure_class == UNKNOWN:
        yield from _plain(_row("looked at", looked_at(found), width))


def _tests(found: Analysis, width: int) -> Iterator[StyledLine]:
    if found.reading.failing:
        yield StyledLine("")
        yield from _plain(_row("fails", counted_words(found), width))
        for cause in found.causes[:MOST_CAUSES]:
            yield from _cause(cause, width)
        if len(found.causes) > MOST_CAUSES:
            rest = found.causes[MOST_CAUSES:]
            tests = plural(sum(len(cause.tests) for cause in rest), "test")
            yield from _plain(_row("", f"and {plural(len(rest), 'more cause')} with {tests}", width))
    if check := check_words(found):
        yield from _plain(_row("summary", check, width))
    for label, words in checkout_rows(found):
        yield from _plain(_row("checkout", f"{label} {words}", width))


def _cause(cause: Cause, width: int) -> Iterator[StyledLine]:
    for line in _row("", f"{plural(len(cause.tests), 'test')}: {cause_words(cause)}", width, rows=_QUOTED):
        yield StyledLine(line, ("bold",))
    first, more = named_tests(cause)
    for name in first:
        yield StyledLine(f"{' ' * _NAME}  {one_line(name, 2000)}")
    if more:
        yield StyledLine(f"{' ' * _NAME}  and {more} more")


def _circumstances(found: Analysis, width: int) -> Iterator[StyledLine]:
    rows = list(circumstance_rows(found.reading.circumstances))
    if rows:
        yield StyledLine("")
    for name, value in rows:
        yield from _plain(_row(name, value, width, rows=_ROWS))


def _why(found: Analysis, width: int) -> Iterator[StyledLine]:
    verdict = found.verdict
    if lines := root_cause(verdict):
        yield StyledLine("")
        name = "its end" if verdict.failure_class == UNKNOWN else "why"
        for item in lines:
            yield from _plain(_row(name, _words(item), width, rows=_QUOTED))
            name = ""
    if verdict.affected_files:
        yield from _plain(_row("files", ", ".join(verdict.affected_files), width, rows=_ROWS))


def _rest(found: Analysis, width: int) -> Iterator[StyledLine]:
    verdict, notes = found.verdict, found.reading.notes
    if verdict.advice or verdict.failure_class not in (NONE, UNKNOWN):
        yield StyledLine("")
    for advice in verdict.advice:
        yield from _plain(_row("advice", advice, width))
    if verdict.failure_class not in (NONE, UNKNOWN):
        yield from _plain(_row("a fix", proposal_words(verdict), width))
    for note in notes:
        yield from _plain(_row("note", note, width))


def _next(found: Analysis, commands: Sequence[ReportCommand], width: int) -> Iterator[StyledLine]:
    if commands:
        where = "from any folder:" if found.checkout else "in the folder of the project:"
        yield StyledLine("")
        yield from _plain(_row("next", where, width))
    for command in commands:
        yield from _plain(_row("", f"# {command.what}", width))
        for line in command.lines:
            yield StyledLine(f"{' ' * _NAME}{line}", ("bold",))


def _quoted(item: Evidence, width: int) -> Iterator[str]:
    return _row("because", _words(item), width, rows=_QUOTED)


def _words(item: Evidence) -> str:
    return f"{place_words(item)}: {line_words(item)}"


def _plain(lines: Iterator[str]) -> Iterator[StyledLine]:
    return (StyledLine(line) for line in lines)


def _row(name: str, text: str, width: int, rows: int | None = None) -> Iterator[str]:
    """Yield `text` behind `name`, in at most `rows` rows where that is said."""
    shown = one_line(text, 4000)
    wrapped = textwrap.wrap(
        shown,
        width,
        initial_indent=f"{name:<{_NAME}}",
        subsequent_indent=" " * _NAME,
        max_lines=rows,
        placeholder=" …",
        break_on_hyphens=False,
        break_long_words=any(len(word) > 2 * width for word in shown.split()),  # else a path can be copied whole
    )
    yield from wrapped or [name]
