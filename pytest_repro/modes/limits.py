"""When a test, and when the campaign, has had enough."""

from collections.abc import Iterator
from itertools import count

import pytest

from pytest_repro.engine.clock import now
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
        self.timed_out = False  # some test had to end before its count was reached

    def start(self, tests: int) -> float:
        """Start the clock for `tests` tests and return its reading."""
        started = now()
        self.tests = self.left = tests
        if self.settings.seconds is not None:
            self.deadline = started + self.settings.seconds
        return started

    def over(self) -> bool:
        """Whether the campaign's time is up."""
        if now() < self.deadline:
            return False
        self.timed_out = True
        return True

    def begin(self, session: pytest.Session, plan: ItemPlan, *, last: bool) -> "TestLimit":
        """Return the limit of the next test: its share of the campaign's time, and its own time if it has one.

        `last` says that this process knows of no other test.
        """
        begun = now()
        deadline = self.deadline
        if self.settings.seconds is not None:
            deadline = begun + (self.deadline - begun) / self._sharers(last)
        if plan.seconds is not None:
            deadline = min(deadline, begun + plan.seconds)
        self.left = max(1, self.left - self.workers)
        return TestLimit(self, session, plan.asked, deadline, begun)

    def _sharers(self, last: bool) -> int:
        """Among how many tests of this process the time that is left is shared."""
        if self.workers == 1:
            return self.left
        # A worker does not know how many tests it will get: it goes by the average, and always leaves some time.
        return 1 if last else 1 + max(1, -(-(self.left - self.workers) // self.workers))

    def tell(self, session: pytest.Session) -> None:
        """End pytest's session when --maxfail failing iterations have been seen."""
        if self.exhausted and not session.shouldfail:
            session.shouldfail = f"stopping after {self.failures} failing iterations"

    @property
    def exhausted(self) -> bool:
        """Whether -x or --maxfail ends the campaign."""
        return bool(self.maxfail) and self.failures >= self.maxfail

    def reason(self, session: pytest.Session, exitstatus: int) -> str:
        """Return why the campaign ended, as the journal says it."""
        if exitstatus in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            return "broken off"
        if self.exhausted:
            return "failures"
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            return "interrupted"
        if session.shouldfail or session.shouldstop:
            return "stopped"
        return "time" if self.timed_out else "complete"


class TestLimit:
    """One test's: its count, its share of the time, its --repro-stop."""

    __test__ = False  # a name that begins with Test is not a test here

    def __init__(
        self, campaign: Limits, session: pytest.Session, asked: int | None, deadline: float, begun: float
    ) -> None:
        self.campaign = campaign
        self.session = session
        self.asked = asked
        self.deadline = deadline
        self.failures = 0
        self.done = 0
        self.told_last = False
        self.ends_session = False  # then every fixture is torn down with the iteration
        self._next_progress = begun + 1.0

    def counts(self) -> Iterator[int]:
        """Yield 1, 2, 3 … until enough is known to be enough."""
        for number in count(1):
            yield number
            if self.told_last or self._enough(self.done, 0):
                return

    def last(self, failed: bool) -> bool:
        """Whether the iteration that is about to be torn down is the last one, if its teardown does not fail."""
        self.told_last = self._enough(self.done + 1, int(failed))
        self.ends_session = self._session_ends(int(failed))
        return self.told_last

    def count(self, failing: bool) -> None:
        """Take note of an ended iteration."""
        self.done += 1
        self.failures += failing
        self.campaign.failures += failing

    def due(self) -> bool:
        """Whether it is time to look at the progress display again, at most once in a tenth of a second."""
        time = now()
        if time < self._next_progress:
            return False
        self._next_progress = time + 0.1
        return True

    def _enough(self, done: int, more_failures: int) -> bool:
        stop = self.campaign.settings.stop
        if self.asked is not None and done >= self.asked:
            return True
        if stop is not None and self.failures + more_failures >= stop:
            return True
        if self._session_ends(more_failures):
            return True
        if now() >= self.deadline:
            self.campaign.timed_out = True
            return True
        return False

    def _session_ends(self, more_failures: int) -> bool:
        """Whether -x, --maxfail or another plugin ends pytest's session after the iteration in flight."""
        campaign = self.campaign
        if campaign.maxfail and campaign.failures + more_failures >= campaign.maxfail:
            return True
        return bool(self.session.shouldfail or self.session.shouldstop)
