"""Runs iterations in processes of their own, and shows whether a failure needs company."""

import os
from typing import TYPE_CHECKING, Final

from pytest_repro.core.record import IterationRecord, Probe, Sharing
from pytest_repro.engine.child import Child
from pytest_repro.engine.clock import now
from pytest_repro.engine.frames import FrameSender, Message
from pytest_repro.engine.fresh import start_fresh
from pytest_repro.engine.ledger_entry import Claim
from pytest_repro.engine.leftover_processes import listed
from pytest_repro.engine.memory_map import Pages
from pytest_repro.engine.pinned_pages import PinnedPages
from pytest_repro.engine.process_state import processors
from pytest_repro.engine.shared_fixtures import SharedFixtures
from pytest_repro.modes.agenda import Agenda, Visit
from pytest_repro.modes.crew import Event, Member
from pytest_repro.modes.looper import MOST_RUNS, close_fixtures
from pytest_repro.modes.probe import probe_in_child
from pytest_repro.modes.single import Order, Repeater, Single, lines_in
from pytest_repro.modes.standby import AwaitOrder, Standby

if TYPE_CHECKING:
    from pytest_repro.modes.conductor import Conductor

_PROBES: Final = 3
_WORTH: Final = 50  # iterations that are left of a test, for which its pages are looked at
_SHORT: Final = 0.005  # seconds of an isolated iteration of which nothing is known yet


