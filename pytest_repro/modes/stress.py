"""Repeats tests and measures how often they fail: the mode of a plain run, and of each xdist worker."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_repro.core.record import CampaignEnd, PlannedTest, read_lines
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.todo import Todo, todo_for
from pytest_repro.core.token import ReplayToken, digest_of
from pytest_repro.engine.appearances import python_threads
from pytest_repro.engine.clock import now
from pytest_repro.engine.interrupts import Interrupts
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.ledger import Ledger
from pytest_repro.engine.random_instances import RandomInstances
from pytest_repro.engine.time_limit import TimeLimit
from pytest_repro.modes.campaign import Campaign, PlannedItem, asked_of, digest_of_tests
from pytest_repro.modes.conductor import Conductor
from pytest_repro.modes.exit_code import settle_exit
from pytest_repro.modes.fan_out import Place
from pytest_repro.modes.looper import close_fixtures
from pytest_repro.modes.outputs import Outputs
from pytest_repro.modes.stop import report, stop
from pytest_repro.modes.summary import are_reruns_off, is_shown_by_pytest, replay_commands, show_summary
from pytest_repro.options import ItemPlan, Settings, plan_for

if TYPE_CHECKING:
    from pytest_repro.modes.resume import Resumed


class StressMode:
    """Plans when pytest has collected, runs the campaign in the place of pytest's own loop, and tells of it.

    In a run where only markers ask for iterations pytest's own loop stays, and each marked test is a campaign.
    """

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        journal: JournalWriter,
        outputs: Outputs,
        resumed: "Resumed | None" = None,
    ) -> None:
        self.config = config
        self.settings = settings
        self.journal = journal
        self.place = Place.of(config)
        self.tally: CampaignTally | None = None
        if not self.place.worker:
            self.tally = CampaignTally.of(read_lines(journal.lines()))
        self.resumed = resumed
        self.planned: dict[pytest.Item, ItemPlan | None] = {}  # before anything later deselects
        self.tests: list[PlannedItem] = []
        self.campaign: Campaign | None = None
        self.conductor: Conductor | None = None
        self.interrupts = Interrupts(self._interrupt)
        self.instances = RandomInstances()
        self.instances.watch()
        self.work: Callable[[], None] | None = None  # what pytest's protocol for one test is to do at this moment
        self.refused = False  # then the journal that was named is left as it was
        self.known_threads: set[int] = set()  # those of other plugins: no test counts on them
        self.leaving: tuple[str, int | None] | None = None  # a test ended the run from within a worker
        self.outputs = outputs

    # -- what is asked

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Take note of the threads that are there before any test was imported."""
        self.known_threads = python_threads()

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
        collects = gc.isenabled()
        gc.disable()  # it would look through everything that pytest has collected, and find nothing
        try:
            self._plan(session)
        finally:
            if collects:
                gc.enable()

    def _plan(self, session: pytest.Session) -> None:
        for index, item in enumerate(session.items):
            plan = self.planned[item] if item in self.planned else plan_for(item, self.settings)
            if plan is not None:
                self.tests.append(PlannedItem(item, plan, self._todo(item, plan), index))
        self.planned.clear()
        self.campaign = self._campaign(session)
        # Every worker collects the same; one of them writes it down.
        first = self.campaign.ledger.created if self.settings.active else self.place.worker in ("", "gw0")
        if self.resumed is not None:
            self._go_on(session, self.campaign.ledger, self.resumed)
        elif first:
            self.campaign.write(
                *(
                    PlannedTest(one.item.nodeid, None if one.todo.endless else one.todo.total, one.plan.root)
                    for one in self.tests
                )
            )

    def _go_on(self, session: pytest.Session, ledger: Ledger, resumed: "Resumed") -> None:
        """Check that the tests are the same."""
        try:
            resumed.check_tests((one.item.nodeid for one in self.tests), self.settings.resume)
        except pytest.UsageError as error:
            ledger.stop()
            self.refused = True
            stop(self.config, session, str(error))

    def _todo(self, item: pytest.Item, plan: ItemPlan) -> Todo:
        done = self.resumed.done.get(item.nodeid, ()) if self.resumed is not None else ()
        return todo_for(asked_of(plan, self.settings), item.nodeid, self.settings.shard, done)

    def _campaign(self, session: pytest.Session) -> Campaign:
        nodeids = [one.item.nodeid for one in self.tests]
        ledger = self._ledger(session, nodeids)
        campaign = Campaign(
            self.config, session, self.settings, self.tests, ledger, self.journal, self.tally, self.place.worker
        )
        campaign.instances, campaign.known_threads = self.instances, self.known_threads
        campaign.interrupted = lambda: bool(self.interrupts.seen) or ledger.interrupted
        if self.settings.seconds is not None:
            campaign.deadline = ledger.started + self.settings.seconds
        return campaign

    def _ledger(self, session: pytest.Session, nodeids: list[str]) -> Ledger:
        digest = digest_of_tests(nodeids, self.settings)
        spent = self.resumed.seconds if self.resumed is not None else 0.0
        try:
            ledger = Ledger(len(nodeids), digest, self.place.ledger if self.settings.active else None, spent=spent)
        except ValueError:
            stop(self.config, session, f"worker {self.place.worker} collected other tests than the workers before it")
            ledger = Ledger(len(nodeids), digest)
        self.config.add_cleanup(ledger.close)
        return ledger

    # -- doing it

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the campaign instead of each test once, unless pytest would not run tests."""
        option = self.config.option
        if not self.settings.active or option.collectonly:
            return None
        # In a worker xdist's own loop would follow, which runs what could be collected, as we do then.
        if session.testsfailed and not option.continue_on_collection_errors and not self.place.worker:
            return None
        assert self.campaign is not None
        self._conduct(self.campaign)
        self._raise_what_ends(session)
        return True

    def _conduct(self, campaign: Campaign) -> None:
        self.instances.find()
        self.conductor = Conductor(campaign, self.interrupts, place=self.place.number, places=self.place.places)
        self.interrupts.raising = True
        self.interrupts.install()
        try:
            self.conductor.conduct()
        except KeyboardInterrupt:
            if not self.place.worker:  # the controller has its own
                raise
        except pytest.exit.Exception as leaving:
            if not self.place.worker:
                raise
            self.leaving = leaving.msg, leaving.returncode
            campaign.session.shouldstop = leaving.msg or "pytest.exit"
        finally:
            self.interrupts.raising = False  # what began to end is not cut short by a second signal
            if not self.settings.active and not self.interrupts.seen:
                self.interrupts.uninstall()  # pytest's own tests follow
            self.tally = campaign.tally

    def _raise_what_ends(self, session: pytest.Session) -> None:
        if self.campaign is not None and self.campaign.exhausted and not session.shouldfail:
            session.shouldfail = f"stopping after {self.campaign.ledger.failures} failing iterations"
        if self.place.worker:  # xdist's controller sees the flags
            return
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Do the work of the moment; a test that pytest's own loop comes to runs its iterations, if it has any."""
        if self.work is not None:
            work, self.work = self.work, None
            work()
            return True
        assert self.campaign is not None
        position = next((at for at, one in enumerate(self.tests) if one.item is item), None)
        if position is None:
            return None
        TimeLimit(item).call_off()
        self.campaign.only = position
        self._conduct(self.campaign)
        if not self.campaign.broken:
            for late in close_fixtures(item, nextitem):
                item.ihook.pytest_runtest_logreport(report=late)
        return True

    def _interrupt(self) -> None:
        if self.campaign is not None:
            self.campaign.ledger.interrupt()

    # -- telling it

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the campaign's end."""
        campaign = self.campaign
        if campaign is None or (self.refused and not self.place.worker):
            return
        reason, seconds = self._reason(campaign, session, exitstatus), now() - campaign.ledger.started
        if self.place.worker:
            report(self.config, reason, self._lost, self.leaving)
            return
        end = CampaignEnd(reason, seconds)
        if campaign.broken and self.tally is not None:
            self.tally.add(end)
        campaign.write(end)
        settle_exit(self.settings, self.tally, session)
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        if reporter is None:
            self._write_outputs(None)
        elif not is_shown_by_pytest(exitstatus):
            self.pytest_terminal_summary(reporter)

    def _reason(self, campaign: Campaign, session: pytest.Session, exitstatus: int) -> str:
        if exitstatus in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            return "broken off"
        if campaign.exhausted:
            return "failures"
        if campaign.ledger.interrupted:
            return "interrupted"
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            return "interrupted"
        if session.shouldfail or session.shouldstop:
            return "stopped"
        return "time" if campaign.timed_out else "complete"

    @property
    def _lost(self) -> int:
        return self.conductor.deaths.lost if self.conductor is not None else 0

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the section, made from the records, and write what else was asked for."""
        if self.place.worker or self.tally is None or self.refused:
            return
        reruns_off = are_reruns_off(self.config, [one.item for one in self.tests])
        show_summary(
            terminalreporter, self.tally, self.journal.path, settings=self.settings, workers=0, lost=self._lost,
            reruns_off=reruns_off,
        )  # fmt: skip
        self._write_outputs(terminalreporter)

    def _write_outputs(self, reporter: pytest.TerminalReporter | None) -> None:
        if self.tally is not None:
            commands = replay_commands(self.config, self.tally)
            self.outputs.write(self.tally, commands, reporter, str(self.journal.path))

    def pytest_unconfigure(self) -> None:
        """Undo what was done to this process."""
        self.instances.unwatch()
        self.interrupts.uninstall()
