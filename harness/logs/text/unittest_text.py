"""unittest's and nose's reports read line by line: bar, `FAIL: name`, dashes, traceback."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.dialects.lines import Line
from harness.logs.text.block import CHAINED, looks_raised
from harness.logs.text.room import RUNS, Room

_TITLE: Final = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\S.*)$")
_NAME: Final = re.compile(
    r"(?:Doctest: )?[A-Za-z_][\w.]*(?: \([\w.]+\))?(?:$| ?[\[(])"
    r"|[A-Za-z_]\S{0,1000} \([A-Za-z_][\w<>]*\.\S{1,1000}\)(?:$| [\[(])"  # a method made at run time
)
_FRAME: Final = re.compile(r'  File "([^"]{1,500})", line (\d{1,7})')
_RAISED: Final = re.compile(r"((?:[A-Za-z_]\w*\.){0,20}[A-Za-z_]\w*)(?:: ?(.*))?$")
_RAN: Final = re.compile(r"Ran (\d{1,9}) tests? in ")
_OUTCOME: Final = re.compile(r"(FAILED|OK)(?: \((.{1,300})\))?$")
_PART: Final = re.compile(r"(\w[\w ]{0,40})=(\d{1,9})$")
_WORDS: Final = {"failures": "failed", "errors": "errors", "skipped": "skipped", "SKIP": "skipped"}
FIRST: Final = frozenset("=-RFO")  # what a line begins with that matters between two failures
_CHAIN: Final = 20  # types of chained exceptions that are kept
_BAR: Final = 20  # shortest bar: both print 70


@dataclass(slots=True)
class UnittestRun:
    """What one run reported."""

    tests: list[FailingTest] = field(default_factory=list)
    repeats: int = 0  # failures not kept, of tests that other ones name
    unnamed: int = 0  # nose's `Failure: ImportError`, which stands for no test
    tally: dict[str, int] | None = None
    end: int = 0  # raw line number of its last line that was understood

    @property
    def complete(self) -> bool:
        """Whether as many tests are named as the closing line counts."""
        counted = (self.tally or {}).get("failed", 0) + (self.tally or {}).get("errors", 0)
        return self.tally is not None and counted == self.named

    @property
    def named(self) -> int:
        """How many failures it names."""
        return len(self.tests) + self.repeats


class UnittestText:
    """Reads the lines of one stream; `finish` hands out the runs."""

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self.runs: list[UnittestRun] = []
        self._run = UnittestRun()
        self._bar = False  # the line before was a bar of "="
        self._title: tuple[str, str, Evidence] | None = None
        self._dashed = False
        self._raised: tuple[str, str | None] | None = None
        self._place: str | None = None
        self._chain: list[str] = []
        self._ran: int | None = None
        self.open = False  # any next line may matter, not only one that begins as in FIRST

    def feed(self, line: Line) -> None:
        """Take the next line."""
        self._take(line)
        self.open = self._bar or self._title is not None

    def _take(self, line: Line) -> None:
        text = line.text
        bar, self._bar = self._bar, False
        if not text:
            return
        first = text[0]
        if first == "=" and len(text) >= _BAR and not text.strip("="):
            self._end()
            self._bar = True
        elif bar:
            self._titled(line)
        elif first == "-" and len(text) >= _BAR and not text.strip("-"):
            self._dashes()
        elif self._title is not None and self._dashed:
            self._traceback(text)
        elif first == "R" and (found := _RAN.match(text)) is not None:
            self._ran = int(found[1])
        elif self._ran is not None and first in "FO":
            self._outcome(line)

    def finish(self) -> list[UnittestRun]:
        """Return the runs, an unclosed last one too if it named a test."""
        self._end()
        if self._run.tests or self._run.unnamed:
            self._run.end = max((test.evidence[0].line for test in self._run.tests), default=0)
            self._close()
        return self.runs

    def _titled(self, line: Line) -> None:
        found = _TITLE.match(line.text)
        if found:
            self._title = (found[1], found[2].strip(), Evidence("unittest", line.number, line.text[:1000]))
            self._dashed, self._raised, self._place, self._chain = False, None, None, []

    def _dashes(self) -> None:
        """A line of dashes opens the traceback, the next one ends it."""
        if self._title is not None and self._dashed:
            self._end()
        self._dashed = True

    def _traceback(self, text: str) -> None:
        if text.startswith("Traceback ("):
            self._raised = self._place = None
        elif text in CHAINED and self._raised is not None and len(self._chain) < _CHAIN:
            self._chain.append(self._raised[0])
        elif (frame := _FRAME.match(text)) is not None:
            self._place = f"{frame[1]}:{frame[2]}"
        elif self._raised is None and (raised := _RAISED.match(text)) is not None and looks_raised(raised[1]):
            self._raised = (raised[1], raised[2] or None)

    def _end(self) -> None:
        """Finish the failure that is open, if its name is that of a test and dashes followed it."""
        title, self._title = self._title, None
        if title is None or not self._dashed:
            return
        word, printed, evidence = title
        if printed.startswith("Failure: ") or not _NAME.match(printed):
            self._run.unnamed += 1
            return
        exception, message = self._raised or (None, None)
        phase = _phase(word, printed)
        outcome = "error" if word == "ERROR" else "failed"
        if not self._room.takes("unittest", outcome, printed):
            self._run.repeats += self._room.knows("unittest", outcome, printed)
            return
        evidence = replace(evidence, text=self._room.fitting(evidence.text))
        message = self._room.fitting(message) if message else message
        self._run.tests.append(
            FailingTest(printed, None, phase, exception, message, self._place, (evidence,), outcome, tuple(self._chain))
        )

    def _outcome(self, line: Line) -> None:
        found = _OUTCOME.match(line.text)
        if not found or self._ran is None:
            return
        tally = {"failed": 0, "errors": 0}
        for part in (found[2] or "").split(", "):
            if (count := _PART.match(part)) is not None:
                word = _WORDS.get(count[1], count[1])
                tally[word] = tally.get(word, 0) + int(count[2])
        tally["passed"] = max(0, self._ran - sum(tally.values()))
        self._run.tally, self._run.end = tally, line.number
        self._close()
        self._ran = None

    def _close(self) -> None:
        run, self._run = self._run, UnittestRun()
        if self._room.unittest_runs >= RUNS:
            self._room.gives_back("unittest", ((test.outcome, test.printed) for test in run.tests))
            self._room.leave_out(run.tally)
        else:
            self._room.unittest_runs += 1
            self.runs.append(run)


def _phase(word: str, printed: str) -> str:
    if "(unittest.loader." in printed:
        return "collect"
    if word == "ERROR" and printed.startswith(("setUpClass ", "setUpModule ")):
        return "setup"
    return "teardown" if printed.startswith(("tearDownClass ", "tearDownModule ")) else "call"
