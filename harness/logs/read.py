"""A CI log read into the tests that it names as failing."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import accumulate

from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import FailingTest
from harness.logs.dialects.job_choice import job_of
from harness.logs.dialects.lines import Line
from harness.logs.dialects.surroundings import Surroundings
from harness.logs.redact import masked_values, redact
from harness.logs.reports.same_test import TESTS, joined
from harness.logs.text.circumstances import circumstances_of
from harness.logs.text.notes import collect_notes, paste_notes, room_notes, run_notes
from harness.logs.text.pasted import Pasted
from harness.logs.text.pytest_text import PytestText
from harness.logs.text.resolve import resolve
from harness.logs.text.room import Room
from harness.logs.text.session import Session
from harness.logs.text.unittest_text import FIRST, UnittestRun, UnittestText


class _Stream:
    """The readers of one stream; interleaved jobs and steps each have their own."""

    def __init__(self, around: Surroundings, room: Room, outside: Room, *, exact: bool) -> None:
        self.pytest = PytestText(around, room, outside, exact=exact)
        self.unittest = UnittestText(room)

    def finish(self) -> tuple[list[Session], list[UnittestRun]]:
        """Return the runs; a report of unittest between start and end of a run of pytest is what a test printed."""
        sessions, runs = self.pytest.finish(), self.unittest.finish()
        starts = [session.start for session in sessions]
        ends = list(accumulate((session.end for session in sessions), max, initial=-1))
        return sessions, [run for run in runs if run.end > ends[bisect_left(starts, run.end)]]


class LogReader:
    """Takes the normalised lines of a log one by one; `reading` says what they told.

    exact: a bar that is not as wide as the others of its run is none, for a test may have printed it.
    """

    def __init__(self, *, exact: bool = True) -> None:
        self._exact = exact
        self._streams: dict[str, _Stream] = {}
        self._jobs: dict[str, Surroundings] = {}  # the steps of a job tell one story
        self._last: str | None = None  # the name of the current stream
        self._room, self._room_outside = Room(), Room()
        self._current = _Stream(Surroundings(), self._room, self._room_outside, exact=exact)
        self._pasted = Pasted()
        self._long = False
        self.masks: set[str] = set()  # values that the job asked to be masked

    def feed(self, line: Line) -> bool:
        """Take the next line; return whether it stands among tracebacks and captured output of a run of pytest."""
        if not self._long:
            self._pasted.feed(line)
            self._long = self._pasted.over
        _, name, text = line
        if name != self._last:
            self._current = self._streams.get(name) or self._begin(name)
            self._last = name
        current = self._current
        current.pytest.feed(line)
        in_report = current.pytest.in_report
        if not in_report and (text[:1] in FIRST or current.unittest.open):
            current.unittest.feed(line)  # a test's captured output is no report of unittest
        if "::add-mask::" in text:
            self.masks.update(masked_values([text]))
        return in_report

    def session(self) -> Session | None:
        """Return the run of pytest within which the last line stands, None where it stands in none."""
        return self._current.pytest.session

    @property
    def crooked(self) -> bool:
        """Whether a run has bars of several widths, as only a log typed by hand has."""
        return any(stream.pytest.crooked for stream in self._streams.values())

    def _begin(self, name: str) -> _Stream:
        around = self._jobs.setdefault(job_of(name), Surroundings())
        stream = self._streams[name] = _Stream(around, self._room, self._room_outside, exact=self._exact)
        return stream

    def reading(self, source: str, lines: int, notes: tuple[str, ...] = ()) -> LogReading:
        """Return what all lines told. lines: how many raw ones there were; notes: what the source says of itself."""
        rooms = (self._room, self._room_outside)
        return _reading(source, lines, list(self._streams.values()), self._pasted, self.masks, notes, rooms)


def _reading(
    source: str,
    lines: int,
    streams: list[_Stream],
    pasted: Pasted,
    masks: set[str],
    of_source: tuple[str, ...],
    rooms: tuple[Room, Room],
) -> LogReading:
    alone = pasted.session()
    finished = [stream.finish() for stream in streams]
    sessions = _sessions(streams, [session for found, _ in finished for session in found]) if alone is None else [alone]
    runs = [run for _, found in finished for run in found]
    resolved = [(session, resolve(session)) for session in sessions]
    tests = _merged([test for _, found in resolved for test in found.tests] + [t for run in runs for t in run.tests])
    shown = next((session for session, found in resolved if found.tests), sessions[0] if sessions else None)
    room, outside = rooms
    more = room.more or (outside.more and any(session.fragment for session in sessions)) or len(tests) > TESTS
    tests = tests[:TESTS]
    of_room = room_notes(room, len(tests), more=more)
    notes = (*of_room, *run_notes(resolved, runs), *paste_notes(pasted, sessions), *collect_notes(tests), *of_source)
    complete = all(found.complete for _, found in resolved) and all(run.complete for run in runs)
    return LogReading(
        source=source,
        lines=lines,
        failing=tuple(_redacted(test, masks) for test in tests),
        tally=_summed([*(s.tally for s in sessions), *(run.tally for run in runs), room.tally]),
        complete=complete and bool(sessions or runs) and not more and not room.left_out,
        notes=tuple(redact(note, masks) for note in notes),
        circumstances=circumstances_of(shown, (test.label for test in tests), masks) if shown else Circumstances(),
    )


def _sessions(streams: Iterable[_Stream], found: list[Session]) -> list[Session]:
    """Return the runs of pytest in their order; lines outside any count only where there is none (an excerpt)."""
    if found:
        return sorted(found, key=lambda session: session.start)
    excerpts = [stream.pytest.loose for stream in streams]
    return [loose for loose in excerpts if loose.summary or loose.blocks or loose.progress or loose.crashes]


def _merged(tests: Iterable[FailingTest]) -> list[FailingTest]:
    """Return each test and phase once: what a later run adds is evidence, and details that the first left out."""
    merged: dict[tuple[str, str], FailingTest] = {}
    for test in tests:
        key = (test.label, test.phase)
        merged[key] = joined(merged[key], test) if key in merged else test
    return sorted(merged.values(), key=lambda test: test.evidence[0].line)


def _redacted(test: FailingTest, masks: set[str]) -> FailingTest:
    evidence = tuple(replace(item, text=redact(item.text, masks)) for item in test.evidence)
    return replace(test, message=redact(test.message, masks) if test.message else test.message, evidence=evidence)


def _summed(tallies: Iterable[Mapping[str, int] | None]) -> dict[str, int]:
    total: dict[str, int] = {}
    for tally in tallies:
        for word, number in (tally or {}).items():
            total[word] = total.get(word, 0) + number
    return total
