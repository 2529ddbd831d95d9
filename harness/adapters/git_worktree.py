"""A worktree of ours: commits, differences, patches and replays, never outside it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.adapters.git_calls import GitCalls, failed
from harness.adapters.git_refs import check_branch_name, check_not_symbolic, writable_head
from pytest_repro.core.errors import ReproError

_PATCH: Final = (
    *("-r", "-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none", "-U3"),
)
_CACHES: Final = frozenset(("__pycache__", ".pytest_cache", ".hypothesis"))
# What an interrupted git command leaves in a worktree's own git folder, and the next one trips over.
_LEFTOVERS: Final = ("index.lock", "HEAD.lock")
_HALF_DONE: Final = ("rebase-merge", "rebase-apply", "sequencer")


@dataclass(frozen=True, slots=True)
class GitWorktree:
    """The worktree at `path` of the repository whose git folder is `common`; `identity` names the committer."""

    path: Path
    common: Path
    branch: str | None = None  # of ours; None: it was made detached
    identity: dict[str, str] = field(default_factory=dict)

    @property
    def calls(self) -> GitCalls:
        """Git commands in this worktree, refused if it is no longer that of `common`."""
        return GitCalls(self.path, self.common)

    def head(self) -> str:
        """Return the commit it stands on."""
        return self.calls.must("rev-parse", "--verify", "HEAD^{commit}")

    def commit(self, message: str, paths: Sequence[str] | None = None) -> str:
        """Commit `paths` (None: every change, untracked included) and return the new commit; hooks never run.

        Named paths are committed even where .gitignore covers them. Raises ReproError("nothing-to-commit"), and
        ReproError("forbidden-ref") where the worktree was moved to a branch that is not ours.
        """
        writable_head(self.calls)
        if paths is None:
            self.calls.must("add", "--all")
            return self._commit(message)
        chosen = [inside(self.path, one) for one in paths]
        self._add(chosen)
        return self._commit(message, "--only", "--", *chosen)

    def _add(self, paths: list[str]) -> None:
        """Stage `paths`, folders file by file without their caches, and what was deleted below them."""
        files = [str(file.relative_to(self.path)) for one in paths for file in _files(self.path / one)]
        if files:
            self.calls.must("add", "--force", "--", *files)
        self.calls.must("add", "--update", "--", *paths)

    def _commit(self, message: str, *rest: str) -> str:
        if not self.calls.run("diff", "--cached", "--quiet", "--ignore-submodules=none").code:
            raise ReproError(
                f"there is nothing to commit in {self.path}", "nothing-to-commit", "change a file there first"
            )
        options = ("--quiet", "--no-verify", "--cleanup=whitespace", "-m", message)
        self.calls.must("commit", *options, *rest, env=self.identity)
        return self.head()

    def changed_files(self, base: str) -> tuple[str, ...]:
        """Return the paths that differ from `base`, untracked included and ignored files left out."""
        names = self.calls.must("diff-tree", "-r", "--name-only", "--no-renames", "-z", base, self.tree(), "--")
        return tuple(name for name in names.split("\0") if name)

    def diff(self, base: str) -> str:
        """Return the difference from `base` as text that `git apply` takes, untracked and binary files included.

        Line ends are kept, and bytes that are no UTF-8 are surrogates: store it as bytes, by
        `text.encode("utf-8", "surrogateescape")`, never through a text file, which would change both.
        """
        answer = self.calls.run("diff-tree", *_PATCH, base, self.tree(), "--")
        if answer.code:
            raise failed("diff-tree", answer)
        return answer.text

    def tree(self) -> str:
        """Return the git tree of everything here as it is now, untracked included and ignored files left out.

        Read through an index of its own: marks in the real one (assume-unchanged, skip-worktree) hide changes.
        """
        with tempfile.TemporaryDirectory(prefix="repro-index-") as folder:
            own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.calls.must("read-tree", "HEAD", env=own)
            self.calls.must("add", "--all", env=own)
            return self.calls.must("write-tree", env=own)

    def apply(self, patch: str) -> str:
        """Apply `patch` without fuzz; return "" or git's own words on why it does not apply, nothing changed then."""
        return self.apply_bytes(patch.encode("utf-8", "surrogateescape"))

    def apply_bytes(self, patch: bytes) -> str:
        """Apply `patch` as `apply` does; for patch files, whose bytes need not be UTF-8."""
        answer = self.calls.run("apply", "--whitespace=nowarn", "-", stdin=patch)
        return (answer.words or f"git apply ended with exit code {answer.code}") if answer.code else ""

    def restore(self, commit: str, ignored: bool = False) -> None:
        """Throw away every change since `commit`, untracked files included, and stand on it, on its own branch.

        Ignored files stay unless `ignored`: what setup commands built lies there.
        """
        self.clear_leftovers()
        wanted = self.calls.must("rev-parse", "--verify", f"{commit}^{{commit}}")
        self._stand_on_own(wanted)
        self.calls.must("reset", "--hard", "--quiet", wanted, "--")
        self.calls.must("clean", "-ffdx" if ignored else "-ffd", "--quiet")

    def _stand_on_own(self, commit: str) -> None:
        """Point HEAD at the branch this worktree was made for (none: at `commit`), wherever somebody moved it."""
        if self.branch is None:
            self.calls.must("update-ref", "--no-deref", "HEAD", commit)
            return
        check_branch_name(self.branch)
        check_not_symbolic(self.calls, self.branch)
        self.calls.must("symbolic-ref", "HEAD", f"refs/heads/{self.branch}")

    def clear_leftovers(self) -> None:
        """Remove the locks and half-done operations of a killed git from this worktree's own git folder."""
        own = Path(self.calls.must("rev-parse", "--absolute-git-dir"))
        for name in _LEFTOVERS:
            (own / name).unlink(missing_ok=True)
        for name in _HALF_DONE:
            if (own / name).is_dir():
                shutil.rmtree(own / name)

    def cherry_pick(self, commit: str) -> str | None:
        """Apply `commit` on top; return the new commit, or None on a conflict, with nothing left behind.

        Raises ReproError("git-failed") where it fails for another reason, such as uncommitted changes in the way.
        """
        writable_head(self.calls)
        before = self.head()
        answer = self.calls.run("cherry-pick", "--allow-empty", "--keep-redundant-commits", commit, env=self.identity)
        if not answer.code:
            return self.head()
        conflict = bool(self.calls.must("ls-files", "--unmerged"))
        if self.calls.maybe("rev-parse", "--verify", "-q", "CHERRY_PICK_HEAD"):
            self.calls.must("cherry-pick", "--abort")
        if not conflict or self.head() != before:
            raise failed("cherry-pick", answer)
        return None

    def replay_without(self, dropped: str, base: str) -> str:
        """Move this branch so that it holds, on `base`, all its commits except `dropped`; return its new head.

        All or nothing: on a conflict the branch stays where it is and ReproError("replay-conflict") is raised.
        """
        branch, old = writable_head(self.calls), self.head()
        kept = [one for one in self._since(base) if one != self.calls.must("rev-parse", f"{dropped}^{{commit}}")]
        with self._back_on_failure(branch, old):
            self.calls.must("checkout", "--quiet", "--detach", base, "--")
            for one in kept:
                if self.cherry_pick(one) is None:
                    raise ReproError(
                        f"commit {one[:12]} does not apply without {dropped[:12]}: it changes the same lines",
                        "replay-conflict",
                        "keep the reproduction test with `keep-test`, or take its files out of that commit",
                    )
            new = self.head()
            if branch is not None:
                self.calls.must("update-ref", "--no-deref", f"refs/heads/{branch}", new, old)
                self.calls.must("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        return new

    def _since(self, base: str) -> list[str]:
        """Return the commits after `base`, oldest first; raises ReproError("replay-conflict") if one is a merge."""
        if merges := self.calls.must("rev-list", "--merges", f"{base}..HEAD").split():
            raise ReproError(
                f"commit {merges[0][:12]} is a merge: it cannot be replayed without the reproduction test",
                "replay-conflict",
                "make the fix from plain commits, or keep the test with `keep-test`",
            )
        return self.calls.must("rev-list", "--reverse", f"{base}..HEAD").split()

    @contextmanager
    def _back_on_failure(self, branch: str | None, old: str) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if branch is None:
                self.calls.must("checkout", "--quiet", "--force", "--detach", old, "--")
            else:
                self.calls.must("checkout", "--quiet", "--force", branch, "--")
            raise


def inside(root: Path, path: str) -> str:
    """Return `path` relative to `root`; raises ReproError("path-outside") if it leaves the tree or names git's folder.

    Symbolic links are followed for its folder, so that no link leads out either.
    """
    place = (root / path).parent.resolve() / Path(path).name
    if "\0" in path or ".." in Path(path).parts or not place.is_relative_to(root.resolve()):
        raise ReproError(f"path {path!r} leaves the tree {root}", "path-outside", "name a path inside the repository")
    relative = place.relative_to(root.resolve())
    if ".git" in relative.parts:
        raise ReproError(f"path {path!r} names git's own files", "path-outside", "name a path of the project")
    return str(relative)


def _files(path: Path) -> list[Path]:
    """Return the files at and below `path`, links as links, without caches."""
    if path.is_symlink() or path.is_file():
        return [path]
    found = (one for one in sorted(path.rglob("*")) if one.is_symlink() or one.is_file())
    return [one for one in found if not _CACHES.intersection(one.parts)]
