"""Whole processes, measured one after the other in turns, so that a busy machine slows all contenders alike.

CPU seconds (user and system) and peak memory come from wait4: those of the children that a process has waited for are
in both (of the memory the largest), children that died unnoticed are not. Quote medians of ratios and the conditions.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

PYTEST: Final = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
REPRO: Final = (*PYTEST, "-p", "pytest_repro.plugin")
XDIST: Final = ("-p", "xdist.plugin")
REPEAT: Final = (*PYTEST, "-p", "pytest_repeat")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: CPU seconds, peak resident memory in MiB, and wall seconds."""

    cpu: float
    peak: float
    wall: float


def run(command: Sequence[str], folder: Path, *, code: int = 0, autoload: bool = False) -> Cost:
    """Run `command` in `folder`; raises SystemExit for another exit code.

    No plugin but those named in the command is loaded; with `autoload` all that are installed are.
    """
    env = os.environ | {"PYTHONPATH": str(folder)}
    # The last as for a person, whose files are compiled once.
    for name in ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTHONDONTWRITEBYTECODE"):
        env.pop(name, None)
    if not autoload:
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with (folder / "output.txt").open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code:
        sys.exit(f"{command} ended with {process.returncode}:\n{(folder / 'output.txt').read_text()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall)


def in_turns(jobs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return what each job measured in each round; every other round runs them backwards."""
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds):
        for name in list(jobs) if number % 2 == 0 else list(jobs)[::-1]:
            found[name].append(jobs[name]())
    return found


def median_ratio(one: Iterable[float], other: Iterable[float]) -> float:
    """Return the median of `one` / `other`, taken round by round."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def arguments(about: str | None, **defaults: int) -> argparse.Namespace:
    """Return the command line: one whole number for each of `defaults`, and --check."""
    parser = argparse.ArgumentParser(description=about)
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value, help=f"default {value}")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a bar is missed")
    return parser.parse_args()


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print the conditions and a table."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"Python {platform.python_version()}, pytest {pytest.__version__}, {os.cpu_count()} cores, load average {load}"
    )
    lines = [[str(cell) for cell in row] for row in [headers, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def conclude(missed: Sequence[str], check: bool) -> None:
    """Say which bars were missed; end with exit code 1 for it only if `check`."""
    for one in missed:
        print(f"MISSED: {one}")
    if check and missed:
        sys.exit(1)
