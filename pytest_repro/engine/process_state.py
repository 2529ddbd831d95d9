"""Whether a process still does anything, and how many can at once."""

import os


def is_alive(pid: int) -> bool:
    """Whether `pid` names a process that has not ended; one that only waits to be waited for has."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and nobody has waited for it, where Linux tells."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False
