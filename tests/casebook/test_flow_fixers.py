"""Who fixes: patches that hold and that do not, commands, a person, and tests that are there already."""

import subprocess
from pathlib import Path

import pytest
from flow_world import (
    FOLDER,
    NAME,
    RIGHT_TOTAL,
    TARGET,
    TEST_TOTAL,
    WRONG_TOTAL,
    World,
    basket,
    branches,
    by_patch,
    walked,
    worktrees,
)

WRONG_FIXES: dict[str, str] = {
    "another wrong sum": WRONG_TOTAL.replace("prices[1:]", "prices[2:]"),
    "a skip": WRONG_TOTAL.replace("    return sum(prices[1:])", '    import pytest\n\n    pytest.skip("later")'),
    "an exit with code 0": WRONG_TOTAL.replace("    return sum(prices[1:])", "    import os\n\n    os._exit(0)"),
    "a printed verdict": WRONG_TOTAL.replace(
        "    return sum(prices[1:])", f'    print("{TARGET} PASSED", flush=True)\n    return 0'
    ),
}


@pytest.mark.parametrize("name", WRONG_FIXES)
def test_a_wrong_patch_is_not_fixed(tmp_path: Path, name: str) -> None:
    world = by_patch(basket(tmp_path), "basket.py", WRONG_FIXES[name])
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "not fixed")
    assert ended.report["status"] == "failed"
    assert [row["state"] for row in ended.report["fix"]["attempts"]] == ["still failing"]
    assert branches(world) == [f"fix/{NAME}", f"repro/{NAME}"]
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}", "--", "basket.py") == ""


def test_a_patch_that_mends_the_test_by_breaking_another_does_not_stand(tmp_path: Path) -> None:
    broken = RIGHT_TOTAL.replace("min(prices)", "max(prices)")
    world = by_patch(basket(tmp_path), "basket.py", broken)
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "not fixed")
    assert "passed without the fix and fails with it" in ended.out.replace("fail with", "fails with")
    assert "test_cheapest_is_the_lowest" in ended.out
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}", "--", "basket.py") == ""


def test_a_patch_that_loosens_the_test_is_refused(tmp_path: Path) -> None:
    loose = TEST_TOTAL.replace("== 12", ">= 0")
    world = by_patch(basket(tmp_path), "tests/test_basket.py", loose)
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "not fixed")
    [row] = ended.report["fix"]["attempts"]
    assert row["state"] == "refused"
    assert "tests/test_basket.py holds tests that judge the fix" in row["seen"]


def test_a_patch_that_changes_pytests_settings_is_refused(tmp_path: Path) -> None:
    world = basket(tmp_path)
    settings = (world.project / "pyproject.toml").read_text() + 'addopts = "--deselect x"\n'
    ended = walked(by_patch(world, "pyproject.toml", settings))
    [row] = ended.report["fix"]["attempts"]
    assert (row["state"], row["seen"]) == ("refused", "pyproject.toml changes pytest's settings")


def test_a_patch_that_does_not_apply_says_so_in_gits_words(tmp_path: Path) -> None:
    world = by_patch(basket(tmp_path), "basket.py", RIGHT_TOTAL)
    world.write("project/basket.py", WRONG_TOTAL.replace("prices[1:]", "prices[1:] "))
    world.git("commit", "-q", "-m", "Space", "basket.py")
    ended = walked(world)
    [row] = ended.report["fix"]["attempts"]
    assert row["state"] == "not applied"
    assert "patch does not apply" in row["seen"]


def test_a_fixer_that_outlives_the_budget_is_ended_and_the_report_says_budget_spent(tmp_path: Path) -> None:
    world = basket(tmp_path)
    pid = world.folder / "pid"
    command = ["sh", "-c", f"echo $$ > {pid}; exec sleep 300"]
    world.input(fix={"by": "command", "command": command}, budget={"reproduce": "60s", "fix": "2s", "total": "100s"})
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "budget spent")
    assert [row["state"] for row in ended.report["fix"]["attempts"]] == ["cut"]
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    assert any("budget.fix" in one for one in ended.report["next_steps"])


def test_a_command_gets_the_evidence_and_another_attempt_until_the_test_passes(tmp_path: Path) -> None:
    world = basket(tmp_path)
    right = world.write("right.py", RIGHT_TOTAL)
    seen = world.folder / "seen"
    script = world.write(
        "fixer.sh",
        f"""
mkdir -p {seen}
env > {seen}/env-$REPRO_ATTEMPT
cp $REPRO_PROMPT_FILE {seen}/prompt-$REPRO_ATTEMPT
if [ $REPRO_ATTEMPT = 1 ]; then sed -i s/1:/2:/ basket.py; exit 0; fi
cp {right} basket.py
echo 'The slice drops the first price. <b>@everyone</b>' > $REPRO_NOTES_FILE
git add -A; git commit -q -m 'done by the agent'
""",
    )
    world.input(fix={"by": "command", "command": ["sh", str(script)]})
    ended = walked(world)
    assert ended.code == 0, ended.out + ended.err
    assert [row["state"] for row in ended.report["fix"]["attempts"]] == ["still failing", "passed"]
    assert "The slice drops" in ended.report["cause"]["notes"]
    assert "its own words" in ended.markdown
    assert "1: still failing" in (seen / "prompt-2").read_text()
    assert f"{TARGET}" not in (seen / "prompt-1").read_text().splitlines()[0]
    assert "done by the agent" not in world.git("log", "--format=%s", f"fix/{NAME}")
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}") == "basket.py"


