"""What a test left running: processes of its process group, processes that left the group, threads."""

import os
import signal
import sys
import threading
import time
from array import array
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_GET_CHILD_SUBREAPER: Final = 37
_LONGEST: Final = 80  # characters of a command line that are told
_PATIENCE: Final = 1.0  # seconds for killed processes to go; one that hangs in the kernel takes longer
_TRACKER: Final = b"from multiprocessing.resource_tracker import "
_EXEC: Final = 0.5  # seconds for a process that is becoming another program to show its new command line


def prepare() -> None:
    """Make `die_with_parent` cheap and safe right after a fork."""
    _prctl()


def become_subreaper(*, wanted: bool = True) -> bool:
    """Become the parent of every orphan among our descendants, or no longer; False where there is no such thing."""
    return _prctl()(_PR_SET_CHILD_SUBREAPER, int(wanted)) == 0


def is_subreaper() -> bool:
    """Whether orphans among our descendants come to this process."""
    answer = array("i", [0])
    _prctl()(_PR_GET_CHILD_SUBREAPER, answer.buffer_info()[0])
    return bool(answer[0])


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that forked it ends; elsewhere than on Linux do nothing.

    A parent that ended before the call goes unnoticed: the caller compares os.getppid() afterwards.
    """
    _prctl()(_PR_SET_PDEATHSIG, signal.SIGKILL)


def own_children() -> set[int]:
    """Return the ids of our child processes, ended ones that nobody waited for included; none where not to be had."""
    found: set[int] = set()
    for thread in os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else ():
        try:
            with open(f"/proc/self/task/{thread}/children", "rb") as listed:  # half as dear as a Path in each iteration
                found.update(map(int, listed.read().split()))
        except OSError:  # the thread has ended meanwhile, or this kernel does not tell
            continue
    return found


def end_group(leader: int) -> list[str]:
    """Kill what is left of a process group whose leader has ended, and return the command lines of what ran.

    Our children among them are waited for. If there is nothing this is one system call.
    """
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):  # macOS answers so for processes that have just ended
        return []
    running = [one for one in _processes() if one.group == leader and one.runs]
    left, trackers = _named(running) if running else (_unnamed(), [])
    if trackers:
        for one in running:
            if one not in trackers:  # which end by themselves when nobody is left who could ask them for anything
                _kill(os.kill, one.pid)
        _await_end(trackers)
    _kill(os.killpg, leader)
    _wait_for(-leader)
    return left


def end_orphans(known: set[int]) -> list[str]:
    """Kill our children that are neither `known` nor in our group, with theirs; return the command lines of what ran.

    To a subreaper these are what descendants left behind: each child has a group of its own, whose processes come into
    ours only on purpose. What a plugin starts in this process is in ours.
    """
    left: list[str] = []
    tried = set(known)
    while fresh := own_children() - tried:  # the children of a killed one come to us in their turn
        tried |= fresh
        found = [one for pid in sorted(fresh) if (one := _look_at(pid)) is not None and one.group != os.getpgrp()]
        names, trackers = _named([one for one in found if one.runs])
        left += names
        for one in sorted(found, key=trackers.__contains__):  # these last, as in a group
            _await_end([one] if one in trackers else [])
            _kill(os.kill, one.pid)
            _wait_for(one.pid)
    return left


def listed(names: list[str]) -> str:
    """Return names fit to be told, each once with its count."""
    return ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in Counter(names).items())


def threads_left(before: int) -> list[str]:
    """Return the names of the threads that were started last, if more than `before` are alive."""
    if threading.active_count() <= before:
        return []
    return [thread.name for thread in threading.enumerate()[before:]]


class _Process(NamedTuple):
    """A process: its number, its name (15 characters at most), its process group, whether it has not ended yet."""

    pid: int
    name: str
    group: int
    runs: bool


def _processes() -> list[_Process]:
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()] if os.path.isdir("/proc/self") else []
    return [one for pid in pids if (one := _look_at(pid)) is not None]


def _look_at(pid: int) -> _Process | None:
    """Return what /proc tells; None of a process that is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    start, _, rest = stat.rpartition(")")  # what is before may hold brackets and blanks of its own
    state, _, group = rest.split()[:3]
    return _Process(pid, start.partition("(")[2], int(group), state not in "ZX")


def _named(running: list[_Process]) -> tuple[list[str], list[_Process]]:
    """Return command lines fit to be told, and apart those processes that Python starts unasked and that end by
    themselves: multiprocessing's resource trackers. One that has ended meanwhile is in neither."""
    names, trackers = [], []
    for one in running:
        line = _line_of(one)
        if _TRACKER in line:
            trackers.append(one)
        elif line or _runs(one):
            names.append(_shown(line, one))
    return names, trackers


def _runs(process: _Process) -> bool:
    return (now := _look_at(process.pid)) is not None and now.runs


def _await_end(processes: list[_Process]) -> None:
    """Wait a moment for processes that end by themselves."""
    end = time.monotonic() + _PATIENCE
    while any(map(_runs, processes)) and time.monotonic() < end:
        time.sleep(0.001)


def _shown(line: bytes, process: _Process) -> str:
    """Return a command line fit to be told; of one that cannot be read, the process's name."""
    words = line.replace(b"\0", b" ").decode(errors="replace") or process.name
    shown = "".join(char if char.isprintable() else "?" for char in words[:_LONGEST])
    return shown if len(words) <= _LONGEST else shown[:-1] + "…"


def _line_of(process: _Process) -> bytes:
    """Return a command line, its words apart by null bytes; empty if it cannot be read."""
    line, end = b"", time.monotonic() + _EXEC
    # In the middle of an exec a process has its new name but no command line yet, and that of a parent that waited for
    # the exec may already go on.
    while not line and (now := _look_at(process.pid)) is not None and now.runs and time.monotonic() < end:
        process = now
        try:
            line = Path(f"/proc/{process.pid}/cmdline").read_bytes().rstrip(b"\0")
        except OSError:  # it has ended meanwhile
            break
        if not line:
            time.sleep(0.0002)
    return line


def _unnamed() -> list[str]:
    return [] if os.path.isdir("/proc/self") else ["a process"]


def _kill(send: Callable[[int, int], None], target: int) -> None:
    try:
        send(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # it ended meanwhile, or runs as another user
        return


def _wait_for(target: int) -> None:
    """Collect our killed children: of a group if `target` is negative."""
    end = time.monotonic() + _PATIENCE
    try:
        while os.waitpid(target, os.WNOHANG)[0] or time.monotonic() < end:
            time.sleep(0.0002)
    except ChildProcessError:
        return


@cache
def _prctl() -> Callable[[int, int], int]:
    """Return the function of the C library; elsewhere than on Linux one that always fails."""
    if sys.platform == "linux":
        import ctypes

        try:
            function = ctypes.CDLL(None).prctl
        except (OSError, AttributeError):  # a C library without it
            return _fail
        number = ctypes.c_ulong
        function.argtypes = [ctypes.c_int, number, number, number, number]
        return lambda option, value: int(function(option, value, 0, 0, 0))
    return _fail


def _fail(_option: int, _value: int) -> int:
    return -1
