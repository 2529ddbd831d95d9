"""Fixers: what they are given, what they are refused, and that nothing of them stays."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.adapters.fixers import CommandFixer, PatchFixer
from harness.adapters.git import GitRepository
from harness.ports import FixOutcome, FixTask
from pytest_repro.core.errors import ReproError

FORGE = "ghp_" + "0aB9" * 9


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FixTask:
    """An attempt in a worktree of a small repository."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    root = tmp_path / "repo"
    root.mkdir()
    (root / "pool.py").write_text("SIZE = 1\n")
    identity = ("-c", "user.name=U", "-c", "user.email=u@users.example")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    tree = GitRepository(root).worktree(tmp_path / "work tree", "main", "fix/pool").path
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    (tmp_path / "prompt.md").write_text("make it right")
    return FixTask(tree, tmp_path / "prompt.md", evidence, tmp_path / "notes.md", 2, 30.0)


def script(code: str, env: Mapping[str, str] | None = None) -> CommandFixer:
    return CommandFixer((sys.executable, "-c", code), env or {})


def seen_by(task: FixTask, env: Mapping[str, str] | None = None) -> dict[str, str]:
    outcome = script("import os, json; open('env.json', 'w').write(json.dumps(dict(os.environ)))", env).attempt(task)
    assert outcome.state == "done", outcome.detail
    found: dict[str, str] = json.loads((task.tree / "env.json").read_text())
    return found


def test_a_command_changes_the_tree_and_is_told_where_everything_lies(task: FixTask) -> None:
    code = "import os; open('pool.py', 'w').write(open(os.environ['REPRO_PROMPT_FILE']).read()); print('done it')"
    outcome = script(code).attempt(task)
    assert (task.tree / "pool.py").read_text() == "make it right"
    assert (outcome.state, outcome.detail) == ("done", "exit code 0\ndone it")
    assert outcome.seconds > 0
    env = seen_by(task)
    assert {name: env[name] for name in env if name.startswith("REPRO_")} == {
        "REPRO_PROMPT_FILE": str(task.prompt_file),
        "REPRO_EVIDENCE_DIR": str(task.evidence),
        "REPRO_NOTES_FILE": str(task.notes_file),
        "REPRO_ATTEMPT": "2",
        "REPRO_BUDGET_SECONDS": "30",
    }


def test_no_shell_reads_the_command(task: FixTask) -> None:
    outcome = CommandFixer(("echo", "$HOME; touch hacked", "*")).attempt(task)
    assert outcome.detail == "exit code 0\n$HOME; touch hacked *"
    assert not (task.tree / "hacked").exists()


