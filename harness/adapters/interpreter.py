"""The interpreter that runs the tests: where it is and what it has, asked of itself and never imported here."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from harness.adapters.own_distribution import install_command, own_version
from pytest_repro.core.errors import ReproError

OLDEST_PYTHON: Final = "3.11"
OLDEST_PYTEST: Final = "8.4"
_MARK: Final = "pytest-repro-interpreter:"
_LIMIT: Final = 30.0  # seconds; the answer takes well under one, but a cold network disk is slow
# Runs on any Python 3: an old one must be able to say that it is old. The current folder is no place to import from.
_QUESTION: Final = rf"""
import sys
sys.path = [place for place in sys.path if place]
import json
answer = {{"version": "%d.%d.%d" % sys.version_info[:3]}}
if sys.version_info >= (3, 10):
    from importlib import metadata, util
    for key, name in (("pytest", "pytest"), ("plugin", "pytest-repro")):
        try:
            answer[key] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    points = metadata.entry_points(group="pytest11")
    answer["registered"] = any(point.value.startswith("pytest_repro.") for point in points)
    answer["plugins"] = sorted({{(point.dist.name, point.dist.version) for point in points if point.dist}})
    answer["pip"] = util.find_spec("pip") is not None
print("\n{_MARK}" + json.dumps(answer))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter and the versions that it names itself, None for what it lacks.

    `registered`: pytest-repro's entry point is there, so that pytest loads it; `plugins` are (name, version) of every
    pytest plugin; `pip`: whether it can install.
    """

    path: str
    version: str
    pytest: str | None = None
    plugin: str | None = None
    registered: bool = False
    pip: bool = False
    plugins: tuple[tuple[str, str], ...] = ()


def find_interpreter(python: str | None) -> str:
    """Return the absolute path of the interpreter that `python` means: a path, a name on PATH, or None for this one.

    Links are kept: a virtual environment is known by the link. Raises ReproError("no-interpreter").
    """
    if python is None:
        return sys.executable
    if os.sep not in python and not python.startswith("~"):
        return shutil.which(python) or _refuse(python, "no such command on PATH", "name its path in `python`")
    path = Path(os.path.abspath(Path(python).expanduser()))
    if path.is_dir():
        _refuse(python, "that is a folder", f'write "python": {json.dumps(str(path / "bin" / "python"))}')
    if not path.exists():
        venv = path.parent.parent if path.parent.name == "bin" else path.parent / ".venv"
        _refuse(python, "there is no such file", shlex.join([sys.executable, "-m", "venv", str(venv)]))
    if not os.access(path, os.X_OK):
        _refuse(python, "that file is not executable", shlex.join(["chmod", "+x", str(path)]))
    return str(path)


def _refuse(python: str, seen: str, hint: str) -> NoReturn:
    raise ReproError(f"python is {python!r}: {seen}; expected an interpreter", "no-interpreter", hint)


def inspect_interpreter(path: str, env: Mapping[str, str], limit: float = _LIMIT) -> Interpreter:
    """Return what the interpreter at `path` has, asked in one process of at most `limit` seconds.

    `env` is its whole environment. Raises ReproError("no-answer") if it is no working interpreter.
    """
    try:
        done = subprocess.run(
            [path, "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit,
            env=dict(env),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _no_answer(path, f"no answer within {limit:g} s") from None
    except OSError as error:
        raise _no_answer(path, error.strerror or str(error)) from None
    answers = [line for line in _lines(done.stdout) if line.startswith(_MARK)]
    if not answers:
        said = (_lines(done.stderr) or _lines(done.stdout) or ["it said nothing"])[-1]
        raise _no_answer(path, f"exit code {done.returncode}: {said}")
    answer: dict[str, Any] = json.loads(answers[-1].removeprefix(_MARK))
    plugins = tuple((name, version) for name, version in answer.pop("plugins", ()))
    return Interpreter(path, plugins=plugins, **answer)


def _lines(output: bytes) -> list[str]:
    return output.decode("utf-8", "replace").strip().splitlines()


def _no_answer(path: str, seen: str) -> ReproError:
    return ReproError(
        f"{path} does not work as a Python interpreter: {seen}",
        "no-answer",
        f"see what this says, or name another one in `python`: {shlex.join([path, '-V'])}",
    )


def shortcomings(found: Interpreter) -> Iterator[ReproError]:
    """Yield what keeps `found` from running a campaign, each with the command that mends it; nothing if it is fit."""
    if release(found.version) < release(OLDEST_PYTHON):
        yield ReproError(
            f"{found.path} is Python {found.version}; expected {OLDEST_PYTHON} or later",
            "python-too-old",
            f"name a newer interpreter in `python`, for example python{OLDEST_PYTHON}",
        )
        return  # nothing below can be installed there
    if found.pytest is None or release(found.pytest) < release(OLDEST_PYTEST):
        seen = f"has pytest {found.pytest}" if found.pytest else "has no pytest"
        yield ReproError(
            f"{found.path} {seen}; expected {OLDEST_PYTEST} or later",
            "pytest-too-old",
            install_command(found.path, found.pip, f"pytest>={OLDEST_PYTEST}"),
        )
    yield from _of_the_plugin(found)


def _of_the_plugin(found: Interpreter) -> Iterator[ReproError]:
    own, command = own_version(), install_command(found.path, found.pip)
    if found.plugin is None:
        expected = f"expected {own}, the version of this repro" if own else "expected it beside pytest"
        yield ReproError(f"{found.path} has no pytest-repro; {expected}", "plugin-missing", command)
    elif own is not None and found.plugin != own:
        yield ReproError(
            f"{found.path} has pytest-repro {found.plugin}; expected {own}, the version of this repro",
            "plugin-version",
            command,
        )
    elif not found.registered:
        yield ReproError(
            f"{found.path} has pytest-repro {found.plugin} without its pytest entry point; expected it whole",
            "plugin-missing",
            command,
        )


def require_fit(found: Interpreter) -> None:
    """Raise the first of the shortcomings of `found`; return if it can run a campaign."""
    for shortcoming in shortcomings(found):
        raise shortcoming


def release(version: str) -> tuple[int, int]:
    """Return (major, minor) of `version`, (0, 0) for what is no version."""
    match = re.match(r"(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else (0, 0)