def test_keep_test_leaves_the_reproduction_test_in_the_fix_branch(tmp_path: Path) -> None:
    world = by_patch(basket(tmp_path, keep_test=True), "basket.py", RIGHT_TOTAL)
    ended = walked(world)
    assert ended.code == 0
    changed = world.git("diff", "--name-only", "main", f"fix/{NAME}").splitlines()
    assert "basket.py" in changed
    assert f"{FOLDER}/test_repro_total_counts_every_price.py" in changed


def test_an_existing_test_is_used_as_it_is(tmp_path: Path) -> None:
    world = by_patch(
        basket(tmp_path, raw_logs=None, existing_test_path="tests/test_basket.py"), "basket.py", RIGHT_TOTAL
    )
    ended = walked(world)
    assert ended.code == 0, ended.out + ended.err
    assert branches(world) == [f"fix/{NAME}"]
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}") == "basket.py"
    steps = [event["step"] for event in world.events() if event["event"] == "finished"]
    assert not {"intake", "checkout", "reproduce"} & set(steps)


def test_an_untracked_test_of_the_user_is_copied_and_committed_on_a_branch_of_its_own(tmp_path: Path) -> None:
    target = "tests/test_mine.py::test_total_counts_every_price"
    world = by_patch(basket(tmp_path, raw_logs=None, existing_test_path=target), "basket.py", RIGHT_TOTAL)
    world.write("project/tests/test_mine.py", TEST_TOTAL)
    ended = walked(world)
    assert ended.code == 0, ended.out + ended.err
    assert world.git("show", "--name-only", "--format=", f"repro/{NAME}") == "tests/test_mine.py"
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}") == "basket.py"


def test_a_missing_existing_test_names_what_was_looked_for(tmp_path: Path) -> None:
    ended = walked(basket(tmp_path, raw_logs=None, existing_test_path="tests/test_nowhere.py"))
    assert (ended.code, ended.report["ending"]) == (3, "error")
    assert "tests/test_nowhere.py" in ended.out


def test_a_person_is_told_everything_and_resume_goes_on(tmp_path: Path) -> None:
    world = basket(tmp_path)
    first = walked(world)
    assert (first.code, first.report["status"], first.report["ending"]) == (1, "partial", "your turn")
    steps = first.report["next_steps"]
    [place] = [step.partition(": cd ")[2] for step in steps if ": cd " in step]
    [resume] = [step.partition(": ")[2] for step in steps if " resume " in step]
    [see] = [step.partition(": ")[2] for step in steps if step.startswith("see the test fail")]
    shown = subprocess.run(["sh", "-c", see], cwd=place, env=world.environment, capture_output=True, text=True)
    assert "a price is missing" in shown.stdout

    unchanged = _shell(world, resume)
    assert "Nothing has changed" in unchanged
    (Path(place) / "basket.py").write_text(WRONG_TOTAL.replace("[1:]", "[2:]"))
    assert "still failing" in _shell(world, resume)
    (Path(place) / "basket.py").write_text(RIGHT_TOTAL)
    assert "success: the fix holds." in _shell(world, resume)
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}") == "basket.py"
    assert len(worktrees(world)) == 1


def _shell(world: World, command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command], cwd=world.folder, env=world.environment, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


def test_two_runs_on_one_failure_take_names_of_their_own(tmp_path: Path) -> None:
    world = by_patch(basket(tmp_path), "basket.py", WRONG_FIXES["another wrong sum"])
    walked(world)
    old = {name: world.git("rev-parse", name) for name in branches(world)}
    by_patch(world, "basket.py", RIGHT_TOTAL)
    assert walked(world).code == 0
    assert branches(world) == [f"fix/{NAME}", f"fix/{NAME}-2", f"repro/{NAME}", f"repro/{NAME}-2"]
    assert {name: world.git("rev-parse", name) for name in old} == old


def test_what_setup_leaves_in_the_tree_is_there_for_every_run_and_in_no_fix(tmp_path: Path) -> None:
    world = basket(tmp_path)
    generated = TEST_TOTAL.replace("from basket", "import made\nfrom basket")
    world.write("project/tests/test_basket.py", generated)
    world.git("commit", "-q", "-m", "Needs a generated module", "tests/test_basket.py")
    by_patch(world, "basket.py", RIGHT_TOTAL)
    world.input(setup=[["{python}", "-c", "open('made.py', 'w').write('x = 1')"]])
    ended = walked(world)
    assert ended.code == 0, ended.out + ended.err
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}") == "basket.py"
    assert "made.py" not in ended.report["fix"]["diff"]


def test_a_setup_command_that_fails_ends_with_its_words(tmp_path: Path) -> None:
    ended = walked(basket(tmp_path, setup=[["{python}", "-c", "raise SystemExit('no compiler here')"]]))
    assert (ended.code, ended.report["ending"]) == (3, "error")
    assert "no compiler here" in ended.out
