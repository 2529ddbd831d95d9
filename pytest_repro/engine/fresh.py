"""One iteration in another pytest process, which imports and collects anew and has a hash seed of its own."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from pytest_repro.core.seed import derive_seed
from pytest_repro.engine.child import Child, nameless_file
from pytest_repro.engine.command import fresh_argv

UNIT: Final = "PYTEST_REPRO_UNIT"  # the variable by which a fresh process knows what it is for
DATA_FILE: Final = "COVERAGE_FILE"  # the variable that says where coverage.py writes


class FreshChild(Child):
    """A child that is another pytest; what it prints is kept for the case that it never starts its test."""

    last_breath = 60.0  # the project's own code runs at a session's end

    def __init__(self, process: "subprocess.Popen[bytes]", pipe: int, fault_file: int, folder: str) -> None:
        super().__init__(process.pid, pipe, fault_file)
        self._process, self._folder = process, folder

    def reap(self, *, block: bool = False) -> bool:
        """Whether the process has ended."""
        ended = super().reap(block=block)
        self._process.returncode = self.status  # we have waited for it ourselves
        return ended

    def output(self) -> str:
        """Return what pytest printed there; nothing if a test has removed it."""
        with suppress(OSError):
            return Path(self._folder, "output").read_text("utf-8", "replace")
        return ""

    def close(self) -> None:
        """Close the descriptors and remove the folder."""
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)  # what cannot be removed is only left over


def hash_seed(root: int, nodeid: str, number: int) -> int:
    """Return the PYTHONHASHSEED of an iteration that runs in a fresh process; a replay derives the same."""
    return derive_seed(root, nodeid, number, "hash") % 2**32


def start_fresh(
    config: pytest.Config, root: int, nodeid: str, number: int, known: Iterable[str], **more: object
) -> FreshChild:
    """Start pytest for one iteration of one test; `more` travels with the order, `known` are digests told before."""
    read, write = os.pipe()
    fault_file = nameless_file()
    folder = tempfile.mkdtemp(prefix="repro-fresh-")
    order = {"nodeid": nodeid, "number": number, "root": root, "known": sorted(known), **more}
    order["measured"] = measured = config.pluginmanager.hasplugin("_cov")
    order["data_file"] = os.environ.get(DATA_FILE)
    env = {**os.environ, UNIT: json.dumps({**order, "pipe": write, "faults": fault_file})}
    if measured:  # pytest-cov would write into, and combine, the files of this process
        env[DATA_FILE] = str(Path(folder, "coverage"))
    env["PYTHONHASHSEED"] = str(hash_seed(root, nodeid, number))
    with Path(folder, "output").open("wb") as output:
        process = subprocess.Popen(
            fresh_argv(config, nodeid, Path(folder)),
            cwd=config.invocation_params.dir,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(write, fault_file),
            process_group=0,
        )
    os.close(write)
    return FreshChild(process, read, fault_file, folder)
