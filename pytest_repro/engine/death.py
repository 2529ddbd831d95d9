"""From the way in which a process ended to a failure with an identity."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from pytest_repro.core.duration import format_duration
from pytest_repro.core.fault_stack import frame_of_interest, parse_fault_stack
from pytest_repro.core.signature import Signature

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Death:
    """An iteration that took its process along: outcome, first line, identity, crash line (0: unknown), stacks."""

    outcome: str
    message: str
    signature: Signature
    line: int
    stack: str


def death_of(status: int, faults: str, root: Path, *, output: str = "", timeout: float | None = None) -> Death:
    """Return what `status` (negative: a signal), the fault file and the output tell.

    With `timeout` (seconds) we ended the process ourselves.
    The identity is how it ended and where it was then, not what a number or an address happened to be.
    """
    words = f"no end after {format_duration(timeout)}" if timeout is not None else ending(status)
    frame = frame_of_interest(parse_fault_stack(faults), str(root))
    path = function = where = ""
    line = 0
    if frame is not None:
        inside = frame.path.startswith(str(root) + os.sep)
        path = os.path.relpath(frame.path, root).replace(os.sep, "/") if inside else frame.path
        function, line, where = frame.function, frame.line, f" in {path}:{frame.line} {frame.function}"
    kind = "timed out" if timeout is not None else "crashed"
    stack = (faults[:_LONGEST] or output[-_LONGEST:]).strip()
    return Death(kind, words + where, Signature(kind, words, path, function), line, stack)


def ending(status: int) -> str:
    """Say how a process ended; a negative `status` is a signal."""
    if status >= 0:
        return f"exit code {status} before the test had ended"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
