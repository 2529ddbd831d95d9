"""What `repro run`, `resume` and `status` print and keep, beside the flow itself."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flow_world import (
    LOG_TOTAL,
    PASSING_LOG,
    RIGHT_TOTAL,
    WRONG_TOTAL,
    Ended,
    basket,
    by_patch,
    until,
    walked,
    worktrees,
)

pytestmark = pytest.mark.slow  # each is a whole run, of seconds


def test_a_missing_log_still_writes_a_report(tmp_path: Path) -> None:
    ended = walked(basket(tmp_path, raw_logs="no-such.log"))
    assert (ended.code, ended.report["status"]) == (3, "failed")
    assert "raw-logs-missing" in ended.err
    assert "no-such.log" in ended.markdown


def test_json_leaves_standard_output_to_the_report_alone(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("desk/ci.log", PASSING_LOG)
    ended = walked(world, "--json")
    printed: dict[str, Any] = json.loads(ended.out)
    assert printed["ending"] == "nothing failed"
    assert Path(world.desk / printed["report"]).is_file()


def test_quiet_prints_the_closing_block_only_and_output_dir_takes_the_report(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("desk/ci.log", PASSING_LOG)
    ended = world.repro("run", "info.json", "-q", "--output-dir", "elsewhere")
    assert ended.out.startswith("failed: nothing failed.")
    assert len(list((world.desk / "elsewhere").glob("*.md"))) == 1
    assert not (world.desk / "outputs").exists()


def test_a_log_on_standard_input_is_kept_redacted_for_a_resumed_run_and_so_is_the_prompt(tmp_path: Path) -> None:
    world = basket(tmp_path, raw_logs="-", prompt="The total is wrong with password=hunter2hunter2")
    world.write("project/basket.py", RIGHT_TOTAL)
    world.git("commit", "-q", "-m", "Right", "basket.py")
    secret = "ghp_" + "a1B2" * 9
    ended = world.repro("run", "info.json", stdin=f"token {secret}\n{LOG_TOTAL}")
    assert ended.report["ending"] == "not reproduced"
    stored = b"".join(
        path.read_bytes() for place in (world.run_folder, ended.outputs) for path in place.rglob("*") if path.is_file()
    )
    assert b"test_total_counts_every_price" in stored
    assert secret.encode() not in stored
    assert b"hunter2" not in stored


def test_secrets_of_the_setup_and_of_pytests_arguments_are_not_in_the_report(tmp_path: Path) -> None:
    world = basket(
        tmp_path, pytest_args=["-o", "token=Hunter2xyz9Hunter2"], setup=[["true", "https://bob:Hunter2xyz9@h.example/"]]
    )
    by_patch(world, "basket.py", RIGHT_TOTAL)
    ended = walked(world)
    assert ended.code == 0, ended.out + ended.err
    stored = "".join(path.read_text() for path in ended.outputs.rglob("*") if path.is_file())
    assert "-o token=<redacted>" in stored
    assert "Hunter2" not in stored + ended.out


def test_status_of_an_unknown_run_says_so(tmp_path: Path) -> None:
    world = basket(tmp_path)
    unknown = world.repro("status", "19990101", "--repository", str(world.project))
    assert (unknown.code, "no-such-run" in unknown.err) == (3, True)


def test_ctrl_c_ends_the_children_and_writes_a_report(tmp_path: Path) -> None:
    world = basket(tmp_path)
    pid = world.folder / "pid"
    note = f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))"
    hang = f"    import os, time, pathlib\n    {note}\n    time.sleep(300)\n    return sum"
    world.write("project/basket.py", WRONG_TOTAL.replace("    return sum", hang))
    world.git("commit", "-q", "-m", "Hang", "basket.py")
    before = world.untouched()
    running = subprocess.Popen(
        world.command("run", "info.json"), cwd=world.desk, env=world.environment, stdout=subprocess.PIPE, text=True
    )
    until(lambda: pid.exists() and pid.read_text() != "")
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    ended = Ended(running.returncode, out, "", world.desk / "outputs")
    assert (ended.code, ended.report["ending"]) == (130, "interrupted")
    assert " resume " in ended.out
    assert not Path(f"/proc/{pid.read_text()}").exists()
    assert world.untouched() == before
    assert len(worktrees(world)) == 1


def test_the_report_says_that_it_compared_the_users_things(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("desk/ci.log", PASSING_LOG)
    ended = walked(world)
    assert "your branches and files are as they were (compared before and after)" in ended.report["summary"][1]


def test_a_fixer_that_writes_into_the_users_folder_is_told_of_and_the_fix_is_partial(tmp_path: Path) -> None:
    world = basket(tmp_path)
    patch = Path(world.patch("basket.py", RIGHT_TOTAL))
    script = world.write("fixer.sh", f"git apply {patch} && echo more >> {world.project}/untracked.txt")
    world.input(fix={"by": "command", "command": ["sh", str(script)]})
    ended = world.repro("run", "info.json")
    assert (ended.code, ended.report["status"], ended.report["ending"]) == (1, "partial", "not fully shown")
    outcome, left = ended.report["summary"]
    assert outcome.startswith("The fix holds: ")
    assert "changed while the run went on: untracked.txt" in outcome
    assert "repro does not write them: it was the fixer" in left
    assert "as they were" not in left


def test_reports_inside_the_repository_are_no_change_of_the_users(tmp_path: Path) -> None:
    world = basket(tmp_path)
    world.write("desk/ci.log", PASSING_LOG)
    (world.project / "outputs").mkdir()
    for _ in range(2):
        ended = world.repro("run", "info.json", "--output-dir", str(world.project / "outputs"))
        assert ended.code == 1
    reports = sorted((world.project / "outputs").glob("*.json"))
    assert len(reports) == 2
    assert all("(compared before and after)" in json.loads(one.read_text())["summary"][1] for one in reports)


def test_an_output_folder_that_cannot_be_written_is_found_before_the_first_step(tmp_path: Path) -> None:
    world = basket(tmp_path)
    ended = world.repro("run", "info.json", "--output-dir", "ci.log/reports")
    assert ended.code == 3
    assert "error[output-unwritable]" in ended.err
    assert "--output-dir FOLDER" in ended.err
    assert not (world.project / ".git" / "repro").exists()


def test_a_report_that_cannot_be_written_at_the_end_goes_beside_the_evidence(tmp_path: Path) -> None:
    world = basket(tmp_path)
    folder = world.desk / "reports"
    script = world.write("setup.sh", f"rm -r {folder}; echo > {folder}")
    world.input(setup=[["sh", str(script)]])
    ended = world.repro("run", "info.json", "--output-dir", str(folder))
    assert ended.code != 70
    assert "the report cannot be written into" in ended.out
    assert len(list(world.run_folder.glob("*.md"))) >= 1


def test_a_wrong_commit_is_mended_in_the_input_and_not_resumed(tmp_path: Path) -> None:
    world = basket(tmp_path, commit="0123456789012345678901234567890123456789")
    ended = walked(world)
    assert (ended.code, ended.report["ending"]) == (3, "error")
    assert " resume " not in ended.out + ended.markdown
    assert "mend the input file" in ended.out
    run = world.run_folder.name
    assert " resume " not in world.repro("status", run, "--repository", str(world.project)).out
    refused = world.repro("resume", run, "--repository", str(world.project))
    assert (refused.code, "run-ended" in refused.err) == (3, True)


def test_an_empty_repository_is_told_to_have_no_commit(tmp_path: Path) -> None:
    world = basket(tmp_path)
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
    world.input(repository=str(tmp_path / "empty"))
    ended = world.repro("run", "info.json")
    assert ended.code == 3
    assert "error[no-commit-yet]" in ended.err
    assert "commit first" in ended.err
    assert " resume " not in ended.out + ended.err
