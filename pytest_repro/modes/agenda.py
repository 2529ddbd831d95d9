"""Which test is visited next, and for how long: in order where counts are asked, in turns where time is."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from pytest_repro.core.allocation import Evidence, shares
from pytest_repro.engine.clock import now
from pytest_repro.engine.ledger_entry import ENOUGH, ISOLATED
from pytest_repro.modes.campaign import Campaign

_CHUNK_SECONDS: Final = 0.05  # so much work is claimed at once where others claim too: stops and deadlines act soon
_LARGEST: Final = 1 << 40
_TURN: Final = 1.0  # seconds of a test's turn where nothing but a failure or Ctrl-C ends the campaign


class Visit(NamedTuple):
    """Some iterations of one test, by ordinal, not to be begun after `until` (but one is)."""

    test: int
    claim: range
    until: float


class Agenda:
    """One process's way through the tests. `apart` chooses those whose rest runs isolated, `slot` is where it claims.

    Counts: every test is finished before the next one, and tests that nobody has begun come before those that others
    are at. Time: the first turn gives every test one iteration, later turns divide the time that is left; without a
    count and a time turns go round for ever.
    """

    def __init__(self, campaign: Campaign, slot: int, pid: int, *, place: int = 0, places: int = 1) -> None:
        self.campaign, self.slot, self.pid = campaign, slot, pid
        self.apart = False
        self.all_apart = campaign.settings.isolate in ("fork", "fresh")
        tests, start = len(campaign.tests), place * len(campaign.tests) // places
        only = campaign.only
        self._order = [*range(start, tests), *range(start)] if only is None else [only]
        self._sharers = places
        self._exclusive = campaign.settings.exclusive

    def visits(self, *, apart: bool = False, most: int = _LARGEST) -> Iterator[Visit]:
        """Yield what to run until nothing is left for this process; `most` iterations at once."""
        self.apart = apart
        yield from self._in_turns(most) if self._takes_turns() else self._in_order(most)

    def _takes_turns(self) -> bool:
        """Whether a test must not be finished before the next one begins."""
        tests = [self.campaign.tests[test] for test in self._order]
        endless = len(tests) > 1 and any(one.todo.endless and one.plan.seconds is None for one in tests)
        return endless or self.campaign.deadline < float("inf")

    def _in_order(self, most: int) -> Iterator[Visit]:
        for test in self._order:
            if self._sharers == 1 or not self.campaign.ledger.counts(test).next:
                yield from self._stay(test, most, float("inf"))
        # What others are at: help where most is left.
        while open_tests := [test for test in self._order if self._open(test)]:
            progress = False
            for test in sorted(open_tests, key=self.campaign.rest, reverse=True):
                for visit in self._stay(test, most, float("inf")):
                    progress = True
                    yield visit
            if not progress:
                return

    def _in_turns(self, most: int) -> Iterator[Visit]:
        for test in self._order:
            if not self.campaign.ledger.counts(test).next:
                yield from self._stay(test, 1, 0.0)
        turn = 1
        while (open_tests := [test for test in self._order if self._open(test)]) and self._left() > 0:
            progress = False
            if self._left() == float("inf") and self._parked() and not self.apart:
                for test in open_tests:  # those that wait for isolated iterations would wait for ever
                    self.campaign.ledger.mark(test, ISOLATED)
                return
            # Early turns are short, so that all tests have been at it for a while before any has all of its time.
            part = min(1.0, 0.25 * turn)
            left, begun = self._left(), now()
            budget = part * (left if left < float("inf") else _TURN * len(open_tests))
            evidence = [self._evidence(test) for test in open_tests]
            due = 0.0
            for test, share in zip(open_tests, shares(evidence, self.campaign.settings.adaptive), strict=True):
                due += share * budget
                for visit in self._stay(test, most, begun + due):
                    progress = True
                    yield visit
            turn += 1
            if not progress:
                return

    def _stay(self, test: int, most: int, until: float) -> Iterator[Visit]:
        """Yield visits to one test until nothing of it is left or the time for it is over."""
        ledger, planned = self.campaign.ledger, self.campaign.tests[test]
        if self._exclusive and not (self._open(test) and ledger.own(test, self.pid)):
            return
        try:
            if planned.plan.seconds is not None:
                until = min(until, ledger.begin(test) + planned.plan.seconds)
            until = min(until, self._deadline())
            first = True
            while self._open(test) and (now() < until or (first and self._may_begin(test))):
                claim = ledger.claim(
                    self.slot, self.pid, test, planned.todo.total, min(most, self._chunk(test, until)), self._sharers
                )
                if not claim:
                    return
                first = False
                yield Visit(test, claim, until)
                if most == 1 and until == 0.0:
                    return
        finally:
            if self._exclusive:
                ledger.disown(test)

    def _may_begin(self, test: int) -> bool:
        """Whether a test that was never run gets its first iteration although the time for it is over."""
        return now() < self.campaign.deadline and not self.campaign.ledger.counts(test).next

    def _chunk(self, test: int, until: float) -> int:
        counts = self.campaign.ledger.counts(test)
        if until == float("inf") and not self.campaign.ledger.shared:
            return _LARGEST
        each = counts.seconds / counts.done if counts.done else _CHUNK_SECONDS
        return max(1, int(_CHUNK_SECONDS / max(each, 1e-6)))

    def _open(self, test: int) -> bool:
        """Whether there is something of `test` for this agenda."""
        if self.campaign.over or now() >= self.campaign.deadline:
            self.campaign.timed_out |= now() >= self.campaign.deadline
            return False
        apart = self.all_apart or self.campaign.ledger.has(test, ISOLATED)
        if apart is not self.apart or not self.campaign.rest(test):
            return False
        seconds = self.campaign.tests[test].plan.seconds
        begun = self.campaign.ledger.counts(test).begun
        if seconds is not None and begun and now() >= begun + seconds:
            self.campaign.timed_out = True
            return False
        return True

    def _deadline(self) -> float:
        """Return when this phase ends: tests that wait for isolated iterations have their part of the time."""
        deadline = self.campaign.deadline
        if self.apart or deadline == float("inf") or self.campaign.settings.isolate != "auto":
            return deadline
        return deadline - (deadline - self.campaign.ledger.started) * self._parked() / len(self.campaign.positions)

    def _parked(self) -> int:
        """Return how many tests are waited for by isolated iterations."""
        ledger = self.campaign.ledger
        return sum(ledger.has(test, ISOLATED) and not ledger.has(test, ENOUGH) for test in self.campaign.positions)

    def _left(self) -> float:
        return self._deadline() - now()

    def _evidence(self, test: int) -> Evidence:
        counts = self.campaign.ledger.counts(test)
        return Evidence(counts.done, counts.failures, counts.near, counts.seconds)
