"""Children forked in advance: the next iteration begins as soon as the last one has ended.

A child that waits stands for nothing: no iteration is claimed for it, and it may end at any time without a trace.
"""

import mmap
import os
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Final

from pytest_repro.engine.child import Child
from pytest_repro.engine.frames import FrameSender

# Each fork makes the parent copy the pages that it writes to until the next one: a few forks in a row share these.
_AHEAD: Final = 4
_ORDER: Final = Struct(">Q")
_PLACES: Final = 4096  # far more than there are processes at once

Fork = Callable[[Callable[[FrameSender], None]], Child]
AwaitOrder = Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A child, both ends of the pipe on which it waits (as there is a reader here, writing raises no signal), and the
    place where it marks that it has begun."""

    child: Child
    read: int
    write: int
    place: int

    def close_pipe(self) -> None:
        os.close(self.read)
        os.close(self.write)


class Standby:
    """Keeps some children of one test waiting; `spare` holds the ids of those that wait.

    They must be dismissed before anything changes that an iteration could see, such as shared fixtures.
    """

    def __init__(self, fork: Fork, spare: set[int]) -> None:
        self._fork, self._spare = fork, spare
        self._waiting: deque[_Waiting] = deque()
        self._begun = mmap.mmap(-1, _PLACES)  # shared with the children
        self._forked = 0
        self._sent: dict[int, int] = {}  # by the id of a child that was given an order: its place
        self._ahead = _AHEAD

    def prepare(
        self, most: int, work: Callable[[FrameSender, AwaitOrder], None], is_urgent: Callable[[], bool]
    ) -> None:
        """Fork, unless enough wait, children that do `work`, which asks for its order: None means that there is none.

        No more than `most` will be needed, and those that are missing can wait while something else `is_urgent`.
        """
        if len(self._waiting) <= 1:
            for _ in range(min(most, self._ahead) - len(self._waiting)):
                if is_urgent():
                    return
                try:
                    self._prepare_one(work)
                except OSError:  # too many processes, say: the next iteration is forked when it is due, or tells of it
                    self._ahead = 0
                    return

    def _prepare_one(self, work: Callable[[FrameSender, AwaitOrder], None]) -> None:
        read, write = os.pipe()
        place = self._forked = (self._forked + 1) % _PLACES
        self._begun[place] = 0
        try:
            child = self._fork(lambda sender: work(sender, lambda: self._order(read, write, place)))
        except OSError:
            os.close(read)
            os.close(write)
            raise
        self._waiting.append(_Waiting(child, read, write, place))
        self._spare.add(child.pid)

    def send(self, number: int) -> Child | None:
        """Have a child that waits run iteration `number` and return it; None if none that is alive waits."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if waiting.child.reap():  # if the cause is one of ours, the child that is forked now will tell it
                self._forget(waiting)
                self._ahead = 0
                continue
            self._spare.discard(waiting.child.pid)
            waiting.child.signal(signal.SIGCONT)  # a test may have stopped all processes that it saw
            os.write(waiting.write, _ORDER.pack(number))
            waiting.close_pipe()
            self._sent[waiting.child.pid] = waiting.place
            return waiting.child
        return None

    def has_begun(self, child: Child) -> bool:
        """Whether a child that has ended had begun with its order; one that was dying when it was sent had not.

        To be asked once, of each child that has ended.
        """
        place = self._sent.pop(child.pid, None)
        return place is None or self._begun[place] != 0

    def dismiss(self) -> None:
        """End all children that wait, and wait until they have ended."""
        for waiting in self._waiting:
            waiting.child.signal(signal.SIGKILL)
        while self._waiting:
            waiting = self._waiting.popleft()
            waiting.child.reap(block=True)
            self._forget(waiting)

    def _forget(self, waiting: _Waiting) -> None:
        """Let go of a child that has ended."""
        self._spare.discard(waiting.child.pid)
        waiting.close_pipe()
        waiting.child.close()

    def _order(self, read: int, write: int, place: int) -> int | None:
        """Wait, in the child, for an order; None if there is none, since the parent has ended or a signal came."""
        for waiting in self._waiting:  # forked earlier: else they would not see their parent's end
            waiting.close_pipe()
        os.close(write)
        try:
            order = os.read(read, _ORDER.size)
        except KeyboardInterrupt:  # sent to this process alone, which is at no iteration
            return None
        os.close(read)
        if not order:
            return None
        self._begun[place] = 1  # that the pipe is empty would not tell it: a process that is killed may still read
        return int(_ORDER.unpack(order)[0])
