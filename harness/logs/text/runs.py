"""The runs of pytest in one stream: where each begins and ends, and which of them are one run cut by a print."""

from collections.abc import Mapping
from typing import Final

from harness.logs.dialects.lines import Line
from harness.logs.dialects.surroundings import Surroundings
from harness.logs.text.room import Room
from harness.logs.text.session import Session, failing_in
from harness.logs.text.titles import fits

_NEAR: Final = 2  # lines between a quiet run's letters and its report, one of them blank
_TESTS: Final = ("passed", "failed", "errors", "skipped", "xfailed", "xpassed")


def tests_in(tally: Mapping[str, int]) -> int:
    """Return how many tests a closing line counts."""
    return sum(tally.get(word, 0) for word in _TESTS)


class Runs:
    """Holds the sessions in their order; the last one is `current` until it is closed.

    A closing line may be what a test printed. So what looks like a report goes on after it opens a session that is
    only "resumed": if that closes itself, the closing line before was a print, and both are one run.
    """

    def __init__(self, around: Surroundings, room: Room) -> None:
        self.sessions: list[Session] = []
        self.current: Session | None = None  # None between runs
        self.around = around
        self.room = room
        self.command: str | None = None  # the last one seen that runs pytest
        self.outer: Session | None = None  # not closed when the run began that closed last
        self.moved = True  # something was collected or tested since the last run closed
        self.dotted = 0  # tests whose letters stood outside of any run since a quiet one closed
        self._failing = 0  # F and E in the lines of letters that stood last, one below the other
        self._lettered = 0  # raw line number of the last of them

    def letters(self, line: Line, letters: int) -> None:
        """Take a line of `letters` letters of tests that stands outside of any run: a quiet one goes on."""
        self.moved = True
        self.dotted += letters
        shown = line.text[:letters]
        failing = shown.count("F") + shown.count("E")
        self._failing = failing + (self._failing if line.number == self._lettered + 1 else 0)
        self._lettered = line.number

    def resume(self) -> Session | None:
        """Go on with the run one of whose tests may have printed the one that closed last; it is so if it closes."""
        self.current, self.outer = self.outer, None
        return self.current

    def last(self) -> Session | None:
        """Return the run that goes on, else the one before."""
        return self.current or (self.sessions[-1] if self.sessions else None)

    def open(self, line: Line, width: int, *, headed: bool = False, resumed: bool = False) -> Session:
        """Return a new run that begins at `line`; width: of its bars, as `Session` has the rest."""
        self.drop_resumed()
        if self.sessions:
            self.sessions[-1].ended.clear()
        if self.room.full:
            self._leave_out()
        session = Session(line.number, width, headed, resumed, command=self.command, stream=line.stream, room=self.room)
        self.room.runs += 1
        session.around = self.around.copy()
        if headed:
            session.within, session.dotted = self.current or self.outer, self.dotted
        elif line.number <= self._lettered + _NEAR:
            session.failing = self._failing
        self.outer = None
        self.sessions.append(session)
        self.current = session
        return session

    def drop_resumed(self) -> None:
        """Take back a resumed run that never closed: it was none, or, with `-qq`, the end of the one before."""
        if not self.sessions or not self.sessions[-1].resumed:
            return
        resumed = self.sessions.pop()
        earlier = self._earlier(len(self.sessions))
        if earlier is not None and resumed.summarised and (resumed.blocks or self._ends(earlier, resumed)):
            self._join(earlier, resumed)
        else:
            resumed.drop()
            self.room.runs -= 1

    def close(self, line: Line, tally: dict[str, int], *, barred: bool) -> bool:
        """Handle a closing line with its counts; say whether it closed something. barred: bars are around it."""
        session = self.current
        if session is None:
            return self._close_again(line, tally, barred=barred)
        earlier = self._earlier(len(self.sessions) - 1)
        after_headed = earlier is not None and self.sessions[earlier].headed
        if session.belies(tally):
            return False
        if session.resumed and not session.blocks and not barred and not self._may_end(earlier, session):
            session.resumed = False  # a quiet run of its own, with --tb=no
        if (session.headed or (session.resumed and after_headed)) and not barred:
            return False  # a quiet run, started by a test
        if earlier is not None and not session.headed and (session.resumed or (barred and after_headed)):
            if not session.resumed:
                self.sessions[earlier].drop_blocks_before(session.blocks)
            self._join(earlier, session)  # only a headed run closes with bars: it is the end of the one before
        elif session.resumed and earlier is None:
            session.resumed = False
            self.room.runs -= len(self.sessions) - 1
            self.sessions[:] = [session]  # what stood before were closing lines alone, printed by a test
        session.tally, session.end = tally, line.number
        session.ended.clear()
        self.current, self.moved = None, False
        if barred:
            self._drop_printed(session)
        else:
            self._drop_before_quiet(session)
        self.outer = session.within if session.within is not None and session.within.tally is None else None
        return True

    def _may_end(self, at: int | None, session: Session) -> bool:
        """Say whether the summary of `session` may be the real one of the run before, whose last one a test printed.

        No letter and no header stands between the two. Where the run before has no traceback, or one for each test
        that its summary names, it is taken to be whole, unless the same is true of the summary of `session`.
        """
        if at is None or self.moved or not self.sessions[at].blocks:
            return False
        earlier = self.sessions[at]
        return fits(session, earlier) or not fits(earlier, earlier)

    def _ends(self, at: int, session: Session) -> bool:
        """Say whether the summary of `session`, which has no closing line, is that of the run before (`-qq`)."""
        earlier = self.sessions[at]
        return not self.moved and not earlier.headed and bool(earlier.blocks) and fits(session, earlier)

    def _close_again(self, line: Line, tally: dict[str, int], *, barred: bool) -> bool:
        """Handle a closing line outside any run: the real one after a test's print, or that of a quiet run."""
        if barred and self.moved and self.resume() is not None:
            return self.close(line, tally, barred=True)
        at = self._earlier(len(self.sessions)) if barred and not self.moved else None
        if at is not None and self.sessions[at].headed:
            self._drop_printed(self.sessions[at])  # what stands between are closing lines alone, printed by a test
        last = self.last()
        if last is not None and last.headed and barred:
            last.tally, last.end = tally, line.number
        elif not barred and last is not None and self._belongs(last, tally):
            last.tally, last.end = tally, line.number
            self._drop_before_quiet(last)
        elif not barred or last is None:
            session = self.open(line, last.width if last else 0)
            session.tally, self.current = tally, None
            self._drop_before_quiet(session)
        return True

    def _belongs(self, last: Session, tally: Mapping[str, int]) -> bool:
        """Say whether a closing line without bars is that of the quiet run `last`, whose own one a test printed."""
        failing = failing_in(tally)
        return last.doubted and not (last.headed or self.moved) and failing == len(last.blocks) > 0

    def finish(self) -> list[Session]:
        """Return the runs in their order."""
        self.drop_resumed()
        found, self.sessions = self.sessions, []
        for session in found:
            outer = session.within
            before = self.sessions[-1] if self.sessions else None
            if not session.assumed or outer is None or before is not outer or outer.tally is not None:
                self.sessions.append(session)
                continue
            # One of the two never closed. The counts of the closing line may tell whose it is.
            self.room.runs -= 1
            if session.tally is not None and session.collected == tests_in(session.tally) != outer.collected:
                session.drop()
            else:
                session.absorb(outer)
                self.sessions[-1] = session
        return self.sessions

    def _drop_printed(self, session: Session) -> None:
        """Drop the runs that began after `session` did and before it closed: its tests printed them."""
        while self.sessions and self.sessions[-1].start > session.start:
            self.sessions.pop().drop()
            self.room.runs -= 1

    def _drop_before_quiet(self, session: Session) -> None:
        """Drop the runs with bars that a test of a quiet run printed.

        Nothing tells where a quiet run begins, but the letters before and after the print are as many as its tests.
        """
        if self.dotted == tests_in(session.tally or {}):
            while len(self.sessions) > 1 and self.sessions[-2].dotted:
                self.sessions.pop(-2).drop()
                self.room.runs -= 1
        self.dotted = 0

    def _earlier(self, end: int) -> int | None:
        """Return the index of the last session before index `end` of which more than a closing line was seen."""
        return next((at for at in range(end - 1, -1, -1) if not self.sessions[at].bare), None)

    def _join(self, earlier: int, session: Session) -> None:
        """Make `session` one with the earlier one, of which a closing line was a test's print."""
        session.absorb(self.sessions[earlier])
        self.room.runs -= len({id(one) for one in (*self.sessions[earlier:], session)}) - 1
        self.sessions[earlier:] = [session]

    def _leave_out(self) -> None:
        """Leave out a run where the log has too many: not the last one, nor the one that may go on.

        That is the last one of which more than a closing line was seen.
        """
        if len(self.sessions) < 2:
            return
        ends, goes_on = self.sessions[-1].bare, not self.sessions[-2].bare
        session = self.sessions.pop(-1 if ends and goes_on else -2)
        session.drop()
        self.room.runs -= 1
        self.room.leave_out(session.tally)
