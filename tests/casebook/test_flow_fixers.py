"""Who fixes: patches that hold and that do not, commands, a person, and tests that are there already."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from flow_world import (
    FOLDER,
    NAME,
    RIGHT_TOTAL,
    SETTINGS,
    TARGET,
    TEST_TOTAL,
    WRONG_TOTAL,
    Ended,
    World,
    basket,
    branches,
    by_patch,
    walked,
    worktrees,
)

pytestmark = pytest.mark.slow  # each is a whole run, of seconds

WRONG_FIXES: dict[str, str] = {
    "another wrong sum": WRONG_TOTAL.replace("prices[1:]", "prices[2:]"),
    "a skip": WRONG_TOTAL.replace("    return sum(prices[1:])", '    import pytest\n\n    pytest.skip("later")'),
    "an exit with code 0": WRONG_TOTAL.replace("    return sum(prices[1:])", "    import os\n\n    os._exit(0)"),
    "a printed verdict": WRONG_TOTAL.replace(
        "    return sum(prices[1:])", f'    print("{TARGET} PASSED", flush=True)\n    return 0'
    ),
}


REFUSED = {
    "a loosened test": ("tests/test_basket.py", TEST_TOTAL.replace("== 12", ">= 0")),
    "other settings": ("pyproject.toml", SETTINGS + 'addopts = "--deselect x"\n'),
}
CHANGES = {name: ("basket.py", text) for name, text in WRONG_FIXES.items()} | REFUSED
AGAIN = "another wrong sum"  # is tried a second time at the end


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Ended]:
    """A run whose command makes one wrong change after the other, and the first one again."""
    world = basket(tmp_path_factory.mktemp("wrong"))
    for number, (path, text) in enumerate([*CHANGES.values(), CHANGES[AGAIN]], 1):
        world.write(f"changes/{number}/{path}", text)
    script = world.write("fixer.sh", f"cp -r {world.folder}/changes/$REPRO_ATTEMPT/. .")
    world.input(fix={"by": "command", "command": ["sh", str(script)]}, attempts=len(CHANGES) + 1)
    return world, walked(world)


class TestWrongChanges:
    def test_are_not_fixed_and_leave_the_branch_as_it_was(self, wrong: tuple[World, Ended]) -> None:
        world, ended = wrong
        assert (ended.code, ended.report["status"], ended.report["ending"]) == (1, "failed", "not fixed")
        assert f"All 7 attempts by command left {TARGET} failing" in ended.report["summary"][0]
        assert branches(world) == [f"fix/{NAME}", f"repro/{NAME}"]
        assert world.git("diff", "--name-only", "main", f"fix/{NAME}", "--", ".", f":!{FOLDER}") == ""
        assert str(world.run_folder / "attempts") in ended.report["next_steps"][0]

    @pytest.mark.parametrize("name", WRONG_FIXES)
    def test_leave_the_test_failing(self, wrong: tuple[World, Ended], name: str) -> None:
        assert row_of(wrong, name)["state"] == "still failing"

    def test_that_loosen_the_test_are_refused(self, wrong: tuple[World, Ended]) -> None:
        row = row_of(wrong, "a loosened test")
        assert row["state"] == "refused"
        assert "tests/test_basket.py holds tests that judge the fix" in row["seen"]

    def test_of_pytests_settings_are_refused(self, wrong: tuple[World, Ended]) -> None:
        row = row_of(wrong, "other settings")
        assert (row["state"], row["seen"]) == ("refused", "pyproject.toml changes pytest's settings")

    def test_that_come_a_second_time_are_called_identical_and_not_measured(self, wrong: tuple[World, Ended]) -> None:
        world, ended = wrong
        assert next(iter(CHANGES)) == AGAIN
        row = ended.report["fix"]["attempts"][-1]
        assert row["state"] == "identical"
        assert row["seen"] == "the same change as attempt 1 (still failing), so it was not measured again"
        assert not [one for one in world.events() if one["data"].get("purpose") == f"attempt {len(CHANGES) + 1}"]


def row_of(wrong: tuple[World, Ended], name: str) -> dict[str, Any]:
    row: dict[str, Any] = wrong[1].report["fix"]["attempts"][list(CHANGES).index(name)]
    return row


@pytest.mark.slow  # several seconds of real runs; .ci/run runs it
def test_a_patch_that_mends_the_test_by_breaking_another_does_not_stand(tmp_path: Path) -> None:
    broken = RIGHT_TOTAL.replace("min(prices)", "max(prices)")
    world = by_patch(basket(tmp_path), "basket.py", broken)
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "not fixed")
    assert "tests that fail with the fix and did not fail without it (1): " in ended.out
    assert [row["state"] for row in ended.report["fix"]["attempts"]] == ["rejected"]
    assert "(1): " not in "".join(ended.report["not_shown"])
    assert {row["name"]: row["holds"] for row in ended.report["branches"]}[f"fix/{NAME}"].endswith("no fix")
    assert "test_cheapest_is_the_lowest" in ended.out
    assert world.git("diff", "--name-only", "main", f"fix/{NAME}", "--", "basket.py") == ""


def test_a_patch_that_does_not_apply_says_so_in_gits_words(tmp_path: Path) -> None:
    world = by_patch(basket(tmp_path), "basket.py", RIGHT_TOTAL)
    world.write("project/basket.py", WRONG_TOTAL.replace("prices[1:]", "prices[1:] "))
    world.git("commit", "-q", "-m", "Space", "basket.py")
    ended = walked(world)
    [row] = ended.report["fix"]["attempts"]
    assert row["state"] == "not applied"
    assert "patch does not apply" in row["seen"]


@pytest.mark.slow  # several seconds of real runs; .ci/run runs it
def test_a_fixer_that_outlives_the_budget_is_ended_and_the_report_says_budget_spent(tmp_path: Path) -> None:
    world = basket(tmp_path)
    pid = world.folder / "pid"
    command = ["sh", "-c", f"echo $$ > {pid}; exec sleep 300"]
    world.input(fix={"by": "command", "command": command}, budget={"reproduce": "60s", "fix": "4s", "total": "100s"})
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (1, "budget spent")
    assert [row["state"] for row in ended.report["fix"]["attempts"]] == ["cut"]
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    assert any("budget.fix" in one for one in ended.report["next_steps"])


@pytest.mark.slow  # several seconds of real runs; .ci/run runs it
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


@pytest.mark.slow  # several seconds of real runs; .ci/run runs it
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
    listed = world.repro("status", "--repository", str(world.project))
    assert "your turn (in fix)" in listed.out
    told = world.repro("status", world.run_folder.name[:16], "--repository", str(world.project))
    assert " resume " in told.out
    assert "3 of 3 runs fail" in told.out
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


def test_a_second_run_on_one_failure_takes_names_of_its_own(tmp_path: Path) -> None:
    world = basket(tmp_path, fix={"by": "command", "command": ["false"]}, attempts=1)
    taken = {name: world.git("rev-parse", "main") for name in (f"fix/{NAME}", f"repro/{NAME}-2")}
    for name in taken:
        world.git("branch", name)
    assert walked(world).code == 1
    assert branches(world) == sorted([*taken, f"fix/{NAME}-3", f"repro/{NAME}-3"])
    assert {name: world.git("rev-parse", name) for name in taken} == taken


@pytest.mark.slow  # several seconds of real runs; .ci/run runs it
def test_what_setup_leaves_is_in_no_fix_and_keep_test_leaves_the_test_there(tmp_path: Path) -> None:
    world = basket(tmp_path, keep_test=True)
    generated = TEST_TOTAL.replace("from basket", "import made\nfrom basket")
    world.write("project/tests/test_basket.py", generated)
    world.git("commit", "-q", "-m", "Needs a generated module", "tests/test_basket.py")
    by_patch(world, "basket.py", RIGHT_TOTAL)
    world.input(setup=[["{python}", "-c", "open('made.py', 'w').write('x = 1')"]])
    ended = walked(world)
    assert ended.code == 0, ended.out + ended.err
    changed = world.git("diff", "--name-only", "main", f"fix/{NAME}").splitlines()
    assert [path for path in changed if not path.startswith(f"{FOLDER}/")] == ["basket.py"]
    assert f"{FOLDER}/test_repro_total_counts_every_price.py" in changed
    assert "made.py" not in ended.report["fix"]["diff"]


def test_a_setup_command_that_fails_ends_with_its_words(tmp_path: Path) -> None:
    ended = walked(basket(tmp_path, setup=[["{python}", "-c", "raise SystemExit('no compiler here')"]]))
    assert (ended.code, ended.report["ending"]) == (3, "error")
    assert "no compiler here" in ended.out
