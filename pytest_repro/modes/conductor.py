"""Runs a campaign: loops in this process or in children, and measures apart what failed among others."""

import base64
import gc
import os
import pickle
import signal
from collections.abc import Callable
from contextlib import nullcontext
from threading import current_thread, main_thread
from typing import Any, Final

import pytest

from pytest_repro.core.record import Remark, read_lines
from pytest_repro.core.tally import CampaignTally
from pytest_repro.engine.appearances import fork_hindrance
from pytest_repro.engine.capture_files import own_capture_files
from pytest_repro.engine.child import Child, fork_child, wait_for
from pytest_repro.engine.coverage_data import CoverageAdoption, child_coverage, own_coverage_data
from pytest_repro.engine.frames import FrameSender, Message
from pytest_repro.engine.inherited_fixtures import forget_inherited
from pytest_repro.engine.interrupts import Interrupts
from pytest_repro.engine.ledger_entry import IDLE, ISOLATED
from pytest_repro.engine.leftover_processes import become_subreaper, die_with_parent, is_subreaper, listed, prepare
from pytest_repro.modes.agenda import Agenda
from pytest_repro.modes.announcer import Announcer
from pytest_repro.modes.campaign import Campaign
from pytest_repro.modes.crew import Crew, Event, Member
from pytest_repro.modes.deaths import Deaths
from pytest_repro.modes.guardian import Guardian
from pytest_repro.modes.looper import Looper
from pytest_repro.modes.pipe_outlet import Inlet, PipeOutlet
from pytest_repro.modes.progress import Progress

_MOST_IDLE_DEATHS: Final = 3  # of children in a row that ended without being at an iteration
_PAUSE: Final = 0.02  # seconds in which tests that passed pile up: to wake for each costs as much as to tell of it


