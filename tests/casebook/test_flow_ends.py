"""The honest ends of `repro run`, each walked by the real program on a real repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flow_world import (
    FOLDER,
    LOG_TOTAL,
    NAME,
    PASSING_LOG,
    RIGHT_TOTAL,
    TARGET,
    WRONG_TOTAL,
    Ended,
    World,
    basket,
    branches,
    walked,
    worktrees,
)

pytestmark = pytest.mark.slow  # each is a whole run, of seconds


class TestAFixThatHolds:
    def test_ends_with_exit_code_0_and_says_so_with_numbers(self, fixed: tuple[World, Ended]) -> None:
        _, ended = fixed
        assert ended.code == 0, ended.out + ended.err
        assert ended.report["status"] == "success"
        assert "success: the fix holds." in ended.out
        assert re.search(r"before +3 of 3 runs fail$", ended.out, re.M)
        assert re.search(r"after +5 of 5 runs pass$", ended.out, re.M)
        assert "| 3/3 | 100 %  \\[29.2, 100\\] |" in ended.markdown
        assert "| 0/5 | below 45.1 % (95 %) |" in ended.markdown
        assert "p = 0.018" in ended.markdown

    def test_says_what_was_not_given_and_what_was_not_examined(self, fixed: tuple[World, Ended]) -> None:
        _, ended = fixed
        inputs = dict(ended.report["inputs"])
        assert inputs["commit of the job"] == "not given; the base was used"
        assert inputs["fix by"].startswith("patch: ")
        assert any("which of its lines matter was not examined" in one for one in ended.report["cause"]["shown"])
        assert ended.report["next_steps"][0].startswith("read the difference")
        assert f"1. {ended.report['next_steps'][0]}" in ended.markdown

    def test_the_log_line_is_shown_with_the_error_that_its_summary_cuts(self, fixed: tuple[World, Ended]) -> None:
        _, ended = fixed
        expected = f"line 20: FAILED {TARGET}  E  AssertionError: a price is missing"
        assert ended.report["reproduction"]["log_line"] == expected

    def test_the_fix_branch_differs_from_the_base_by_the_fix_alone(self, fixed: tuple[World, Ended]) -> None:
        world, _ = fixed
        assert branches(world) == [f"fix/{NAME}", f"repro/{NAME}"]
        assert world.git("diff", "--name-only", "main", f"fix/{NAME}") == "basket.py"
        assert world.git("show", f"fix/{NAME}:basket.py") + "\n" == RIGHT_TOTAL

    def test_no_worktree_is_left(self, fixed: tuple[World, Ended]) -> None:
        world, _ = fixed
        assert len(worktrees(world)) == 1
        assert not list((world.folder / "cache").rglob("*.py"))

    def test_the_command_in_the_branch_readme_fails_as_the_log_says(self, fixed: tuple[World, Ended]) -> None:
        world, _ = fixed
        readme = world.git("show", f"repro/{NAME}:{FOLDER}/README.md")
        [command] = re.findall(r"```sh\n(.*?)\n```", readme, re.S)
        place = world.folder / "look"
        world.git("worktree", "add", "--detach", str(place), f"repro/{NAME}")
        try:
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            done = subprocess.run(
                ["sh", "-c", command], cwd=place, env=world.environment | {"PATH": path}, capture_output=True, text=True
            )
        finally:
            world.git("worktree", "remove", "--force", str(place))
        assert done.returncode == 1
        assert "AssertionError: a price is missing" in done.stdout

    def test_the_log_excerpt_in_the_branch_has_the_line_that_names_the_test(self, fixed: tuple[World, Ended]) -> None:
        world, _ = fixed
        excerpt = world.git("show", f"repro/{NAME}:{FOLDER}/log-excerpt.txt")
        assert f"FAILED {TARGET}" in excerpt

    def test_every_command_in_the_report_runs(self, fixed: tuple[World, Ended]) -> None:
        world, ended = fixed
        before = world.untouched()
        blocks = re.findall(r"```sh\n(.*?)\n```", ended.markdown, re.S)
        assert len(blocks) == 4
        outputs = []
        for block in blocks:
            done = subprocess.run(["sh", "-c", block], cwd="/", env=world.environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            outputs.append(done.stdout)
        look, fails, passes, status = outputs
        assert "return sum(prices)" in look
        assert "1 failed" in fails
        assert "1 passed" in passes
        assert "fixed" in status
        assert world.untouched() == before

    def test_the_journal_is_a_chain_of_every_step(self, fixed: tuple[World, Ended]) -> None:
        world, _ = fixed
        finished = [event["step"] for event in world.events() if event["event"] == "finished"]
        assert finished == [
            "intake",
            "checkout",
            "reproduce",
            "write_test",
            "fix_branch",
            "fix",
            "verify",
            "remove_test",
            "report",
        ]

    def test_it_cannot_be_resumed_again(self, fixed: tuple[World, Ended]) -> None:
        world, _ = fixed
        again = world.repro("resume", world.run_folder.name, "--repository", str(world.project))
        assert again.code == 3
        assert "run-ended" in again.err

    def test_the_developers_who_wrote_the_lines_are_named(self, fixed: tuple[World, Ended]) -> None:
        _, ended = fixed
        assert ["Ada", "wrote basket.py:6, tests/test_basket.py:16"] in ended.report["people"]

    def test_nothing_is_offered_for_pushing_without_a_remote(self, fixed: tuple[World, Ended]) -> None:
        _, ended = fixed
        assert "git push" not in ended.markdown
        assert "nothing has left this machine" in ended.out


def test_a_log_of_a_passing_job_ends_with_nothing_failed(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("desk/ci.log", PASSING_LOG)
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "nothing failed")
    assert "names no failing test" in ended.out
    assert branches(world) == []


def test_a_failure_that_does_not_come_here_is_not_reproduced_and_says_below_what_rate(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("project/basket.py", RIGHT_TOTAL)
    world.git("commit", "-q", "-m", "Right", "basket.py")
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "not reproduced")
    assert "ran 3 times" in ended.out
    assert "below 63.2 % (95 %)" in ended.out
    assert branches(world) == []


def test_another_failure_than_the_logs_is_reported_and_never_counted(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("desk/ci.log", LOG_TOTAL.replace("AssertionError", "ZeroDivisionError"))
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "other signature")
    assert "AssertionError: a price is missing" in ended.out
    assert ended.report["fix"] is None


def test_a_base_that_holds_the_fix_already_is_said_plainly(tmp_path: Path) -> None:
    world = basket(tmp_path)
    buggy = world.git("rev-parse", "HEAD")
    world.write("project/basket.py", RIGHT_TOTAL)
    world.git("commit", "-q", "-m", "Right", "basket.py")
    world.input(commit=buggy)
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "already fixed")
    assert "the base holds a fix already" in ended.out
    assert branches(world) == [f"repro/{NAME}"]


def test_a_test_that_hangs_spends_the_budget_and_is_never_called_a_pass(tmp_path: Path) -> None:
    world = basket(tmp_path, budget={"reproduce": "2s", "fix": "2s", "total": "20s"})
    world.write(
        "project/basket.py",
        WRONG_TOTAL.replace("    return sum", "    import time\n\n    time.sleep(300)\n    return sum"),
    )
    world.git("commit", "-q", "-m", "Hang", "basket.py")
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "budget spent")
    assert "its process was ended at the time limit" in ended.out
