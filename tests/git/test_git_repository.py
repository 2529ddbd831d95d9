"""How a repository is read, and how worktrees and branches of ours come and go."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from git_user import User, run_git

from harness.adapters.git import GitRepository
from harness.adapters.git_authors import name_only
from harness.adapters.git_refs import check_branch_name
from pytest_repro.core.errors import ReproError


@pytest.mark.parametrize(
    "name",
    [
        *("main", "refs/heads/main", "fix", "fix/", "repro/", "fixes/x", "Fix/x", "xfix/x", "HEAD", ""),
        *("fix/../main", "fix/./x", "fix//x", "/fix/x", "fix/x/", "fix/.x", "fix/x.lock", "fix/x.lock/y", "fix/x."),
        *("fix/a b", "fix/x~1", "fix/x^", "fix/x:y", "fix/@{-1}", "fix/@", "fix/*", "fix/x?", "fix/[x]", "fix/x\\y"),
        *("-fix/x", "fix/-x", "fix/x\n", "fix/x\0", "fix/x\ny", "fix/\x7f", "refs/heads/fix/x", "heads/fix/x"),
    ],
)
def test_no_other_branch_is_ever_written(name: str) -> None:
    with pytest.raises(ReproError) as caught:
        check_branch_name(name)
    assert caught.value.slug == "forbidden-ref"


@pytest.mark.parametrize("name", ["fix/pool", "repro/close-waits-2", "fix/ünïcode", "repro/a/b"])
def test_plain_names_below_repro_and_fix_are_ours(repository: GitRepository, name: str) -> None:
    repository.create_branch(name, "main")
    assert repository.branch(name) == repository.resolve("main")


def test_an_existing_branch_is_not_moved(repository: GitRepository) -> None:
    repository.create_branch("fix/x", "main")
    repository.create_branch("fix/x", "main")
    with pytest.raises(ReproError) as caught:
        repository.create_branch("fix/x", "main~1")
    assert caught.value.slug == "branch-exists"
    assert repository.branch("fix/x") == repository.resolve("main")


def test_a_branch_named_fix_in_the_way_is_explained(user: User, repository: GitRepository) -> None:
    user.git("branch", "fix", "main")
    with pytest.raises(ReproError, match="git branch -m fix fix-old"):
        repository.create_branch("fix/x", "main")


def test_the_remotes_head_names_the_default_branch(user: User, tmp_path: Path) -> None:
    user.git("branch", "-m", "other", "trunk")
    run_git(tmp_path, "clone", "-q", "--branch", "trunk", str(user.root), "clone")
    clone = tmp_path / "clone"
    assert GitRepository(clone).default_branch() == "topic"  # the branch on which the source stands
    run_git(clone, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert GitRepository(clone).default_branch() == "main"
    run_git(clone, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    assert GitRepository(clone).default_branch() == "trunk"


@pytest.mark.parametrize(
    ("branches", "configured", "standing", "expected"),
    [
        (["main", "topic"], "main", "topic", "main"),
        (["production", "main"], "production", "main", "production"),
        (["trunk", "topic"], "main", "topic", "trunk"),
        (["main", "master", "topic"], "x", "topic", "topic"),
        (["topic"], "main", "topic", "topic"),
        (["main", "develop", "fix/x"], "x", "fix/x", None),
        (["main", "develop"], "x", None, None),
    ],
)
def test_the_default_branch_without_a_remote(
    tmp_path: Path, branches: list[str], configured: str, standing: str | None, expected: str | None
) -> None:
    run_git(tmp_path, "init", "-q", "-b", branches[0], "repo")
    user = User(tmp_path / "repo")
    user.commit({"a": "1"})
    for name in branches[1:]:
        user.git("branch", name)
    user.git("config", "init.defaultBranch", configured)
    user.git("checkout", "-q", *([standing] if standing else ["--detach"]))
    repository = GitRepository(user.root)
    if expected:
        assert repository.default_branch() == expected
        return
    with pytest.raises(ReproError) as caught:
        repository.default_branch()
    assert caught.value.slug == "no-default-branch"
    assert '"base"' in caught.value.hint


def test_the_latest_base_is_the_remote_branch_only_where_that_is_strictly_ahead(user: User, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--branch", "main", str(user.root), "clone")
    clone = User(tmp_path / "clone")
    repository = GitRepository(clone.root)
    assert repository.latest("main") == user.git("rev-parse", "main")
    clone.git("reset", "-q", "--hard", "main~1")
    assert repository.latest("main") == user.git("rev-parse", "main")
    mine = clone.commit({"mine.py": "x"})
    assert repository.latest("main") == mine
    assert repository.latest("other") == user.git("rev-parse", "other")  # only the remote has it
    clone.git("tag", "v1", "main~1")
    assert repository.latest("v1") == clone.git("rev-parse", "main~1")
    assert repository.remote() == "origin"


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-h", "", "main..topic", "\0", "HEAD:pool.py", "f" * 40])
def test_what_names_no_commit_is_refused(repository: GitRepository, revision: str) -> None:
    with pytest.raises(ReproError) as caught:
        repository.resolve(revision)
    assert caught.value.slug == "unknown-revision"


@pytest.mark.parametrize("depth", ["--depth=1", "--single-branch"])
def test_what_a_clone_lacks_is_there_after_the_printed_command(
    user: User, tmp_path: Path, place: Path, depth: str
) -> None:
    run_git(tmp_path, "clone", "-q", depth, user.root.as_uri(), "a clone")
    repository = GitRepository(tmp_path / "a clone")
    assert repository.worktree(place, "HEAD").head() == user.git("rev-parse", "HEAD")
    lacking = user.git("rev-parse", "main~1") if depth == "--depth=1" else user.commit({"late.py": "x"}, "late")
    with pytest.raises(ReproError) as caught:
        repository.resolve(lacking)

    subprocess.run(caught.value.hint, shell=True, cwd=tmp_path, check=True, capture_output=True)

    assert repository.resolve(lacking) == lacking


def test_a_subfolder_or_a_linked_worktree_finds_the_same_repository(user: User, place: Path) -> None:
    user.git("worktree", "add", "-q", str(place), "other")
    inside, linked = GitRepository(user.root / "tests"), GitRepository(place)
    assert (inside.root, inside.state) == (user.root, user.root / ".git" / "repro")
    assert (linked.root, linked.state) == (place, user.root / ".git" / "repro")


def test_a_folder_without_a_repository_is_said(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ReproError) as caught:
            GitRepository(folder)
        assert caught.value.slug == "not-a-repository"


def test_a_bare_repository_gives_worktrees(user: User, tmp_path: Path, place: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(user.root), "bare.git")
    repository = GitRepository(tmp_path / "bare.git")
    worktree = repository.worktree(place, "main", "fix/pool")
    (worktree.path / "pool.py").write_text("SIZE = 3\n")
    assert worktree.commit("fix") == repository.branch("fix/pool")


def test_a_detached_user_stays_detached(user: User, repository: GitRepository, place: Path) -> None:
    user.git("checkout", "-q", "--detach")
    before = user.picture()
    repository.worktree(place, "HEAD", "repro/pool")
    repository.remove_worktree(place)
    assert user.picture() == before


def test_a_sparse_checkout_gives_whole_worktrees(user: User, repository: GitRepository, place: Path) -> None:
    user.git("stash", "-q", "-u")
    user.git("sparse-checkout", "set", "tests")
    before = user.picture()
    worktree = repository.worktree(place, "main")
    assert (worktree.path / "pool.py").is_file()
    assert (worktree.path / "bin.dat").is_file()
    assert worktree.changed_files("main") == ()
    assert user.picture() == before


def test_a_repository_with_a_submodule_works_and_its_removal_too(user: User, tmp_path: Path, place: Path) -> None:
    run_git(tmp_path, "init", "-q", "library")
    library = User(tmp_path / "library")
    library.commit({"lib.py": "x\n"})
    user.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "vendored")
    user.git("commit", "-q", "-m", "vendored")
    before = user.picture()
    repository = GitRepository(user.root)
    worktree = repository.worktree(place, "topic", "fix/pool")
    assert worktree.changed_files("topic") == ()
    run_git(place, "-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init")
    (place / "pool.py").write_text("SIZE = 3\n")
    assert worktree.changed_files("topic") == ("pool.py",)
    worktree.restore("topic")
    repository.remove_worktree(place)
    assert not place.exists()
    assert user.picture()["files"] == before["files"]
    inner = GitRepository(user.root / "vendored")
    assert inner.root == user.root / "vendored"
    assert inner.worktree(tmp_path / "inner", "HEAD", "fix/lib").changed_files("HEAD") == ()


def test_a_sound_worktree_is_found_again_with_its_changes(repository: GitRepository, place: Path) -> None:
    (repository.worktree(place, "main", "fix/pool").path / "pool.py").write_text("SIZE = 8\n")
    again = repository.worktree(place, "main", "fix/pool")
    assert again.changed_files("main") == ("pool.py",)


@pytest.mark.parametrize("damage", ["git link", "folder", "admin folder", "index", "still locked", "index.lock"])
def test_a_worktree_that_a_killed_run_left_is_made_usable(
    user: User, repository: GitRepository, place: Path, damage: str
) -> None:
    repository.worktree(place, "main", "fix/pool")
    admin = Path(run_git(place, "rev-parse", "--absolute-git-dir"))
    match damage:
        case "git link":
            (place / ".git").unlink()
        case "folder":
            shutil.rmtree(place)
        case "admin folder":
            shutil.rmtree(admin)
        case "index":
            (admin / "index").unlink()
        case "still locked":
            (admin / "locked").write_text("initializing")
        case "index.lock":
            (admin / "index.lock").touch()
    before = user.picture()
    worktree = repository.worktree(place, "main", "fix/pool")
    (worktree.path / "pool.py").write_text("SIZE = 3\n")
    assert worktree.commit("fix") == repository.branch("fix/pool")
    repository.remove_worktree(place)
    repository.remove_worktree(place)
    assert user.picture() == before
    assert len(user.git("worktree", "list").splitlines()) == 1


def test_the_users_own_missing_worktrees_are_not_forgotten(user: User, repository: GitRepository, place: Path) -> None:
    own = place.parent / "on a stick"
    user.git("worktree", "add", "-q", str(own), "other")
    shutil.move(own, own.with_name("unplugged"))
    repository.worktree(place, "main")
    repository.remove_worktree(place)
    shutil.move(own.with_name("unplugged"), own)
    assert run_git(own, "symbolic-ref", "HEAD") == "refs/heads/other"


def test_a_branch_that_is_checked_out_elsewhere_is_a_clear_error(repository: GitRepository, place: Path) -> None:
    repository.worktree(place / "a", "main", "fix/pool")
    with pytest.raises(ReproError, match="fix/pool"):
        repository.worktree(place / "b", "main", "fix/pool")


def test_a_surrounding_git_does_not_divert_our_commands(
    user: User, repository: GitRepository, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_git(tmp_path, "init", "-q", "elsewhere")
    before = user.picture()
    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", str(tmp_path / "elsewhere" / ".git"))
        patch.setenv("GIT_INDEX_FILE", str(user.root / ".git" / "index"))
        patch.setenv("GIT_WORK_TREE", str(tmp_path / "elsewhere"))
        again = GitRepository(user.root)
        worktree = again.worktree(place, "main", "fix/pool")
        (worktree.path / "pool.py").write_text("SIZE = 3\n")
        assert worktree.commit("fix") == again.branch("fix/pool")
    assert user.picture() == before


def test_a_commit_carries_the_users_name_or_ours(
    user: User, repository: GitRepository, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = []
    for name in ("a", "b"):
        worktree = repository.worktree(place / name, "main", f"fix/{name}")
        (worktree.path / "pool.py").write_text(f"SIZE = '{name}'\n")
        worktree.commit("fix")
        who.append(run_git(worktree.path, "log", "-1", "--format=%an <%ae> %cn"))
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert who == [
        "Uma User <uma@users.example> Uma User",
        "pytest-repro <noreply@pytest-repro.example> pytest-repro",
    ]


def test_people_are_named_by_blame_first_and_never_by_address(user: User, repository: GitRepository) -> None:
    user.git("config", "user.name", "ada@private.example")
    user.git("config", "user.email", "ada@private.example")
    user.commit({"pool.py": "SIZE = 4\nWAIT = 5\n"})
    found = repository.authors("topic", {"pool.py": [2, 99, 0], "missing.py": [1], "../outside": [1], "bin.dat": []})
    assert found == (("ada", "wrote pool.py:2"), ("Uma User", "3 recent commits to pool.py, bin.dat"))
    assert "@" not in str(found)


def test_a_name_stays_on_one_line_without_control_characters() -> None:
    assert name_only("Eve\x1b[31m\n# head <eve@x.example>") == "Eve [31m # head <eve>"
    assert name_only("") == "somebody"
