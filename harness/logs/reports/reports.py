"""Machine reports as sources of failing tests: read, and merged with what a log names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import BinaryIO

from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import FailingTest
from harness.logs.redact import redact
from harness.logs.reports.journal_report import read_journal
from harness.logs.reports.junit import read_junit
from harness.logs.reports.junit_identity import as_testcase
from harness.logs.reports.report_kind import report_kind
from harness.logs.reports.reported import Reported
from harness.logs.reports.reportlog import read_reportlog
from harness.logs.reports.same_test import joined
from harness.logs.sources.piece import Piece
from harness.logs.text.node_text import title_of

__all__ = ["Reported", "merge_reported", "read_piece", "read_report", "report_kind"]

_READERS = {"reportlog": read_reportlog, "junit": read_junit, "journal": read_journal}  # the most exact one first
_NO_RUN = "no run of pytest or unittest found"  # of the log; a report is one
_ERRORS = ("setup", "teardown")
_VAGUE = {"summary", "progress"}  # lines that show an error, not of which phase
_PARTS = 30  # dots of a name at which its title may begin
_ONE_ADDED = "1 failing test is named by a report alone"


def read_report(kind: str, stream: BinaryIO, file: str) -> Reported:
    """Return what the report says, read as a stream; a damaged or cut one gives what could be read, and says so.

    kind: as `report_kind` names it; file: the name that evidence and notes bear, "" for a report that came alone.
    """
    reported = _READERS[kind](stream, file)
    return replace(reported, notes=tuple(f"{file}: {note}" for note in reported.notes)) if file else reported


def read_piece(piece: Piece) -> Reported:
    """Return what a report among the pieces of a source says; one that breaks off gives what could be read."""
    with piece.open() as stream:
        return read_report(piece.kind, stream, piece.name)


def merge_reported(reading: LogReading, reported: Sequence[Reported], masks: Iterable[str] = ()) -> LogReading:
    """Return `reading` with what the reports know: more evidence, exact ids, tests that the log does not name.

    masks: values that the job asked to be masked. The log's counts stay; without any, those of the most exact reports.
    A report that broke off before any failure counts nothing: that all passed so far is no word on the rest.
    """
    if not reported:
        return reading
    known = set(masks)
    merged = _Merged(reading.failing, [test for report in reported for test in report.failing])
    for report in reported:
        for test in report.failing:
            merged.add(_masked(test, known))
    counted = reading.tally.get("failed", 0) + reading.tally.get("errors", 0)
    whole = all(report.complete for report in reported)
    added = len(merged.tests) - len(reading.failing)
    notes = [note for note in reading.notes if note != _NO_RUN]
    if added and reading.tally:
        notes.append(f"{added} failing tests are named by reports alone" if added > 1 else _ONE_ADDED)
    return replace(
        reading,
        failing=tuple(merged.tests),
        tally=reading.tally or (_tally(reported) if whole or merged.tests else {}),
        complete=(reading.complete and (whole or bool(merged.tests)))
        or (whole and (not reading.tally or len(merged.tests) == counted)),
        notes=(*notes, *(redact(note, known) for report in reported for note in report.notes)),
        circumstances=_circumstances([reading.circumstances, *(report.circumstances for report in reported)]),
    )


class _Merged:
    """The tests of the log, to which those of reports are added: `tests` holds each once in each phase."""

    def __init__(self, logged: Iterable[FailingTest], reported: Iterable[FailingTest]) -> None:
        self.tests: list[FailingTest] = []
        self._places: dict[tuple[str, str], list[int]] = {}
        self._titled: dict[tuple[str, str], list[int]] = {}  # tests of the log of which it gives the title alone
        for test in logged:
            if test.nodeid is None:
                self._titled.setdefault((test.printed, test.phase), []).append(len(self.tests))
            self._append(test)
        distinct = {(_testcase(test), test.phase, title) for test in reported for title in _titles(test)}
        self._claims = Counter((title, phase) for _, phase, title in distinct)

    def add(self, test: FailingTest) -> None:
        """Add a test of a report, or what it knows of a test that is there."""
        place = self._place(test)
        if place is None:
            place = self._stage(test)
            if place is not None:
                self.tests[place] = replace(self.tests[place], phase=test.phase)
        if place is None:
            self._append(test)
        else:
            self.tests[place] = joined(self.tests[place], test)
            self._index(place)

    def _append(self, test: FailingTest) -> None:
        self.tests.append(test)
        self._index(len(self.tests) - 1)

    def _index(self, place: int) -> None:
        test = self.tests[place]
        for name in {test.label, _testcase(test)}:
            places = self._places.setdefault((name, test.phase), [])
            if place not in places:
                places.append(place)

    def _place(self, test: FailingTest) -> int | None:
        """Return where the same test stands: same id; else same dotted name, or its title, if only one has it."""
        for place in self._places.get((test.label, test.phase), ()):
            if self.tests[place].label == test.label:
                return place
        alike = [
            place
            for place in self._places.get((_testcase(test), test.phase), ())
            if test.nodeid is None or self.tests[place].nodeid is None
        ]
        if len(alike) == 1:
            return alike[0]
        for title in _titles(test):
            places = self._titled.get((title, test.phase), ())
            if len(places) == 1 and self._claims[title, test.phase] == 1 and self.tests[places[0]].nodeid is None:
                return places[0]
        return None

    def _stage(self, test: FailingTest) -> int | None:
        """Return where the log names an error of this test without showing whether setup or teardown raised it."""
        if test.phase not in _ERRORS:
            return None
        other = _ERRORS[1 - _ERRORS.index(test.phase)]
        places = self._places.get((test.label, other), ())
        vague = [place for place in places if {item.kind for item in self.tests[place].evidence} <= _VAGUE]
        return vague[0] if len(vague) == 1 else None


def _testcase(test: FailingTest) -> str:
    return test.label if test.nodeid is None else as_testcase(test.nodeid)


def _titles(test: FailingTest) -> Iterator[str]:
    """Yield the titles under which a log may print the failure of a test of a report."""
    if test.nodeid is not None:
        yield title_of(test.nodeid)
        return
    head, bracket, parameters = test.printed.partition("[")
    parts = head.split(".")
    for at in range(1, min(len(parts), _PARTS)):
        yield ".".join(parts[at:]) + bracket + parameters


def _masked(test: FailingTest, known: set[str]) -> FailingTest:
    if not known:
        return test
    evidence = tuple(replace(item, text=redact(item.text, known)) for item in test.evidence)
    return replace(test, message=redact(test.message, known) if test.message else test.message, evidence=evidence)


def _tally(reported: Sequence[Reported]) -> dict[str, int]:
    """Return the counts of the most exact kind of report; those of the others are likely of the same runs."""
    for kind in _READERS:
        tallies = [report.tally for report in reported if report.kind == kind and report.tally]
        if tallies:
            total: Counter[str] = Counter()
            for tally in tallies:
                total.update(tally)
            return dict(total)
    return {}


def _circumstances(told: Sequence[Circumstances]) -> Circumstances:
    """Return for each circumstance what the first of `told` says of it that says anything; packages are united."""
    values = {}
    for name in (each.name for each in fields(Circumstances)):
        values[name] = next((value for one in told if (value := getattr(one, name)) not in (None, (), {})), None)
    packages = {name: version for one in reversed(told) for name, version in one.packages.items()}
    present = {name: value for name, value in values.items() if value is not None}
    return Circumstances(**{**present, "packages": packages})
