"""The command that runs one test again, as it can be pasted where this run was started."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

# What a person typed for this run and not for a replay of one test: selection, reporting, distribution.
_DROPPED: Final = frozenset(
    """--exitfirst --verbose --quiet --showlocals --lf --last-failed --ff --failed-first --nf --new-first
    --sw --stepwise --sw-skip --stepwise-skip --sw-reset --stepwise-reset --no-header --no-summary --cov --no-cov
    --full-trace --pyargs --keep-duplicates --no-showlocals --randomly-dont-reorganize""".split()  # noqa: SIM905  a list of words reads best as text
)
_DROPPED_WITH_VALUE: Final = frozenset(
    """-k -m -n --numprocesses --dist --maxprocesses --max-worker-restart --maxfail --tb --durations --durations-min
    --junitxml --junit-xml --junit-prefix --junitprefix -r --color --code-highlight --verbosity --show-capture
    --deselect --ignore --ignore-glob --lfnf --last-failed-no-failures --cov-report --cov-fail-under --reruns
    --reruns-delay --randomly-seed --log-file""".split()  # noqa: SIM905  as above
)
_KEPT_WITH_VALUE: Final = frozenset(
    """-p -c -o -W --config-file --rootdir --confcutdir --override-ini --import-mode --basetemp""".split()  # noqa: SIM905
)
_DROPPED_LETTERS: Final = re.compile(r"-[vqxl]+")


def rerun_command(config: pytest.Config, nodeid: str, *options: str) -> str:
    """Return the shell command that runs `nodeid` with `options` and this run's own plugins and configuration."""
    parameters = config.invocation_params
    kept = kept_arguments([str(one) for one in parameters.args], config.getoption("file_or_dir", None) or [])
    target = _from_here(nodeid, config.rootpath, parameters.dir)
    return shlex.join([*_program(), *kept, target, *options])


def kept_arguments(arguments: Sequence[str], positionals: Sequence[str]) -> list[str]:
    """Return those `arguments` that change what a test does, without targets, selection, reporting and our options."""
    return list(_kept(list(arguments), set(positionals)))


def _kept(arguments: list[str], positionals: set[str]) -> Iterator[str]:
    while arguments:
        argument = arguments.pop(0)
        name, equals, _ = argument.partition("=")
        if name.startswith("--repro-") or name in _DROPPED_WITH_VALUE:
            if not equals and arguments:
                arguments.pop(0)
        elif name in _KEPT_WITH_VALUE and not equals and arguments:
            yield from (argument, arguments.pop(0))
        elif not (
            argument in positionals
            or name in _DROPPED
            or _DROPPED_LETTERS.fullmatch(argument)
            or re.fullmatch(r"-[nkmr].+", argument)
        ):
            yield argument


def _program() -> list[str]:
    """Return how pytest was called, with a full path only where the short name would call another installation."""
    folder = Path(sys.executable).parent
    if Path(sys.argv[0]).name == "__main__.py":
        return [_short("python", folder) or _short("python3", folder) or sys.executable, "-m", "pytest"]
    return [_short("pytest", folder)] if _short("pytest", folder) else [sys.executable, "-m", "pytest"]


def _short(name: str, folder: Path) -> str:
    found = shutil.which(name)
    return name if found and Path(found).parent == folder else ""


def _from_here(nodeid: str, root: Path, here: Path) -> str:
    path, separator, rest = nodeid.partition("::")
    absolute = root / path
    return os.path.relpath(absolute, here).replace(os.sep, "/") + separator + rest if absolute.exists() else nodeid
