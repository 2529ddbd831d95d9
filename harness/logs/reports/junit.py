"""JUnit XML read as a stream: of pytest, unittest-xml-reporting, nose, Surefire and what writes like them."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from xml.parsers import expat

from harness.domain.circumstances import Circumstances
from harness.logs.redact import redact, redact_value
from harness.logs.reports.junit_case import FAILING, Case, Problem, Settled, failing_of
from harness.logs.reports.junit_identity import KnownFiles
from harness.logs.reports.report_text import LONGEST, ReportText
from harness.logs.reports.reported import Reported
from harness.logs.reports.same_test import LONGEST_NAME, TESTS, Failing

_CHUNK: Final = 1 << 16
_LONGEST_TAG: Final = 8 << 20  # bytes: expat holds a tag as a whole
_LONGEST_TYPE: Final = 300
_DEEPEST: Final = 100
_PROBLEMS: Final = 50  # failures of one testcase that are kept; they become one failing test in each phase
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}encoding=["']([\w.-]{1,40})["']""")
_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,20}([+-]\d\d:\d\d)$")
_SUITES: Final = ("testsuite", "testsuites")
_IDLE: Final = ("notrun", "disabled")  # what GoogleTest says of a test that is switched off
_FLAKY: Final = ("flakyFailure", "flakyError")
_SHOWN: Final = 10  # properties of a suite, repeated tests, flaky tests


class _Refused(Exception):
    """The file is not read on; the text says why."""


@dataclass(slots=True)
class _Suite:
    counted: int  # failures and errors that it says it has, with those of the suites within or without
    seen: int = 0  # that it holds, with those of the suites within
    missing: int = 0  # of the suites within


