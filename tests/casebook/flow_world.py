"""A small git project with a defect, its CI log, and `repro` as a real process: the world of the flow's tests."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Plugins that these tests do not need cost half of each of the many pytest processes.
LEAN = [
    word
    for name in ("asyncio", "randomly", "hypothesispytest", "rerunfailures", "repeat", "timeout", "pytest_cov")
    for word in ("-p", f"no:{name}")
]
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the same, where the project is ours
SOURCE = Path(__file__).resolve().parents[2]
REPRO = [sys.executable, "-c", "from harness.cli import main; main()"]
GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-01-05T10:00:00+00:00",
    "GIT_COMMITTER_DATE": "2026-01-05T10:00:00+00:00",
}

TARGET = "tests/test_basket.py::test_total_counts_every_price"
NAME = "total-counts-every-price"
FOLDER = "tests/repro_total_counts_every_price"

WRONG_TOTAL = '''"""Prices of a basket."""


def total(prices):
    """The sum of all prices."""
    return sum(prices[1:])


def cheapest(prices):
    """The lowest price."""
    return min(prices)
'''
RIGHT_TOTAL = WRONG_TOTAL.replace("prices[1:]", "prices")
TEST_TOTAL = """import pytest

from basket import cheapest, total


@pytest.fixture
def prices():
    return [3, 4, 5]


def test_cheapest_is_the_lowest(prices):
    assert cheapest(prices) == 3


def test_total_counts_every_price(prices):
    assert total(prices) == 12, "a price is missing"
"""
# A real lost update: hashing lets go of the interpreter lock, so threads can meet between reading and writing; about
# every fifth time they do, on one core as on several.
RACY_COUNTER = '''"""A counter that several threads share."""

import hashlib

PAGE = b"x" * 65536


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        seen = self.value
        hashlib.sha256(PAGE)
        self.value = seen + 1
'''
SAFE_COUNTER = '''"""A counter that several threads share."""

import hashlib
import threading

PAGE = b"x" * 65536


class Counter:
    def __init__(self):
        self.value = 0
        self._lock = threading.Lock()

    def add(self):
        with self._lock:
            seen = self.value
            hashlib.sha256(PAGE)
            self.value = seen + 1
'''
TEST_COUNTER = """import threading

from counter import Counter


def test_starts_at_zero():
    assert Counter().value == 0


def test_no_addition_is_lost():
    counter = Counter()

    def add():
        for _ in range(5):
            counter.add()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value == 10, "an addition was lost"
"""
SETTINGS = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["."]\n'
LOG_TOTAL = """============================= test session starts ==============================
platform linux -- Python 3.12.1, pytest-9.0.0, pluggy-1.6.0
collected 2 items

tests/test_basket.py .F                                                  [100%]

=================================== FAILURES ===================================
________________________ test_total_counts_every_price _________________________

prices = [3, 4, 5]

    def test_total_counts_every_price(prices):
>       assert total(prices) == 12, "a price is missing"
E       AssertionError: a price is missing
E       assert 9 == 12
E        +  where 9 = total([3, 4, 5])

tests/test_basket.py:16: AssertionError
=========================== short test summary info ============================
FAILED tests/test_basket.py::test_total_counts_every_price - AssertionError: ...
========================= 1 failed, 1 passed in 0.02s ==========================
"""
LOG_COUNTER = """============================= test session starts ==============================
collected 2 items

tests/test_counter.py .F                                                 [100%]

=================================== FAILURES ===================================
___________________________ test_no_addition_is_lost ___________________________

>       assert counter.value == 10, "an addition was lost"
E       AssertionError: an addition was lost
E       assert 9 == 10
E        +  where 9 = <counter.Counter object at 0x7f2b6c0d5b50>.value

tests/test_counter.py:23: AssertionError
=========================== short test summary info ============================
FAILED tests/test_counter.py::test_no_addition_is_lost - AssertionError: an a...
========================= 1 failed, 1 passed in 0.03s ==========================
"""
PASSING_LOG = """============================= test session starts ==============================
collected 2 items

tests/test_basket.py ..                                                  [100%]

