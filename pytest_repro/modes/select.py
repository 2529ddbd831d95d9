"""Chooses the one mode object of this process and registers it."""

import dataclasses
import os
import platform
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import pytest_repro
from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import SCHEMA, CampaignHeader
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.seeding import silence_reseeding
from pytest_repro.modes.controller import ControllerMode
from pytest_repro.modes.stress import StressMode
from pytest_repro.options import Settings, plan_for, read_settings

NAME = "repro-mode"


def register_mode(config: pytest.Config) -> None:
    """Register the mode for the options, or for our place in an xdist run; raises pytest.UsageError for bad input."""
    if hasattr(config, "workerinput"):
        _register_worker(config)
        return
    settings = read_settings(config)
    if config.getoption("collectonly"):
        _refuse_collect_only(settings)
        return
    if distributes(config):
        # Without an option of ours a marker may still turn stress on in the workers, which alone collect.
        path = _journal_path(config, settings)
        journal = _new_journal(config, settings, path) if settings.active else None
        config.pluginmanager.register(ControllerMode(config, settings, path, journal), NAME)
    elif settings.active:
        silence_reseeding(config)
        journal = _new_journal(config, settings, _journal_path(config, settings))
        config.pluginmanager.register(StressMode(config, settings, journal), NAME)


def distributes(config: pytest.Config) -> bool:
    """Whether this process is an xdist controller, which collects and runs nothing itself."""
    return config.getoption("dist", "no") != "no" and bool(config.getoption("tx", None))


def register_marked_mode(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Register the stress mode if a marker asks for iterations although no option does."""
    if config.getoption("collectonly"):
        return
    path = _worker_input(config).get("repro_journal")
    settings = read_settings(config) if path is None else _worker_settings(config)
    if not any(plan_for(item, settings) for item in items):
        return
    silence_reseeding(config)
    if path is None:
        journal = _new_journal(config, settings, _journal_path(config, settings))
    else:
        journal = _shared_journal(config, settings, Path(path))
    mode = StressMode(config, settings, journal)
    config.pluginmanager.register(mode, NAME)


def _register_worker(config: pytest.Config) -> None:
    path = _worker_input(config).get("repro_journal")
    if path is None:
        return
    settings = _worker_settings(config)
    if settings.active and not config.getoption("collectonly"):
        silence_reseeding(config)
        config.pluginmanager.register(StressMode(config, settings, JournalWriter(Path(path), create=False)), NAME)


def _worker_input(config: pytest.Config) -> dict[str, Any]:
    return getattr(config, "workerinput", {})


def _worker_settings(config: pytest.Config) -> Settings:
    """The options again, with the root seed that the controller drew."""
    return dataclasses.replace(read_settings(config), root=_worker_input(config)["repro_root"])


def _shared_journal(config: pytest.Config, settings: Settings, path: Path) -> JournalWriter:
    """The first worker to find a marked test creates the file; the others append to it."""
    try:
        return _new_journal(config, settings, path)
    except pytest.UsageError:
        return JournalWriter(path, create=False)


def _refuse_collect_only(settings: Settings) -> None:
    if settings.explicit & {"stress", "time", "replay"}:
        raise pytest.UsageError(
            "--collect-only runs no test, so nothing can be repeated: leave out --collect-only or the --repro option"
        )


def _journal_path(config: pytest.Config, settings: Settings) -> Path:
    if settings.journal:
        return config.invocation_params.dir / settings.journal
    cache = getattr(config, "cache", None)
    if cache is None:
        folder = Path(tempfile.gettempdir(), "pytest-repro")
    elif settings.active:
        folder = cache.mkdir("repro")
    else:  # a folder for markers that only the workers will find, or nobody: nothing is created yet
        folder = cache._cachedir / "d" / "repro"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{settings.root}"
    taken = Path(folder, f"{stem}.jsonl").exists()
    return Path(folder, f"{stem}-{os.getpid()}.jsonl" if taken else f"{stem}.jsonl")


def _new_journal(config: pytest.Config, settings: Settings, path: Path) -> JournalWriter:
    try:
        journal = JournalWriter(path, create=True)
        journal.write(_header(config, settings))
    except ReproError as error:
        raise pytest.UsageError(str(error)) from None
    return journal


def _header(config: pytest.Config, settings: Settings) -> CampaignHeader:
    return CampaignHeader(
        schema=SCHEMA,
        root=settings.root,
        started=time.time(),
        stress=settings.stress,
        seconds=settings.seconds,
        stop=settings.stop,
        replay=settings.replay.encode() if settings.replay else "",
        versions=_versions(),
        args=[str(one) for one in config.invocation_params.args],
    )


def _versions() -> dict[str, str]:
    return {
        "pytest-repro": pytest_repro.__version__,
        "pytest": pytest.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "hash-seed": os.environ.get("PYTHONHASHSEED", "random"),
    }
