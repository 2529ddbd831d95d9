"""Where a campaign's journal lies, and its first line."""

import os
import platform
import tempfile
import time
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import pytest_repro
from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import SCHEMA, CampaignHeader
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.options import Settings


def open_journal(config: pytest.Config, path: Path) -> JournalWriter:
    """Open a journal that another process has made; raises ReproError."""
    journal = JournalWriter(path, create=False)
    config.add_cleanup(journal.close)
    return journal


def create_journal(config: pytest.Config, settings: Settings, path: Path | None = None) -> JournalWriter:
    """Create the journal at `path`, else in its usual place, and write its header; raises pytest.UsageError."""
    try:
        if path is None:
            path = given_path(config, settings)
        journal = JournalWriter(path, create=True) if path is not None else _create_in_usual_place(config, settings)
        config.add_cleanup(journal.close)  # which pytest does also where it is not configured to its end
        journal.lock()
        journal.write(_header(config, settings))
    except ReproError as error:
        raise pytest.UsageError(str(error)) from None
    return journal


def given_path(config: pytest.Config, settings: Settings) -> Path | None:
    """Return the path that the person named, if any."""
    return config.invocation_params.dir / settings.journal if settings.journal else None


def reserved_path(config: pytest.Config, settings: Settings) -> Path:
    """Return a path for a journal which workers may create later, in a folder that need not exist yet."""
    return given_path(config, settings) or _folder(config) / f"{_stem(settings)}-{os.getpid()}.jsonl"


def _create_in_usual_place(config: pytest.Config, settings: Settings) -> JournalWriter:
    folder = _folder(config)
    if (cache := getattr(config, "cache", None)) is not None:
        cache.mkdir("repro")  # with the files by which the cache keeps itself out of version control and backups
    else:
        _make_private(folder)
    for number in count(1):
        name = f"{_stem(settings)}.jsonl" if number == 1 else f"{_stem(settings)}-{number}.jsonl"
        try:
            return JournalWriter(folder / name, create=True)
        except ReproError as error:
            if error.slug != "journal-exists":  # another run began in this second
                raise
    raise AssertionError("count() ended")


def _folder(config: pytest.Config) -> Path:
    cache = getattr(config, "cache", None)
    if cache is not None:
        return Path(cache._cachedir, "d", "repro")  # what cache.mkdir("repro") makes
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return Path(tempfile.gettempdir(), f"pytest-repro-{user}")


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ReproError(
            f"the folder {folder} for the journal cannot be made: {error.strerror}",
            "journal-unwritable",
            "name a file in a folder that you may write to, with --repro-journal=FILE",
        ) from None


def _stem(settings: Settings) -> str:
    return f"{datetime.now():%Y%m%d-%H%M%S}-{settings.root}"


def _header(config: pytest.Config, settings: Settings) -> CampaignHeader:
    return CampaignHeader(
        schema=SCHEMA,
        root=settings.root,
        started=time.time(),
        replay=settings.replay.encode() if settings.replay else "",
        jobs=settings.jobs,
        **plan_of(settings),
        versions=_versions(),
        args=[str(one) for one in config.invocation_params.args],
    )


def plan_of(settings: Settings) -> dict[str, Any]:
    """Return the members of a campaign's header that make its plan, but for the root seed."""
    proof = settings.proof
    return {
        "stress": settings.stress,
        "seconds": settings.seconds,
        "stop": settings.stop,
        "isolate": settings.isolate,
        "timeout": settings.timeout,
        "allocate": "adaptive" if settings.adaptive else "even",
        "shard": str(settings.shard or ""),
        "prove": proof.rate if proof else None,
        "confidence": proof.confidence if proof else None,
        "watch": settings.watch,
    }


def _versions() -> dict[str, str]:
    return {
        "pytest-repro": pytest_repro.__version__,
        "pytest": pytest.__version__,
        "python": platform.python_version(),
        # platform.platform() would read the interpreter's file and start a process, 6 ms.
        "platform": f"{platform.system()}-{platform.release()}-{platform.machine()}",
        "hash-seed": os.environ.get("PYTHONHASHSEED", "random"),
    }
