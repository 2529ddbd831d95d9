"""The crew ends members that are late, and no others."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_repro.engine.child import Child, fork_child, nameless_file, wait_for
from pytest_repro.engine.clock import now
from pytest_repro.engine.frames import FrameSender
from pytest_repro.engine.fresh import FreshChild
from pytest_repro.engine.interrupts import Interrupts
from pytest_repro.engine.ledger import Ledger
from pytest_repro.modes.crew import Crew, Member

LIMIT = 60.0  # seconds; nothing here takes as long

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(Ledger(1, 0)) as made:
        yield made


@pytest.fixture
def crew(ledger: Ledger) -> Iterator[Crew]:
    campaign: Any = SimpleNamespace(ledger=ledger, settings=SimpleNamespace(timeout=LIMIT))
    made = Crew(campaign, Interrupts(lambda: None), lambda: None)
    made.know_children()
    yield made
    made.end_all()


def forked(_: Path) -> Child:
    """Fork a child that never ends."""
    return fork_child(lambda _: signal.pause(), lambda: None)


def started_afresh(folder: Path) -> Child:
    """Start a process that never ends."""
    process = subprocess.Popen(["sleep", "600"], process_group=0)
    return FreshChild(process, os.open(os.devnull, os.O_RDONLY), nameless_file(), str(folder))


def test_what_ends_in_time_while_the_stacks_of_another_are_awaited_is_not_timed_out(
    crew: Crew, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, write = os.pipe()

    def tell_when_asked(sender: FrameSender) -> None:
        os.read(read, 1)
        sender.send({"what": "end"})

    def dump_stacks() -> None:
        os.write(write, b"x")
        assert wait_for([good.child], LIMIT), "the other one tells nothing"

    def at_iteration(ordinal: int, child: Child) -> Member:
        slot = ledger.reserve(os.getpid())
        ledger.enter(slot, ordinal, now() - LIMIT)
        return crew.add(child, slot, isolated=True)

    hung, good = at_iteration(0, forked(tmp_path)), at_iteration(1, fork_child(tell_when_asked, lambda: None))
    monkeypatch.setattr(hung.child, "dump_stacks", dump_stacks)
    told = []
    while crew.members:
        for event in crew.events():
            if event.message is not None:
                event.member.leaving = True
                told.append(event.member)
    os.close(read)
    os.close(write)
    assert (hung.timed_out, good.timed_out) == (True, False)
    assert (hung.child.status, good.child.status) == (-signal.SIGKILL, 0)
    assert told == [good]


@pytest.mark.parametrize(("begin", "sent"), [(forked, [signal.SIGKILL]), (started_afresh, [])])
def test_only_in_a_fresh_process_the_end_of_the_session_is_waited_for(
    crew: Crew,
    ledger: Ledger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Path], Child],
    sent: list[int],
) -> None:
    member = crew.add(begin(tmp_path), ledger.reserve(os.getpid()), isolated=True)
    member.ended_well, member.end_told = True, now() - 5
    signals: list[int] = []
    monkeypatch.setattr(member.child, "signal_alone", signals.append)
    assert list(crew.events()) == []
    assert signals == sent
