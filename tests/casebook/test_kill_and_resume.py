"""SIGKILL of `repro run` as each step starts and in the middle of it: `repro resume` finishes with the same result."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flow_world import RIGHT_TOTAL, SAFE_COUNTER, Ended, World, basket, by_patch, counter

STEPS = ("intake", "checkout", "reproduce", "write_test", "fix_branch", "fix", "verify", "remove_test", "report")
EVENTS = ("started", "progress")
MIDDLES = ("checkout", "reproduce", "write_test", "fix_branch", "fix", "verify")  # the others end within milliseconds


# The program itself, which is killed by the kernel as soon as its journal holds the event.
KILLED = """
import os, signal, sys
from harness.adapters.journal_file import JournalFile
point, append = (sys.argv.pop(1), sys.argv.pop(1)), JournalFile.append
def append_and_die(self, step, event, data):
    append(self, step, event, data)
    if (step, event) == point:
        os.kill(os.getpid(), signal.SIGKILL)
JournalFile.append = append_and_die
from harness.cli import main
main()
"""


def kill_at(world: World, words: list[str], step: str, event: str) -> None:
    """Run `repro WORDS`, which is killed when its journal tells of a new `event` of `step`."""
    command = [sys.executable, "-c", KILLED, step, event, *words]
    done = subprocess.run(command, cwd=world.desk, env=world.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, f"it ended before {step} {event}: {done.stdout}{done.stderr}"


def resume_words(world: World) -> list[str]:
    return ["resume", world.run_folder.name, "--repository", str(world.project)]


def result_of(world: World, ended: Ended) -> dict[str, Any]:
    """Return what must be the same whether or not a run was killed on its way."""
    report = ended.report
    name = report["title"]
    return {
        "code": ended.code,
        "status": report["status"],
        "branches": report["branches"],
        "fix": world.git("rev-parse", f"fix/{name}^{{tree}}"),
        "test": world.git("rev-parse", f"repro/{name}^{{tree}}"),
        "diff": report["fix"]["diff"],
        "attempts": [row["state"] for row in report["fix"]["attempts"]],
        "worktrees": world.git("worktree", "list", "--porcelain").count("worktree "),
    }


@pytest.mark.slow
def test_a_run_killed_at_and_in_every_step_ends_like_one_that_was_not(
    tmp_path: Path, fixed: tuple[World, Ended]
) -> None:
    killed_on_the_way(
        tmp_path, fixed, [(step, event) for step in STEPS for event in EVENTS if event == "started" or step in MIDDLES]
    )


def test_a_run_killed_again_and_again_ends_like_one_that_was_not(tmp_path: Path, fixed: tuple[World, Ended]) -> None:
    killed_on_the_way(tmp_path, fixed, [(step, "started") for step in ("fix", "report")])


def killed_on_the_way(place: Path, fixed: tuple[World, Ended], points: list[tuple[str, str]]) -> None:
    """Kill a run at each of `points`, resume it as `status` says, and compare its end with an undisturbed run's."""
    expected = result_of(*fixed)
    assert expected["code"] == 0
    world = by_patch(basket(place), "basket.py", RIGHT_TOTAL)
    before = world.untouched()
    words = ["run", "info.json"]
    for step, event in points:
        kill_at(world, words, step, event)
        assert world.untouched() == before
        words = resume_words(world)
    shown = world.repro("status", world.run_folder.name, "--repository", str(world.project))
    assert f"at {points[-1][0]}: at work, or killed" in shown.out
    [command] = [line.partition("go on")[2].strip() for line in shown.out.splitlines() if line.startswith("go on")]
    done = subprocess.run(
        ["sh", "-c", command], cwd=world.desk, env=world.environment, capture_output=True, text=True, timeout=120
    )
    assert "success: the fix holds." in done.stdout, done.stderr
    ended = Ended(done.returncode, done.stdout, done.stderr, world.desk / "outputs")
    assert world.untouched() == before
    assert result_of(world, ended) == expected


@pytest.mark.slow
def test_a_campaign_killed_in_its_middle_is_measured_anew_and_proves_the_fix(tmp_path: Path) -> None:
    world = by_patch(counter(tmp_path), "counter.py", SAFE_COUNTER)
    before = world.untouched()
    kill_at(world, ["run", "info.json"], "verify", "progress")
    ended = world.repro(*resume_words(world))
    assert world.untouched() == before
    assert ended.code == 0, ended.out + ended.err
    counts = [row["counts"] for row in ended.report["fix"]["measured"]]
    failed, runs = map(int, counts[0].split("/"))
    assert 5 <= failed <= runs
    assert counts[1].startswith("0/")


def test_a_journal_that_was_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    world = by_patch(basket(tmp_path), "basket.py", RIGHT_TOTAL)
    kill_at(world, ["run", "info.json"], "write_test", "started")
    journal = world.run_folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"failures":3', b'"failures":2', 1))
    ended = world.repro(*resume_words(world))
    assert (ended.code, "run-journal-damaged" in ended.err) == (3, True)


def test_a_run_at_work_is_not_joined_by_itself_or_by_another_on_the_same_failure(tmp_path: Path) -> None:
    world = basket(tmp_path)
    begun, hold = world.folder / "begun", world.folder / "hold"
    os.mkfifo(hold)
    command = ["sh", "-c", f": >{begun}; read line <{hold}; exit 1"]  # it begins, and waits for a line
    world.input(fix={"by": "command", "command": command}, attempts=1)
    running = subprocess.Popen(world.command("run", "info.json"), cwd=world.desk, env=world.environment)
    while not begun.exists():
        assert running.poll() is None
        time.sleep(0.01)
    beside = world.repro(*resume_words(world))
    another = world.repro("run", "info.json")
    ending = another.report["ending"]
    hold.write_text("go on\n")
    running.wait()
    assert (beside.code, "run-at-work" in beside.err) == (3, True)
    assert (another.code, ending) == (3, "error")
    assert "another run is at work" in another.out
