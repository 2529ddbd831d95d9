"""What the ledger holds of one test, and of one process."""

from dataclasses import dataclass
from typing import Final, NamedTuple

IDLE: Final = -1
# Flags of a test.
ISOLATED: Final = 1  # the rest of it runs in processes of their own
REPORTED: Final = 2  # pytest has been told of it
ENOUGH: Final = 4  # no further iteration is wanted
LEFT_BEHIND: Final = -1
TOLD: Final = 2  # of `isolated`: the iteration has ended, and its campaign process knows how


@dataclass(slots=True)
class TestCounts:
    """One test's numbers: ordinals handed out; iterations ended, failing, failing apart (isolated) and near failures;
    what the whole campaign asks of it (0: no count); flags, owner (a pid, 0: nobody), seconds spent, and when it was
    begun (0.0: not yet)."""

    __test__ = False  # a name that begins with Test is not a test here

    next: int
    done: int
    failures: int
    apart: int
    near: int
    asked: int
    flags: int
    owner: int
    seconds: float
    begun: float


class Claim(NamedTuple):
    """What one process holds: its pid (0: free, -1: left behind), the test, ordinals from `cursor` to `stop`, and the
    ordinal that it runs at this moment (IDLE: none) since when; `isolated` marks a child that runs one iteration
    (1, or TOLD), `parent` is the campaign process that accounts for it."""

    pid: int
    test: int
    cursor: int
    running: int
    stop: int
    since: float = 0.0
    isolated: int = 0
    parent: int = 0
