"""A repository of a user in the middle of work."""

import os
from pathlib import Path

import pytest
from git_user import User, run_git

from harness.adapters.git import GitRepository


@pytest.fixture(autouse=True)
def _own_git_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith("GIT_")]:
        monkeypatch.delenv(name)
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\n\tname = Uma User\n\temail = uma@users.example\n[init]\n\tdefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def user(tmp_path: Path) -> User:
    """A repository whose user stands on a topic branch with staged, unstaged, stashed, ignored and untracked work."""
    root = tmp_path / "a projéct"
    root.mkdir()
    run_git(root, "init", "-q")
    user = User(root)
    user.commit(
        {"pool.py": "SIZE = 1\n", "tests/test_pool.py": "def test_size(): pass\n", ".gitignore": "*.log\n"}, "first"
    )
    user.commit({"pool.py": "SIZE = 2\n", "bin.dat": bytes(range(256))}, "second")
    user.git("branch", "other")
    (root / "pool.py").write_text("SIZE = 3  # stashed\n")
    user.git("stash", "-q")
    user.git("checkout", "-q", "-b", "topic")
    (root / "staged.py").write_text("staged = True\n")
    user.git("add", "staged.py")
    (root / "pool.py").write_text("SIZE = 4  # not staged\n")
    (root / "notes ünd more.txt").write_text("untracked\n")
    (root / "run.log").write_text("ignored\n")
    return user


@pytest.fixture
def repository(user: User) -> GitRepository:
    return GitRepository(user.root)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where worktrees go: outside the repository, with a name that needs care."""
    return tmp_path / "cache dir ö" / "run"
