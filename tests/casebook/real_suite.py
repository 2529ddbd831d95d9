"""Packages' own test suites from the package index, each in an environment of its own, plain and under our plugin."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from real_pair import CannotFetch, download, unpack

PROJECT = Path(__file__).parents[2]
RUN_LIMIT = 600.0  # seconds for one run of a suite
TIMES = 3

# Writes node id -> outcome of each execution, from nothing but the reports that pytest logs. With BARE_LOOP_N it runs
# each test so often in a loop of its own: what a test does then is the test's doing, for we are not there.
RECORDER = """
import copy, json, os, pytest
from _pytest.runner import runtestprotocol

reports = {}

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report):
    reports.setdefault(report.nodeid, []).append(report)

def executions(found):
    all = []
    for report in found:
        if report.when == "setup" or not all:
            all.append([])
        all[-1].append(report)
    return all

def outcome(found):
    for report in found:
        if report.failed:
            return "failed" if report.when == "call" else "error"
    report = next((one for one in found if one.when == "call" and not hasattr(one, "context")), found[0])
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return report.outcome

def pytest_sessionfinish(session):
    if "OUTCOMES" in os.environ and not hasattr(session.config, "workerinput"):
        found = {name: [outcome(one) for one in executions(mine)] for name, mine in reports.items()}
        with open(os.environ["OUTCOMES"], "w") as file:
            json.dump(found, file)

if "BARE_LOOP_N" in os.environ:
    times = int(os.environ["BARE_LOOP_N"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        twin = copy.copy(item)  # given as the next item, so that this one is torn down
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for number in range(times):
            if hasattr(item, "_initrequest"):
                item._initrequest()
            runtestprotocol(item, nextitem=twin if number < times - 1 else nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""

Outcomes = dict[str, Counter[str]]  # of each node id, how often which


@dataclass(frozen=True)
class Suite:
    """A release whose source distribution holds its tests.

    why: what it tries us with; needs: what the tests want to be installed beside the package; arguments: for pytest,
    in the unpacked folder, where the whole suite is too long to be run six times.
    """

    name: str
    version: str
    why: str
    needs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        """The release, as pip wants it."""
        return f"{self.name}=={self.version}"


SUITES = (
    Suite("cachetools", "8.0.1", "unittest classes, mixins, threads"),
    Suite(
        "anyio",
        "4.16.0",
        "async tests and fixtures on two back ends, by a plugin of its own",
        needs=("anyio[trio]", "blockbuster", "hypothesis", "psutil", "pytest-mock", "pytest-timeout", "trustme"),
        arguments=("tests/test_synchronization.py", "tests/streams"),
    ),
    Suite(
        "attrs",
        "26.1.0",
        "Hypothesis",
        needs=("cloudpickle", "hypothesis", "pympler"),
        arguments=("tests/test_make.py", "tests/test_funcs.py", "tests/test_validators.py", "tests/test_cmp.py"),
    ),
    Suite("pytest-mock", "3.17.0", "pytester, in processes of its own", needs=("pytest-asyncio",)),
    Suite("itsdangerous", "2.2.0", "fixtures that classes override and parametrize", needs=("freezegun",)),
    Suite("pluggy", "1.7.0", "fixtures, and pytest-benchmark's", needs=("pytest-benchmark",), arguments=("testing",)),
)


@dataclass(frozen=True)
class Ran:
    """A run that ended: exit code, what pytest showed of each test, the journal's outcomes, and what was printed."""

    code: int
    shown: Outcomes
    recorded: Outcomes
    printed: str


class Installed:
    """A suite, unpacked, with an interpreter that has what it needs, and our plugin."""

    def __init__(self, suite: Suite, folder: Path, wheel: Path) -> None:
        self.suite, self.folder = suite, folder
        self.python = folder / "environment" / "bin" / "python"
        self._tests = folder / "tests"
        unpack(download(suite.requirement, folder / "archive"), self._tests)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "environment"], check=True)
        same = (f"{name}=={version(name)}" for name in ("pytest", "pytest-xdist"))
        self._install(*same, suite.requirement, *suite.needs)
        self._install("--no-deps", str(wheel))
        (folder / "recorder").mkdir()
        (folder / "recorder" / "outcome_recorder.py").write_text(RECORDER)

    def _install(self, *what: str) -> None:
        _pip("--python", str(self.python), "install", "--quiet", *what)

    def run(self, *options: str, **environment: str) -> Ran:
        """Run the suite in a fresh copy of its folder, which is the working directory."""
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self._tests, place)
        outcomes, journal = self.folder / "outcomes.json", self.folder / "journal.jsonl"
        for file in (outcomes, journal):
            file.unlink(missing_ok=True)
        more = [f"--repro-journal={journal}"] if any(one.startswith("--repro") for one in options) else []
        done = subprocess.run(
            [self.python, "-m", "pytest", "-p", "outcome_recorder", *self.suite.arguments, *options, *more],
            cwd=place,
            env=_plain_environment(self.folder / "recorder", outcomes) | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=RUN_LIMIT,
        )
        assert outcomes.exists(), f"pytest did not come to its end:\n{done.stdout[-4000:]}"
        shown = {name: Counter(found) for name, found in json.loads(outcomes.read_text()).items()}
        return Ran(done.returncode, shown, _recorded(journal), done.stdout)

    def plain(self) -> Ran:
        """Run the suite without our plugin."""
        return self.run("-p", "no:repro")

    def again(self) -> Ran:
        """Run each test several times in one process, without our plugin."""
        return self.run("-p", "no:repro", BARE_LOOP_N=str(TIMES))


def our_wheel(folder: Path) -> Path:
    """Return a wheel of the project as it stands; raises CannotFetch where the build tools cannot be had."""
    _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(PROJECT))
    [wheel] = folder.glob("*.whl")
    return wheel


def _pip(*arguments: str) -> None:
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments], env=plain, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise CannotFetch(f"pip {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def _plain_environment(recorder: Path, outcomes: Path) -> dict[str, str]:
    """Return the environment of a run that knows nothing of the run that started it."""
    unwanted = ("PYTEST_", "COV_", "GIT_", "PYTHON", "REPRO_", "CI", "BUILD_NUMBER", "COLUMNS", "FORCE_COLOR")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    return kept | {"PYTHONPATH": str(recorder), "OUTCOMES": str(outcomes)}


def _recorded(journal: Path) -> Outcomes:
    found: Outcomes = {}
    for text in journal.read_text().splitlines() if journal.exists() else ():
        line = json.loads(text)
        if line["kind"] == "iteration":
            found.setdefault(line["nodeid"], Counter())[line["outcome"]] += 1
    return found


def differences(expected: Outcomes, found: Outcomes, but: Iterable[str] = ()) -> list[str]:
    """Return a line for each test that did not end as expected, leaving out those named in `but`."""
    names = sorted((expected.keys() | found.keys()) - set(but))
    return [
        f"{name}: expected {dict(expected.get(name, {}))}, found {dict(found.get(name, {}))}"
        for name in names
        if expected.get(name) != found.get(name)
    ]


def different(one: Outcomes, other: Outcomes) -> set[str]:
    """Return the node ids of the tests that did not end alike."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def times(number: int, outcomes: Outcomes) -> Outcomes:
    """Return each test's outcomes `number` times."""
    return {name: Counter({one: number * count for one, count in found.items()}) for name, found in outcomes.items()}
