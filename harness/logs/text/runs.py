"""The runs of pytest in one stream: where each begins and ends, and which of them are one run cut by a print."""

from harness.logs.dialects.lines import Line
from harness.logs.dialects.surroundings import Surroundings
from harness.logs.text.room import Room
from harness.logs.text.session import Session


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
        self.moved = True  # something was collected or tested since the last run closed

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
        self.sessions.append(session)
        self.current = session
        return session

    def drop_resumed(self) -> None:
        """Take back a resumed run that never closed: it was none, or, with `-qq`, the end of the one before."""
        if not self.sessions or not self.sessions[-1].resumed:
            return
        resumed = self.sessions.pop()
        earlier = self._earlier(len(self.sessions))
        if resumed.summarised and resumed.blocks and earlier is not None:
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
        if session.resumed and not session.blocks and not barred:
            session.resumed = False  # a quiet run of its own, with --tb=no
        if (session.headed or (session.resumed and after_headed)) and not barred:
            return False  # a quiet run, started by a test
        if earlier is not None and not session.headed and (session.resumed or (barred and after_headed)):
            self._join(earlier, session)  # only a headed run closes with bars: it is the end of the one before
        elif session.resumed and earlier is None:
            session.resumed = False
            self.room.runs -= len(self.sessions) - 1
            self.sessions[:] = [session]  # what stood before were closing lines alone, printed by a test
        session.tally, session.end = tally, line.number
        session.ended.clear()
        self.current, self.moved = None, False
        return True

    def _close_again(self, line: Line, tally: dict[str, int], *, barred: bool) -> bool:
        """Handle a closing line outside any run: the real one after a test's print, or that of a quiet run."""
        last = self.last()
        if last is not None and last.headed and barred:
            last.tally, last.end = tally, line.number
        elif not barred or last is None:
            self.open(line, last.width if last else 0).tally = tally
            self.current = None
        return True

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
