"""Runs pytest with our plugin over a few lines of test code and hands back what it printed and wrote."""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ALONE = ("-p", "pytest_repro.plugin")
PLUGINS = {
    "asyncio": "pytest_asyncio.plugin",
    "hypothesis": "_hypothesis_pytestplugin",
    "randomly": "pytest_randomly",
    "rerunfailures": "pytest_rerunfailures",
    "timeout": "pytest_timeout",
    "xdist": "xdist.plugin",
}

# What a probe test needs to tell the outer test what happened to it: one line a call, in the file `events`.
SAY = """
import os as _os
def say(*words):
    with open(_os.path.join(_os.path.dirname(_os.path.abspath(__file__)), "events"), "a") as events:
        events.write(" ".join(map(str, words)) + "\\n")
"""


@dataclass(slots=True)
class Run:
    """A finished run: exit code, output, the probes' events in order, and the journal's lines as JSON objects."""

    code: int
    out: str
    err: str
    events: list[str] = field(default_factory=list)
    journal: list[dict[str, Any]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How often each event happened."""
        return dict(Counter(self.events))

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The journal's lines of one kind."""
        return [line for line in self.journal if line["kind"] == kind]

    @property
    def iterations(self) -> list[dict[str, Any]]:
        """The records of iterations, as they were written."""
        return self.of_kind("iteration")

    @property
    def outcomes(self) -> dict[str, int]:
        """How often each outcome was recorded."""
        return dict(Counter(line["outcome"] for line in self.iterations))

    @property
    def signatures(self) -> int:
        """How many different failures were recorded."""
        return len({line["signature"] for line in self.iterations if line.get("signature")})

    @property
    def section(self) -> list[str]:
        """The lines of our own section of the terminal, without its head line."""
        lines = self.out.splitlines()
        starts = [number for number, line in enumerate(lines) if re.match(r"=+ repro: ", line)]
        if not starts:
            return []
        body = lines[starts[-1] + 1 :]
        ends = next((number for number, line in enumerate(body) if re.match(r"=+ ", line)), len(body))
        return body[:ends]

    @property
    def replays(self) -> list[str]:
        """The replay commands, as printed."""
        return [line.strip().removeprefix("replay: ") for line in self.section if line.strip().startswith("replay: ")]

    def line(self, start: str) -> str:
        """The one line of the section that starts with `start`."""
        found = [line for line in self.section if line.strip().startswith(start)]
        assert len(found) == 1, f"{start!r} starts {len(found)} lines of\n{self.out}"
        return found[0].strip()

    @property
    def closing(self) -> str:
        """pytest's own last line."""
        return next(line for line in reversed(self.out.splitlines()) if line.strip()).strip("= ")


class Lab:
    """A folder with test files in it, in which pytest is run."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.monkeypatch = monkeypatch
        self.path = pytester.path
        for name in [name for name in os.environ if name.startswith(("REPRO_", "PYTEST_XDIST", "HYPOTHESIS_"))]:
            monkeypatch.delenv(name)
        for name in ("PYTEST_ADDOPTS", "CI", "BUILD_NUMBER", "FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setenv("COLUMNS", "120")
        # An inner run imports it anew: pytest 8 warns of a plugin that it finds imported already.
        monkeypatch.delitem(sys.modules, "pytest_repro.plugin", raising=False)

    def write(self, **files: str) -> None:
        """Write Python files, each with `say` in it."""
        for name, text in files.items():
            path = self.path / f"{name}.py"
            path.write_text(SAY + textwrap.dedent(text), encoding="utf-8")

    def run(self, *args: str, plugins: tuple[str, ...] = (), stdin: Any = subprocess.DEVNULL) -> Run:
        """Run pytest in this process."""
        before = self._before()
        result = self.pytester.runpytest_inprocess(*_arguments(args, plugins))
        return self._after(before, int(result.ret), result.stdout.str(), result.stderr.str())

    def start(self, *args: str, plugins: tuple[str, ...] = (), cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start pytest in a process of its own, in a process group of its own."""
        argv = [sys.executable, "-m", "pytest", *_arguments(args, plugins)]
        return subprocess.Popen(
            argv,
            cwd=cwd or self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run_process(self, *args: str, plugins: tuple[str, ...] = (), cwd: Path | None = None) -> Run:
        """Run pytest in a process of its own, to its end."""
        before = self._before()
        return self.finish(self.start(*args, plugins=plugins, cwd=cwd), before)

    def finish(self, process: "subprocess.Popen[str]", before: "Before | None" = None) -> Run:
        """Wait for a process that `start` gave."""
        out, err = process.communicate(timeout=120)
        return self._after(before or Before(), process.returncode, out, err)

    def paste(self, command: str, cwd: Path | None = None) -> Run:
        """Run a printed command as a person would who pastes it into a shell."""
        before = self._before()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = subprocess.run(
            ["sh", "-c", command],
            cwd=cwd or self.path,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return self._after(before, process.returncode, process.stdout, process.stderr)

    def journals(self) -> list[Path]:
        """The journals in the default place, oldest first."""
        return sorted((self.path / ".pytest_cache" / "d" / "repro").glob("*.jsonl"), key=lambda p: p.stat().st_mtime_ns)

    def _before(self) -> "Before":
        return Before(frozenset(self.journals()), len(self._events()))

    def _after(self, before: "Before", code: int, out: str, err: str) -> Run:
        fresh = [path for path in self.journals() if path not in before.journals]
        lines = read_journal(fresh[-1]) if fresh else []
        return Run(code, out, err, self._events()[before.events :], lines)

    def _events(self) -> list[str]:
        path = self.path / "events"
        return path.read_text().splitlines() if path.exists() else []


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before a run."""

    journals: frozenset[Path] = frozenset()
    events: int = 0


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a journal."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _arguments(args: tuple[str, ...], plugins: tuple[str, ...]) -> list[str]:
    loaded = [word for name in plugins for word in ("-p", PLUGINS[name])]
    return [*ALONE, *loaded, *args]
