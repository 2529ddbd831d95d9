"""The embedded example, from its CI log to a verified fix, by the program as the README calls it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Most of a minute of real runs, which .ci/run makes; every step and every kind of end has a test on a smaller project.
pytestmark = pytest.mark.slow
SOURCE = Path(__file__).resolve().parents[2]
EXAMPLE = SOURCE / "info.json.example"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example was run."""
    desk = tmp_path_factory.mktemp("example")
    shutil.copy(EXAMPLE, desk)
    done = repro(desk, "run", EXAMPLE.name)
    (desk / "said.txt").write_text(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    return desk


def environment(desk: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return kept | {"REPRO_CACHE_DIR": str(desk / "cache"), "PYTHONPATH": str(SOURCE)}


def repro(desk: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from harness.cli import main; main()", *words],
        cwd=desk,
        env=environment(desk),
        capture_output=True,
        text=True,
        timeout=300,
    )


def report(desk: Path) -> dict[str, Any]:
    [twin] = (desk / "outputs").glob("*.json")
    found: dict[str, Any] = json.loads(twin.read_text())
    return found


def repository(desk: Path) -> Path:
    return Path(dict(report(desk)["inputs"])["repository"])


def git(desk: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=repository(desk), capture_output=True, text=True, check=True
    ).stdout.strip()


def test_all_nine_steps_are_told_and_the_fix_holds(desk: Path) -> None:
    said = (desk / "said.txt").read_text()
    steps = re.findall(r"^✓ (\w+)", said, re.M)
    assert steps == ["intake", "checkout", "reproduce", "write_test", "fix_branch", "fix", "verify", "remove_test"]
    [path] = re.findall(r"^success: the fix holds\. +report: (\S+)$", said, re.M)
    assert (desk / path).is_file()


def test_the_rate_fell_and_the_numbers_say_so(desk: Path) -> None:
    fix = report(desk)["fix"]
    before, after = (tuple(map(int, row["counts"].split("/"))) for row in fix["measured"])
    assert before[0] >= 5
    assert before[1] >= 12
    assert after[0] == 0
    assert float(fix["p_value"]) <= 0.05
    assert re.search(r"\[\d", fix["measured"][0]["rate"])
    assert fix["measured"][1]["rate"].startswith("below ")


def test_the_fix_branch_holds_the_fix_alone_and_main_did_not_move(desk: Path) -> None:
    [branch] = [row["name"] for row in report(desk)["branches"] if row["name"].startswith("fix/")]
    changed = git(desk, "diff", "--name-only", "main", branch).splitlines()
    assert changed
    assert not [name for name in changed if "repro" in name or name.startswith("tests/")]
    assert git(desk, "rev-list", "--count", f"main..{branch}") == "1"
    assert git(desk, "status", "--porcelain") == ""


def test_every_command_in_the_report_runs_and_shows_what_it_says(desk: Path) -> None:
    [markdown] = (desk / "outputs").glob("*.md")
    blocks = re.findall(r"```sh\n(.*?)\n```", markdown.read_text(), re.S)
    said = [
        subprocess.run(["sh", "-c", block], cwd="/", env=environment(desk), capture_output=True, text=True)
        for block in blocks
    ]
    assert [done.returncode for done in said] == [0] * 4, [done.stderr for done in said]
    assert "diff --git" in said[0].stdout
    assert "1 passed" in said[2].stdout
    assert git(desk, "worktree", "list").count("\n") == 0


def test_the_report_claims_no_cause_that_was_not_shown(desk: Path) -> None:
    [markdown] = (desk / "outputs").glob("*.md")
    text = markdown.read_text()
    assert "no cause is claimed beyond the lines above" in text
    assert "## Not shown" in text
    assert "leave room for a rate up to" in text
