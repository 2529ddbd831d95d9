"""A CI log read into the tests that it names as failing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TextIO

from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import FailingTest
from harness.logs.lines import Line, normalised
from harness.logs.notes import collect_notes, paste_notes, run_notes
from harness.logs.pasted import Pasted
from harness.logs.pytest_text import PytestText
from harness.logs.redact import masked_values, redact
from harness.logs.resolve import resolve
from harness.logs.session import Session
from harness.logs.source import RawLine, read_source
from harness.logs.unittest_text import UnittestText


class _Stream:
    """The readers of one stream; interleaved jobs and steps each have their own."""

    def __init__(self) -> None:
        self.pytest = PytestText()
        self.unittest = UnittestText()

    def feed(self, line: Line) -> None:
        self.pytest.feed(line)
        if not self.pytest.in_report:  # a test's captured output is no report of unittest
            self.unittest.feed(line)


class LogReader:
    """Takes the normalised lines of a log one by one; `reading` says what they told."""

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}
        self._pasted = Pasted()
        self.masks: set[str] = set()  # values that the job asked to be masked

    def feed(self, line: Line) -> None:
        """Take the next line."""
        self._pasted.feed(line)
        self._streams.setdefault(line.stream, _Stream()).feed(line)
        if "::add-mask::" in line.text:
            self.masks.update(masked_values([line.text]))

    def in_report(self, stream: str) -> bool:
        """Whether the last line of `stream` stood among tracebacks and captured output of a run of pytest."""
        return stream in self._streams and self._streams[stream].pytest.in_report

    def reading(self, source: str, lines: int) -> LogReading:
        """Return what all lines told; `lines` is how many raw ones there were."""
        return _reading(source, lines, list(self._streams.values()), self._pasted, self.masks)


class Counted:
    """Raw lines passed on, their number kept."""

    def __init__(self, raw_lines: Iterable[RawLine]) -> None:
        self._raw_lines = raw_lines
        self.last = 0

    def __iter__(self) -> Iterator[RawLine]:
        for raw in self._raw_lines:
            self.last = raw.number
            yield raw


def read_log(raw_logs: str, stdin: TextIO | None = None) -> LogReading:
    """Return what the log says about failing tests. It is streamed; its text is data, and no id is guessed.

    raw_logs: as for `read_source`, which raises ReproError for what cannot be read.
    """
    name, raw_lines = read_source(raw_logs, stdin)
    counted, reader = Counted(raw_lines), LogReader()
    for line in normalised(counted):
        reader.feed(line)
    return reader.reading(name, counted.last)


def _reading(source: str, lines: int, streams: list[_Stream], pasted: Pasted, masks: set[str]) -> LogReading:
    alone = pasted.session()
    sessions = _sessions(streams) if alone is None else [alone]
    runs = [run for stream in streams for run in stream.unittest.finish()]
    resolved = [(session, resolve(session)) for session in sessions]
    tests = _merged([test for _, found in resolved for test in found.tests] + [t for run in runs for t in run.tests])
    shown = next((session for session, found in resolved if found.tests), sessions[0] if sessions else None)
    notes = (*run_notes(resolved, runs), *paste_notes(pasted, sessions), *collect_notes(tests))
    complete = all(found.complete for _, found in resolved) and all(run.complete for run in runs)
    return LogReading(
        source=source,
        lines=lines,
        failing=tuple(_redacted(test, masks) for test in tests),
        tally=_summed([s.tally for s in sessions] + [run.tally for run in runs]),
        complete=complete and bool(sessions or runs),
        notes=tuple(redact(note, masks) for note in notes),
        circumstances=_circumstances(shown, masks) if shown else Circumstances(),
    )


def _circumstances(session: Session, masks: set[str]) -> Circumstances:
    return Circumstances(
        command_line=redact(session.command, masks) if session.command else None,
        python=session.python,
        rootdir=session.rootdir,
        randomly_seed=session.seed,
        workers=session.workers,
    )


def _sessions(streams: Iterable[_Stream]) -> list[Session]:
    """Return the runs of pytest in their order; lines outside any count only where there is none (an excerpt)."""
    found = [session for stream in streams for session in stream.pytest.finish()]
    if found:
        return sorted(found, key=lambda session: session.start)
    excerpts = [stream.pytest.loose for stream in streams]
    return [loose for loose in excerpts if loose.summary or loose.blocks or loose.progress or loose.crashes]


def _merged(tests: Iterable[FailingTest]) -> list[FailingTest]:
    """Return each test and phase once: what a later run adds is evidence, and details that the first left out."""
    merged: dict[tuple[str, str], FailingTest] = {}
    for test in tests:
        key = (test.label, test.phase)
        first = merged.get(key)
        merged[key] = (
            test
            if first is None
            else replace(
                first,
                exception=first.exception or test.exception,
                message=first.message or test.message,
                location=first.location or test.location,
                evidence=first.evidence + test.evidence,
            )
        )
    return sorted(merged.values(), key=lambda test: test.evidence[0].line)


def _redacted(test: FailingTest, masks: set[str]) -> FailingTest:
    evidence = tuple(replace(item, text=redact(item.text, masks)) for item in test.evidence)
    return replace(test, message=redact(test.message, masks) if test.message else test.message, evidence=evidence)


def _summed(tallies: Iterable[dict[str, int] | None]) -> dict[str, int]:
    total: dict[str, int] = {}
    for tally in tallies:
        for word, number in (tally or {}).items():
            total[word] = total.get(word, 0) + number
    return total
