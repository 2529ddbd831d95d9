"""The failures of one test: what each is, and which is the first of its kind."""

import bdb
from pathlib import Path

import pytest

from pytest_repro.engine.failure import Failure, failure_of


class FailureBook:
    """Knows each failure of a test by its digest."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.written: set[str] = set()
        self._shown: set[str] = set()
        self._last: tuple[pytest.TestReport, Failure, str] | None = None

    def look_up(self, report: pytest.TestReport, error: BaseException | None) -> tuple[Failure, str]:
        """Return the failure behind `report` and its digest."""
        if self._last is None or self._last[0] is not report:
            failure = failure_of(report, error, self._root)
            self._last = report, failure, failure.signature.digest
        return self._last[1], self._last[2]

    def first_to_write(self, digest: str) -> bool:
        """Whether no failure of this kind was written down before."""
        return _first(digest, self.written)

    def interact(self, item: pytest.Item, call: "pytest.CallInfo[None]", report: pytest.TestReport) -> None:
        """Let debuggers and other plugins look at the first failure of each kind, as pytest would at each failure."""
        error = call.excinfo.value if call.excinfo is not None else None
        if error is None or hasattr(report, "wasxfail") or isinstance(error, bdb.BdbQuit):
            return
        if _first(self.look_up(report, error)[1], self._shown):
            item.ihook.pytest_exception_interact(node=item, call=call, report=report)


def _first(one: str, seen: set[str]) -> bool:
    new = one not in seen
    seen.add(one)
    return new
