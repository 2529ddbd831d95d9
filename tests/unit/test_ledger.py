"""The ledger hands out each iteration once, whatever processes do with what they were given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_repro.engine.clock import now
from pytest_repro.engine.ledger import Ledger

ME = os.getpid()


@given(
    total=st.integers(1, 60),
    steps=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.booleans()), max_size=60),
    sharers=st.integers(1, 3),
)
def test_each_ordinal_is_run_once_however_claims_are_given_back(
    total: int, steps: list[tuple[int, int, bool]], sharers: int
) -> None:
    ledger = Ledger(1, 7)
    ran: list[int] = []
    for most, run, dies in [*steps, *[(total, total, False)] * (total + 70)]:
        slot = ledger.reserve(ME)
        claim = ledger.claim(slot, ME, 0, total, most, sharers)
        for ordinal in claim[:run]:
            ledger.enter(slot, ordinal, 1.0)
            ran.append(ordinal)  # one in flight at a death is accounted for, and not handed out again
            if not dies:
                ledger.leave(slot, ordinal)
        ledger.give_up(slot)
    assert sorted(ran) == sorted(set(ran))
    assert ledger.rest(0, total) == total - len(ran)
    assert len(ran) == total
    ledger.close()


def test_chunks_shrink_where_several_share(tmp_path: Path) -> None:
    ledger = Ledger(1, 7)
    sizes = []
    while claim := ledger.claim(ledger.reserve(ME), ME, 0, 100, 1000, sharers=2):
        sizes.append(len(claim))
    assert sum(sizes) == 100
    assert sizes[0] == 25
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_another_process_sees_the_same_and_other_tests_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    Ledger.make_room(path)
    first = Ledger(3, 7, path)
    second = Ledger(3, 7, path)
    assert (first.created, second.created) == (True, False)
    first.stop()
    assert second.stopped
    assert Ledger.at(path) is not None
    with pytest.raises(ValueError, match="other tests"):
        Ledger(3, 8, path)


def test_a_ledger_began_as_long_ago_as_was_spent_before_whoever_lays_it_out(tmp_path: Path) -> None:
    earliest = now() - 100
    first = Ledger(3, 7, tmp_path / "ledger", spent=100.0)
    second = Ledger(3, 7, tmp_path / "ledger", spent=100.0)  # a moment later
    assert earliest <= first.started == second.started <= now() - 100
    own = Ledger(3, 7, spent=100.0)
    assert first.started <= own.started <= now() - 100
    own.begin_at(5.0)  # as a fresh process does, which is told of it
    assert own.started == 5.0


def test_nobody_has_laid_out_a_file_with_room_alone(tmp_path: Path) -> None:
    Ledger.make_room(tmp_path / "ledger")
    assert Ledger.at(tmp_path / "ledger") is None


def test_a_child_that_has_ended_belongs_to_its_living_campaign_process() -> None:
    ledger = Ledger(1, 7)
    slot = ledger.reserve(ME)
    ledger.claim(slot, ME, 0, 10, 1)
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended and nobody has waited for it
    ledger.take_over(slot, child.pid, isolated=True)
    assert ledger.dead_slots() == []
    assert ledger.busy(0)
    child.wait()
    assert ledger.dead_slots() == []


def test_what_a_dead_process_held_is_found() -> None:
    ledger = Ledger(1, 7)
    gone = subprocess.Popen([sys.executable, "-c", "import os; print(os.getpid())"], stdout=subprocess.PIPE, text=True)
    pid = int(gone.communicate()[0])
    slot = ledger.reserve(pid)
    ledger._put_claim(slot, ledger.claim_of(slot)._replace(parent=pid))
    assert ledger.dead_slots() == [slot]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_naming_a_child_that_is_at_work_already_loses_nothing_of_what_it_holds() -> None:
    """The parent names the child after the fork, when the child may have claimed: it once wrote an older claim back."""
    ledger, total = Ledger(1, 7), 1_000
    slot = ledger.reserve(ME)
    child = os.fork()
    if not child:
        for _ in range(20_000):
            ledger.claim(slot, os.getpid(), 0, total, total)
            ledger.settle(slot)
        os._exit(0)
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        ledger.take_over(slot, child, isolated=False)
    assert ledger.rest(0, total) == total
    ledger.close()