def test_a_command_sees_no_token_no_agent_and_an_empty_home_of_its_own(
    task: FixTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "BITBUCKET_TOKEN", "GITEA_TOKEN"):
        monkeypatch.setenv(name, "t0ken")
    for name in ("SSH_AUTH_SOCK", "GIT_ASKPASS", "GIT_SSH_COMMAND", "GH_CONFIG_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "/somewhere")
    monkeypatch.setenv("INNOCENT", FORGE)
    env = seen_by(task, {"GITHUB_TOKEN": "even when it is given", "LEVEL": "3"})
    assert "t0ken" not in env.values()
    assert FORGE not in env.values()
    assert "/somewhere" not in env.values()
    assert "GITHUB_TOKEN" not in env
    assert env["LEVEL"] == "3"
    assert env["HOME"] != os.environ.get("HOME")
    assert not Path(env["HOME"]).exists(), "the fresh home is removed afterwards"
    assert seen_by(task, {"HOME": str(task.evidence)})["HOME"] == str(task.evidence)


def test_git_in_a_command_cannot_reach_the_network(task: FixTask) -> None:
    outcome = CommandFixer(("git", "ls-remote", "https://forge.example/x.git")).attempt(task)
    assert outcome.state == "failed"
    assert "transport 'https' not allowed" in outcome.detail


def test_a_secret_in_the_output_is_redacted(task: FixTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "plain words nobody would mask")
    outcome = script(f"print('token {FORGE}'); print('plain words nobody would mask')").attempt(task)
    assert FORGE not in outcome.detail
    assert "nobody" not in outcome.detail


@pytest.mark.parametrize(
    ("code", "state"), [("raise SystemExit(3)", "failed"), ("import signal; signal.pause()", "cut")]
)
def test_a_command_that_fails_or_hangs_is_said(task: FixTask, code: str, state: str) -> None:
    short = FixTask(task.tree, task.prompt_file, task.evidence, task.notes_file, 1, 0.5 if state == "cut" else 30.0)
    outcome = script(code).attempt(short)
    assert outcome.state == state
    assert outcome.detail.startswith({"failed": "exit code 3", "cut": "cut at its limit"}[state])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("no-such-agent",), "no-such-agent: No such file"),
        (("./pool.py",), "Permission denied"),
        (("/bin/sh", "-c", "no-such-agent --fix"), "no-such-agent"),
    ],
)
def test_a_command_that_cannot_be_run_is_no_attempt_that_failed(
    task: FixTask, argv: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ReproError) as caught:
        CommandFixer(argv).attempt(task)
    assert caught.value.slug == "cannot-start"
    assert f"{shlex.join(argv)} cannot be run" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize(
    "deed",
    [
        "git config user.name Mallory",
        "git config --worktree user.name Mallory; git config extensions.worktreeConfig true",
        "printf 'x' > \"$(git rev-parse --git-common-dir)/hooks/pre-push\"",
        'chmod 700 "$(git rev-parse --git-common-dir)/hooks/pre-commit.sample"',
        'rm "$(git rev-parse --git-common-dir)/hooks/pre-commit.sample"',
        "echo '*.py' >> \"$(git rev-parse --git-common-dir)/info/exclude\"",
        "echo '* -diff' > \"$(git rev-parse --git-common-dir)/info/attributes\"",
        "rm .git",
        "rm .git; git init -q",
        "git update-ref refs/heads/main $(git -c user.name=a -c user.email=a@b commit-tree -m x HEAD^{tree})",
        "git tag v1",
        "git branch elsewhere",
        "echo x > .git",
    ],
)
def test_a_command_that_touches_gits_own_files_is_refused(task: FixTask, deed: str) -> None:
    common = task.tree.parent / "repo" / ".git"
    (common / "hooks").mkdir(exist_ok=True)
    (common / "hooks" / "pre-commit.sample").write_text("#!/bin/sh\n")
    (common / "hooks" / "pre-commit.sample").chmod(0o644)
    (common / "info").mkdir(exist_ok=True)
    with pytest.raises(ReproError) as caught:
        CommandFixer(("/bin/sh", "-c", deed)).attempt(task)
    assert caught.value.slug == "fixer-touched-git"


def test_what_a_command_writes_outside_is_not_followed(task: FixTask, tmp_path: Path) -> None:
    code = "open('../outside.py', 'w').write('x'); open('pool.py', 'w').write('SIZE = 2\\n')"
    assert script(code).attempt(task).state == "done"
    worktree = GitRepository(tmp_path / "repo").worktree(task.tree, "main", "fix/pool")
    assert worktree.changed_files("main") == ("pool.py",)
    assert "outside" not in worktree.diff("main")


def test_no_process_of_a_command_stays(task: FixTask) -> None:
    CommandFixer(("/bin/sh", "-c", "sleep 300 & echo $! > pid")).attempt(task)
    with pytest.raises(ProcessLookupError):
        os.kill(int((task.tree / "pid").read_text()), 0)


def apply(task: FixTask, patch: bytes) -> FixOutcome:
    path = task.evidence / "fix.patch"
    path.write_bytes(patch)
    return PatchFixer(path).attempt(task)


def test_a_patch_is_applied_as_it_is(task: FixTask) -> None:
    outcome = apply(task, b"--- a/pool.py\n+++ b/pool.py\n@@ -1 +1 @@\n-SIZE = 1\n+SIZE = '\xe9'\n")
    assert (outcome.state, outcome.detail) == ("done", "applied fix.patch")
    assert (task.tree / "pool.py").read_bytes() == b"SIZE = '\xe9'\n"


@pytest.mark.parametrize(
    "patch",
    [
        b"--- a/pool.py\n+++ b/pool.py\n@@ -1 +1 @@\n-SIZE =  1\n+SIZE = 2\n",
        b"--- a/gone.py\n+++ b/gone.py\n@@ -1 +1 @@\n-SIZE = 1\n+SIZE = 2\n",
        b"no patch at all\n",
        b"",
    ],
)
def test_a_patch_that_does_not_fit_exactly_is_refused_and_changes_nothing(task: FixTask, patch: bytes) -> None:
    outcome = apply(task, patch)
    assert outcome.state == "failed"
    assert outcome.detail.startswith("git apply: error:")
    assert [one.name for one in task.tree.iterdir() if one.name != ".git"] == ["pool.py"]
    assert (task.tree / "pool.py").read_text() == "SIZE = 1\n"


def test_a_missing_patch_is_said(task: FixTask) -> None:
    with pytest.raises(ReproError) as caught:
        PatchFixer(task.evidence / "none.patch").attempt(task)
    assert caught.value.slug == "patch-unreadable"
