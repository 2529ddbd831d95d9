"""What tests printed in a run of pytest that passed: it does not tell why a job failed."""

from bisect import bisect_left, bisect_right
from typing import Final

from harness.logs.dialects.lines import Line
from harness.logs.text.session import Session, failing_in

SECTIONS: Final = frozenset(("===", "---", "!!!", "INT"))  # what begins a section, or pytest's word of its own trouble
_LIVE: Final = " live log "  # the bar of what a test logs while it runs
_KEPT: Final = "overage"  # a plugin's word on coverage may stand without a bar


class PassedRuns:
    """Follows the runs of one stream."""

    def __init__(self) -> None:
        self._run: Session | None = None
        self._until = 0  # the number of the line where its progress ended, 0 while it goes on

    def feed(self, line: Line, session: Session | None, kept: list[Line]) -> None:
        """Take a line that begins as SECTIONS says; once a run has passed, let go of what its tests printed.

        session: the run within which the line stands; kept: the lines of the step, in their order.
        """
        if session is not None:
            if session is not self._run:
                self._run, self._until = session, 0
            elif not self._until and line.number > session.start and _LIVE not in line.text:
                self._until = line.number
            return
        run, self._run = self._run, None
        if run is None or not run.headed or not (run.tally or {}).get("passed") or failing_in(run.tally or {}):
            return
        first = bisect_right(kept, run.start, key=_number)
        last = bisect_left(kept, self._until or line.number, key=_number)
        kept[first:last] = [one for one in kept[first:last] if _KEPT in one.text]


def _number(line: Line) -> int:
    return line.number
