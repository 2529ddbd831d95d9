"""Tells pytest of each test once: its first failing iteration, else one that passed."""

from typing import Any, Protocol

import pytest

from pytest_repro.engine.ledger_entry import REPORTED
from pytest_repro.engine.subtest_count import SubtestCount
from pytest_repro.modes.campaign import Campaign, interactor_of
from pytest_repro.modes.failure_book import FailureBook

Reports = list[pytest.TestReport]


class Outlet(Protocol):
    """Where a loop's reports go: to pytest itself, or through a pipe to the process that tells it."""

    def failed(self, test: int, reports: Reports, runs: list[int]) -> None:
        """A test failed for the first time in this process; `runs` are the last ordinals that ran here, up to it."""

    def passed(self, test: int, reports: Reports) -> None:
        """A test was left without a failure."""

    def closed(self, test: int, reports: Reports) -> None:
        """Fixtures of a longer scope failed as they were torn down after `test`."""


class Announcer:
    """Logs reports in the process that pytest knows of; several processes agree by the ledger who tells of a test."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.suspects: dict[int, list[int]] = {}  # tests that failed among others: what ran in that process, up to it
        self._waiting: dict[int, Reports] = {}
        self._interactor: Any = interactor_of(campaign.config)
        self._errors = FailureBook(campaign.config.rootpath)

    def failed(self, test: int, reports: Reports, runs: list[int]) -> None:
        """Tell of a failure at once."""
        self.suspects.setdefault(test, runs)
        self.show(test, reports)

    def passed(self, test: int, reports: Reports) -> None:
        """Tell of a test when nobody runs it any more."""
        self._waiting[test] = reports
        if not self.campaign.rest(test):
            self._settle(test)

    def closed(self, test: int, reports: Reports) -> None:
        """Tell of an error that no iteration had; once, for every isolated iteration of a test may end in it."""
        item = self._item(test)
        for report in reports:
            if self._errors.first_to_write(f"{item.nodeid} {self._errors.look_up(report, None)[1]}"):
                item.ihook.pytest_runtest_logreport(report=report)

    def show(self, test: int, reports: Reports) -> None:
        """Tell of a test, unless that was done."""
        self._waiting.pop(test, None)
        if not self.campaign.ledger.mark(test, REPORTED):
            return
        item = self._item(test)
        hooks, location = item.ihook, reports[0].location  # the item would have to work out both
        hooks.pytest_runtest_logstart(nodeid=item.nodeid, location=location)
        SubtestCount(item).show(reports)
        for report in reports:
            hooks.pytest_runtest_logreport(report=report)
        hooks.pytest_runtest_logfinish(nodeid=item.nodeid, location=location)

    def flush(self) -> None:
        """Tell of what waits, at this process's end; a test that others still run is told of by them."""
        for test in list(self._waiting):
            self._settle(test)

    def _settle(self, test: int) -> None:
        ledger = self.campaign.ledger
        if not ledger.busy(test) and not ledger.counts(test).failures:  # whoever saw a failure tells of it
            self.show(test, self._waiting[test])

    def _item(self, test: int) -> pytest.Item:
        planned = self.campaign.tests[test]
        if self._interactor is not None:
            # xdist notes the test that runs at this moment, of which it thinks that the reports are.
            self._interactor.item_index = planned.index
        return planned.item
