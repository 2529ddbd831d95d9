"""How a process ends a run that cannot go on: itself, or by way of the xdist controller."""

from typing import Any, Final

import pytest

_ERROR: Final = "repro_error"
_REASON: Final = "repro_reason"
_LOST: Final = "repro_lost"


def stop(config: pytest.Config, session: pytest.Session | None, message: str) -> None:
    """End the run with `message` as a usage error.

    In a worker it travels to the controller, since pytest would show a traceback there; raises pytest.UsageError else.
    """
    if not hasattr(config, "workerinput"):
        raise pytest.UsageError(message)
    _output(config).setdefault(_ERROR, message)
    if session is not None and not session.shouldfail:
        session.shouldfail = message


def report(config: pytest.Config, reason: str, lost: int) -> None:
    """Tell the controller why this worker ended, and how many iterations were cut off with it."""
    _output(config)[_REASON] = reason
    _output(config)[_LOST] = lost


def _output(config: pytest.Config) -> dict[str, Any]:
    return getattr(config, "workeroutput", {})  # xdist sends it when the worker ends


def received(node: Any) -> tuple[str, str, int]:
    """Return what a worker told when it ended: error and reason, each empty if it told none, and what it lost."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    return str(output.get(_ERROR, "")), str(output.get(_REASON, "")), int(output.get(_LOST, 0))
