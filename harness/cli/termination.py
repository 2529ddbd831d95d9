"""A program that is told to end puts its things away first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

_ENDING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Treat SIGTERM, by which CI cancels a job, and SIGHUP, a terminal that was closed, as Ctrl-C: children end,
    reports are written, raw logs are removed. A signal that is ignored (as nohup does) stays so.
    """

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    previous = {number: signal.getsignal(number) for number in _ENDING}
    try:
        for number, handler in previous.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, interrupt)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
