"""Our part in an xdist controller: workers append to one journal, and everything shown is read from it."""

from pathlib import Path
from typing import Any

import pytest

from pytest_repro.core.record import CampaignEnd, FailureDetail, IterationRecord, read_lines
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally
from pytest_repro.engine.clock import now
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.modes.stop import received
from pytest_repro.modes.summary import reruns_asked, show_summary
from pytest_repro.options import Settings


class ControllerMode:
    """Hands the journal and the root seed to the workers, and accounts for a worker that dies."""

    def __init__(self, config: pytest.Config, settings: Settings, path: Path, journal: JournalWriter | None) -> None:
        self.settings = settings
        self.path = path
        self.journal = journal  # None until a worker finds a marker that asks for iterations
        self.started = now()
        self.workers = len(config.getoption("tx", None) or ())
        self.maxfail = config.getoption("maxfail", 0)
        self.reasons: set[str] = set()  # why workers ended

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a new worker where to write and which seeds to use."""
        node.workerinput["repro_journal"] = str(self.path)
        node.workerinput["repro_root"] = self.settings.root

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take note of why a worker ended; raises pytest.UsageError if it could not go on."""
        error, reason = received(node)
        self.reasons.add(reason)
        if error:
            raise pytest.UsageError(error)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Record the iteration that was in flight when a worker died."""
        journal = self._journal()
        test = self._tally().tests.get(crashitem) if journal is not None else None
        if journal is None or test is None:  # none of ours was running
            return
        number = test.run + 1
        message = str(report.longrepr).partition("\n")[0]
        # The words name the worker; the identity of the failure does not depend on which one it was.
        signature = Signature("crashed", f"the process died while it ran {crashitem}")
        journal.write(FailureDetail(crashitem, signature.digest, signature.to_json(), traceback=message))
        seed = derive_seed(test.root, crashitem, number)
        at = now() - self.started
        record = IterationRecord(crashitem, number, "crashed", seed, at, 0.0, "", "call", signature.digest, message)
        journal.write(record)

    def _journal(self) -> JournalWriter | None:
        if self.journal is None and self.path.exists():
            self.journal = JournalWriter(self.path, create=False)
        return self.journal

    def _tally(self) -> CampaignTally:
        journal = self._journal()
        return CampaignTally.of(read_lines(journal.lines())) if journal is not None else CampaignTally()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the campaign's end, when every worker has ended."""
        if (journal := self._journal()) is not None:
            journal.write(CampaignEnd(self._reason(session, exitstatus), now() - self.started))

    def _reason(self, session: pytest.Session, exitstatus: int) -> str:
        if exitstatus in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            return "broken off"
        if "failures" in self.reasons or (self.maxfail and session.testsfailed >= self.maxfail):
            return "failures"
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            return "stopped" if "stopped" in self.reasons else "interrupted"
        return "time" if "time" in self.reasons else "complete"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the section, made from the journal."""
        if self._journal() is not None:
            show_summary(
                terminalreporter,
                self._tally(),
                self.path,
                workers=self.workers,
                lost=0,
                reruns_off=reruns_asked(terminalreporter.config),
            )

    def pytest_unconfigure(self) -> None:
        """Close the journal."""
        if self.journal is not None:
            self.journal.close()