============================== 2 passed in 0.01s ===============================
"""


@dataclass
class Ended:
    """How a `repro` process ended."""

    code: int
    out: str
    err: str
    outputs: Path

    @property
    def report(self) -> dict[str, Any]:
        """The JSON twin of the newest report."""
        return json.loads(max(self.outputs.glob("*.json"), key=lambda one: one.stat().st_mtime_ns).read_text())

    @property
    def markdown(self) -> str:
        """The newest report."""
        return max(self.outputs.glob("*.md"), key=lambda one: one.stat().st_mtime_ns).read_text()


@dataclass
class World:
    """A folder with a repository `project`, a place to stand in and a cache of its own."""

    folder: Path
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def desk(self) -> Path:
        """The folder that one stands in: the input file and the outputs are here."""
        return self.folder / "desk"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "GIT_"))}
        return (
            kept
            | GIT
            | {
                "REPRO_CACHE_DIR": str(self.folder / "cache"),
                "HOME": str(self.folder / "home"),
                "PYTHONPATH": str(SOURCE),
            }
        )

    def git(self, *args: str, check: bool = True) -> str:
        done = subprocess.run(["git", *args], cwd=self.project, env=self.environment, capture_output=True, text=True)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def input(self, **changes: Any) -> Path:
        """Write the input file with `changes` (underscores for dashes; None removes a key)."""
        self.spec |= {name.replace("_", "-"): value for name, value in changes.items()}
        kept = {name: value for name, value in self.spec.items() if value is not None}
        return self.write("desk/info.json", json.dumps(kept))

    def command(self, *words: str) -> list[str]:
        return [*REPRO, *words]

    def repro(self, *words: str, stdin: str = "") -> Ended:
        """Run `repro` to its end."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.desk,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ended(done.returncode, done.stdout, done.stderr, self.desk / "outputs")

    def patch(self, path: str, new: str) -> str:
        """Write the patch that turns the file into `new`, and return its path."""
        place = self.project / path
        old = place.read_text()
        place.write_text(new)
        diff = self.git("diff", "--", path) + "\n"
        place.write_text(old)
        return str(self.write(f"patches/{hashlib.sha256(diff.encode()).hexdigest()[:8]}.patch", diff))

    @property
    def run_folder(self) -> Path:
        """The folder of the only run."""
        [folder] = (self.project / ".git" / "repro" / "runs").iterdir()
        return folder

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.run_folder / "journal.jsonl").read_text().splitlines()]

    def untouched(self) -> dict[str, Any]:
        """Everything of the user's that no run may change."""
        git = self.project / ".git"
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        files = [path for path in self.project.rglob("*") if path.is_file() and git not in path.parents]
        return {
            "head": (git / "HEAD").read_bytes(),
            "index": (git / "index").read_bytes(),
            "config": (git / "config").read_bytes(),
            "stash": self.git("stash", "list"),
            "hooks": sorted(path.name for path in (git / "hooks").glob("*")),
            "refs": [ref for ref in refs if not ref.startswith(("refs/heads/repro/", "refs/heads/fix/"))],
            "files": {str(path): path.read_bytes() for path in sorted(files)},
        }


def make_world(folder: Path, files: dict[str, str], **spec: Any) -> World:
    """Make a world whose project has one commit of `files` on main, and beside it a modified and an untracked file."""
    world = World(folder)
    (folder / "home").mkdir(parents=True)
    for path, text in (
        {"pyproject.toml": SETTINGS, "notes.txt": "as committed\n", ".gitignore": "__pycache__/\n"} | files
    ).items():
        world.write(f"project/{path}", text)
    world.git("init", "-q", "-b", "main")
    world.git("config", "user.name", "Grace")
    world.git("config", "user.email", "grace@example.org")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "First version")
    world.write("project/notes.txt", "stashed\n")
    world.git("stash", "-q")
    world.write("project/notes.txt", "modified, not committed\n")
    world.write("project/untracked.txt", "mine\n")
    world.write("project/staged.txt", "staged\n")
    world.git("add", "staged.txt")
    world.input(
        repository=str(world.project),
        env=ALONE,
        budget={"reproduce": "60s", "fix": "60s", "total": "110s"},
        **spec,
    )
    return world


def basket(folder: Path, **changes: Any) -> World:
    """A project with a failure that comes every time, and its log."""
    world = make_world(folder, {"basket.py": WRONG_TOTAL, "tests/test_basket.py": TEST_TOTAL})
    log = world.write("desk/ci.log", LOG_TOTAL)
    world.input(
        **{"deterministic": True, "prompt": "The total leaves out the first price.", "raw_logs": str(log)} | changes
    )
    return world


def counter(folder: Path, **changes: Any) -> World:
    """A project with a failure that comes and goes, and its log."""
    world = make_world(folder, {"counter.py": RACY_COUNTER, "tests/test_counter.py": TEST_COUNTER})
    log = world.write("desk/ci.log", LOG_COUNTER)
    world.input(
        **{"deterministic": False, "prompt": "Additions are lost now and then.", "raw_logs": str(log)} | changes
    )
    return world


def by_patch(world: World, path: str, new: str) -> World:
    """Let a patch that turns `path` into `new` be the fix."""
    world.input(fix={"by": "patch", "patch": world.patch(path, new)})
    return world


def branches(world: World) -> list[str]:
    """Return our branches."""
    names = world.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    return [name for name in names if name.startswith(("repro/", "fix/"))]


def worktrees(world: World) -> list[str]:
    return [line for line in world.git("worktree", "list", "--porcelain").splitlines() if line.startswith("worktree ")]


def walked(world: World, *words: str) -> Ended:
    """Run the input file and check what holds at every end: the user's things as they were, a report, no worktree."""
    before = world.untouched()
    ended = world.repro("run", "info.json", *words)
    assert world.untouched() == before
    assert ended.report["exit_code"] == ended.code, ended.out + ended.err
    assert ended.report["schema"] == 1
    assert "report schema 1" in ended.markdown
    return ended


def until(holds: Callable[[], bool]) -> None:
    """Wait for what must come; the limit is only there so that a defect cannot hang the suite."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
