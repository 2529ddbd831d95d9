"""A forked child of the campaign process: its pipe, its fault file, its end."""

import errno
import faulthandler
import os
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from pytest_repro.engine.clock import now
from pytest_repro.engine.frames import FrameReader, FrameSender

# Tests that change the handlers of signals hardly ever touch the last real-time ones.
DUMP_SIGNAL: Final[int] = int(signal.SIGRTMAX) - 3 if hasattr(signal, "SIGRTMAX") else int(signal.SIGUSR2)
_DUMP: Final = 2.0  # seconds that writing the stacks may take, on a machine that is busy
_STILL: Final = 5  # looks of 0.02 s without more: the tasks of asyncio are written some time after the threads
BUG: Final = "pytest-repro itself failed in a child:"  # heads what a fault file holds of an error of ours


class Child:
    """A process that `fork_child` made, seen from its parent."""

    last_breath = 3.0  # seconds from its last message to its end; one that was stopped would never come to it

    def __init__(self, pid: int, pipe: int, fault_file: int) -> None:
        self.pid = pid
        self.reader = FrameReader(pipe)
        self.pipe = pipe
        self.fault_file = fault_file
        self.death = _death_of(pid)
        self.silent = False  # it will send nothing more
        self.status: int | None = None  # as os.waitstatus_to_exitcode gives it

    def reap(self, *, block: bool = False) -> bool:
        """Whether the child has ended; its status is kept then. `block`: of one that was killed, wait for that."""
        if self.status is None:
            try:
                pid, status = os.waitpid(self.pid, 0 if block else os.WNOHANG)
            except ChildProcessError:  # where the project ignores SIGCHLD nobody learns how it ended
                if block:
                    return True
                raise
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def signal(self, number: int) -> None:
        """Send a signal to the child and all of its process group, if they are there still."""
        for send in (os.killpg, os.kill):  # it may not have made its group yet
            try:
                send(self.pid, number)
            except (ProcessLookupError, PermissionError):
                continue
            return

    def signal_alone(self, number: int) -> None:
        """Send a signal to the child and to nothing that it started."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def dump_stacks(self) -> None:
        """Have the child write its stacks to its fault file, if it is there still."""
        with suppress(ProcessLookupError):
            dump_stacks(self.pid, self.fault_file)

    def faults(self) -> str:
        """Return what the child's faulthandler wrote."""
        return file_text(self.fault_file)

    def output(self) -> str:
        """Return what the child printed, where that is kept."""
        return ""

    def close(self) -> None:
        """Close the descriptors."""
        for file in (self.pipe, self.fault_file, self.death):
            if file >= 0:
                os.close(file)


def fork_child(main: Callable[[FrameSender], None], prelude: Callable[[], None]) -> Child:
    """Fork a child that runs `prelude` and `main` and ends without any clean-up of its parent's things.

    Where that raises OSError nothing is left: no child, no open descriptor.
    """
    parent, pid, files = os.getpid(), 0, list(os.pipe())
    read, write = files
    try:
        files.append(fault_file := nameless_file())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any thread; we looked at them
            pid = os.fork()
        if pid:
            child = Child(pid, read, fault_file)
            os.close(write)
            return child
    except OSError:
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for file in files:
            os.close(file)
        raise
    leave, status = os._exit, 70  # of a bug of ours; what a test did is told by the message or the signal
    try:
        os.close(read)
        os.setpgid(0, 0)
        _close_stdin()
        take_signals(fault_file)
        prelude()
        if os.getppid() == parent:
            main(FrameSender(write))
            status = 0
    except KeyboardInterrupt:  # it came when no test ran: if the parent sent it, it knows why the child leaves
        status = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001  nothing may go up into the parent's frames, which this process has copied
        os.write(fault_file, f"{BUG}\n{traceback.format_exc()}".encode("utf-8", "backslashreplace"))
    finally:
        leave(status)
    raise AssertionError("a child never returns")


def _death_of(pid: int) -> int:
    """Return a descriptor that can be read once the process has ended, -1 where the system has no such thing."""
    if hasattr(os, "pidfd_open"):
        try:
            return os.pidfd_open(pid)
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EPERM):  # an old kernel, or a sandbox
                raise
    return -1


def wait_for(children: list[Child], seconds: float | None, wake: int = -1) -> set[int]:
    """Return when one of `children` has sent something or ended, `wake` can be read, or `seconds` are over.

    The descriptors that can be read are returned.
    """
    poll = select.poll()
    blind = False
    if wake >= 0:
        poll.register(wake, select.POLLIN)
    for child in children:
        if not child.silent:
            poll.register(child.pipe, select.POLLIN)
        if child.death >= 0:
            poll.register(child.death, select.POLLIN)
        else:
            blind = True
    # Without pidfd a death shows only as the end of the pipe, which a grandchild can hold open.
    longest = 0.05 if blind else 3600.0
    return {file for file, _ in poll.poll(1000 * min(longest, longest if seconds is None else max(0.0, seconds)))}


def _close_stdin() -> None:
    """A process in the background that reads from a terminal would be stopped for ever."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        os.dup2(nothing, 0)
        os.close(nothing)


def take_signals(fault_file: int) -> None:
    """Give the child the handlers that a process has at its start, and its own place for fatal errors."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.enable(file=fault_file, all_threads=True)
    signal.signal(DUMP_SIGNAL, lambda *_: _dump_tasks(fault_file))
    # In C and at once, so that a process which is stuck in C is told of too; the handler above comes after it.
    faulthandler.register(DUMP_SIGNAL, file=fault_file, all_threads=True, chain=True)


def _dump_tasks(file: int) -> None:
    """Write where each asyncio task waits."""
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is None:
        return
    tasks = sys.modules["asyncio.tasks"]
    with os.fdopen(os.dup(file), "w", encoding="utf-8", errors="backslashreplace") as stream:
        for task in _all_tasks(tasks):
            task.print_stack(file=stream)
            print(file=stream)


def _all_tasks(tasks: Any) -> list[Any]:
    """Return the tasks of every loop that are not done; asyncio itself tells only those of one loop."""
    names = ("_scheduled_tasks", "_all_tasks", "_eager_tasks")  # which there are depends on Python's version
    found = [task for name in names for task in getattr(tasks, name, ())]
    return [task for task in found if not task.done()]


def rest_if_late(since: float, limit: float | None) -> None:
    """Wait to be ended where an iteration that began at `since` took longer than `limit`.

    The signal for its stacks may have woken it from a call into C, after which it would end as if in time.
    """
    while limit is not None and now() - since >= limit:
        time.sleep(1)


def dump_stacks(pid: int, file: int) -> None:
    """Have the process `pid` write its stacks to `file`, as it has arranged, and wait until no more comes."""
    os.kill(pid, DUMP_SIGNAL)
    size, still, end = 0, 0, now() + _DUMP
    while now() < end and (not size or still < _STILL):
        time.sleep(0.02)
        before, size = size, os.fstat(file).st_size
        still = still + 1 if size == before else 0


def file_text(file: int) -> str:
    """Return the whole text of a descriptor's file."""
    os.lseek(file, 0, os.SEEK_SET)
    found = b""
    while block := os.read(file, 1 << 16):
        found += block
    return found.decode("utf-8", "replace")


def nameless_file() -> int:
    """Return the descriptor of a new file that has no name and goes with its last user."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("repro-faults", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
