"""One iteration: setup, call and teardown of a fresh copy of the item, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

import pytest

from pytest_repro.engine.clone import Reports

Phase = Literal["setup", "call", "teardown"]


@dataclass(slots=True)
class Iteration:
    """An iteration's reports in the order in which pytest would log them, its outcome and its failing phase."""

    reports: list[pytest.TestReport]
    outcome: str
    seconds: float
    failing: pytest.TestReport | None = None
    call: pytest.CallInfo[None] | None = None  # of the failing phase; None where only a report is left

    @property
    def error(self) -> BaseException | None:
        """The exception behind the failure, if it was one."""
        return self.call.excinfo.value if self.call is not None and self.call.excinfo is not None else None


def run_iteration(
    item: pytest.Item, own: Reports, hooks: Any, next_item: Callable[[bool], pytest.Item | None]
) -> Iteration:
    """Run `item` once through pytest's own hooks and return what came of it.

    `own` holds what the item logged by itself. `next_item` is asked after the call, with whether the iteration has
    failed so far, which item's fixtures the teardown must spare. Interruptions pass through.
    """
    started = perf_counter()
    phases = _Phases(item, hooks)
    setup = phases.run("setup")
    if setup.passed and not item.config.getoption("setuponly", False):
        phases.run("call")
    failed = any(report.failed for report in [*phases.reports, *own.found])
    phases.run("teardown", nextitem=next_item(failed))
    return _concluded(phases, own.found, perf_counter() - started)


class _Phases:
    def __init__(self, item: pytest.Item, hooks: Any) -> None:
        self.item = item
        self.hooks = {name: getattr(hooks, f"pytest_runtest_{name}") for name in ("setup", "call", "teardown")}
        self.make_report = hooks.pytest_runtest_makereport
        self.reports: list[pytest.TestReport] = []
        self.failed: tuple[pytest.TestReport, pytest.CallInfo[None]] | None = None
        interrupts: tuple[type[BaseException], ...] = (pytest.exit.Exception,)
        if not item.config.getoption("usepdb", False):
            interrupts += (KeyboardInterrupt,)
        self.interrupts = interrupts

    def run(self, when: Phase, **arguments: Any) -> pytest.TestReport:
        hook, item = self.hooks[when], self.item
        call = pytest.CallInfo.from_call(lambda: hook(item=item, **arguments), when=when, reraise=self.interrupts)
        report: pytest.TestReport = self.make_report(item=item, call=call)
        self.reports.append(report)
        if report.failed and self.failed is None:
            self.failed = report, call
        return report


def _concluded(phases: _Phases, subtests: list[pytest.TestReport], seconds: float) -> Iteration:
    setup, *rest = phases.reports
    teardown = rest[-1]
    call = rest[0] if len(rest) == 2 else None
    failed_subtest = next((report for report in subtests if report.failed), None)
    reports = [setup, *subtests, *rest]
    if setup.failed or (call is not None and call.failed):
        outcome = "error" if setup.failed else "failed"
    elif failed_subtest is not None:
        return Iteration(reports, "failed", seconds, failed_subtest)
    elif teardown.failed:
        outcome = "error"
    else:
        return Iteration(reports, _outcome(call or setup), seconds)
    assert phases.failed is not None
    return Iteration(reports, outcome, seconds, *phases.failed)


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return report.outcome
