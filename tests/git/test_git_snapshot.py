"""A snapshot names everything of the user's, and taking it writes nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from git_user import User, run_git

from harness.adapters.git import GitRepository
from harness.domain.own_things import OwnThings

CHANGES: dict[str, tuple[Callable[[User], object], str]] = {
    "a commit": (lambda user: user.git("commit", "-q", "-m", "more"), "the branch topic"),
    "a moved branch": (lambda user: user.git("branch", "-f", "other", "other~1"), "the branch other"),
    "a new tag": (lambda user: user.git("tag", "v1"), "refs/tags/v1"),
    "another HEAD": (lambda user: user.git("symbolic-ref", "HEAD", "refs/heads/other"), "HEAD"),
    "a dropped stash": (lambda user: user.git("stash", "drop", "-q"), "the stash"),
    "a tracked file": (lambda user: (user.root / "bin.dat").write_bytes(b"x"), "bin.dat"),
    "a modified file": (lambda user: (user.root / "pool.py").write_text("SIZE = 5\n"), "pool.py"),
    "an untracked file": (lambda user: (user.root / "notes ünd more.txt").write_text("longer than before"), "ascii"),
    "a new file": (lambda user: (user.root / "new dir.py").write_text(""), "new dir.py"),
    "a deleted file": (lambda user: (user.root / "staged.py").unlink(), "staged.py"),
    "a file of the same size": (lambda user: os.utime(user.root / "staged.py", ns=(1, 1)), "staged.py"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_users_is_named(user: User, repository: GitRepository, change: str) -> None:
    act, label = CHANGES[change]
    before = repository.snapshot()
    act(user)
    changed = OwnThings.between(before, repository.snapshot(), (), ()).changed or ()
    assert ("notes ünd more.txt" if label == "ascii" else label) in changed


def test_a_stash_below_the_newest_is_compared_too(user: User, repository: GitRepository) -> None:
    user.git("stash", "-q")
    before = repository.snapshot()
    user.git("stash", "drop", "-q", "stash@{1}")
    assert OwnThings.between(before, repository.snapshot(), (), ()).changed == ("the stash",)


def test_taking_it_twice_changes_nothing(user: User, repository: GitRepository) -> None:
    os.utime(user.root / "bin.dat", ns=(1, 1))  # a plain `git status` would write the index now
    picture, before = user.picture()["index"], repository.snapshot()
    assert repository.snapshot() == before
    assert user.picture()["index"] == picture
    assert not any(name.endswith("run.log") for name in before)


def test_bytecode_and_remote_tracking_refs_are_nobodys_work(user: User, repository: GitRepository) -> None:
    before = repository.snapshot()
    (user.root / "tests" / "__pycache__").mkdir()
    (user.root / "tests" / "__pycache__" / "test_pool.pyc").write_bytes(b"x")
    user.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert OwnThings.between(before, repository.snapshot(), (), ()).changed == ()


def test_a_bare_and_an_empty_repository_have_snapshots(user: User, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(user.root), "bare")
    run_git(tmp_path, "init", "-q", "empty")
    bare = GitRepository(tmp_path / "bare").snapshot()
    assert "files" not in bare
    assert "refs/heads/topic" in bare
    assert GitRepository(tmp_path / "empty").snapshot() == {"HEAD": "refs/heads/main", "stash": "", "files": "0"}
