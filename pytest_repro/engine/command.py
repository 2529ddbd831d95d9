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
    --sw --stepwise --sw-skip --stepwise-skip --sw-reset --stepwise-reset --no-header --no-summary
    --full-trace --pyargs --cache-clear --keep-duplicates --no-showlocals --randomly-dont-reorganize""".split()  # noqa: SIM905  a list of words reads best as text
)
_DROPPED_WITH_VALUE: Final = frozenset(
    """-k -m -n --numprocesses --dist --maxprocesses --max-worker-restart --maxfail --tb --durations --durations-min
    --junitxml --junit-xml --junit-prefix --junitprefix -r --color --code-highlight --verbosity --show-capture
    --deselect --ignore --ignore-glob --lfnf --last-failed-no-failures --cov-report --cov-fail-under --reruns
    --reruns-delay --randomly-seed --log-file""".split()  # noqa: SIM905  as above
)
_KEPT_WITH_VALUE: Final = frozenset(
    """-p -c -o -W --config-file --rootdir --confcutdir --override-ini --import-mode --basetemp""".split()  # noqa: SIM905  as above
)
_KEPT_OURS: Final = frozenset(  # the journal does not hold the first ones, nor that the last ones overrule markers
    """--repro-exclusive --repro-jobs --repro-summary --repro-json --repro-stress --repro-time --repro-seed""".split()  # noqa: SIM905  as above
)
_DROPPED_WITH_OPTIONAL_VALUE: Final = frozenset({"--cov"})
_DROPPED_LETTERS: Final = "vqxl"
_TYPED: Final = (*sys.argv[:1], "")[0]  # as pytest was called; tests may change or empty sys.argv
_EXECUTABLE: Final = sys.executable
_CLUSTER: Final = re.compile(r"-[vqxls]+")  # one-letter options without a value, as in -xvs


def rerun_command(config: pytest.Config, nodeid: str, *options: str) -> str:
    """Return the shell command that runs `nodeid` with `options` and this run's own plugins and configuration."""
    parameters = config.invocation_params
    typed = _with_files_read([str(one) for one in parameters.args], parameters.dir)
    kept = kept_arguments(typed, config.getoption("file_or_dir", None) or [])
    kept += [*_verbosity(config), *_no_workers(config, typed), *_targets(config, nodeid)]
    return shlex.join([*_program(), *kept, *options, *_usual_journal(config, typed)])


def resume_command(config: pytest.Config, journal: str) -> str:
    """Return the shell command that goes on with the campaign of `journal` over the tests of this run."""
    parameters = config.invocation_params
    typed = _with_files_read([str(one) for one in parameters.args], parameters.dir)
    # The journal may lie in the cache.
    kept = [one for one in _without_ours(typed) if one not in ("--", "--cache-clear")]
    return shlex.join([*_program(), *kept, f"--repro-resume={journal}", *_usual_journal(config, typed)])


def _without_ours(arguments: list[str]) -> Iterator[str]:
    """Yield what was typed, without the options that a resumed campaign takes from its journal."""
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, equals, _ = argument.partition("=")
        if not name.startswith("--repro-") or name in _KEPT_OURS:
            yield argument
        elif not equals and waiting:
            waiting.pop(0)


def fresh_argv(config: pytest.Config, nodeid: str, folder: Path) -> list[str]:
    """Return the program and arguments of another pytest process, in this one's folder, that runs `nodeid` alone."""
    parameters = config.invocation_params
    typed = _with_files_read([str(one) for one in parameters.args], parameters.dir)
    kept = kept_arguments(typed, config.getoption("file_or_dir", None) or [], coverage=True)
    workers = ["-n0"] if config.pluginmanager.hasplugin("xdist") else []
    # An unknown setting is an error under -W error; and each process would empty the folder of --basetemp for itself.
    cache = ["-o", f"cache_dir={folder / 'cache'}"] if config.pluginmanager.hasplugin("cacheprovider") else []
    own = [f"--basetemp={folder / 'tmp'}"] if config.getoption("basetemp", None) else []
    options = [*_verbosity(config), *_reruns(config), *cache, *own, *workers]
    return [_EXECUTABLE, *_flags(), "-m", "pytest", *kept, *options, *_targets(config, nodeid)]


def kept_arguments(arguments: Sequence[str], positionals: Sequence[str], *, coverage: bool = False) -> list[str]:
    """Return those `arguments` that change what a test does, without targets, selection, reporting and our options.

    `coverage`: also what pytest-cov is to measure.
    """
    return list(_kept(list(arguments), set(positionals), coverage))


