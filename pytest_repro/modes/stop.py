"""How a process ends a run that cannot go on: itself, or by way of the xdist controller."""

from typing import Any, Final

import pytest

_ERROR: Final = "repro_error"
_REASON: Final = "repro_reason"
_LOST: Final = "repro_lost"
_LEAVING: Final = "repro_leaving"


def stop(config: pytest.Config, session: pytest.Session | None, message: str) -> None:
    """End the run with `message` as a usage error.

    In a worker it travels to the controller, since pytest would show a traceback there; raises pytest.UsageError else.
    """
    if not hasattr(config, "workerinput"):
        raise pytest.UsageError(message)
    _output(config).setdefault(_ERROR, message)
    if session is not None and not session.shouldfail:
        session.shouldfail = message


def report(config: pytest.Config, reason: str, lost: int, leaving: tuple[str, int | None] | None) -> None:
    """Tell the controller why this worker ended, how many iterations were cut off, and whether a test asked for it."""
    _output(config).update({_REASON: reason, _LOST: lost, _LEAVING: list(leaving) if leaving else None})


def _output(config: pytest.Config) -> dict[str, Any]:
    return getattr(config, "workeroutput", {})  # xdist sends it when the worker ends


def exit_code_of(node: Any) -> int | None:
    """Return the exit code that a test of this worker asked for by `pytest.exit`, None if none did."""
    leaving = getattr(node, "workeroutput", {}).get(_LEAVING)
    return None if leaving is None else int(pytest.ExitCode.INTERRUPTED if leaving[1] is None else leaving[1])


def received(node: Any) -> tuple[str, str, int]:
    """Return what a worker told when it ended: error and reason, each empty if it told none, and what it lost."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    return str(output.get(_ERROR, "")), str(output.get(_REASON, "")), int(output.get(_LOST, 0))