class Isolator:
    """Forks, or starts afresh, one process for each iteration; as many at once as jobs were asked for."""

    def __init__(self, conductor: "Conductor", how: str) -> None:
        self._boss, self._campaign, self._how = conductor, conductor.campaign, how
        self._shared = SharedFixtures(self._campaign.session)
        self._standby = Standby(conductor.fork, conductor.crew.spare)
        self._pinned = PinnedPages(share=1 / conductor.places[1])
        self._studied = False  # whether a child has been asked which pages it writes to
        at_once = conductor.places[1] * self._campaign.settings.jobs
        self._ahead = how == "fork" and (at_once == 1 or at_once < processors())  # else no processor is idle for it
        self._repeaters: dict[int, Repeater] = {}
        self._reported: set[int] = set()
        self._stands: int | None = None
        self._stood_since, self._spawned = now(), 0  # when its fixtures stood, and iterations begun since
        self._free = [self._campaign.ledger.reserve(os.getpid()) for _ in range(self._campaign.settings.jobs)]

    def run(self) -> None:
        """Run what is left of the tests that are to be isolated."""
        slot = self._free.pop()
        places = self._boss.places
        agenda = Agenda(self._campaign, slot, os.getpid(), place=places[0], places=places[1])
        try:
            for visit in agenda.visits(apart=True, most=1):
                self._switch(visit.test)
                self._spawn(visit, agenda.slot)
                self._fork_ahead(visit)
                while not self._free or (self._campaign.settings.exclusive and self._boss.crew.members):
                    self._attend()
                    self._fork_ahead(visit)
                agenda.slot = self._free.pop()
            self._switch(None)
        finally:
            self._standby.dismiss()
            while self._boss.crew.members and self._boss.interrupts.seen < 2:
                self._attend()
            self._pinned.release()
            for slot in {agenda.slot, *self._free}:
                self._campaign.ledger.give_up(slot)

    def _switch(self, test: int | None) -> None:
        """Let the test before come to its end, and set up what the next one's iterations share."""
        if test == self._stands:
            return
        while self._boss.crew.members:
            self._attend()
        self._standby.dismiss()
        self._pinned.release()
        self._studied = False
        stood, self._stands = self._stands, test
        item = self._campaign.tests[test].item if test is not None else None
        if stood is not None:
            self._probe(stood)
        self._boss.prepared.give_back()
        if stood is not None and self._how == "fork":
            self._boss.announcer.closed(stood, close_fixtures(self._campaign.tests[stood].item, item))
        if item is not None and test is not None and self._how == "fork":
            self._campaign.plant(self._campaign.seed(test, 0))  # as a replay will do
            self._boss.interrupts.raising = True  # the project's own code runs here
            try:
                prepared = self._shared.prepare(item)
            finally:
                self._boss.interrupts.raising = False
                self._boss.crew.know_children()
            if prepared.in_child:
                self._campaign.write(Sharing(item.nodeid, dict(prepared.in_child)))
        self._boss.prepared.take_over()
        self._stood_since, self._spawned = now(), 0

    def _spawn(self, visit: Visit, slot: int) -> None:
        """Start the process of one iteration."""
        campaign, test, ordinal = self._campaign, visit.test, visit.claim[0]
        number = campaign.number(test, ordinal)
        order = Order(test, number, self._how, test not in self._reported)
        self._reported.add(test)
        self._spawned += 1
        # Before there is a child: it may end this process, whose controller then reads how the iteration was run.
        campaign.ledger.take_over(slot, os.getpid(), isolated=True)
        campaign.ledger.enter(slot, ordinal, now())
        repeater = self._repeater(test)
        if self._how == "fork":
            child = None if order.want_reports else self._standby.send(number)
            child = child or self._fork(order, study=self._shall_study(visit))
        else:
            planned = campaign.tests[test]
            child = start_fresh(
                campaign.config,
                planned.plan.root,
                planned.item.nodeid,
                number,
                repeater.book.written,
                want_reports=order.want_reports,
                started=campaign.ledger.started,
                worker=campaign.worker,
            )
        self._boss.crew.add(child, slot, isolated=True, begun=self._how == "fork")

    def _shall_study(self, visit: Visit) -> bool:
        """Whether the next child is to tell which pages it has written to, so that the forks after it copy them.

        For several at a time forks must be short: this process, which makes them all, is what limits their number.
        """
        return self._campaign.settings.jobs == 1 and not self._studied and self._to_come(visit) >= _WORTH

    def _fork(self, order: Order, *, study: bool = False) -> Child:
        if study:
            self._studied = True
            self._pinned.prepare()
        return self._boss.fork(
            lambda sender: self._single(sender, order.test, order.want_reports, lambda: order.number, study=study)
        )

    def _to_come(self, visit: Visit) -> int:
        """Return how many iterations of a visit may follow, as far as can be said."""
        rest = self._campaign.rest(visit.test)
        if visit.until == float("inf"):
            return rest
        each = max(_SHORT, (now() - self._stood_since) / self._spawned)
        return min(rest, int((visit.until - now()) / each))

    def _fork_ahead(self, visit: Visit) -> None:
        """Have the processes of the next iterations ready while this one runs, as far as any are to come.

        A process that has ended meanwhile is seen to first: what it left running is told apart only until the next one
        ends.
        """
        if not self._ahead or self._campaign.over:
            return
        self._standby.prepare(
            self._to_come(visit),
            lambda sender, order: self._single(sender, visit.test, False, order),
            lambda: any(one.leaving and one.child.reap() for one in self._boss.crew.members),
        )

    def _single(
        self, sender: FrameSender, test: int, want_reports: bool, await_order: AwaitOrder, *, study: bool = False
    ) -> None:
        self._pinned.leave()
        campaign = self._campaign
        campaign.tally = None  # the parent counts
        self._boss.outlet.open(sender)
        single = Single(campaign, self._boss.outlet, self._repeater(test))
        if (number := await_order()) is not None:
            single.run(Order(test, number, self._how, want_reports))
            if study:
                self._boss.outlet.send({"what": "pages", "pages": self._pinned.written()})
            self._boss.send_end()

    def _attend(self) -> None:
        """Take in what happens until something has."""
        if self._campaign.over:
            self._standby.dismiss()
        for event in self._boss.crew.events():
            if event.message is None:
                self._end(event.member)
            elif event.message["what"] == "iteration":
                if not event.member.timed_out:  # else the signal for its stacks has woken it
                    self._take(event)
            elif event.message["what"] == "threads":
                if event.member.result is not None:
                    event.member.result["threads"] = event.message["threads"]
            elif event.message["what"] == "begun":
                event.member.begun = True
                claim = self._campaign.ledger.claim_of(event.member.slot)
                self._campaign.ledger.enter(event.member.slot, claim.running, now())
            elif event.message["what"] == "pages":
                self._pinned.pin([Pages(*pages) for pages in event.message["pages"]])
            else:
                self._boss.take(event)
                if event.message["what"] == "end" and event.member.result is not None:
                    self._let_next_begin(event.member)

    def _let_next_begin(self, member: Member) -> None:
        """Free a place although the process is still on its way out, which takes as long as a short test."""
        member.leaving = True
        self._free.append(self._campaign.ledger.reserve(os.getpid()))

    def _take(self, event: Event) -> None:
        """Keep an iteration's result until its process has ended: it may have left something running.

        A failure counts at once, so that no further iteration begins where one is enough.
        """
        message = event.message
        assert message is not None
        record = lines_in(message)[-1]
        failing = isinstance(record, IterationRecord) and record.failing
        if failing and event.member.told_to_stop:  # which may have made it fail
            return
        event.member.result = message
        self._campaign.ledger.note_told(event.member.slot)
        if isinstance(record, IterationRecord) and failing:
            test = self._campaign.ledger.claim_of(event.member.slot).test
            self._campaign.count_failure(test, record.signature, apart=True)

    def _end(self, member: Member) -> None:
        claim = self._campaign.ledger.claim_of(member.slot)
        begun = self._standby.has_begun(member.child)
        if member.result is not None:
            record = self._write(member.result, member, claim.test)
            self._campaign.ledger.leave(member.slot, claim.running)
            self._announce(member.result, record, claim.test)
            if member.leaving:
                self._campaign.ledger.give_up(member.slot)
                return
        elif member.told_to_stop or (member.ended_well and not member.timed_out):
            self._boss.deaths.lost += 1
        elif not (begun or member.timed_out):
            self._begin_again(member, claim)
            return
        else:
            self._boss.deaths.record_member(member, claim, self._how)
        self._campaign.ledger.take_over(member.slot, os.getpid(), isolated=False)
        self._campaign.ledger.settle(member.slot)
        self._free.append(member.slot)

    def _begin_again(self, member: Member, claim: Claim) -> None:
        """Give an iteration a new process: the one that waited for it was killed before it took the order."""
        self._campaign.ledger.enter(member.slot, claim.running, now())
        number = self._campaign.number(claim.test, claim.running)
        self._boss.crew.add(self._fork(Order(claim.test, number, self._how, False)), member.slot, isolated=True)

    def _write(self, message: Message, member: Member, test: int) -> IterationRecord:
        campaign = self._campaign
        *details, record = lines_in(message)
        assert isinstance(record, IterationRecord)
        record = record.with_note(_note(message["threads"], member.left))
        new = record.failing and self._repeater(test).book.first_to_write(record.signature)
        campaign.write(*(details if new else ()), record)
        campaign.ledger.add(test, 1, 0, record.duration)
        return record

    def _announce(self, message: Message, record: IterationRecord, test: int) -> None:
        """Tell pytest of the test, if this iteration is the one to show or the last one."""
        if message["reports"] is not None:
            reports = self._boss.inlet.reports(message)
            if record.failing:
                self._boss.announcer.show(test, reports)
            else:
                self._boss.announcer.passed(test, reports)
        elif not self._campaign.rest(test):
            self._boss.announcer.flush()

    def _repeater(self, test: int) -> Repeater:
        if test not in self._repeaters:
            self._repeaters[test] = Repeater(self._campaign, self._campaign.tests[test].item)
        return self._repeaters[test]

    # -- does it need company?

    def _probe(self, test: int) -> None:
        """Run the iteration that failed among others again alone, and then as many in one process as it took there.

        One that fails alone too lies in its seed or in chance, and not in its company. Those together are the first
        ones of the campaign, whichever came before it: a command can name no others.
        """
        ran = self._boss.announcer.suspects.get(test, [])
        if self._how != "fork" or not ran or self._campaign.ledger.counts(test).apart or self._campaign.over:
            return
        failed = self._campaign.number(test, ran[-1])
        if not self._probe_once(test, range(failed, failed + 1)) and 1 < len(ran) <= MOST_RUNS:
            for _ in range(_PROBES):
                self._probe_once(test, range(1, 1 + len(ran)))

    def _probe_once(self, test: int, numbers: range) -> bool:
        """Write down one probe; whether it failed."""
        found = probe_in_child(self._boss, test, numbers)
        if found is None:
            return False
        nodeid = self._campaign.tests[test].item.nodeid
        self._campaign.write(Probe(nodeid, found["runs"], found["signature"], found["leaves"], len(numbers)))
        return bool(found["signature"])


def _note(threads: list[str], processes: list[str]) -> str:
    parts = []
    if threads:
        parts.append(f"left running: thread {listed(threads)}")
    if processes:
        parts.append(f"left running, ended: {listed(processes)}")
    return "; ".join(parts)
