"""Repeats each test in this process, writes one record per iteration and lets pytest report each test once."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import CampaignEnd, FailureDetail, IterationRecord, Line, PlannedTest, read_lines
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.token import digest_of
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.failure import Failure, failure_of
from pytest_repro.engine.finalizers import prune_finalizers
from pytest_repro.engine.iteration import Iteration, run_iteration
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.seeding import ForcedHypothesisSeed, WithoutExampleDatabase, seed_generators
from pytest_repro.engine.time_limit import TimeoutRearmer
from pytest_repro.engine.warnings_once import repeated_warnings_dropped
from pytest_repro.modes.limits import Limits
from pytest_repro.modes.progress import Progress
from pytest_repro.modes.summary import show_summary
from pytest_repro.options import ItemPlan, Settings, plan_for

_LONGEST_TRACEBACK = 20_000


class StressMode:
    """The mode of a plain run, and of each xdist worker, whose records the controller reads from the shared journal."""

    def __init__(self, config: pytest.Config, settings: Settings, journal: JournalWriter) -> None:
        self.config = config
        self.settings = settings
        self.journal = journal
        self.worker: str = getattr(config, "workerinput", {}).get("workerid", "")
        self.tally = CampaignTally()
        if not self.worker:
            self._read_header()
        self.plans: dict[str, ItemPlan] = {}
        self.limits = Limits(settings, config)
        self.progress = Progress(config)
        self.started = perf_counter()
        self.in_flight = False
        self.broken = False  # the journal took no more
        self.forced_seed = ForcedHypothesisSeed(config)

    def _read_header(self) -> None:
        with self.journal.path.open("rb") as lines:
            for line in read_lines(lines):
                self.tally.add(line)

    # -- what is asked

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """For a replay, keep the one test that the token names; raises pytest.UsageError if it is not among them."""
        token = self.settings.replay
        if token is None or not items:
            return
        chosen = [item for item in items if digest_of(item.nodeid) == token.nodeid_digest]
        if not chosen:
            raise pytest.UsageError(
                f"the replay token belongs to none of the {len(items)} selected tests\n"
                "  hint: give the test's node id as it was printed beside the token"
            )
        self.config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Lay down what is asked of each selected test and start the campaign's clock."""
        for item in session.items:
            if (plan := plan_for(item, self.settings)) is not None:
                self.plans[item.nodeid] = plan
        if self.worker in ("", "gw0"):  # every worker collects the same; one of them writes it down
            for nodeid, plan in self.plans.items():
                self._write(PlannedTest(nodeid, plan.asked, plan.root))
        self.started = self.limits.start(len(self.plans))

    # -- doing it

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run all iterations of `item`; pytest sees one test, the first failing iteration or else the last."""
        plan = self.plans.get(item.nodeid)
        if plan is None:
            return None
        if self.limits.over():
            return True
        hooks = item.ihook
        hooks.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        shown: Iteration | None = None
        try:
            with WithoutExampleDatabase(item), repeated_warnings_dropped():
                for iteration in self._iterations(item, nextitem, plan):
                    if shown is None or shown.failing is None:
                        shown = iteration
        finally:
            self.forced_seed.restore()
            self.progress.clear()
            # An interrupted loop still has its failure to show.
            if shown is not None and (shown.failing is not None or not self.in_flight):
                for report in shown.reports:
                    hooks.pytest_runtest_logreport(report=report)
        hooks.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        self.limits.tell(item.session)
        return True

    def _iterations(self, item: pytest.Item, nextitem: pytest.Item | None, plan: ItemPlan) -> Iterator[Iteration]:
        cloner, hooks, rearmer = ItemCloner(item), item.ihook, TimeoutRearmer(item)
        limit = self.limits.begin(plan)
        known: set[str] = set()
        for count in limit.counts():
            number = self.settings.replay.iteration if self.settings.replay else count
            seed = derive_seed(plan.root, item.nodeid, number)
            clone, own = cloner.fresh()

            def next_item(failed: bool) -> pytest.Item | None:
                if not limit.last(failed):
                    return item  # it never runs itself, so its module's fixtures stay and its copy's go
                return None if limit.ends_session or item.session.shouldstop or item.session.shouldfail else nextitem

            if count > 1:
                rearmer.rearm()
            self.in_flight = True
            seed_generators(seed, hypothesis=not self.forced_seed.forced)
            at = perf_counter()
            iteration = run_iteration(clone, own, hooks, next_item)
            self.in_flight = False
            prune_finalizers(clone)
            self._record(item, iteration, number if not self.settings.replay else count, seed, at, known)
            limit.count(iteration.failing is not None)
            yield iteration
            if limit.due(perf_counter()):
                self.progress.show(item.nodeid, count, plan.asked, limit.failures)
        if not limit.told_last:
            self._close(item, None if self.limits.exhausted else nextitem)

    def _close(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Tear the longer-lived fixtures down after all, when only a teardown's failure ended the loop."""
        setup_state: Any = item.session._setupstate  # pytest offers no public way
        call = pytest.CallInfo.from_call(lambda: setup_state.teardown_exact(nextitem), when="teardown")
        report = item.ihook.pytest_runtest_makereport(item=item, call=call)
        if report.failed:
            item.ihook.pytest_runtest_logreport(report=report)

    # -- writing it down

    def _record(
        self, item: pytest.Item, iteration: Iteration, number: int, seed: int, at: float, known: set[str]
    ) -> None:
        failure: Failure | None = None
        digest = ""
        if iteration.failing is not None:
            failure = failure_of(iteration.failing, iteration.error, self.config.rootpath)
            digest = failure.signature.digest
            if digest not in known:
                known.add(digest)
                self._first_of_its_kind(item, iteration, failure, digest)
        self._write(
            IterationRecord(
                item.nodeid,
                number,
                iteration.outcome,
                seed,
                at - self.started,
                iteration.seconds,
                self.worker,
                iteration.failing.when or "" if iteration.failing else "",
                digest,
                failure.message if failure else "",
                failure.example if failure else "",
            )
        )

    def _first_of_its_kind(self, item: pytest.Item, iteration: Iteration, failure: Failure, digest: str) -> None:
        report = iteration.failing
        assert report is not None
        text = report.longreprtext[:_LONGEST_TRACEBACK]
        self._write(FailureDetail(item.nodeid, digest, failure.signature.to_json(), failure.line, text))
        if iteration.call is not None and not hasattr(report, "wasxfail"):
            item.ihook.pytest_exception_interact(node=item, call=iteration.call, report=report)

    def _write(self, line: Line) -> None:
        if self.broken:
            return
        try:
            self.journal.write(line)
        except ReproError as error:
            self.broken = True
            raise pytest.UsageError(str(error)) from None
        if not self.worker:
            self.tally.add(line)

    # -- telling it

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the campaign's end."""
        if not self.worker:
            self._write(CampaignEnd(self.limits.reason(exitstatus), perf_counter() - self.started))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the section, made from the records."""
        show_summary(terminalreporter, self.tally, self.journal.path, workers=0, lost=int(self.in_flight))

    def pytest_unconfigure(self) -> None:
        """Close the journal."""
        self.journal.close()
