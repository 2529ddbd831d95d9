"""Loops iterations of tests in this process: in pytest's own, or in a child that was forked for it."""

from collections import deque
from contextlib import nullcontext
from functools import partial
from typing import Any, Final

import pytest

from pytest_repro.core.allocation import DurationOutliers
from pytest_repro.engine.child import rest_if_late
from pytest_repro.engine.clock import now
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.hypothesis_test import IndependentExamples
from pytest_repro.engine.iteration import Iteration, IterationRunner
from pytest_repro.engine.ledger_entry import ENOUGH, IDLE, ISOLATED
from pytest_repro.engine.reruns import Reruns
from pytest_repro.engine.time_limit import TimeLimit
from pytest_repro.engine.tmp_folders import TmpFolders
from pytest_repro.engine.warnings_once import Given, repeated_warnings_dropped
from pytest_repro.modes.agenda import Visit
from pytest_repro.modes.announcer import Outlet
from pytest_repro.modes.campaign import Campaign
from pytest_repro.modes.failure_book import FailureBook
from pytest_repro.modes.progress import Progress
from pytest_repro.modes.recorder import lines_of

MOST_RUNS: Final = 50  # of a test in one process that are run again to show what company does


class Looper:
    """Runs visits one after the other; fixtures of a longer scope live until a visit to a test that needs them not.

    With `leave_at_failure` a test's first failing iteration is its last one here.
    """

    def __init__(self, campaign: Campaign, outlet: Outlet, slot: int, *, leave_at_failure: bool) -> None:
        self.campaign, self.outlet, self.slot = campaign, outlet, slot
        self.progress: Progress | None = None
        self._leave = leave_at_failure
        self._ran: dict[int, deque[int]] = {}  # the last ordinals of each test in this process
        self._books: dict[int, FailureBook] = {}  # of tests that failed here
        self._outliers: dict[int, DurationOutliers] = {}
        self._failed: set[int] = set()
        self._stands: int | None = None  # the test whose fixtures stand

    def visit(self, visit: Visit) -> None:
        """Run what was claimed, through pytest's own protocol, so that other plugins' wrappers are around it."""
        item = self.campaign.tests[visit.test].item
        self._switch(visit.test)
        mode: Any = self.campaign.config.pluginmanager.getplugin("repro-mode")
        mode.work = lambda: self._iterate(visit, item)
        try:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=item)
        finally:
            mode.work = None

    def _iterate(self, visit: Visit, item: pytest.Item) -> None:
        loop = _Loop(self, visit.test)
        try:
            with (
                IndependentExamples(item),
                self.campaign.seeds,
                repeated_warnings_dropped() as loop.warned,
                TmpFolders(item) as folders,
            ):
                loop.run(visit, folders)
        finally:
            if self.progress is not None:
                self.progress.clear()
            loop.leave()

    def _switch(self, test: int | None) -> None:
        """Tear down the longer-lived fixtures that the next test does not use."""
        stood, self._stands = self._stands, test
        if stood is not None and stood != test:
            item = self.campaign.tests[stood].item
            following = self.campaign.tests[test].item if test is not None else None
            if reports := close_fixtures(item, following):
                self.outlet.closed(stood, reports)

    def close(self) -> None:
        """Tear everything down."""
        self._switch(None)

    def book(self, test: int) -> FailureBook:
        """Return what is known of a test's failures."""
        if test not in self._books:
            self._books[test] = FailureBook(self.campaign.config.rootpath)
        return self._books[test]


