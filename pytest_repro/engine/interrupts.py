"""SIGINT and SIGTERM while children work: noted and waited for, so that everything can be written down in peace."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

_MOST: Final = 3  # signals that are waited with: whoever sends more wants the end, whatever is lost


class Interrupts:
    """Counts both signals from `install` on, and raises KeyboardInterrupt while `raising` is set.

    A second SIGTERM then ends the process as it would without us: what was written down stays. So does, at any time, a
    fourth signal.

    A CI service cancels a job with SIGINT and follows with SIGTERM some seconds later: the second must not cut short
    what the first one began.
    """

    def __init__(self, on_signal: Callable[[], None]) -> None:
        self.seen = 0
        self.raising = True
        self.wake = -1  # becomes readable with each signal
        self._on_signal = on_signal
        self._before: dict[int, Any] = {}
        self._wakes = (-1, -1)
        self._pid, self._process = os.getpid, os.getpid()

    def install(self) -> None:
        """Take the signals over; only a main thread can."""
        if threading.current_thread() is not threading.main_thread() or self._before:
            return
        self._wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
        self.wake = self._wakes[0]
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup asks
                self._before[number] = signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._pid() != self._process:  # a process that a test or a fixture forked: the signal is for that one alone
            signal.signal(number, self._before.get(number) or signal.SIG_DFL)
            os.kill(self._pid(), number)
            return
        self.seen += 1
        if self.seen > _MOST:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._on_signal()
        try:
            os.write(self._wakes[1], b"x")
        except BlockingIOError:  # it is readable already
            return
        finally:
            if self.raising and self.seen > 1 and number == signal.SIGTERM:  # a test swallowed the first
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            if self.raising:
                raise KeyboardInterrupt

    def calm(self) -> None:
        """Take note of what woke us."""
        try:
            os.read(self.wake, 4096)
        except BlockingIOError:
            return

    def uninstall(self) -> None:
        """Give the signals back."""
        for number, before in self._before.items():
            if before is not None:
                signal.signal(number, before)
        self._before.clear()
        for file in self._wakes:
            if file >= 0:
                os.close(file)
        self._wakes = (-1, -1)
        self.wake = -1


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    for file in ends:
        os.set_blocking(file, False)
    return ends
