"""A short log that a person typed or shortened, bars and all: read a second time, without a look at their width."""

from typing import Final

from harness.domain.ci_log import LogReading
from harness.logs.dialects.lines import Line
from harness.logs.read import LogReader
from harness.logs.verdicts.job_steps import JobSteps

_ROOM: Final = 150_000  # characters
_LINE: Final = 150  # that a line takes at least, whatever it holds


class ShortLog:
    """Keeps the lines of a log as long as it is short."""

    def __init__(self) -> None:
        self.over = False
        self._lines: list[Line] = []
        self._room = _ROOM

    def feed(self, line: Line) -> None:
        """Take the next line; not to be called once the log is `over` the size of a short one."""
        self._lines.append(line)
        self._room -= len(line.text) + _LINE
        if self._room < 0:
            self.over, self._lines = True, []

    def again(self, first: LogReading, notes: tuple[str, ...]) -> tuple[LogReading, JobSteps] | None:
        """Return what the log tells if its bars may have any width, None where that is not to be trusted.

        It is only where the tests that are named then are as many as the closing lines count, and none of another name
        was named before.
        """
        if self.over:
            return None
        reader = LogReader(exact=False)
        steps = JobSteps(reader.session)
        for line in self._lines:
            steps.feed(line, reader.feed(line))
        second = reader.reading(first.source, first.lines, notes)
        before = {test.label for test in first.failing}
        if not second.complete or not before <= {test.label for test in second.failing}:
            return None
        return (second, steps) if not before or len(before) == len(second.failing) else None
