"""The user's repository: read freely, written only below `repro/*`, `fix/*` and in worktrees of ours."""

import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from harness.adapters.git_authors import people_to_ask
from harness.adapters.git_calls import GitCalls
from harness.adapters.git_refs import check_branch_name, check_not_symbolic
from harness.adapters.git_snapshot import snapshot_of
from harness.adapters.git_worktree import GitWorktree
from pytest_repro.core.errors import ReproError

__all__ = ["GitRepository", "GitWorktree"]

_USUAL: Final = ("main", "master", "trunk", "develop")
_ROLES: Final = ("AUTHOR", "COMMITTER")
_NOBODY: Final = {
    f"GIT_{role}_{part}": value
    for role in _ROLES
    for part, value in (("NAME", "pytest-repro"), ("EMAIL", "noreply@pytest-repro.example"))
}


class GitRepository:
    """The repository in which `path` lies: its work tree `root` (the git folder itself where it is bare).

    Raises ReproError("not-a-repository"), and ReproError("git-missing") without git.
    """

    __slots__ = ("common", "root")

    def __init__(self, path: Path) -> None:
        calls = GitCalls(path.resolve())
        self.common = Path(calls.must("rev-parse", "--path-format=absolute", "--git-common-dir")).resolve()
        bare = calls.must("rev-parse", "--is-bare-repository") == "true"
        self.root = self.common if bare else Path(calls.must("rev-parse", "--show-toplevel")).resolve()

    @property
    def state(self) -> Path:
        """Return `<common git folder>/repro`, where journals and evidence live; made by whoever writes there first."""
        return self.common / "repro"

    @property
    def calls(self) -> GitCalls:
        """Git commands in the user's work tree: for reading, and for our refs."""
        return GitCalls(self.root)

    def git_version(self) -> str:
        """Return git's version, such as `2.39.5`."""
        return self.calls.must("version").removeprefix("git version ").strip()

    def default_branch(self) -> str:
        """Return the default branch's name; raises ReproError("no-default-branch") where that is not certain.

        In order: where the remote's HEAD points, `init.defaultBranch` if there is such a branch, the only one there is
        of main, master, trunk and develop, the branch one stands on.
        """
        remote = self._main_remote()
        if remote:
            target = self.calls.maybe("symbolic-ref", "-q", f"refs/remotes/{remote}/HEAD")
            if target and self._commit_of(target):
                return target.removeprefix(f"refs/remotes/{remote}/")
        configured = self.calls.maybe("config", "--get", "init.defaultBranch")
        if configured and self.branch(configured):
            return configured
        usual = [name for name in _USUAL if self.branch(name)]
        if len(usual) == 1:
            return usual[0]
        return self._current(usual)

    def _current(self, usual: list[str]) -> str:
        current = (self.calls.maybe("symbolic-ref", "-q", "HEAD") or "").removeprefix("refs/heads/")
        if current and self.branch(current) and not current.startswith(("repro/", "fix/")):
            return current
        seen = f"it has {' and '.join(usual)}" if usual else "it has no branch that is usually one"
        raise ReproError(
            f"the default branch of {self.root} is not certain: {seen}, and no remote says which",
            "no-default-branch",
            'name it in the input: "base": "main"',
        )

    def resolve(self, revision: str) -> str:
        """Return the commit of `revision`; raises ReproError("unknown-revision")."""
        found = None if revision.startswith("-") or "\0" in revision else self._commit_of(revision)
        if found is None:
            shallow = self.calls.must("rev-parse", "--is-shallow-repository") == "true"
            raise ReproError(
                f"{revision!r} names no commit in {self.root}",
                "unknown-revision",
                f"git -C {shlex.quote(str(self.root))} fetch {'--unshallow' if shallow else '--all --tags'}",
            )
        return found

    def latest(self, base: str) -> str:
        """Return the latest commit of `base`: the branch, or its remote-tracking branch where that is strictly ahead.

        Nothing is fetched. A `base` that is no branch (a tag, a commit) is resolved as it is.
        """
        local, upstream = self.branch(base), self._upstream(base)
        if local is None:
            return upstream or self.resolve(base)
        if upstream and not self.calls.run("merge-base", "--is-ancestor", local, upstream).code:
            return upstream
        return local

    def _upstream(self, base: str) -> str | None:
        tracked = self.calls.maybe("for-each-ref", "--format=%(upstream)", f"refs/heads/{base}")
        remote = self._main_remote()
        names = [tracked, f"refs/remotes/{remote}/{base}" if remote else None]
        return next((found for name in names if name and (found := self._commit_of(name))), None)

    def branch(self, name: str) -> str | None:
        """Return the commit of local branch `name`, or None."""
        return self._commit_of(f"refs/heads/{name}")

    def _commit_of(self, revision: str) -> str | None:
        return self.calls.maybe("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")

    def create_branch(self, name: str, commit: str) -> None:
        """Create `name` at `commit`; raises ReproError("forbidden-ref") unless it is repro/* or fix/*.

        An existing branch is never moved: ReproError("branch-exists") unless it is at `commit` already.
        """
        check_branch_name(name)
        check_not_symbolic(self.calls, name)
        wanted, present = self.resolve(commit), self.branch(name)
        if present == wanted:
            return
        if present:
            raise ReproError(f"branch {name} exists already, at {present[:12]}", "branch-exists", "choose another name")
        # Not `git branch`: that can write tracking settings into the user's configuration.
        answer = self.calls.run("update-ref", "--no-deref", f"refs/heads/{name}", wanted, "0" * len(wanted))
        if answer.code:
            folder = name.partition("/")[0]
            hint = f"if there is a branch named {folder}, rename it: git branch -m {folder} {folder}-old"
            raise ReproError(f"branch {name} cannot be created: {answer.words}", "branch-exists", hint)

    def worktree(self, path: Path, revision: str, branch: str | None = None) -> GitWorktree:
        """Return the worktree at `path`, made if it is missing, detached at `revision` or on `branch` (ours).

        A missing `branch` is created at `revision`. A sound worktree is returned as it is, files and all; one that a
        killed run left half-made is made anew. Raises ReproError("worktree-path-taken") for somebody else's folder.
        """
        if branch is not None:
            check_branch_name(branch)
            if self.branch(branch) is None:
                self.create_branch(branch, revision)
            check_not_symbolic(self.calls, branch)
        made = GitWorktree(path.resolve(), self.common, branch, self._identity())
        if self._sound(made):
            made.clear_leftovers()
            self._move(made, revision)
            return made
        self.remove_worktree(made.path)
        made.path.parent.mkdir(parents=True, exist_ok=True)
        target = [branch] if branch else ["--detach", self.resolve(revision)]
        self.calls.must("worktree", "add", "--quiet", *target[:-1], "--", str(made.path), target[-1])
        return made

    def _sound(self, worktree: GitWorktree) -> bool:
        """Whether `worktree` stands complete; its last-made file is the index, and git locks it while it is made."""
        admin = self._admin(worktree.path)
        return (
            admin is not None
            and (admin / "index").is_file()
            and not (admin / "locked").exists()
            and (worktree.path / ".git").is_file()
        )

    def _move(self, worktree: GitWorktree, revision: str) -> None:
        """Bring a worktree found again to what was asked; git refuses where changes in it would be lost."""
        wanted = self.branch(worktree.branch) if worktree.branch else self.resolve(revision)
        head = worktree.calls.maybe("symbolic-ref", "-q", "HEAD")
        expected = f"refs/heads/{worktree.branch}" if worktree.branch else None
        if head == expected and (worktree.branch or worktree.head() == wanted):
            return
        target = [worktree.branch] if worktree.branch else ["--detach", str(wanted)]
        worktree.calls.must("checkout", "--quiet", *target, "--")

    def remove_worktree(self, path: Path) -> None:
        """Remove the worktree at `path` and all that git remembers of it; fine if it is gone already.

        Only a worktree of this repository, the remains of one, or an empty folder is removed: anything else raises
        ReproError("worktree-path-taken").
        """
        place = path.resolve()
        admin = self._admin(place)
        if admin is None and place.exists() and not self._remains(place):
            raise ReproError(
                f"{place} is not a worktree that a run made: it is left alone",
                "worktree-path-taken",
                "move it away, or set REPRO_CACHE_DIR to another folder",
            )
        if place.is_dir():
            shutil.rmtree(place)
        # Only its own entry: `git worktree prune` would also drop the user's entries whose disk is not mounted.
        if admin is not None and admin.exists():
            shutil.rmtree(admin)

    def _admin(self, path: Path) -> Path | None:
        """Return git's folder for the linked worktree at `path`, or None where it knows none."""
        for entry in sorted((self.common / "worktrees").glob("*/gitdir")):
            if Path(entry.read_text(errors="surrogateescape").strip()).parent == path:
                return entry.parent
        return None

    def _remains(self, path: Path) -> bool:
        """Whether `path` is an empty folder, or a worktree of this repository that git no longer knows."""
        if not path.is_dir():
            return False
        link = path / ".git"
        if not link.is_file():
            return not any(path.iterdir())
        target = Path(link.read_text(errors="surrogateescape").removeprefix("gitdir:").strip())
        return target.parent == self.common / "worktrees"

    def _identity(self) -> dict[str, str]:
        """Return the variables that name the committer: none where the user has an identity, else pytest-repro's."""
        known = [self.calls.run("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT") for role in _ROLES]
        return {} if not any(answer.code for answer in known) else dict(_NOBODY)

    def authors(self, commit: str, paths: Mapping[str, Sequence[int]]) -> tuple[tuple[str, str], ...]:
        """Return (who, why) for people to ask, most involved first, by blame of the lines and log of the files."""
        return people_to_ask(self.calls, commit, paths)

    def snapshot(self) -> dict[str, str]:
        """Return what is the user's here, to be compared with a later one: see `harness.domain.own_things`."""
        return snapshot_of(self.root, bare=self.root == self.common)

    def remote(self) -> str | None:
        """Return the remote to which the default branch goes, or None."""
        try:
            name = self.default_branch()
        except ReproError:
            return self._main_remote()
        keys = (f"branch.{name}.pushRemote", "remote.pushDefault", f"branch.{name}.remote")
        configured = (self.calls.maybe("config", "--get", key) for key in keys)
        return next((one for one in configured if one and one in self._remotes()), None) or self._main_remote()

    def _remotes(self) -> list[str]:
        return self.calls.must("remote").split("\n") if self.calls.must("remote") else []

    def _main_remote(self) -> str | None:
        remotes = self._remotes()
        return "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else None