class _Loop:
    """The iterations of one visit."""

    def __init__(self, looper: Looper, test: int) -> None:
        self._looper, self._test, self._campaign = looper, test, looper.campaign
        self._item = looper.campaign.tests[test].item
        self._claim = range(0)
        self._done = self._near = self._warnings = 0
        self.warned = Given()
        self._seconds = 0.0
        self._last: Iteration | None = None
        self._failing: Iteration | None = None

    def run(self, visit: Visit, folders: TmpFolders) -> None:
        """Run until the claim is used up, the visit's time is over, or enough is known of the test."""
        campaign, looper, test, item = self._campaign, self._looper, self._test, self._item
        ledger, slot, worker, started = campaign.ledger, looper.slot, campaign.worker, campaign.ledger.started
        write = campaign.write
        self._claim = visit.claim
        cloner, time_limit = ItemCloner(item), TimeLimit(item)
        runner = IterationRunner(item, self._interact, campaign.interrupted)
        reruns = Reruns.of(item, cloner, runner)
        outliers = looper._outliers.setdefault(test, DurationOutliers()) if campaign.settings.adaptive else None
        unwanted = ENOUGH | ISOLATED if looper._leave else ENOUGH
        for ordinal in visit.claim:
            if self._done and now() >= visit.until:
                break
            if campaign.over or ledger.has(test, unwanted):
                break
            number = campaign.number(test, ordinal)
            seed = campaign.seed(test, number)
            clone, own = cloner.fresh()
            if self._done:
                time_limit.set_again()
            campaign.plant(seed)
            at = now()
            ledger.enter(slot, ordinal, at)
            iteration = runner.run(clone, own, partial(folders.note, clone))
            failing = iteration.failing is not None
            if failing and campaign.interrupted():  # which may have made it fail: it is lost, as if it had been cut off
                raise KeyboardInterrupt
            if failing and reruns is not None:
                reruns.run_again(clone, iteration, folders)
            if campaign.forked:
                rest_if_late(at, campaign.settings.timeout)
            folders.ended(failing)
            write(
                *lines_of(item, iteration, looper.book(test), number=number, seed=seed, at=at - started, worker=worker)
            )
            self._count(iteration, failing, outliers)  # before others can think that the test has ended without one
            ledger.leave(slot, ordinal)
            if runner.leaving is not None:
                raise runner.leaving
            if looper.progress is not None and looper.progress.due(at):
                looper.progress.show(campaign, test, self._done)

    def _count(self, iteration: Iteration, failing: bool, outliers: DurationOutliers | None) -> None:
        self._done += 1
        self._seconds += iteration.seconds
        self._last = iteration
        if failing:
            assert iteration.failing is not None
            digest = self._looper.book(self._test).look_up(iteration.failing, iteration.error)[1]
            self._campaign.count_failure(self._test, digest, apart=False)
            if self._failing is None:
                self._failing = iteration
            if self._looper._leave:
                self._campaign.ledger.mark(self._test, ISOLATED)
        elif outliers is not None:
            warned, self._warnings = self.warned.count > self._warnings, self.warned.count
            self._near += outliers.is_outlier(iteration.seconds) or warned

    def _interact(self, item: pytest.Item, call: "pytest.CallInfo[None]", report: pytest.TestReport) -> None:
        self._looper.book(self._test).interact(item, call, report)

    def leave(self) -> None:
        """Hand back what was not run, and tell of the test."""
        looper, test = self._looper, self._test
        self._campaign.ledger.add(test, self._done, self._near, self._seconds)
        if self._campaign.ledger.claim_of(looper.slot).running == IDLE:  # else somebody accounts for what was cut off
            self._campaign.ledger.settle(looper.slot)
        ran = looper._ran.setdefault(test, deque(maxlen=MOST_RUNS + 1))
        ran.extend(self._claim[max(0, self._done - MOST_RUNS - 1) : self._done])
        if self._failing is not None and test not in looper._failed:
            looper._failed.add(test)
            looper.outlet.failed(test, self._failing.reports(), list(ran))
        elif self._last is not None and test not in looper._failed:
            looper.outlet.passed(test, self._last.reports())


def close_fixtures(item: pytest.Item, following: pytest.Item | None) -> list[pytest.TestReport]:
    """Tear down, after `item`, the longer-lived fixtures that `following` does not need; return reports of failures."""
    setup_state: Any = item.session._setupstate  # pytest offers no public way
    capture: Any = item.config.pluginmanager.getplugin("capturemanager")
    with capture.item_capture("teardown", item) if capture is not None else nullcontext():
        call = pytest.CallInfo.from_call(lambda: setup_state.teardown_exact(following), when="teardown")
    # Without the hook: plugins expect there what they have put on an item that ran, and this one never does.
    return [pytest.TestReport.from_item_and_call(item, call)] if call.excinfo is not None else []
