"""Folders to stand in."""

import os
import subprocess

import pytest
from repro_process import FORKER


@pytest.fixture(scope="module", autouse=True)
def _forker():
    """No process of a module's tests is there when the next one's begin."""
    yield
    FORKER.end()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to stand in, with a log, deaf to the user's git configuration."""
    monkeypatch.setenv("REPRO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.org")
    folder = tmp_path / "stand here"
    folder.mkdir()
    (folder / "ci.log").write_text("FAILED test_a.py::test_a - assert 0\n")
    return folder


@pytest.fixture
def project(place):
    """The same folder as a git repository with one commit on main."""
    (place / "test_a.py").write_text("def test_a(): pass\n")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "First"]):
        subprocess.run(["git", *command], cwd=place, check=True)
    return place
