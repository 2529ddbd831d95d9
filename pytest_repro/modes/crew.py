"""The children that are at work: their messages, their time limits and their ends."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pytest_repro.engine.child import BUG, Child, wait_for
from pytest_repro.engine.clock import now
from pytest_repro.engine.frames import Message
from pytest_repro.engine.interrupts import Interrupts
from pytest_repro.engine.ledger_entry import IDLE
from pytest_repro.engine.leftover_processes import end_group, end_orphans, own_children
from pytest_repro.modes.campaign import Campaign

_GRACE: Final = 2.0  # seconds for teardowns after an interrupt; CI services kill 10 s after the first signal
_START: Final = 60.0  # seconds that a fresh process may take until its test begins, if the limit is no longer
_LOOK: Final = 0.2  # seconds between looks at what other processes stop and at the progress


@dataclass(slots=True)
class Member:
    """One child and the slot in which the ledger says what it is at."""

    child: Child
    slot: int
    ended_well: bool = False  # it said that it had done its part
    end_told: float = 0.0  # when that was heard
    timed_out: bool = False
    told_to_stop: float = 0.0  # when it was sent an interrupt
    result: Message | None = None  # of the one iteration that an isolated child runs
    begun: bool = True  # its test runs, or is about to; a fresh process has imported and collected then
    leaving: bool = False  # its iteration has ended and was told of; the process is on its way out
    left: list[str] = field(default_factory=list)  # processes that it left running, which were ended


@dataclass(frozen=True, slots=True)
class Event:
    """A message of a member, or None: it has ended."""

    member: Member
    message: Message | None


class Crew:
    """Watches all members at once; `tick` is called now and then, for a sign of life."""

    def __init__(self, campaign: Campaign, interrupts: Interrupts, tick: Callable[[], None]) -> None:
        self.members: list[Member] = []
        self.spare: set[int] = set()  # ids of children that wait for an order: no test has left them running
        self._campaign, self._interrupts, self._tick = campaign, interrupts, tick
        self._known: set[int] = set()

    def add(self, child: Child, slot: int, *, isolated: bool, begun: bool = True) -> Member:
        """Take a child in."""
        self._campaign.ledger.take_over(slot, child.pid, isolated=isolated)
        member = Member(child, slot, begun=begun)
        self.members.append(member)
        return member

    def know_children(self) -> None:
        """Take note of child processes that are none of ours, such as a server that a fixture has just started."""
        self._known |= own_children() - {member.child.pid for member in self.members}

    def events(self) -> Iterator[Event]:
        """Wait for something to happen and yield it; nothing, if only the time for a look has come."""
        ready = wait_for([one.child for one in self.members], self._patience(), self._interrupts.wake)
        if self._interrupts.wake in ready:
            self._interrupts.calm()
        for member in list(self.members):
            if member.child.pipe in ready and not member.child.silent:
                yield from self._messages(member)
            if (member.child.death in ready or member.child.death < 0) and member.child.reap():
                yield from self._ended(member)
        self._stop_members()
        self._end_late_ones()
        self._tick()

    def _messages(self, member: Member) -> Iterator[Event]:
        messages = member.child.reader.read()
        member.child.silent = messages is None  # at the end of a pipe poll would return at once, again and again
        for message in messages or ():
            if message["what"] == "end":
                member.ended_well, member.end_told = True, now()
            yield Event(member, message)

    def _ended(self, member: Member) -> Iterator[Event]:
        """Read what is left in the pipe, end what the child left running, and tell."""
        os.set_blocking(member.child.pipe, False)
        try:
            while (messages := member.child.reader.read()) is not None:
                for message in messages:
                    member.ended_well |= message["what"] == "end"
                    yield Event(member, message)
        except BlockingIOError:  # a grandchild holds the other end
            pass
        self.members.remove(member)
        member.left = end_group(member.child.pid)
        member.left += end_orphans({one.child.pid for one in self.members} | self.spare | self._known)
        if BUG in (faults := member.child.faults()):
            raise RuntimeError(faults)
        yield Event(member, None)
        member.child.close()

    def _patience(self) -> float:
        """Return how long to wait for events: until the next look, or until an iteration's time is over."""
        soonest = _LOOK
        if self._campaign.settings.timeout is not None:
            for member in self.members:
                claim = self._campaign.ledger.claim_of(member.slot)
                if claim.running != IDLE and not member.leaving:
                    soonest = min(soonest, claim.since + self._limit(member) - now())
        return max(soonest, 0.0)

    def _limit(self, member: Member) -> float:
        """Return how long a member may take; to start a process is no part of an iteration, but is not to hang."""
        limit = self._campaign.settings.timeout or 0.0
        return limit if member.begun else max(limit, _START)

    def _end_late_ones(self) -> None:
        for member in self.members:
            if member.ended_well and now() - member.end_told > member.child.last_breath:
                member.child.signal_alone(signal.SIGKILL)  # what it left running is still to be named
        if self._campaign.settings.timeout is None:
            return
        for member in self.members:
            claim = self._campaign.ledger.claim_of(member.slot)
            running = claim.running != IDLE and not member.leaving
            late = running and now() - claim.since >= self._limit(member) and not member.timed_out
            if late and not wait_for([member.child], 0.0):  # what it has told meanwhile, perhaps in time, comes first
                member.child.dump_stacks()
                if self._campaign.ledger.claim_of(member.slot) == claim:  # it is still at the same iteration
                    member.timed_out = True
                    self._kill(member)

    def _stop_members(self) -> None:
        """Tell members of an interrupt, and end those that take too long over it."""
        if not (self._interrupts.seen or self._campaign.ledger.interrupted):
            return
        for member in self.members:
            if not member.told_to_stop:
                member.told_to_stop = now()
                member.child.signal_alone(signal.SIGINT)
            elif now() - member.told_to_stop > _GRACE or self._interrupts.seen > 1:
                self._kill(member)

    def _kill(self, member: Member) -> None:
        member.child.signal(signal.SIGKILL)

    def end_all(self) -> None:
        """End every member at once, whatever it is at."""
        for member in self.members:
            self._kill(member)
            member.child.reap(block=True)
            end_group(member.child.pid)
            member.child.close()
        self.members.clear()
