"""The commands that follow an analysis; each works when pasted."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.domain.analysis import Analysis
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import FailingTest
from harness.domain.report import ReportCommand

_STRESS: Final = 100
_FEW: Final = 20  # tests before the failing one; a longer line is none to paste
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2}")
_HASH_SEED: Final = re.compile(r"\d{1,10}")
_HYPOTHESIS: Final = re.compile(r"--hypothesis-seed=\d{1,40}")
_DOCTESTS: Final = ("--doctest-modules",)
_LONGEST: Final = 1000  # characters of a node id


@dataclass(frozen=True, slots=True)
class Given:
    """What the analysis was made from. program: how repro is called; log: the absolute path of the log, url: its
    address, "" for none; repository: the checkout, python: its interpreter, job: the one that was looked at, rules: the
    absolute path of their file, "" where none was named.
    """

    program: str
    log: str = ""
    url: str = ""
    repository: str = ""
    python: str = ""
    job: str = ""
    rules: str = ""


def collecting_options(found: Analysis) -> tuple[str, ...]:
    """Return the options of pytest without which some of the failing tests are none."""
    names = (_nodeid(found, test) or test.printed for test in found.reading.failing)
    return _DOCTESTS if any(map(_is_doctest, names)) else ()


def next_commands(found: Analysis, given: Given) -> tuple[ReportCommand, ...]:
    """Return the commands for the first failing test whose node id is known; where none is, the one that looks it up.

    A name of the log that pytest could take for something else than a test of the project is never part of a command.
    """
    test = next((test for test in found.reading.failing if _runnable(found, test)), None)
    if test is not None:
        return tuple(_commands(found, test, given))
    source = given.url or given.log
    if source and found.checkout is None and any(test.nodeid is None for test in found.reading.failing):
        chosen = [*(("--job", given.job) if given.job else ()), *(("--rules", given.rules) if given.rules else ())]
        command = f"{given.program} analyze {shlex.join([source, *chosen])} --checkout ."
        return (ReportCommand("Look up the names that the log does not print in full", (command,)),)
    return ()


def _commands(found: Analysis, test: FailingTest, given: Given) -> Iterator[ReportCommand]:
    told, nodeid = found.reading.circumstances, _nodeid(found, test)
    where = f"cd {shlex.quote(given.repository)} && " if given.repository else ""
    pytest = f"{shlex.quote(given.python)} -m pytest" if given.python else "pytest"
    start = where + "".join(f"{name}={value} " for name, value in _variables(told)) + pytest
    seed = f" --randomly-seed={told.randomly_seed}" if told.randomly_seed is not None else ""
    options = "".join(f" {option}" for option in told.hypothesis if _HYPOTHESIS.fullmatch(option))
    options += "".join(f" {option}" for option in _DOCTESTS if _is_doctest(nodeid))
    yield ReportCommand("See how often it fails", (f"{start} {shlex.quote(nodeid)}{options} --repro-stress={_STRESS}",))
    if seed:
        yield ReportCommand(
            "Run it once under the CI's seed (needs pytest-randomly)",
            (f"{start} {shlex.quote(nodeid)}{seed}{options}",),
        )
    before = told.before.get(test.label, ())
    if before and len(before) <= _FEW and all(map(_is_harmless, before)):
        ids = " ".join(map(shlex.quote, (*before, nodeid)))
        yield ReportCommand(
            "Run it after the tests that its worker ran before it", (f"{start} -p no:randomly {ids}{options}",)
        )
    if (given.log or given.url) and not given.job:  # a run reads all jobs, and would follow the first failing test
        yield ReportCommand("Go from this log to a verified fix", (_run(nodeid, given),), safe=False)


def _run(nodeid: str, given: Given) -> str:
    """Return a command that feeds `repro run` its input, so that no file of the person's is written over."""
    spec: dict[str, object] = {"deterministic": False, "prompt": f"{nodeid} fails in CI."}
    spec |= {"pytest-args": list(_DOCTESTS)} if _is_doctest(nodeid) else {}
    spec |= {"url": given.url} if given.url else {"raw-logs": given.log}
    spec |= {"repository": given.repository} if given.repository else {}
    spec |= {"python": given.python} if given.python else {}
    return f"printf '%s' {shlex.quote(json.dumps(spec))} | {given.program} run -"


def _is_doctest(nodeid: str) -> bool:
    """Whether `nodeid` is a doctest of a module: those have dotted names, which no function or class can have."""
    path, _, name = nodeid.partition("::")
    return path.endswith(".py") and "." in name.partition("[")[0]


def _variables(told: Circumstances) -> Iterator[tuple[str, str]]:
    if told.hash_seed is not None and _HASH_SEED.fullmatch(told.hash_seed):
        yield "PYTHONHASHSEED", told.hash_seed
    if told.timezone and _ZONE.fullmatch(told.timezone):
        yield "TZ", told.timezone


def _nodeid(found: Analysis, test: FailingTest) -> str:
    resolved = found.checkout.resolved if found.checkout else {}
    return resolved.get(test.label) or test.nodeid or ""


def _runnable(found: Analysis, test: FailingTest) -> bool:
    if test.phase == "collect" or (found.checkout and test.label not in found.checkout.resolved):
        return False
    return _is_harmless(_nodeid(found, test))


def _is_harmless(nodeid: str) -> bool:
    """Whether `nodeid` is a test below the folder one stands in, in characters that a terminal shows as they are."""
    path, _, name = nodeid.partition("::")
    inside = (
        not path.startswith(("-", "@", "/", "\\", "~")) and path[1:2] != ":" and ".." not in re.split(r"[/\\]", path)
    )
    return bool(path and name) and inside and nodeid.isprintable() and len(nodeid) <= _LONGEST
