"""Where a run keeps its worktrees."""

import subprocess
from pathlib import Path

import pytest

from harness.adapters.git import GitRepository
from harness.cli.wiring import hold, trees_folder
from pytest_repro.core.errors import ReproError


def made(path: Path) -> GitRepository:
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    return GitRepository(path)


def test_runs_of_two_repositories_with_the_same_id_keep_apart(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other")
    assert trees_folder(tmp_path, one, "run") != trees_folder(tmp_path, other, "run")
    assert trees_folder(tmp_path, one, "run") == trees_folder(tmp_path, GitRepository(tmp_path / "one"), "run")


def test_a_run_begun_by_an_earlier_version_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other")
    (tmp_path / "run" / "fix").mkdir(parents=True)
    (tmp_path / "run" / "fix" / ".git").write_text(f"gitdir: {one.common / 'worktrees' / 'fix'}\n")
    assert trees_folder(tmp_path, one, "run") == tmp_path / "run"
    assert trees_folder(tmp_path, other, "run") != tmp_path / "run"


def test_a_run_at_work_is_looked_up_by_a_command_that_names_its_repository(tmp_path: Path) -> None:
    one = made(tmp_path / "one two")
    with hold(one, "key", "at work"), pytest.raises(ReproError) as caught, hold(one, "key", "at work"):
        raise AssertionError("held twice")
    assert caught.value.slug == "run-at-work"
    assert caught.value.hint.endswith(f" status --repository '{one.root}'")
