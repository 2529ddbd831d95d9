"""Runs of tests that do harm, each bounded in time, and the check that every iteration is accounted for."""

import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

from campaign import Lab, Run

LONGEST = 90  # seconds; a run that is not done by then hangs

# What a planted test needs: `count` goes up by one a call, whichever process calls; no core files are left.
PLANT = """
import ctypes, os, pytest, random, resource, signal, subprocess, sys, tempfile, threading, time
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def count(name="count"):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "ab", 0) as file:
        file.write(b"x")
        return file.tell()
"""


def planted(body: str, at: int = 3, arguments: str = "") -> str:
    """Return a test file: `body` (one line, or lines with 8 blanks) is run by the planted test's call number `at`."""
    return f"""{PLANT}
def test_before(): pass
def test_planted({arguments}):
    if count() == {at}:
        {body}
def test_after(): pass
"""


def line_of(lab: Lab, text: str, name: str = "test_it.py") -> int:
    """Return the number of the line of the file `name` that holds `text`."""
    lines = (lab.path / name).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def bounded(lab: Lab, *args: str, plugins: tuple[str, ...] = ()) -> Run:
    """Run pytest to its end in a process of its own; one that hangs is killed and fails the test."""
    before = lab._before()
    process = lab.start(*args, plugins=plugins)
    try:
        out, err = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"hung for {LONGEST} seconds:\n{out}\n{err}") from None
    run = lab._after(before, process.returncode, out, err)
    assert "INTERNALERROR" not in out + err, out + err
    return run


def numbers(run: Run) -> dict[str, list[int]]:
    """Return the numbers of each test's recorded iterations, sorted, by the test's name without its file."""
    found: dict[str, list[int]] = {}
    for line in run.iterations:
        found.setdefault(line["nodeid"].partition("::")[2], []).append(line["iteration"])
    return {name: sorted(these) for name, these in found.items()}


def outcomes(run: Run, name: str) -> dict[str, int]:
    """Return how often each outcome of the test `name` was recorded."""
    return dict(Counter(line["outcome"] for line in run.iterations if line["nodeid"].endswith(f"::{name}")))


def isolations(run: Run, name: str) -> list[str]:
    """Return how the iterations of the test `name` were isolated, by their numbers."""
    lines = [line for line in run.iterations if line["nodeid"].endswith(f"::{name}")]
    return [line.get("isolation", "") for line in sorted(lines, key=lambda line: line["iteration"])]


def verdict(run: Run, name: str) -> str:
    """Return the line of the section that gives the verdict on the test `name`."""
    found = [line for line in run.section if f"::{name} " in f"{line} " and not line.strip().startswith("replay")]
    assert len(found) == 1, f"{len(found)} verdicts on {name} in\n{run.out}\n{run.err}"
    return found[0]


def rate_words(run: Run, name: str) -> set[str]:
    """Return the figures that the verdict on the test `name` must show, by the journal.

    What failed in a shared process only is told apart from the rate, which is that of the isolated iterations.
    """
    lines = [line for line in run.iterations if line["nodeid"].endswith(f"::{name}")]
    isolated = [line for line in lines if line.get("isolation")]
    failing = {True: [0, 0], False: [0, 0]}
    for line in lines:
        failing[line in isolated][0] += line["outcome"] not in ("passed", "xpassed")
        failing[line in isolated][1] += 1
    (apart, of_apart), (shared, of_shared) = failing[True], failing[False]
    if shared and of_apart and not apart:
        return {f"({shared} of {of_shared})", f"0/{of_apart} isolated"}
    return {f"{apart + shared}/{of_apart + of_shared}"}


def check_account(run: Run, asked: int, planted_outcomes: dict[str, int]) -> None:
    """Check that all three tests of `planted` ran `asked` times, and that everything shown agrees with the journal."""
    seen = run.out + run.err
    every = list(range(1, asked + 1))
    assert numbers(run) == {"test_before": every, "test_planted": every, "test_after": every}, seen
    assert outcomes(run, "test_planted") == planted_outcomes, seen
    assert outcomes(run, "test_before") == outcomes(run, "test_after") == {"passed": asked}, seen
    failing = asked - planted_outcomes.get("passed", 0)
    for words in rate_words(run, "test_planted"):
        assert words in verdict(run, "test_planted"), seen
    for name in ("test_before", "test_after"):
        assert verdict(run, name).startswith("STABLE"), seen
        assert f"0/{asked}" in verdict(run, name), seen
    assert any(f"{3 * asked} run, 0 lost" in line for line in run.section), seen
    assert [line["reason"] for line in run.of_kind("end")] == ["complete"], seen
    assert run.journal[-1]["kind"] == "end"
    assert run.code == (1 if failing else 0), seen
    assert ("1 failed, 2 passed" if failing else "3 passed") in run.closing, seen


def tracebacks(run: Run) -> str:
    """Return the tracebacks of all signatures."""
    return "\n".join(line.get("traceback", "") for line in run.of_kind("signature"))


def notes(run: Run) -> str:
    """Return the notes of all iterations."""
    return "\n".join(line["note"] for line in run.iterations if line.get("note"))


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
