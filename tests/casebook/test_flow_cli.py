"""What `repro run`, `resume` and `status` print and keep, beside the flow itself."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from flow_world import (
    LOG_TOTAL,
    PASSING_LOG,
    RIGHT_TOTAL,
    WRONG_TOTAL,
    Ended,
    basket,
    until,
    walked,
    worktrees,
)


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


def test_a_log_on_standard_input_is_kept_redacted_for_a_resumed_run(tmp_path: Path) -> None:
    world = basket(tmp_path, raw_logs="-")
    world.write("project/basket.py", RIGHT_TOTAL)
    world.git("commit", "-q", "-m", "Right", "basket.py")
    secret = "ghp_" + "a1B2" * 9
    ended = world.repro("run", "info.json", stdin=f"token {secret}\n{LOG_TOTAL}")
    assert ended.report["ending"] == "not reproduced"
    stored = b"".join(path.read_bytes() for path in world.run_folder.rglob("*") if path.is_file())
    assert b"test_total_counts_every_price" in stored
    assert secret.encode() not in stored


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