class _Reader:
    """What expat's handlers gather."""

    def __init__(self, file: str) -> None:
        self.parser = expat.ParserCreate()
        self.file = file
        self.files = KnownFiles()
        self.found: list[Settled] = []
        self.tally: Counter[str] = Counter()
        self.missing = 0
        self.dropped = 0
        self.flaky: list[str] = []
        self.rates: list[str] = []
        self.broken: list[str] = []
        self.properties: dict[str, str] = {}
        self.timezone: str | None = None
        self._depth = 0
        self._suites: list[_Suite] = []
        self._case: Case | None = None
        self._case_depth = 0
        self._problem: Problem | None = None

    def attach(self, encoding: str | None) -> None:
        """Make the parser; entities are refused together with the document type that would declare them."""
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.buffer_size = _CHUNK
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    @property
    def _full(self) -> bool:
        return len(self.found) >= TESTS

    def close(self) -> None:
        """Take what was open when the file ended; a test that shows no failure up to there may have had one."""
        if self._case is not None and self._case.problems:
            self._finish(self._case)
        self._case = None
        while self._suites:
            self._leave()

    def _doctype(self, *_: object) -> None:
        raise _Refused("it declares a document type, which a JUnit file does not need and which may hide entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused(f"elements lie more than {_DEEPEST} deep in each other")
        tag = tag.rpartition(":")[2]
        if self._case is not None:
            self._within(self._case, tag, attributes)
        elif tag == "testcase":
            classname, name = (attributes.get(word, "")[:LONGEST_NAME] for word in ("classname", "name"))
            idle = "skipped" if attributes.get("status") in _IDLE else None
            self._case = Case(classname, name, self.parser.CurrentLineNumber, skipped=idle)
            self._case_depth = self._depth
            if "file" in attributes:
                self.files.add(attributes["file"])
        elif tag in _SUITES:
            self._suite(attributes)
        elif tag == "property" and len(self.properties) <= _SHOWN:
            self.properties[attributes.get("name", "")[:200]] = attributes.get("value", "")[:200]

    def _suite(self, attributes: dict[str, str]) -> None:
        self._suites.append(_Suite(sum(_number(attributes.get(word)) for word in ("failures", "errors"))))
        offset = _OFFSET.match(attributes.get("timestamp", ""))
        self.timezone = self.timezone or (offset[1] if offset else None)

    def _within(self, case: Case, tag: str, attributes: dict[str, str]) -> None:
        if tag == "property" and self._depth == self._case_depth + 2:
            name = attributes.get("name", "")
            if name in ("repro.rate_counts", "repro.label"):
                case.properties[name] = attributes.get("value", "")[:200]
        elif self._depth == self._case_depth + 1:
            if tag in FAILING:
                case.failures += tag == "failure"
                case.errors += tag == "error"
                if not self._full and len(case.problems) < _PROBLEMS:
                    message = attributes.get("message", "")[:LONGEST]
                    self._problem = Problem(tag, _cut(attributes.get("type")), message, ReportText(case.name))
                    self.parser.CharacterDataHandler = self._problem.text.feed
                    case.problems.append(self._problem)
            elif tag in _FLAKY:
                case.flaky = True
            elif tag == "skipped":
                expected = attributes.get("type", "").rpartition(".")[2].lower() == "xfail"
                case.skipped = "xfailed" if expected else "skipped"

    def _end(self, _tag: str) -> None:
        case = self._case
        if case is not None and self._depth == self._case_depth + 1 and self._problem is not None:
            self._problem, self.parser.CharacterDataHandler = None, None
        elif case is not None and self._depth == self._case_depth:
            self._finish(case)
            self._case = None
        elif case is None and self._suites and _tag.rpartition(":")[2] in _SUITES:
            self._leave()
        self._depth -= 1

    def _finish(self, case: Case) -> None:
        """Count a testcase and keep its failures."""
        counted = case.failures + case.errors
        self.tally += Counter(failed=case.failures, errors=case.errors)  # `+` leaves out what is none
        if self._suites:
            self._suites[-1].seen += counted
        if not counted:
            self.tally[case.outcome] += 1
            if case.flaky and len(self.flaky) <= _SHOWN:
                self.flaky.append(case.printed)
        elif case.problems and (case.broken_off or not case.name):
            told = case.problems[0].text.told(case.problems[0].kind, case.problems[0].message)
            self.broken.append(": ".join(part for part in (told.exception, told.message) if part) or "no reason given")
        elif self._full:
            self.dropped += 1
        else:
            self.found.extend(failing_of(case, self.file, self.files))
        counts = case.properties.get("repro.rate_counts", "")
        if counts and counted and len(self.rates) <= _SHOWN:
            failed, _, runs = counts.partition("/")
            self.rates.append(f"{case.printed}: {failed} of {runs} iterations failed")

    def _leave(self) -> None:
        """Add to the suite around, or at last to the file, what the innermost one holds and what it misses."""
        suite = self._suites.pop()
        missing = max(suite.missing, suite.counted - suite.seen)
        if self._suites:
            self._suites[-1].seen += suite.seen
            self._suites[-1].missing += missing
        else:
            self.missing += missing


def read_junit(stream: BinaryIO, file: str) -> Reported:
    """Return what a JUnit file says; node ids are told only where pytest wrote it and it settles them."""
    reader = _Reader(file)
    problem = _parse(reader, stream)
    reader.close()
    failing = Failing()
    for settled in reader.found:
        failing.add(settled.identified(reader.files))
    notes = tuple(redact(note) for note in _notes(reader, problem))
    complete = not (problem or reader.missing or reader.dropped or reader.broken)
    return Reported(
        "junit", failing.tests(), dict(reader.tally), complete, notes, Circumstances(timezone=reader.timezone)
    )


def _parse(reader: _Reader, stream: BinaryIO) -> str | None:
    """Feed the file to the parser; return why it was not read to its end, if it was not."""
    chunk = stream.read(_CHUNK)
    decoder = _decoder(chunk)
    reader.attach("utf-8" if decoder else None)
    fed = 0
    try:
        while chunk:
            if decoder:
                chunk = _FORBIDDEN.sub("\ufffd", decoder.decode(chunk)).encode("utf-8", "replace")
            fed += len(chunk)
            reader.parser.Parse(chunk, False)
            if fed - reader.parser.CurrentByteIndex > _LONGEST_TAG:
                return (
                    f"damaged: line {reader.parser.CurrentLineNumber} holds a tag of more than {_LONGEST_TAG >> 20} MiB"
                )
            chunk = stream.read(_CHUNK)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        if not chunk:
            return "truncated: the file ends before its last element does"
        return f"damaged: not well-formed XML at line {error.lineno}, and not read from there on"
    except (LookupError, ValueError):
        return "not read: it says that it is in an encoding which is not known here"
    except _Refused as reason:
        return f"not read to its end: {reason}"
    return None


def _decoder(head: bytes) -> codecs.IncrementalDecoder | None:
    """Return a decoder that survives bytes which are no UTF-8, None for a file in another encoding."""
    declared = _DECLARED.match(head)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        return None
    return codecs.getincrementaldecoder("utf-8-sig")(errors="replace")


def _notes(reader: _Reader, problem: str | None) -> Iterator[str]:
    if problem:
        yield problem
    if reader.missing:
        yield f"its suites count {reader.missing} more failures and errors than it holds: incomplete"
    if reader.dropped:
        yield f"{reader.dropped} failing tests beyond the first {TESTS} are left out"
    yield from (f"a failure that stands for no test: {reason}" for reason in reader.broken[:_SHOWN])
    yield from reader.rates[:_SHOWN]
    if reader.flaky:
        more = " and more" if len(reader.flaky) > _SHOWN else ""
        yield f"failed first and passed when run again: {', '.join(reader.flaky[:_SHOWN])}{more}"
    if 0 < len(reader.properties) <= _SHOWN:  # Surefire lists all of the JVM's
        shown = ", ".join(f"{name}={redact_value(name, value)}" for name, value in reader.properties.items())
        yield f"properties of the suite: {shown}"


def _cut(text: str | None) -> str | None:
    return text[:_LONGEST_TYPE] if text is not None else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
