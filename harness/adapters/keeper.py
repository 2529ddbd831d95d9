"""Keeps one command: started by `process`, in a session of its own, it ends the command when its starter is gone.

Run as a script: `python -I -S keeper.py FD GRACE COMMAND...`. FD is a socket to the starter: it gets two lines, the
command's process group ("group N") and its exit code ("code N", minus the signal that ended it). Its end of file, a
kill of the starter included, means "end everything". No process of the command outlives this one: its group is ended,
and on Linux so is every descendant that left the group, since orphans come to us (PR_SET_CHILD_SUBREAPER).

Why a process between, and not PR_SET_PDEATHSIG on the command: that reaches the direct child only (no xdist worker, no
server that a test started), is bound to the thread that forked, exists on Linux alone, and needs code between fork and
exec in a program with threads. Costs about 15 ms; imports next to nothing for that reason.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _start(command: list[str], keeper: int, line: int) -> int:
    """Return the process id of `command`, leader of its own group; exit code 127 means that it cannot be run."""
    # Held back until the child has its own handlers: a request to end would be lost on the inherited "ignore".
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        with contextlib.suppress(OSError):  # both sides ask, so that the group exists whoever runs first
            os.setpgid(child, child)
        return child
    try:
        os.setpgid(0, 0)
        for number in (*_ENDING, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # should we be killed ourselves
        if os.getppid() == keeper:
            _tell(line, "group", os.getpid())  # before the command can kill us, which would leave its group to nobody
            os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(127)


def _children() -> list[int]:
    """Return our children, adopted orphans included; none where the system does not say."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listed:
            return [int(one) for one in listed.read().split()]
    except OSError:
        return []


def _signal(targets: set[int], number: int) -> None:
    for target in targets:
        try:
            os.kill(target, number)
        except (ProcessLookupError, PermissionError):
            continue  # it ended by itself meanwhile, or is not ours to end


def _reap() -> dict[int, int]:
    """Return the exit codes of the children that ended, by process id; a signal counts as its negative number."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _alive(group: int) -> bool:
    if _children():
        return True
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end_rest(group: int, first: int, grace: float, codes: dict[int, int]) -> None:
    """End the group and every orphan: signal `first`, then SIGKILL after `grace` seconds; all of them are reaped."""
    asked: set[int] = set()
    deadline = time.monotonic() + grace
    while _alive(group):
        everyone = {-group, *_children()}
        if time.monotonic() >= deadline:
            _signal(everyone, signal.SIGKILL)
        else:
            _signal(everyone - asked, first)  # orphans reach us one by one, as their parents end
        asked |= everyone
        time.sleep(0.005)
        codes.update(_reap())


def main() -> None:
    """Run the command and report its exit code."""
    line, grace, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    os.set_inheritable(line, False)
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)  # the starter says by the socket when to end
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    woken, waker = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    child = _start(command, os.getpid(), line)
    codes: dict[int, int] = {}
    while child not in codes:
        ready = select.select([line, woken], [], [])[0]
        if line in ready:
            _end_rest(child, signal.SIGTERM, grace, codes)
            break
        os.read(woken, 4096)
        codes.update(_reap())
    _end_rest(child, signal.SIGKILL, 0, codes)
    _tell(line, "code", codes.get(child, -signal.SIGKILL))


def _tell(line: int, what: str, number: int) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionError):  # the starter is gone: nobody is left to tell
        os.write(line, f"{what} {number}\n".encode())


if __name__ == "__main__":
    main()