def _kept(arguments: list[str], positionals: set[str], coverage: bool) -> Iterator[str]:
    while arguments:
        argument = arguments.pop(0)
        name, equals, _ = argument.partition("=")
        follows = arguments[0] if arguments and not equals else None
        if argument == "--":  # only targets come after it
            return
        if _CLUSTER.fullmatch(argument):
            if letters := argument[1:].translate(dict.fromkeys(map(ord, _DROPPED_LETTERS))):
                yield f"-{letters}"
        elif name in ("--repro-exclusive", *_DROPPED):
            continue
        elif name.startswith("--repro-") or name in _DROPPED_WITH_VALUE:
            if follows is not None:
                arguments.pop(0)
        elif name in _DROPPED_WITH_OPTIONAL_VALUE:
            has_value = follows is not None and not follows.startswith("-") and follows not in positionals
            whole = (argument, arguments.pop(0)) if has_value else (argument,)
            if coverage:
                yield from whole
        elif name in _KEPT_WITH_VALUE and follows is not None:
            yield from (argument, arguments.pop(0))
        elif not (argument in positionals or re.fullmatch(r"-[nkmr].+", argument)):
            yield argument


def _with_files_read(arguments: list[str], here: Path) -> list[str]:
    """Return `arguments` with each `@FILE` replaced by what it holds, one argument a line, as pytest reads it."""
    found: list[str] = []
    for argument in arguments:
        if argument.startswith("@") and (here / argument[1:]).is_file():
            found += _with_files_read((here / argument[1:]).read_text(encoding="utf-8").splitlines(), here)
        else:
            found.append(argument)
    return found


def _verbosity(config: pytest.Config) -> list[str]:
    """How much pytest writes into the message of a failed assertion, by which the failure is known again."""
    level = config.get_verbosity()
    return [f"--verbosity={level}"] if level > 0 else []


def _reruns(config: pytest.Config) -> Iterator[str]:
    """What was asked of pytest-rerunfailures and a replay does without: its attempts come after the one that failed."""
    for option in ("reruns", "reruns_delay"):
        if (value := config.getoption(option, None)) is not None:
            yield f"--{option.replace('_', '-')}={value}"


def _no_workers(config: pytest.Config, typed: list[str]) -> list[str]:
    """What keeps runs in one process where an ini file or the environment asks for workers."""
    on_line = any(argument.startswith(("-n", "--numprocesses")) for argument in typed)
    return ["-n0"] if config.getoption("tx", None) and not on_line else []


def _usual_journal(config: pytest.Config, typed: list[str]) -> list[str]:
    """A journal that is named elsewhere than on the command line exists by now: its name must not hold again."""
    on_line = any(argument.startswith("--repro-journal") for argument in typed)
    elsewhere = config.getoption("repro_journal") is not None and not on_line
    if elsewhere or os.environ.get("REPRO_JOURNAL") or config.getini("repro_journal"):
        return ["--repro-journal="]
    return []


def _program() -> list[str]:
    """Return how pytest was called, with a full path only where the short name would call another installation."""
    folder = Path(_EXECUTABLE).parent
    if Path(_TYPED).name == "__main__.py":
        return [_short("python", folder) or _short("python3", folder) or _EXECUTABLE, *_flags(), "-m", "pytest"]
    return [_short("pytest", folder)] if _short("pytest", folder) else [_EXECUTABLE, "-m", "pytest"]


def _flags() -> list[str]:
    """The interpreter's own options, as in `python -X dev -m pytest`."""
    typed = sys.orig_argv[1:]
    at = typed.index("-m") if "-m" in typed else 0
    return typed[:at] if typed[at : at + 2] == ["-m", "pytest"] else []


def _short(name: str, folder: Path) -> str:
    found = shutil.which(name)
    return name if found and Path(found).parent == folder else ""


def _targets(config: pytest.Config, nodeid: str) -> list[str]:
    """Return what selects the test; to one of a package need no path lead: the name is kept, and its token finds it."""
    if config.getoption("pyargs", False) and not all(map(_is_path, config.args)):
        return ["--pyargs", *config.args]
    return [_from_here(nodeid, config.rootpath, config.invocation_params.dir)]


def _is_path(target: str) -> bool:
    """Whether no package or module can be meant."""
    name = target.partition("::")[0]
    return name.endswith(".py") or not name.replace(".", "_").isidentifier()


def _from_here(nodeid: str, root: Path, here: Path) -> str:
    path, separator, rest = nodeid.partition("::")
    absolute = root / path
    if not absolute.exists():
        return nodeid
    shown = os.path.relpath(absolute, here).replace(os.sep, "/")
    # A name that begins like an option or an argument file is none.
    return (f"./{shown}" if shown.startswith(("-", "@")) else shown) + separator + rest
