"""When a test, and when the campaign, has had enough."""

from collections.abc import Iterator
from itertools import count
from time import perf_counter

import pytest

from pytest_repro.options import ItemPlan, Settings


class Limits:
    """The campaign's: time, and failing iterations under -x or --maxfail."""

    def __init__(self, settings: Settings, config: pytest.Config) -> None:
        self.settings = settings
        self.maxfail: int = config.getoption("maxfail", 0) or 0
        self.workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
        self.failures = 0
        self.tests = self.left = 0
        self.deadline = float("inf")
        self.timed_out = False

    def start(self, tests: int) -> float:
        """Start the clock for `tests` tests and return its reading."""
        now = perf_counter()
        self.tests = self.left = tests
        if self.settings.seconds is not None:
            self.deadline = now + self.settings.seconds
        return now

    def over(self) -> bool:
        """Whether the campaign's time is up."""
        if perf_counter() >= self.deadline:
            self.timed_out = True
        return self.timed_out

    def begin(self, plan: ItemPlan) -> "TestLimit":
        """Return the limit of the next test: an equal share of the campaign's time, and its own time if it has one."""
        now = perf_counter()
        deadline = self.deadline
        if self.settings.seconds is not None:
            # A worker does not know how many tests it will get, so it goes by the average.
            parallel = self.workers > 1
            share = self.settings.seconds * self.workers / self.tests if parallel else (deadline - now) / self.left
            deadline = min(deadline, now + share)
        if plan.seconds is not None:
            deadline = min(deadline, now + plan.seconds)
        self.left = max(1, self.left - 1)
        return TestLimit(self, plan.asked, deadline, now)

    def tell(self, session: pytest.Session) -> None:
        """End pytest's session when --maxfail failing iterations have been seen."""
        if self.exhausted and not session.shouldfail:
            session.shouldfail = f"stopping after {self.failures} failing iterations"

    @property
    def exhausted(self) -> bool:
        """Whether -x or --maxfail ends the campaign."""
        return bool(self.maxfail) and self.failures >= self.maxfail

    def reason(self, exitstatus: int) -> str:
        """Return why the campaign ended, as the journal says it."""
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            return "interrupted"
        if self.exhausted:
            return "failures"
        return "time" if self.timed_out else "complete"


class TestLimit:
    """One test's: its count, its share of the time, its --repro-stop."""

    __test__ = False  # a name that begins with Test is not a test here

    def __init__(self, campaign: Limits, asked: int | None, deadline: float, now: float) -> None:
        self.campaign = campaign
        self.asked = asked
        self.deadline = deadline
        self.failures = 0
        self.done = 0
        self.told_last = False
        self.ends_session = False  # -x or --maxfail: every fixture is torn down now
        self._next_progress = now + 1.0

    def counts(self) -> Iterator[int]:
        """Yield 1, 2, 3 … until enough is known to be enough."""
        for number in count(1):
            yield number
            if self.told_last or self._enough(self.done, 0):
                return

    def last(self, failed: bool) -> bool:
        """Whether the iteration that is about to be torn down is the last one, if its teardown does not fail."""
        self.told_last = self._enough(self.done + 1, int(failed))
        self.ends_session = bool(self.campaign.maxfail) and self.campaign.failures + failed >= self.campaign.maxfail
        return self.told_last

    def count(self, failing: bool) -> None:
        """Take note of an ended iteration."""
        self.done += 1
        self.failures += failing
        self.campaign.failures += failing

    def due(self, now: float) -> bool:
        """Whether it is time to look at the progress display again, at most once in a tenth of a second."""
        if now < self._next_progress:
            return False
        self._next_progress = now + 0.1
        return True

    def _enough(self, done: int, more_failures: int) -> bool:
        stop, campaign = self.campaign.settings.stop, self.campaign
        if self.asked is not None and done >= self.asked:
            return True
        if stop is not None and self.failures + more_failures >= stop:
            return True
        if campaign.maxfail and campaign.failures + more_failures >= campaign.maxfail:
            return True
        if perf_counter() >= self.deadline:
            campaign.timed_out = True
            return True
        return False
