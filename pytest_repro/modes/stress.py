"""Repeats each test in this process, writes one record per iteration and lets pytest report each test once."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import CampaignEnd, FailureDetail, IterationRecord, Line, PlannedTest, read_lines
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.token import ReplayToken, digest_of
from pytest_repro.engine.clock import now
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.failure import Failure
from pytest_repro.engine.finalizers import prune_finalizers
from pytest_repro.engine.hypothesis_test import IndependentExamples
from pytest_repro.engine.iteration import Iteration, IterationRunner
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.seeding import SeedOwnership
from pytest_repro.engine.subtest_count import SubtestCount
from pytest_repro.engine.time_limit import TimeLimit
from pytest_repro.engine.tmp_folders import TmpFolders
from pytest_repro.engine.warnings_once import repeated_warnings_dropped
from pytest_repro.modes.failure_book import FailureBook
from pytest_repro.modes.limits import Limits, TestLimit
from pytest_repro.modes.progress import Progress
from pytest_repro.modes.stop import report_reason, stop
from pytest_repro.modes.summary import has_reruns, is_shown_by_pytest, reruns_asked, show_summary
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
        self.planned: dict[pytest.Item, ItemPlan | None] = {}  # before anything later deselects
        self.plans: dict[str, ItemPlan] = {}
        self.limits = Limits(settings, config)
        self.progress = Progress(config)
        self.started = now()
        self.in_flight = False
        self.broken = False  # the journal took no more
        self.reruns_marked = False
        self.session: pytest.Session | None = None
        self.seeds = SeedOwnership(config)
        self.closing: list[pytest.TestReport] = []  # of longer-lived fixtures, after the loop

    def _read_header(self) -> None:
        with self.journal.path.open("rb") as lines:
            for line in read_lines(lines):
                self.tally.add(line)

    # -- what is asked

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Keep, for a replay, the one test that the token names; raises pytest.UsageError for a bad marker or token."""
        try:
            for item in items:
                self.planned[item] = plan_for(item, self.settings)
            if self.settings.replay is not None and items:
                self._keep_replayed(items, self.settings.replay)
        except pytest.UsageError as error:
            stop(self.config, session, str(error))
            items.clear()

    def _keep_replayed(self, items: list[pytest.Item], token: ReplayToken) -> None:
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
        self.session = session
        reruns = has_reruns(self.config)
        for item in session.items:
            plan = self.planned[item] if item in self.planned else plan_for(item, self.settings)
            if plan is not None:
                self.plans[item.nodeid] = plan
                self.reruns_marked |= reruns and item.get_closest_marker("flaky") is not None
        self.planned.clear()
        if self.worker in ("", "gw0"):  # every worker collects the same; one of them writes it down
            self._write(*(PlannedTest(nodeid, plan.asked, plan.root) for nodeid, plan in self.plans.items()))
        self.started = self.limits.start(len(self.plans))

    # -- doing it

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run all iterations of `item`; pytest sees one test, the first failing iteration or else the last."""
        plan = self.plans.get(item.nodeid)
        if plan is None:
            return None
        if self.limits.over() or self.broken:
            return True
        hooks = item.ihook
        hooks.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        shown: Iteration | None = None
        try:
            with IndependentExamples(item), self.seeds, repeated_warnings_dropped():
                limit = self.limits.begin(item.session, plan, last=nextitem is None)
                for iteration in self._iterations(item, nextitem, plan, limit):
                    if shown is None or shown.failing is None:
                        shown = iteration
        finally:
            self.progress.clear()
            # An interrupted loop still has its failure to show.
            if shown is not None and (shown.failing is not None or not self.in_flight):
                reports = shown.reports()
                SubtestCount(item).show(reports)
                for report in [*reports, *self.closing]:
                    hooks.pytest_runtest_logreport(report=report)
            self.closing.clear()
        hooks.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        self.limits.tell(item.session)
        return True

    def _iterations(
        self, item: pytest.Item, nextitem: pytest.Item | None, plan: ItemPlan, limit: TestLimit
    ) -> Iterator[Iteration]:
        cloner, time_limit, book = ItemCloner(item), TimeLimit(item), FailureBook(self.config.rootpath)
        runner = IterationRunner(item, book.interact)
        with TmpFolders(item) as folders:
            for count in limit.counts():
                number = self.settings.replay.iteration if self.settings.replay else count
                seed = derive_seed(plan.root, item.nodeid, number)
                clone, own = cloner.fresh()

                def next_item(failed: bool, running: pytest.Item = clone) -> pytest.Item | None:
                    folders.note(running)
                    if not limit.last(failed):
                        return item  # it never runs itself, so its module's fixtures stay and its copy's go
                    return None if limit.ends_session else nextitem

                if count > 1:
                    time_limit.set_again()
                self.in_flight = True
                self.seeds.plant(seed)
                at = now()
                iteration = runner.run(clone, own, next_item)
                prune_finalizers(clone)
                failing = iteration.failing is not None
                folders.ended(failing)
                self._record(item, iteration, number, seed, at, book)
                self.in_flight = False
                limit.count(failing)
                yield iteration
                if limit.due():
                    self.progress.show(item.nodeid, count, plan.asked, limit.failures)
        if not limit.told_last:
            self._close(item, None if limit.ends_session else nextitem)

    def _close(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Tear the longer-lived fixtures down after all, when only a teardown's failure ended the loop."""
        setup_state: Any = item.session._setupstate  # pytest offers no public way
        capture: Any = self.config.pluginmanager.getplugin("capturemanager")
        with capture.item_capture("teardown", item) if capture is not None else nullcontext():
            call = pytest.CallInfo.from_call(lambda: setup_state.teardown_exact(nextitem), when="teardown")
        report = item.ihook.pytest_runtest_makereport(item=item, call=call)
        if report.failed:
            self.closing.append(report)

    # -- writing it down

    def _record(
        self, item: pytest.Item, iteration: Iteration, number: int, seed: int, at: float, book: FailureBook
    ) -> None:
        failure: Failure | None = None
        digest = ""
        if iteration.failing is not None:
            failure, digest = book.look_up(iteration.failing, iteration.error)
            if book.first_to_write(digest):
                text = iteration.failing.longreprtext[:_LONGEST_TRACEBACK]
                self._write(FailureDetail(item.nodeid, digest, failure.signature.to_json(), failure.line, text))
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

    def _write(self, *lines: Line) -> None:
        if self.broken:
            return
        try:
            self.journal.write(*lines)
        except ReproError as error:
            self.broken = True
            stop(self.config, self.session, str(error))
        if not self.worker:
            for line in lines:
                self.tally.add(line)

    # -- telling it

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the campaign's end."""
        if self.worker:
            report_reason(self.config, self.limits.reason(session, exitstatus))
        else:
            end = CampaignEnd(self.limits.reason(session, exitstatus), now() - self.started)
            if self.broken:
                self.tally.add(end)
            self._write(end)
            reporter = self.config.pluginmanager.getplugin("terminalreporter")
            if reporter is not None and not is_shown_by_pytest(exitstatus):
                self.pytest_terminal_summary(reporter)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the section, made from the records."""
        lost, reruns_off = int(self.in_flight), self.reruns_marked or reruns_asked(self.config)
        show_summary(terminalreporter, self.tally, self.journal.path, workers=0, lost=lost, reruns_off=reruns_off)

    def pytest_unconfigure(self) -> None:
        """Close the journal."""
        self.journal.close()