class Conductor:
    """The campaign process's work, from the first iteration to the last."""

    def __init__(self, campaign: Campaign, interrupts: Interrupts, *, place: int = 0, places: int = 1) -> None:
        self.campaign, self.interrupts = campaign, interrupts
        self.announcer, self.inlet = Announcer(campaign), Inlet(campaign.config)
        self.coverage = CoverageAdoption()
        self.progress = Progress(campaign.config)
        self.crew = Crew(campaign, interrupts, self._tick)
        self.deaths = Deaths(campaign, self.announcer)
        self.outlet = PipeOutlet(campaign)
        self.pid = os.getpid()
        jobs = campaign.settings.jobs
        self._places = range(place * jobs, place * jobs + jobs)
        self._of = places * jobs
        self.places = place, places
        self.prepared = _Prepared(interrupts)
        self._leaving: Message | None = None
        self._offset = 0  # of the journal, when the runner that is at work began

    def conduct(self) -> None:
        """Run everything that is asked; raises KeyboardInterrupt, or pytest.exit's exception as a test raised it."""
        settings = self.campaign.settings
        how, rest = self._ways()
        if self._of > 1:
            self.campaign.ledger.share()
        try:
            if how == "none":
                self._loop_here(leave_at_failure=settings.isolate == "auto" and rest != "none")
            elif how == "auto":
                self._loop_in_children()
            if rest != "none" and not self._leaving:
                self._isolate(rest)
        finally:
            self.crew.end_all()
            self.outlet.close()
            self.progress.clear()
            self.announcer.flush()
        if self._leaving is not None:
            pytest.exit(self._leaving["text"], self._leaving["code"])
        if self.interrupts.seen:
            raise KeyboardInterrupt

    def _isolate(self, how: str) -> None:
        campaign = self.campaign
        if not campaign.over and any(campaign.rest(test) for test in campaign.positions):
            from pytest_repro.modes.isolator import Isolator  # most campaigns are green: they do not pay for it

            with self._children_may_come():
                Isolator(self, how).run()

    def _ways(self) -> tuple[str, str]:
        """Return how to loop ("": not at all) and how to isolate, as far as this process can."""
        settings, option = self.campaign.settings, self.campaign.config.option
        if settings.isolate == "none" or getattr(option, "usepdb", False) or getattr(option, "trace", False):
            return "none", "none"
        if settings.isolate == "fresh":
            return "", "fresh"
        if hindrance := fork_hindrance(self.campaign.known_threads):
            self.campaign.write(Remark(f"fresh processes instead of forks: {hindrance}"))
            return ("none" if settings.isolate == "auto" else ""), "fresh"
        return ("auto" if settings.isolate == "auto" else ""), "fork"

    # -- in this process

    def _loop_here(self, *, leave_at_failure: bool) -> None:
        ledger = self.campaign.ledger
        slot = ledger.reserve(os.getpid())
        looper = Looper(self.campaign, self.announcer, slot, leave_at_failure=leave_at_failure)
        looper.progress = self.progress
        limit = self.campaign.settings.timeout
        guarded = Guardian(self.campaign, slot, limit) if limit is not None and hasattr(os, "fork") else nullcontext()
        agenda = Agenda(self.campaign, slot, os.getpid(), place=self._places[0], places=self._of)
        try:
            with guarded:
                for visit in agenda.visits():
                    looper.visit(visit)
        finally:
            self.interrupts.raising = not self.interrupts.seen  # teardowns are not cut short by a second signal
            looper.close()
            self.deaths.lost += ledger.claim_of(slot).running != IDLE
            ledger.give_up(slot)

    # -- in children that loop

    def _loop_in_children(self) -> None:
        with self._children_may_come():
            for place in self._places:
                self._start(place)
            idle_deaths = 0
            while self.crew.members:
                urgent = True
                for event in self.crew.events():
                    if event.message is not None:
                        self.take(event)
                        urgent = self._is_urgent(event.message)
                        continue
                    idle_deaths = 0 if self._account(event.member) else idle_deaths + 1
                    if not event.member.ended_well and idle_deaths < _MOST_IDLE_DEATHS and self._more():
                        self._start(self._places[0])
                if not urgent:
                    wait_for([], _PAUSE, self.interrupts.wake)
            if idle_deaths >= _MOST_IDLE_DEATHS:
                self.campaign.write(Remark(f"{idle_deaths} children in a row ended before an iteration: given up"))
        if len(self._places) > 1 and self.campaign.tally is not None:
            self.campaign.tally = CampaignTally.of(read_lines(self.campaign.written.lines()))

    def _is_urgent(self, message: Message) -> bool:
        """Whether what a looping child sends next is to be read at once: its end, or more than the pipe holds."""
        if message["what"] != "passed" or message["test"] == self.campaign.positions[-1]:
            return True
        return any(report["sections"] for report in message["reports"])

    def _children_may_come(self) -> "_Prepared":
        self.crew.know_children()
        return self.prepared

    def _start(self, place: int) -> None:
        slot = self.campaign.ledger.reserve(os.getpid())
        self._offset = self.campaign.written.size()
        child = self.fork(lambda sender: self._runner(sender, slot, place))
        self.crew.add(child, slot, isolated=False)

    def fork(self, main: Callable[[FrameSender], None]) -> Child:
        """Fork a child that has nothing in common with this process that could do harm."""

        def prelude() -> None:
            die_with_parent()
            self.prepared.give_back()
            own_capture_files(self.campaign.config)
            own_coverage_data()
            self.campaign.forked = True
            self.campaign.interrupted = lambda: self.campaign.ledger.interrupted

        return fork_child(main, prelude)

    def _runner(self, sender: FrameSender, slot: int, place: int) -> None:
        """What a looping child does."""
        campaign = self.campaign
        forget_inherited(campaign.session)
        self.outlet.open(sender)
        looper = Looper(campaign, self.outlet, slot, leave_at_failure=True)
        agenda = Agenda(campaign, slot, os.getpid(), place=place, places=self._of)
        try:
            try:
                for visit in agenda.visits():
                    looper.visit(visit)
            finally:
                looper.close()
        except KeyboardInterrupt:
            if not campaign.interrupted():
                raise
        except pytest.exit.Exception as leaving:
            self.outlet.send({"what": "exit", "text": leaving.msg, "code": leaving.returncode})
        self.send_end()

    def send_end(self) -> None:
        """Tell, as a child's last words, what the parent must know."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it leaves anyway
        campaign = self.campaign
        alone = campaign.tally is not None and len(self._places) == 1
        self.outlet.ended(
            tally=base64.b64encode(pickle.dumps(campaign.tally)).decode() if alone else "",
            coverage=base64.b64encode(child_coverage()).decode(),
            timed_out=campaign.timed_out,
        )

    # -- what children tell

    def take(self, event: Event) -> None:
        """Act on a message that is not about an isolated iteration."""
        message = event.message
        assert message is not None
        match message["what"]:
            case "failed":
                self.announcer.failed(message["test"], self.inlet.reports(message), message["runs"])
            case "passed":
                self.announcer.passed(message["test"], self.inlet.reports(message))
            case "closed":
                self.announcer.closed(message["test"], self.inlet.reports(message))
            case "warning":
                self.inlet.warn(message)
            case "exit":
                self._leaving = message
                self.campaign.ledger.stop()
            case "end":
                self._take_end(message)

    def _take_end(self, message: Message) -> None:
        campaign, session = self.campaign, self.campaign.session
        if message["tally"]:
            campaign.tally = pickle.loads(base64.b64decode(message["tally"]))
        self.coverage.adopt(base64.b64decode(message["coverage"]))
        campaign.timed_out |= message["timed_out"]
        if not session.shouldfail:
            session.shouldfail = message["shouldfail"] or False
        if not session.shouldstop:
            session.shouldstop = message["shouldstop"] or False

    def _account(self, member: Member) -> bool:
        """Write down how a looping child ended; whether that was as it should, or in an iteration."""
        campaign, ledger = self.campaign, self.campaign.ledger
        claim = ledger.claim_of(member.slot)
        if not member.ended_well and campaign.tally is not None and len(self._places) == 1:
            for line in read_lines(campaign.written.lines(self._offset)):
                campaign.tally.add(line)
        if member.left:
            told = f"tests that shared a process left running, and it was ended: {listed(member.left)}"
            campaign.write(Remark(told))
        try:
            if claim.running == IDLE:
                return member.ended_well
            if member.ended_well or member.told_to_stop:
                self.deaths.lost += 1
                return True
            self.deaths.record_member(member, claim, isolation="")
            if campaign.settings.isolate == "auto":
                ledger.mark(claim.test, ISOLATED)
            return True
        finally:  # only now: to other processes a test that nobody is at and that has not failed has passed
            ledger.give_up(member.slot)

    def _more(self) -> bool:
        """Whether a looping child has something left to do."""
        campaign = self.campaign
        return not campaign.over and any(
            campaign.rest(test) and not campaign.ledger.has(test, ISOLATED) for test in campaign.positions
        )

    def _tick(self) -> None:
        """Show how far the children are, and let them know when pytest's own session ends."""
        campaign = self.campaign
        if (campaign.session.shouldfail or campaign.session.shouldstop) and not campaign.ledger.stopped:
            campaign.ledger.stop()
        for member in self.crew.members:
            claim = campaign.ledger.claim_of(member.slot)
            if claim.test != IDLE:
                self.progress.show(campaign, claim.test)
                return


class _Prepared:
    """Within the block children may be forked: everything that exists is out of the garbage collector's way, which
    would touch, and so copy, each page in each child; signals are noted instead of raised.

    Nothing is collected before: to look at all that there is costs more than a fork, and what is freed leaves holes
    that each child fills anew, with a page of its own.
    """

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._was_subreaper = False
        self._ends: Any = None  # what the project does at a child's end, which may hide from us how it ended

    def __enter__(self) -> None:
        prepare()
        self.take_over()
        self._was_subreaper = is_subreaper()
        become_subreaper()
        gc.freeze()
        self._interrupts.raising = False

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
        become_subreaper(wanted=self._was_subreaper)
        self.give_back()
        self._interrupts.raising = True

    def take_over(self) -> None:
        """Be the only one to wait for children."""
        handler = signal.getsignal(signal.SIGCHLD)
        if handler not in (signal.SIG_DFL, None) and current_thread() is main_thread():
            self._ends = signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def give_back(self) -> None:
        """Let the project's own code, in a child or a fixture, find what it made of the signal of a child's end."""
        if self._ends is not None:
            signal.signal(signal.SIGCHLD, self._ends)
            self._ends = None
