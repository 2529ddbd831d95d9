"""Are the tools there: git, the interpreter, and what pytest needs in it?"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

from harness.adapters.environment import child_environment
from harness.adapters.interpreter import find_interpreter, inspect_interpreter, release, shortcomings
from harness.cli.check import Check
from harness.domain.spec import Spec
from pytest_repro.core.errors import ReproError

_OLDEST_GIT: Final = (2, 31)  # rev-parse --path-format=absolute


def git_version() -> str:
    """Return git's version; raises ReproError("git-missing")."""
    if shutil.which("git") is None:
        raise ReproError("no git on PATH; expected 2.31 or later", "git-missing", "sudo apt-get install git")
    said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    version = re.search(r"\d+\.\d+[.\d]*", said.stdout)
    if version is None or release(version[0]) < _OLDEST_GIT:
        seen = version[0] if version else repr((said.stdout + said.stderr).strip())
        raise ReproError(f"git is {seen}; expected 2.31 or later", "git-missing", "install a newer git")
    return version[0]


def find_python(spec: Spec) -> tuple[str | None, Check]:
    """Return the path of the interpreter that `spec` means, None where there is none, and the check of it."""
    try:
        python = find_interpreter(spec.python)
    except ReproError as error:
        return None, Check.missing("python", error)
    return python, Check("python", True, python if spec.python else f"{python} (the one that runs repro)")


def check_target(python: str, spec: Spec) -> Iterator[Check]:
    """Yield what the interpreter at `python` has, or one check for each thing that it lacks."""
    try:
        target = inspect_interpreter(python, child_environment(os.environ, spec.env))
    except ReproError as error:
        yield Check.missing("target", error)
        return
    missing = list(shortcomings(target))
    yield from (Check.missing("target", one) for one in missing)
    if not missing:
        yield Check("target", True, f"Python {target.version}, pytest {target.pytest}, pytest-repro {target.plugin}")
