"""unittest's and nose's reports read line by line: bar, `FAIL: name`, dashes, traceback."""

import re
from dataclasses import dataclass, field
from typing import Final

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.block import looks_raised
from harness.logs.lines import Line

_TITLE: Final = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\S.*)$")
_NAME: Final = re.compile(r"(?:Doctest: )?[A-Za-z_][\w.]*(?: \([\w.]+\))?(?:$| ?[\[(])")
_FRAME: Final = re.compile(r'  File "([^"]{1,500})", line (\d{1,7})')
_RAISED: Final = re.compile(r"((?:[A-Za-z_]\w*\.){0,20}[A-Za-z_]\w*)(?:: ?(.*))?$")
_RAN: Final = re.compile(r"Ran (\d{1,9}) tests? in ")
_OUTCOME: Final = re.compile(r"(FAILED|OK)(?: \((.{1,300})\))?$")
_PART: Final = re.compile(r"(\w[\w ]{0,40})=(\d{1,9})$")
_WORDS: Final = {"failures": "failed", "errors": "errors", "skipped": "skipped", "SKIP": "skipped"}
_BAR: Final = 20  # shortest bar: both print 70


@dataclass(slots=True)
class UnittestRun:
    """What one run reported."""

    tests: list[FailingTest] = field(default_factory=list)
    unnamed: int = 0  # nose's `Failure: ImportError`, which stands for no test
    tally: dict[str, int] | None = None

    @property
    def complete(self) -> bool:
        """Whether as many tests are named as the closing line counts."""
        counted = (self.tally or {}).get("failed", 0) + (self.tally or {}).get("errors", 0)
        return self.tally is not None and counted == len(self.tests)


class UnittestText:
    """Reads the lines of one stream; `finish` hands out the runs."""

    def __init__(self) -> None:
        self.runs: list[UnittestRun] = []
        self._run = UnittestRun()
        self._bar = False  # the line before was a bar of "="
        self._title: tuple[str, str, Evidence] | None = None
        self._dashed = False
        self._raised: tuple[str, str | None] | None = None
        self._place: str | None = None
        self._ran: int | None = None

    def feed(self, line: Line) -> None:
        """Take the next line."""
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
            self._outcome(text)

    def finish(self) -> list[UnittestRun]:
        """Return the runs, an unclosed last one too if it named a test."""
        self._end()
        if self._run.tests or self._run.unnamed:
            self.runs.append(self._run)
            self._run = UnittestRun()
        return self.runs

    def _titled(self, line: Line) -> None:
        found = _TITLE.match(line.text)
        if found:
            self._title = (found[1], found[2].strip(), Evidence("unittest", line.number, line.text[:1000]))
            self._dashed, self._raised, self._place = False, None, None

    def _dashes(self) -> None:
        """A line of dashes opens the traceback, the next one ends it."""
        if self._title is not None and self._dashed:
            self._end()
        self._dashed = True

    def _traceback(self, text: str) -> None:
        if text.startswith("Traceback ("):
            self._raised = self._place = None
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
        self._run.tests.append(FailingTest(printed, None, phase, exception, message, self._place, (evidence,)))

    def _outcome(self, text: str) -> None:
        found = _OUTCOME.match(text)
        if not found or self._ran is None:
            return
        tally = {"failed": 0, "errors": 0}
        for part in (found[2] or "").split(", "):
            if (count := _PART.match(part)) is not None:
                word = _WORDS.get(count[1], count[1])
                tally[word] = tally.get(word, 0) + int(count[2])
        tally["passed"] = max(0, self._ran - sum(tally.values()))
        self._run.tally = tally
        self.runs.append(self._run)
        self._run, self._ran = UnittestRun(), None


def _phase(word: str, printed: str) -> str:
    if "unittest.loader._FailedTest" in printed:
        return "collect"
    if word == "ERROR" and printed.startswith(("setUpClass ", "setUpModule ")):
        return "setup"
    return "teardown" if printed.startswith(("tearDownClass ", "tearDownModule ")) else "call"
