"""Children that wait for an order: taken one by one, dismissed together, and nothing open afterwards."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_repro.engine.child import Child, fork_child
from pytest_repro.engine.frames import FrameSender
from pytest_repro.engine.leftover_processes import own_children
from pytest_repro.modes.standby import AwaitOrder, Standby


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Neither a descriptor nor a child may be left by a test of this file; what others left may go meanwhile."""
    descriptors, children = set(os.listdir("/proc/self/fd")), own_children()
    yield
    assert set(os.listdir("/proc/self/fd")) <= descriptors
    assert own_children() <= children


def fork(main: Callable[[FrameSender], None]) -> Child:
    """Fork as a campaign does."""
    return fork_child(main, lambda: None)


def tell_order(sender: FrameSender, await_order: AwaitOrder) -> None:
    """Be a child that tells its order."""
    order = await_order()
    sender.send({"order": order})


def never() -> bool:
    """Have nothing else to do."""
    return False


def end_of(child: Child) -> object:
    """Return what a child told, once it has ended well."""
    child.reap(block=True)
    assert child.status == 0, child.faults()
    messages = child.reader.read()
    child.close()
    assert messages is not None
    return messages[0]["order"]


def test_each_order_goes_to_a_child_of_its_own_and_no_more_are_forked_than_are_to_come() -> None:
    spare: set[int] = set()
    standby = Standby(fork, spare)
    standby.prepare(2, tell_order, never)
    assert len(spare) == 2
    one, two = standby.send(7), standby.send(2**60)
    assert one is not None
    assert two is not None
    assert standby.send(9) is None
    assert spare == set()
    assert (end_of(one), end_of(two)) == (7, 2**60)
    assert standby.has_begun(one)
    assert standby.has_begun(two)


def test_a_child_that_died_while_it_waited_gets_no_order() -> None:
    spare: set[int] = set()
    standby = Standby(fork, spare)
    standby.prepare(2, tell_order, never)
    dead = min(spare)
    os.kill(dead, signal.SIGKILL)
    os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)
    child = standby.send(7)
    assert child is not None
    assert child.pid != dead
    assert standby.send(8) is None
    assert end_of(child) == 7
    assert standby.has_begun(child)


def test_a_child_that_was_killed_before_it_took_its_order_has_not_begun() -> None:
    spare: set[int] = set()
    never_written = os.pipe()
    standby = Standby(fork, spare)

    def work(sender: FrameSender, await_order: AwaitOrder) -> None:
        os.read(never_written[0], 1)
        tell_order(sender, await_order)

    standby.prepare(1, work, never)
    child = standby.send(7)
    assert child is not None
    child.signal(signal.SIGKILL)
    child.reap(block=True)
    child.close()
    for file in never_written:
        os.close(file)
    assert not standby.has_begun(child)


def test_a_signal_to_a_child_that_waits_ends_it_in_silence() -> None:
    spare: set[int] = set()
    waiting = os.pipe()
    standby = Standby(fork, spare)

    def work(sender: FrameSender, await_order: AwaitOrder) -> None:
        os.write(waiting[1], b"x")
        tell_order(sender, await_order)

    standby.prepare(1, work, never)
    assert os.read(waiting[0], 1) == b"x"
    (pid,) = spare
    end = time.monotonic() + 60
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":  # for its order
        assert time.monotonic() < end, "it never waits"
    os.kill(pid, signal.SIGINT)
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    for file in waiting:
        os.close(file)
    standby.dismiss()
    assert ended is not None
    assert (ended.si_code, ended.si_status) == (os.CLD_EXITED, 0)


def test_while_something_else_is_urgent_no_child_is_forked() -> None:
    spare: set[int] = set()
    standby = Standby(fork, spare)
    standby.prepare(3, tell_order, lambda: len(spare) == 2)
    assert len(spare) == 2
    standby.dismiss()
    assert spare == set()


def test_where_no_more_processes_can_be_had_nobody_waits_and_nothing_is_left_open() -> None:
    def refuse(_: object) -> Child:
        raise BlockingIOError("no more processes")

    standby = Standby(refuse, set())
    standby.prepare(3, tell_order, never)
    assert standby.send(1) is None


def test_a_fork_that_cannot_be_watched_leaves_neither_a_child_nor_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> int:
        raise OSError("too many open files")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    with pytest.raises(OSError, match="too many"):
        fork(lambda _: signal.pause())
