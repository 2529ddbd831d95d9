"""What a worktree of ours does, and that the user's side never notices."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from git_user import User, run_git

from harness.adapters.git import GitRepository, GitWorktree
from pytest_repro.core.errors import ReproError


def slug_of(action: Callable[[], object]) -> str:
    with pytest.raises(ReproError) as caught:
        action()
    return caught.value.slug


def fix_worktree(repository: GitRepository, place: Path, base: str = "main") -> GitWorktree:
    return repository.worktree(place / "fix", base, "fix/pool")


def whole_flow(repository: GitRepository, place: Path) -> None:
    """The git side of a run: reproduce, test commit, fix branch, cherry-pick, fix, replay, clean up."""
    seen = repository.worktree(place / "reproduce", "main")
    test = repository.worktree(place / "test", "main", "repro/pool")
    (test.path / "repro_pool").mkdir()
    (test.path / "repro_pool" / "test_repro.py").write_text("def test_repro(): assert False\n")
    commit = test.commit("Reproduce", ["repro_pool"])
    fix = fix_worktree(repository, place, repository.latest("main"))
    picked = fix.cherry_pick(commit)
    assert picked
    (fix.path / "pool.py").write_text("SIZE = 20\n")
    fix.diff(picked)
    fix.commit("Fix")
    fix.replay_without(picked, "main")
    assert fix.changed_files("main") == ("pool.py",)
    seen.restore("main~1")
    repository.authors("main", {"pool.py": [1]})
    for name in ("reproduce", "test", "fix"):
        repository.remove_worktree(place / name)


def failing_flow(repository: GitRepository, place: Path) -> None:
    """Every refusal that git or we can make."""
    assert slug_of(lambda: repository.create_branch("main", "topic")) == "forbidden-ref"
    assert slug_of(lambda: repository.worktree(place / "x", "main", "other")) == "forbidden-ref"
    assert slug_of(lambda: repository.worktree(place / "x", "nowhere")) == "unknown-revision"
    fix = fix_worktree(repository, place)
    (fix.path / "pool.py").write_text("SIZE = 5\n")
    assert slug_of(lambda: fix.cherry_pick("main~1")) == "git-failed"
    assert fix.apply("not a patch")
    (place / "mine").mkdir()
    (place / "mine" / "file").write_text("kept")
    assert slug_of(lambda: repository.remove_worktree(place / "mine")) == "worktree-path-taken"
    assert (place / "mine" / "file").read_text() == "kept"


@pytest.mark.parametrize("flow", [whole_flow, failing_flow])
def test_the_users_branch_index_stash_files_and_config_stay_as_they_were(
    user: User, repository: GitRepository, place: Path, flow: Callable[[GitRepository, Path], None]
) -> None:
    before = user.picture()
    flow(repository, place)
    assert user.picture() == before


def test_settings_that_would_write_or_run_things_do_not(user: User, repository: GitRepository, place: Path) -> None:
    ran = user.root.parent / "hook-ran"
    for name in ("pre-commit", "post-checkout", "post-commit", "reference-transaction", "prepare-commit-msg"):
        hook = user.root / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> '{ran}'\n")
        hook.chmod(0o755)
    fsmonitor = user.root.parent / "monitor"
    fsmonitor.write_text(f"#!/bin/sh\necho monitor >> '{ran}'\n")
    fsmonitor.chmod(0o755)
    for key, value in {
        "core.fsmonitor": str(fsmonitor),
        "commit.gpgsign": "true",
        "gpg.program": str(fsmonitor),
        "branch.autoSetupMerge": "always",
        "apply.whitespace": "fix",
        "diff.noprefix": "true",
        "diff.external": str(fsmonitor),
        "color.ui": "always",
        "core.safecrlf": "true",
        "merge.conflictStyle": "diff3",
        "rerere.enabled": "true",
    }.items():
        user.git("config", key, value)
    before = user.picture()
    ran.unlink(missing_ok=True)
    whole_flow(repository, place)
    assert not ran.exists(), ran.read_text()
    assert user.picture() == before
    assert not (user.root / ".git" / "rr-cache").exists()


def test_a_diff_with_new_binary_and_strange_files_applies_again(
    user: User, repository: GitRepository, place: Path
) -> None:
    user.commit({"crlf.txt": b"one\r\ntwo\r\n", "latin.txt": b"caf\xe9\n", "gone.txt": "x\n"}, "strange files")
    base = repository.resolve("topic")
    source, target = repository.worktree(place / "a", base), repository.worktree(place / "b", base)
    wanted = {
        "crlf.txt": b"one\r\n2\r\n",
        "latin.txt": b"th\xe9\n",
        "bin.dat": bytes(reversed(range(256))),
        "new/ünd leer.txt": b"new\n",
        "no-newline.txt": b"end",
        "empty.txt": b"",
    }
    for name, content in wanted.items():
        (source.path / name).parent.mkdir(exist_ok=True)
        (source.path / name).write_bytes(content)
    (source.path / "gone.txt").unlink()
    (source.path / "run.log").write_text("ignored")
    script = source.path / "script.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    assert target.apply(source.diff(base)) == ""
    assert {name: (target.path / name).read_bytes() for name in wanted} == wanted
    assert target.changed_files(base) == source.changed_files(base)
    assert set(source.changed_files(base)) == {*wanted, "gone.txt", "script.sh"}
    assert target.diff(base) == source.diff(base)
    assert (target.path / "script.sh").stat().st_mode & 0o100


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_line_end_conversion_neither_invents_changes_nor_breaks_patches(
    user: User, repository: GitRepository, place: Path, autocrlf: str
) -> None:
    user.commit(
        {
            "unix.txt": "a\nb\nc\n",
            "dos.txt": b"a\r\nb\r\n",
            ".gitattributes": "*.win text eol=crlf\n",
            "x.win": "1\n2\n",
        }
    )
    user.git("config", "core.autocrlf", autocrlf)
    base = repository.resolve("topic")
    source, target = repository.worktree(place / "a", base), repository.worktree(place / "b", base)
    assert source.changed_files(base) == ()
    for name in ("unix.txt", "dos.txt", "x.win"):
        text = (source.path / name).read_bytes()
        (source.path / name).write_bytes(text + (b"new\r\n" if b"\r\n" in text else b"new\n"))
    assert target.apply(source.diff(base)) == ""
    assert target.changed_files(base) == ("dos.txt", "unix.txt", "x.win")
    assert target.tree() == source.tree()


def test_a_patch_that_does_not_fit_changes_nothing(repository: GitRepository, place: Path) -> None:
    worktree = repository.worktree(place, "main")
    patch = (
        "--- a/tests/test_pool.py\n+++ b/tests/test_pool.py\n"
        "@@ -1 +1 @@\n-def test_size(): pass\n+def test_other(): pass\n"
        "--- a/pool.py\n+++ b/pool.py\n@@ -1 +1 @@\n-SIZE = 999\n+SIZE = 3\n"
    )
    assert "pool.py" in worktree.apply(patch)
    assert worktree.changed_files("main") == ()


@pytest.mark.parametrize("path", ["../outside.txt", "/outside.txt", ".git/config", "a/../../outside.txt"])
def test_a_patch_cannot_write_outside_the_tree(repository: GitRepository, place: Path, path: str) -> None:
    worktree = repository.worktree(place, "main")
    patch = f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    worktree.apply(patch)
    assert not (place.parent / "outside.txt").exists()
    assert not Path("/outside.txt").exists()
    assert (place / ".git").is_file()


def test_a_patch_cannot_write_through_a_symlink(repository: GitRepository, place: Path, tmp_path: Path) -> None:
    worktree = repository.worktree(place, "main")
    (worktree.path / "link").symlink_to(tmp_path)
    assert "symbolic link" in worktree.apply("--- /dev/null\n+++ b/link/outside.txt\n@@ -0,0 +1 @@\n+x\n")
    assert not (tmp_path / "outside.txt").exists()


def test_changes_hidden_by_index_marks_are_found(repository: GitRepository, place: Path) -> None:
    worktree = repository.worktree(place, "main")
    run_git(worktree.path, "update-index", "--assume-unchanged", "pool.py")
    run_git(worktree.path, "update-index", "--skip-worktree", "tests/test_pool.py")
    (worktree.path / "pool.py").write_text("hidden = 1\n")
    (worktree.path / "tests/test_pool.py").write_text("hidden = 2\n")
    assert worktree.changed_files("main") == ("pool.py", "tests/test_pool.py")


def test_only_named_paths_are_committed_even_ignored_ones(repository: GitRepository, place: Path) -> None:
    worktree = repository.worktree(place, "main", "repro/pool")
    folder = worktree.path / "repro_pool"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "ci.log").write_text("ignored by *.log\n")
    (folder / "test_repro.py").write_text("x = 1\n")
    (worktree.path / "stray.py").write_text("stray = 1\n")
    run_git(worktree.path, "add", "stray.py")
    worktree.commit("test", ["repro_pool"])
    listed = run_git(worktree.path, "show", "--format=", "--name-only", "HEAD").splitlines()
    assert listed == ["repro_pool/ci.log", "repro_pool/test_repro.py"]
    (folder / "ci.log").unlink()
    worktree.commit("test", ["repro_pool"])
    assert run_git(worktree.path, "show", "--format=", "--name-status", "HEAD") == "D\trepro_pool/ci.log"


def test_a_folder_that_is_ignored_is_committed_without_its_caches(
    user: User, repository: GitRepository, place: Path
) -> None:
    user.commit({".gitignore": "repro_*\n__pycache__\n"})
    worktree = repository.worktree(place, "topic", "repro/pool")
    folder = worktree.path / "repro_pool"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    (folder / "test_repro.py").write_text("x = 1\n")
    worktree.commit("test", ["repro_pool"])
    assert run_git(worktree.path, "show", "--format=", "--name-only", "HEAD") == "repro_pool/test_repro.py"


@pytest.mark.parametrize("path", ["../x.py", "/etc/passwd", ".git", "a/../../x.py", "x\0.py"])
def test_a_path_outside_is_not_committed(repository: GitRepository, place: Path, path: str) -> None:
    worktree = repository.worktree(place, "main", "repro/pool")
    assert slug_of(lambda: worktree.commit("x", [path])) == "path-outside"


def test_nothing_to_commit_is_said(repository: GitRepository, place: Path) -> None:
    worktree = repository.worktree(place, "main", "repro/pool")
    assert slug_of(lambda: worktree.commit("x")) == "nothing-to-commit"


def test_a_worktree_moved_to_another_branch_does_not_commit_there(
    user: User, repository: GitRepository, place: Path
) -> None:
    worktree = fix_worktree(repository, place)
    run_git(worktree.path, "checkout", "-q", "other")
    (worktree.path / "pool.py").write_text("SIZE = 9\n")
    before = user.picture()
    assert slug_of(lambda: worktree.commit("x")) == "forbidden-ref"
    assert slug_of(lambda: worktree.cherry_pick("main")) == "forbidden-ref"
    assert slug_of(lambda: worktree.replay_without("main", "main~1")) == "forbidden-ref"
    worktree.restore("main")
    assert run_git(worktree.path, "symbolic-ref", "HEAD") == "refs/heads/fix/pool"
    run_git(worktree.path, "checkout", "-q", "--orphan", "nowhere")
    worktree.restore("main~1")
    assert repository.branch("fix/pool") == worktree.head() == repository.resolve("main~1")
    assert user.picture() == before


def test_a_detached_worktree_is_restored_detached(user: User, repository: GitRepository, place: Path) -> None:
    worktree = repository.worktree(place, "main")
    run_git(worktree.path, "checkout", "-q", "other")
    before = user.picture()
    worktree.restore("main~1")
    assert worktree.head() == repository.resolve("main~1")
    assert worktree.calls.run("symbolic-ref", "-q", "HEAD").code == 1
    assert user.picture() == before


def test_a_branch_that_is_an_alias_of_another_is_not_written(
    user: User, repository: GitRepository, place: Path
) -> None:
    user.git("symbolic-ref", "refs/heads/fix/alias", "refs/heads/other")
    user.git("symbolic-ref", "refs/heads/fix/empty", "refs/heads/brand-new")
    before = user.picture()
    for name in ("fix/alias", "fix/empty"):
        assert slug_of(partial(repository.create_branch, name, "main~1")) == "forbidden-ref"
        assert slug_of(partial(repository.worktree, place, "main", name)) == "forbidden-ref"
    assert user.picture() == before


def test_a_conflicting_cherry_pick_leaves_nothing_behind(user: User, repository: GitRepository, place: Path) -> None:
    mine = user.commit({"pool.py": "SIZE = 77\n"})
    worktree = repository.worktree(place, "main~1", "fix/pool")
    (worktree.path / "pool.py").write_text("SIZE = 5\n")
    head = worktree.commit("in the way")
    assert worktree.cherry_pick(mine) is None
    assert (worktree.head(), worktree.changed_files(head)) == (head, ())
    assert run_git(worktree.path, "status", "--porcelain") == ""


def test_a_commit_that_base_has_already_is_picked_as_an_empty_one(repository: GitRepository, place: Path) -> None:
    worktree = repository.worktree(place, "main", "fix/pool")
    picked = worktree.cherry_pick(repository.resolve("main"))
    assert picked
    assert picked != repository.resolve("main")


def test_replay_keeps_every_commit_but_the_dropped_one(repository: GitRepository, place: Path) -> None:
    worktree = fix_worktree(repository, place)
    commits = []
    for name in ("test_repro.py", "one.py", "two.py"):
        (worktree.path / name).write_text(f"# {name}\n")
        commits.append(worktree.commit(f"add {name}"))
    new = worktree.replay_without(commits[0], "main")
    assert new == worktree.head() == repository.branch("fix/pool")
    assert worktree.changed_files("main") == ("one.py", "two.py")
    assert run_git(worktree.path, "log", "--format=%s", "main..HEAD").splitlines() == ["add two.py", "add one.py"]
    assert run_git(worktree.path, "symbolic-ref", "HEAD") == "refs/heads/fix/pool"


def test_a_replay_that_conflicts_leaves_the_branch_where_it_was(repository: GitRepository, place: Path) -> None:
    worktree = fix_worktree(repository, place)
    (worktree.path / "new.py").write_text("a = 1\n")
    test = worktree.commit("test")
    (worktree.path / "new.py").write_text("a = 2\n")
    head = worktree.commit("fix that needs the test's file")
    assert slug_of(lambda: worktree.replay_without(test, "main")) == "replay-conflict"
    assert worktree.head() == head == repository.branch("fix/pool")
    assert run_git(worktree.path, "status", "--porcelain") == ""
    assert run_git(worktree.path, "symbolic-ref", "HEAD") == "refs/heads/fix/pool"


def test_restore_throws_away_everything_but_ignored_files(repository: GitRepository, place: Path) -> None:
    worktree = fix_worktree(repository, place)
    base = worktree.head()
    (worktree.path / "pool.py").write_text("x\n")
    (worktree.path / "sub" / "deep").mkdir(parents=True)
    (worktree.path / "sub" / "deep" / "new.py").write_text("x\n")
    (worktree.path / "built.log").write_text("x\n")
    subprocess.run(["git", "init", "-q", "nested"], cwd=worktree.path, check=True)
    worktree.commit("x", ["pool.py"])
    worktree.restore(base)
    assert (worktree.head(), worktree.changed_files(base)) == (base, ())
    assert sorted(one.name for one in worktree.path.iterdir() if one.name != ".git") == [
        ".gitignore",
        "bin.dat",
        "built.log",
        "pool.py",
        "tests",
    ]
    worktree.restore(base, ignored=True)
    assert not (worktree.path / "built.log").exists()


def test_restore_ends_what_a_killed_git_left_half_done(repository: GitRepository, place: Path) -> None:
    worktree = fix_worktree(repository, place)
    own = Path(run_git(worktree.path, "rev-parse", "--absolute-git-dir"))
    (own / "index.lock").touch()
    (own / "rebase-merge").mkdir()
    (own / "rebase-merge" / "head-name").write_text("refs/heads/main\n")
    worktree.restore("main")
    assert worktree.changed_files("main") == ()
    assert "rebase" not in run_git(worktree.path, "status")


def test_a_worktree_without_its_tie_to_git_is_not_used(tmp_path: Path, repository: GitRepository) -> None:
    run_git(tmp_path, "init", "-q")  # a repository above: its files must not be reset in place of the worktree's
    (tmp_path / "precious").write_text("x")
    worktree = repository.worktree(tmp_path / "wt", "main")
    (worktree.path / ".git").unlink()
    for action in (worktree.head, lambda: worktree.restore("HEAD"), lambda: worktree.commit("x")):
        assert slug_of(action) == "worktree-lost"
    run_git(worktree.path, "init", "-q")
    assert slug_of(lambda: worktree.commit("x")) == "worktree-lost"
    assert (tmp_path / "precious").read_text() == "x"
