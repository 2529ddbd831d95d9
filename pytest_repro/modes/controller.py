"""Our part in an xdist controller: workers append to one journal, and everything shown is read from it."""

import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import CampaignEnd, read_lines
from pytest_repro.core.tally import CampaignTally
from pytest_repro.engine.clock import now
from pytest_repro.engine.interrupts import Interrupts
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.modes.exit_code import settle_exit
from pytest_repro.modes.fan_out import EveryWorker, ending_of, lift_restart_cap
from pytest_repro.modes.journal_file import open_journal
from pytest_repro.modes.outputs import Outputs
from pytest_repro.modes.resume import Resumed
from pytest_repro.modes.shared_ledger import SharedLedger
from pytest_repro.modes.stop import exit_code_of, received
from pytest_repro.modes.summary import are_reruns_off, replay_commands, show_summary
from pytest_repro.options import Settings

_MOST_DEATHS: Final = 3  # of workers in a row, for each worker asked for, without an iteration between them
_WAIT: Final = 2.0  # seconds for a dead worker's children to go


class ControllerMode:
    """Hands the journal, the ledger and the root seed to the workers, and accounts for a worker that dies."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        path: Path,
        journal: JournalWriter | None,
        outputs: Outputs,
        resumed: Resumed | None = None,
    ) -> None:
        self.config = config
        self.settings = settings
        self.path = path
        self.journal = journal  # None until a worker finds a marker that asks for iterations
        self.taken = journal is None and path.exists()  # an earlier run's, which is left as it is
        self.started = now() - (resumed.seconds if resumed is not None else 0.0)
        self.workers = len(config.getoption("tx", None) or ())
        self.maxfail = config.getoption("maxfail", 0)
        self.reasons: set[str] = set()  # why workers ended
        self.lost = 0
        self.exit_code: int | None = None  # that a test asked for
        self.resumed_size = journal.size() if journal is not None and resumed is not None else None
        done = resumed.done if resumed is not None else {}
        self.ledger = SharedLedger(settings, done)
        config.add_cleanup(self.ledger.remove)
        self.outputs = outputs
        self.interrupts = Interrupts(self.ledger.interrupt)
        self.problem = False  # it was told that the campaign could not go on
        self._deaths, self._size_at_death = 0, -1
        self._final: CampaignTally | None = None  # once the journal has ended: to read it takes time
        if settings.active:
            lift_restart_cap(config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> EveryWorker | None:
        """Leave the iterations to the workers; where only markers ask, xdist's own schedulers hand out the tests."""
        return EveryWorker(config) if self.settings.active else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a new worker where to write and which seeds to use."""
        node.workerinput["repro_journal"] = str(self.path)
        node.workerinput["repro_journal_taken"] = self.taken
        node.workerinput["repro_ledger"] = str(self.ledger.path or "")
        node.workerinput["repro_resumed_size"] = self.resumed_size
        node.workerinput["repro_root"] = self.settings.root

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Turn SIGTERM into the interrupt that SIGINT is, while xdist's own loop runs a campaign.

        Raises pytest.UsageError if a worker's death cannot be written down.
        """
        if self.settings.active:
            self.interrupts.install()
        try:
            return (yield)
        except ReproError as error:
            self.problem = True
            self.lost += 1
            raise pytest.UsageError(str(error)) from None
        finally:
            self.interrupts.raising = False  # what began to end is not cut short by a second signal

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """Take note of the tests' order, and of a journal that a worker has made since it found a marker."""
        self.ledger.nodeids = self.ledger.nodeids or ids
        if self._journal() is not None:
            self.interrupts.install()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take note of why a worker ended; raises pytest.UsageError if it could not go on."""
        problem, reason, lost = received(node)
        self.reasons.add(reason)
        self.lost += lost
        self.exit_code = exit_code_of(node) if self.exit_code is None else self.exit_code
        if problem:
            self.problem = True
            raise pytest.UsageError(problem)
        if error:
            self._account(node, ending_of(node, str(error)))

    def _account(self, node: Any, error: str) -> None:
        """Write down what a dead worker was at; raises pytest.UsageError when workers only die."""
        journal = self._journal()
        if journal is None:
            return
        end = time.monotonic() + _WAIT
        while self.ledger.children_of_dead() and time.monotonic() < end:
            time.sleep(0.01)  # the kernel ends a worker's children with it
        for nodeid in self.ledger.record_deaths(self._tally(), journal, error):
            text = f"worker {node.gateway.id} crashed while running {nodeid}: {error}"
            where = (nodeid.partition("::")[0], None, nodeid.partition("::")[2])
            report = pytest.TestReport(nodeid, where, {}, "failed", text, "call")
            report.node = node  # type: ignore[attr-defined]  # as xdist marks each report
            self.config.hook.pytest_runtest_logreport(report=report)
        self._deaths = self._deaths + 1 if journal.size() == self._size_at_death else 0
        self._size_at_death = journal.size()
        if self._deaths >= _MOST_DEATHS * max(1, self.workers):
            raise pytest.UsageError(f"{self._deaths} workers died one after the other before any iteration: {error}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Record the iteration that was in flight when a worker died to which xdist had given the test."""
        journal = self._journal()
        test = self._tally().tests.get(crashitem) if journal is not None else None
        if journal is not None and test is not None:
            self.ledger.record_death(crashitem, test, journal, now() - self.started, str(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Let the workers end too."""
        self.ledger.interrupt()

    def _journal(self) -> JournalWriter | None:
        if self.journal is None and not self.taken and self.path.exists():
            self.journal = open_journal(self.config, self.path)
        return self.journal

    def _tally(self) -> CampaignTally:
        journal = self._journal()
        return CampaignTally.of(read_lines(journal.lines())) if journal is not None else CampaignTally()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the campaign's end, when every worker has ended."""
        if self.exit_code is not None:
            session.exitstatus = self.exit_code
        if (journal := self._journal()) is not None and not self._refused(journal):
            end = CampaignEnd(self._reason(session, exitstatus), now() - self.started)
            self._final = self._tally()
            self._final.add(end)
            settle_exit(self.settings, self._final, session)
            try:
                journal.write(end)
            except ReproError as error:
                if not self.problem:  # else it was said before
                    raise pytest.UsageError(str(error)) from None

    def _refused(self, journal: JournalWriter) -> bool:
        """Whether a journal that was to go on was refused: it is left as it was."""
        return self.problem and journal.size() == self.resumed_size

    def _reason(self, session: pytest.Session, exitstatus: int) -> str:
        if exitstatus in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            return "broken off"
        if "failures" in self.reasons or (self.maxfail and session.testsfailed >= self.maxfail):
            return "failures"
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            return "stopped" if "stopped" in self.reasons else "interrupted"
        if "interrupted" in self.reasons:
            return "interrupted"
        return "time" if "time" in self.reasons else "complete"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the section, made from the journal."""
        if (journal := self._journal()) is not None and not self._refused(journal):
            tally = self._final or self._tally()
            show_summary(
                terminalreporter,
                tally,
                self.path,
                settings=self.settings,
                workers=self.workers,
                lost=self.lost,
                reruns_off=are_reruns_off(terminalreporter.config),
            )
            self.outputs.write(tally, replay_commands(self.config, tally), terminalreporter, str(self.path))

    def pytest_unconfigure(self) -> None:
        """Give the signals back."""
        self.interrupts.uninstall()
