"""One iteration: setup, call and teardown of a fresh copy of the item, and what came of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from pytest_repro.engine.clock import now
from pytest_repro.engine.clone import Reports
from pytest_repro.engine.finalizers import let_go

Phase = Literal["setup", "call", "teardown"]
Interact = Callable[[pytest.Item, "pytest.CallInfo[None]", pytest.TestReport], None]


@dataclass(slots=True)
class Iteration:
    """An iteration's outcome and failing phase; `reports` makes its reports, in the order in which pytest logs them."""

    reports: Callable[[], list[pytest.TestReport]]
    outcome: str
    seconds: float
    failing: pytest.TestReport | None = None
    call: pytest.CallInfo[None] | None = None  # of the failing phase; None where only a report is left
    attempts: list[str] = field(default_factory=list)  # outcomes of those that followed this one, which failed

    @property
    def error(self) -> BaseException | None:
        """The exception behind the failure, if it was one."""
        return self.call.excinfo.value if self.call is not None and self.call.excinfo is not None else None


class IterationRunner:
    """Runs one item again and again through pytest's own hooks; looks up once what is the same in every iteration.

    `interact` is told of each phase that failed, while everything still stands, as a debugger needs it. `interrupted`
    says whether a KeyboardInterrupt comes from outside; one that the test raised itself is its failure.
    """

    def __init__(self, item: pytest.Item, interact: Interact, interrupted: Callable[[], bool]) -> None:
        hooks: Any = item.ihook
        self._setup, self._call = hooks.pytest_runtest_setup, hooks.pytest_runtest_call
        self._teardown, self._report = hooks.pytest_runtest_teardown, hooks.pytest_runtest_makereport
        self._item, self._interact, self.interrupted = item, interact, interrupted
        self.leaving: BaseException | None = None  # ends the run once this iteration is written down
        self._late = reports_may_wait(item, self._report)
        self._plain = self._late and item.get_closest_marker("xfail") is None
        self._markers = len(item.own_markers)
        self._pid, self._process = os.getpid, os.getpid()

    def settle_here(self) -> None:
        """Belong to this process, which was forked from the one that made the runner."""
        self._process = self._pid()

    def change_hooks(self, *, teardown: Any, report: Callable[[Any], Any]) -> None:
        """Tear down by calling `teardown`, and make reports by what `report` makes of the hook that does."""
        self._teardown, self._report = teardown, report(self._report)

    def run(self, item: pytest.Item, own: Reports, before_teardown: Callable[[], None]) -> Iteration:
        """Run `item`, a fresh copy, once and return what came of it. Interruptions pass through.

        `own` holds what the item logged by itself. Fixtures of a longer scope than the test's stay. A child that the
        test forked and let go on ends here: it would run the iterations that are left as well, and each of its
        children again.
        """
        failing = True
        try:
            iteration = self._once(item, own, before_teardown)
            failing = iteration.failing is not None
            return iteration
        finally:
            if self._pid() != self._process:
                os._exit(int(failing))
            let_go(item)

    def _once(self, item: pytest.Item, own: Reports, before_teardown: Callable[[], None]) -> Iteration:
        started = now()
        phases = _Phases(item)
        self._phase(phases, "setup", lambda: self._setup(item=item))
        if phases.setup_passed:
            self._phase(phases, "call", lambda: self._call(item=item))
        before_teardown()
        # The collected item never runs itself: given as the next one, its module's fixtures stay and the copy's go.
        self._phase(phases, "teardown", lambda: self._teardown(item=item, nextitem=self._item))
        return _concluded(phases, own.found, now() - started, self._report)

    def _phase(self, phases: "_Phases", when: Phase, act: Callable[[], None]) -> None:
        began, error = now(), None
        try:
            act()
        except pytest.exit.Exception:
            raise
        except BaseException as one:  # as pytest's own CallInfo.from_call: whatever it is, it is this test's failure
            if isinstance(one, KeyboardInterrupt) and self.interrupted():
                raise
            error = pytest.ExceptionInfo[BaseException].from_current()
        timed = _Timed(when, began, now(), error)
        if error is None and (self._late if when != "call" else self._call_may_wait(phases.item)):
            phases.add(timed, None)
            return
        report: pytest.TestReport = self._report(item=phases.item, call=timed.call())
        phases.add(timed, report)
        if report.failed:
            try:
                self._interact(phases.item, timed.call(), report)
            except pytest.exit.Exception as leaving:  # a debugger was quit: the iteration is written down first
                self.leaving = leaving

    def _call_may_wait(self, item: Any) -> bool:
        """Whether nothing depends on the report of a call that passed: no expected failure, and no `tmp_path`, whose
        teardown asks for it."""
        return self._plain and len(item.own_markers) == self._markers and "tmp_path" not in item._request._fixture_defs


