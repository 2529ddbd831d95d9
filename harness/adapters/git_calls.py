"""One git command in one folder, made safe: the only importer of GitPython."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from pytest_repro.core.errors import ReproError

if TYPE_CHECKING:
    from git import Repo

# Nothing of the user's configuration may run a program of its own choice, write outside our refs, or change what a
# patch means; and no command of ours may write the user's configuration (useRelativePaths and autoSetupMerge would).
# Filter drivers (git-lfs) still run, as in every checkout: without them the files would not be the project's.
_SAFE: Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.sparseCheckout": "false",
    "core.splitIndex": "false",
    "core.safecrlf": "false",
    "core.quotePath": "true",
    "commit.gpgsign": "false",
    "protocol.ext.allow": "never",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "rerere.enabled": "false",
    "worktree.useRelativePaths": "false",
    "branch.autoSetupMerge": "false",
    "submodule.recurse": "false",
    "advice.addEmbeddedRepo": "false",
    "advice.detachedHead": "false",
    "apply.whitespace": "nowarn",
    "apply.ignoreWhitespace": "no",
    "blame.ignoreRevsFile": "",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
}
_OPTIONS: Final = [word for name, value in _SAFE.items() for word in ("-c", f"{name}={value}")]
_ENV: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # reading must not rewrite the user's index
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_EDITOR": "true",
    "GIT_SEQUENCE_EDITOR": "true",
}
# What a surrounding git (a hook, an alias) leaves behind and would send our commands to another repository or index.
_FOREIGN: Final = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_DATE",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a git command said: exit code, standard output as bytes, error output as text."""

    code: int
    out: bytes
    error: str

    @property
    def text(self) -> str:
        """Standard output; bytes that are no UTF-8 become surrogates: `encode("utf-8", "surrogateescape")` is exact."""
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def words(self) -> str:
        """The last lines that git said, for people."""
        said = self.error.strip() or self.out.decode("utf-8", "replace").strip()
        return "\n".join(said.splitlines()[-6:])


@dataclass(frozen=True, slots=True)
class GitCalls:
    """Runs git commands in `folder`: argument lists only, no hook, no prompt, no signing, no stray configuration.

    `common` is given for a worktree of ours: `folder` must then be its root and belong to that git folder. Without the
    check, a worktree that lost its .git file would send `reset --hard` to whatever repository lies above it.
    """

    folder: Path
    common: Path | None = None

    def run(self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> Answer:
        """Run `git ARGS` and return what it said, whatever its exit code; raises ReproError where git cannot run."""
        with _open(self.folder, above=self.common is None) as repo, tempfile.TemporaryFile() as given:
            if self.common is not None and Path(repo.common_dir).resolve() != self.common:
                raise _lost(self.folder)
            given.write(stdin or b"")
            given.seek(0)
            # The wrapper of a temporary file is no BinaryIO for the type checker; its file descriptor is what counts.
            return _execute(repo, [*_clean(env or {}), "git", *_OPTIONS, *args], cast(BinaryIO, given), dict(env or {}))

    def must(self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Return the standard output of `git ARGS` without its last newline; raises ReproError("git-failed")."""
        answer = self.run(*args, stdin=stdin, env=env)
        if answer.code:
            raise failed(args[0], answer)
        return answer.text.removesuffix("\n")

    def maybe(self, *args: str) -> str | None:
        """Return the standard output of `git ARGS` without its last newline, or None where git says no."""
        answer = self.run(*args)
        return None if answer.code else answer.text.removesuffix("\n")


def failed(verb: str, answer: Answer) -> ReproError:
    """Return the error for a git command that was expected to work."""
    if ".lock" in answer.words and "exists" in answer.words:
        hint = "if no other git runs in this repository, delete the lock file that git names, then try again"
    else:
        hint = "mend what git names, then run the same command again"
    return ReproError(f"git {verb} ended with exit code {answer.code}: {answer.words}", "git-failed", hint)


def _clean(env: Mapping[str, str]) -> list[str]:
    """Return the words that keep a surrounding git's variables from our command; GitPython can add, not remove them."""
    stray = [name for name in _FOREIGN if name in os.environ and name not in env]
    return ["env", *(word for name in stray for word in ("-u", name))] if stray else []


def _open(folder: Path, above: bool) -> "Repo":
    try:
        # Not at module level: GitPython looks for git when it is imported, and costs 0.1 s.
        from git import InvalidGitRepositoryError, NoSuchPathError, Repo
    except ImportError as error:
        raise ReproError(
            f"git cannot be used: {str(error).strip().splitlines()[0]}",
            "git-missing",
            "install git and the harness: pip install 'pytest-repro[harness]'",
        ) from None
    try:
        return Repo(folder, search_parent_directories=above, expand_vars=False)
    except (InvalidGitRepositoryError, NoSuchPathError):
        if not above:
            raise _lost(folder) from None
        raise ReproError(
            f"{folder} is not inside a git repository",
            "not-a-repository",
            "stand in the project's folder, or name it with `repository`",
        ) from None


def _lost(folder: Path) -> ReproError:
    return ReproError(
        f"{folder} is no longer the worktree that was made there: its .git file is gone or points elsewhere",
        "worktree-lost",
        "start the run again",
    )


def _execute(repo: "Repo", argv: list[str], stdin: BinaryIO, env: dict[str, str]) -> Answer:
    """Run `argv` by GitPython; the only place where its loose types are touched."""
    from git import GitCommandNotFound

    options: dict[str, Any] = {"with_exceptions": False, "strip_newline_in_stdout": False}
    try:
        code, out, error = repo.git.execute(
            argv, stdin, with_extended_output=True, stdout_as_string=False, env=_ENV | env, **options
        )
    except GitCommandNotFound:
        raise ReproError("git is not on PATH", "git-missing", "install git") from None
    return Answer(int(code), out, str(error))
