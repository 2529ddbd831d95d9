"""Chooses the one mode object of this process and registers it."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.modes.journal_file import create_journal, open_journal, reserved_path
from pytest_repro.modes.outputs import Outputs, outputs_of
from pytest_repro.modes.stop import stop
from pytest_repro.modes.stress import StressMode
from pytest_repro.options import ASKING, MOST_JOBS, Settings, plan_for, read_settings

if TYPE_CHECKING:
    from pytest_repro.modes.resume import Resumed

NAME: Final = "repro-mode"
# pytest's options that run no test; each stands for its attribute.
_RUN_NOTHING: Final = {"collectonly": "--collect-only", "setupplan": "--setup-plan", "setuponly": "--setup-only"}


def register_mode(config: pytest.Config) -> None:
    """Register the mode for the options, or for our place in an xdist run; raises pytest.UsageError for bad input."""
    if hasattr(config, "workerinput"):
        _register_worker(config)
        return
    settings = read_settings(config)
    if (option := _runs_nothing(config)) is not None:
        if settings.explicit & ASKING:
            raise pytest.UsageError(
                f"{option} runs no test, so nothing can be repeated: leave out {option} or the --repro option"
            )
        return
    outputs = outputs_of(config, settings)  # before there is a journal: a refused run leaves none
    if distributes(config):
        _register_controller(config, settings, outputs)
    elif settings.resume:
        resumed, journal = _read_resumed(config, settings)
        mode = StressMode(config, resumed.settings(settings), journal, outputs, resumed)
        config.pluginmanager.register(mode, NAME)
    elif settings.active:
        mode = StressMode(config, settings, create_journal(config, settings), outputs)
        config.pluginmanager.register(mode, NAME)


def _register_controller(config: pytest.Config, settings: Settings, outputs: Outputs) -> None:
    from pytest_repro.modes.controller import ControllerMode  # a run without workers does not pay for it

    workers = len(config.getoption("tx"))
    most = max(1, MOST_JOBS // workers)
    if settings.active and settings.jobs > most:  # else they share no ledger
        what = f"--repro-jobs={settings.jobs} in each of {workers} workers: expected at most {MOST_JOBS} together"
        raise pytest.UsageError(str(ReproError(what, "bad-jobs", f"write --repro-jobs={most}")))
    resumed: Resumed | None = None
    if settings.resume:
        resumed, journal = _read_resumed(config, settings)
        mode = ControllerMode(config, resumed.settings(settings), journal.path, journal, outputs, resumed)
    else:
        # Without an option of ours a marker may still turn stress on in the workers, which alone collect.
        created = create_journal(config, settings) if settings.active else None
        path = created.path if created is not None else reserved_path(config, settings)
        mode = ControllerMode(config, settings, path, created, outputs)
    config.pluginmanager.register(mode, NAME)


def distributes(config: pytest.Config) -> bool:
    """Whether this process is an xdist controller, which collects and runs nothing itself."""
    return config.getoption("dist", "no") != "no" and bool(config.getoption("tx", None))


def register_marked_mode(config: pytest.Config, items: list[pytest.Item], threads: set[int]) -> None:
    """Register the stress mode if a marker asks for iterations although no option does.

    `threads` are the native ids of those that were there before any test was imported.
    """
    if _runs_nothing(config) is not None:
        return
    path = _worker_input(config).get("repro_journal")
    settings = read_settings(config) if path is None else _worker_settings(config)
    try:
        if not any(plan_for(item, settings) for item in items):
            return
        outputs = outputs_of(config, settings)
        journal = create_journal(config, settings) if path is None else _shared_journal(config, settings, Path(path))
    except (pytest.UsageError, ReproError) as error:
        stop(config, None, str(error))
        items.clear()
        return
    mode = StressMode(config, settings, journal, outputs)
    mode.known_threads = threads
    config.pluginmanager.register(mode, NAME)


def _runs_nothing(config: pytest.Config) -> str | None:
    return next((text for name, text in _RUN_NOTHING.items() if config.getoption(name, False)), None)


def _register_worker(config: pytest.Config) -> None:
    path = _worker_input(config).get("repro_journal")
    if path is None:
        return
    settings = _worker_settings(config)
    if not settings.active or _runs_nothing(config) is not None:
        return
    outputs = outputs_of(config, settings)
    if settings.resume:
        resumed, journal = _read_resumed(config, settings, _worker_input(config)["repro_resumed_size"])
        mode = StressMode(config, resumed.settings(settings), journal, outputs, resumed)
    else:
        mode = StressMode(config, settings, open_journal(config, Path(path)), outputs)
    config.pluginmanager.register(mode, NAME)


def _read_resumed(
    config: pytest.Config, settings: Settings, size: int | None = None
) -> "tuple[Resumed, JournalWriter]":
    from pytest_repro.modes.resume import read_resumed  # each way to run has imports of its own

    return read_resumed(config, settings, size)


def _worker_input(config: pytest.Config) -> dict[str, Any]:
    return getattr(config, "workerinput", {})


def _worker_settings(config: pytest.Config) -> Settings:
    """The options again, with the root seed that the controller drew."""
    return dataclasses.replace(read_settings(config), root=_worker_input(config)["repro_root"])


def _shared_journal(config: pytest.Config, settings: Settings, path: Path) -> JournalWriter:
    """The first worker to find a marked test creates the file; the others append to it. Raises as either does."""
    try:
        return create_journal(config, settings, path)
    except pytest.UsageError:
        if _worker_input(config)["repro_journal_taken"]:
            raise
        return open_journal(config, path)