class _Timed:
    """A phase that was run; its CallInfo is made only where one is looked at, for it costs as much as a hook."""

    __slots__ = ("_began", "_call", "_ended", "_error", "_when")

    def __init__(
        self, when: Phase, began: float, ended: float, error: "pytest.ExceptionInfo[BaseException] | None"
    ) -> None:
        self._when, self._began, self._ended, self._error = when, began, ended, error
        self._call: pytest.CallInfo[None] | None = None

    def call(self) -> "pytest.CallInfo[None]":
        """Return the phase as pytest knows it."""
        if self._call is None:
            self._call = call = pytest.CallInfo.from_call(lambda: None, when=self._when)
            call.excinfo, call.duration = self._error, self._ended - self._began
            call.start -= now() - self._began  # the time of day
            call.stop = call.start + call.duration
        return self._call


class _Phases:
    """What the phases of one iteration came to; a report is None where it may be made later, if it is shown at all."""

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.calls: list[_Timed] = []
        self.reports: list[pytest.TestReport | None] = []
        self.failed: tuple[pytest.TestReport, pytest.CallInfo[None]] | None = None

    def add(self, call: _Timed, report: pytest.TestReport | None) -> None:
        self.calls.append(call)
        self.reports.append(report)
        if report is not None and report.failed and self.failed is None:
            self.failed = report, call.call()

    @property
    def setup_passed(self) -> bool:
        return self.reports[0] is None or self.reports[0].passed

    @property
    def deciding(self) -> pytest.TestReport | None:
        """The report that says how a test went which did not fail: the call's, else that of a setup which skipped.

        None is a call that passed.
        """
        return self.reports[1] if len(self.reports) == 3 else self.reports[0]


def _concluded(phases: _Phases, subtests: list[pytest.TestReport], seconds: float, make_report: Any) -> Iteration:
    def reports() -> list[pytest.TestReport]:
        setup, *rest = [
            made if made is not None else _late_report(phases.item, call.call(), make_report)
            for call, made in zip(phases.calls, phases.reports, strict=True)
        ]
        return [setup, *subtests, *rest]

    failed_subtest = next((report for report in subtests if report.failed), None)
    if phases.failed is not None and (failed_subtest is None or phases.failed[0].when != "teardown"):
        outcome = "failed" if phases.failed[0].when == "call" else "error"
        return Iteration(reports, outcome, seconds, *phases.failed)
    if failed_subtest is not None:
        return Iteration(reports, "failed", seconds, failed_subtest)
    deciding = phases.deciding
    return Iteration(reports, _outcome(deciding) if deciding is not None else "passed", seconds)


def _late_report(item: pytest.Item, call: "pytest.CallInfo[None]", make_report: Any) -> pytest.TestReport:
    """Return the report of a phase that passed, with the output of that phase alone, as if it had been made at once."""
    report: pytest.TestReport = make_report(item=item, call=call)
    earlier = ("setup", "call", "teardown")[: ("setup", "call", "teardown").index(str(call.when)) + 1]
    report.sections = [(title, text) for title, text in report.sections if title.rpartition(" ")[2] in earlier]
    return report


def reports_may_wait(item: pytest.Item, hook: Any) -> bool:
    """Whether reports of a setup and a teardown that passed are needed only of the iteration that is shown.

    That is so where no plugin but pytest's own sees reports being made, and of a plain test function: a unittest
    class keeps failures back until a report is asked for.
    """
    known = {"runner", "skipping", "tmpdir", "unittest"}
    return type(item) is pytest.Function and all(one.plugin_name in known for one in hook.get_hookimpls())


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return report.outcome
