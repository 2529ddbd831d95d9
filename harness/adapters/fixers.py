"""Who changes the tree: a command of the user's choice or a patch file. A person needs no process, so has none here."""

import os
import shlex
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.adapters.environment import child_environment, is_forge_token, without_doors
from harness.adapters.git_worktree import GitWorktree
from harness.adapters.guarded import changes, git_folders, guarded_files
from harness.adapters.process import Finished, run_group
from harness.logs.redact import redact
from harness.ports import FixOutcome, FixTask
from pytest_repro.core.errors import ReproError

_SHOWN: Final = 40  # lines of a fixer's output that are kept
_NOT_RUN: Final = (126, 127)  # what a shell, and our own start of a program, answer where one cannot be run
_HOMES: Final = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@dataclass(frozen=True, slots=True)
class CommandFixer:
    """Runs `argv` in the worktree, without a shell; files and limits reach it as REPRO_* variables.

    It gets an empty home (unless `env` sets HOME), no forge token, no SSH agent, and a git that speaks to no network.
    Only what it leaves in the tree counts.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    def attempt(self, task: FixTask) -> FixOutcome:
        """Make one attempt within the task's limit; no process of it outlives the call.

        Raises ReproError("fixer-touched-git") if git's settings, hooks or refs differ afterwards, and
        ReproError("cannot-start") if the worktree is gone, or a program is missing or not executable.
        """
        before = guarded_files(task.tree)
        with tempfile.TemporaryDirectory(prefix="repro-home-", ignore_cleanup_errors=True) as home:
            ended = run_group(self.argv, task.tree, self.environment(task, home), task.limit)
        _refuse_if_touched(before, task.tree)
        if ended.exit_code in _NOT_RUN and not ended.cut:
            raise self._not_run(ended)
        return FixOutcome(_state(ended), self._detail(ended), ended.seconds)

    def environment(self, task: FixTask, home: str) -> dict[str, str]:
        """Return exactly what the command sees."""
        outer = {name: value for name, value in os.environ.items() if name not in _HOMES}
        fresh = {"HOME": home, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file"}
        told = {
            "REPRO_PROMPT_FILE": str(task.prompt_file),
            "REPRO_EVIDENCE_DIR": str(task.evidence),
            "REPRO_NOTES_FILE": str(task.notes_file),
            "REPRO_ATTEMPT": str(task.attempt),
            "REPRO_BUDGET_SECONDS": str(int(task.limit)),
        }
        return without_doors(child_environment(outer, fresh | dict(self.env) | told))

    def _not_run(self, ended: Finished) -> ReproError:
        return ReproError(
            f"{redact(shlex.join(self.argv))} cannot be run, or a program that it calls: {self._detail(ended)}",
            "cannot-start",
            "install that program, or mend `fix.command` in the input file, and run it again",
        )

    def _detail(self, ended: Finished) -> str:
        known = [value for name, value in (dict(os.environ) | dict(self.env)).items() if is_forge_token(name, value)]
        said = "\n".join(ended.output_tail.rstrip().splitlines()[-_SHOWN:])
        how = "cut at its limit" if ended.cut else f"exit code {ended.exit_code}"
        return redact(f"{how}\n{said}".rstrip(), known)


def _state(ended: Finished) -> str:
    if ended.cut:
        return "cut"
    return "failed" if ended.exit_code else "done"


def _refuse_if_touched(before: dict[str, str], tree: Path) -> None:
    try:
        touched = changes(before, guarded_files(tree))
    except OSError as error:
        touched = [str(error)]
    if touched:
        raise ReproError(
            f"git's own files or refs changed while the fixer ran, so its work is not taken over: {', '.join(touched)}",
            "fixer-touched-git",
            f"look at them before you use git again: {_look(touched[0], before)}",
        )


def _look(touched: str, before: dict[str, str]) -> str:
    if not touched.startswith("refs/") and touched != "HEAD":
        return f"less {shlex.quote(touched)}"
    was = f" (it was {before[touched]})" if touched in before else " (it is new)"
    return f"git log -3 {shlex.quote(touched)}{was}"


@dataclass(frozen=True, slots=True)
class PatchFixer:
    """Applies a patch file with `git apply`, without fuzz."""

    path: Path

    def attempt(self, task: FixTask) -> FixOutcome:
        """Apply the patch to the clean tree; "failed" with git's words, and nothing changed, where it does not fit.

        Raises ReproError("patch-unreadable").
        """
        started = time.monotonic()
        try:
            patch = self.path.read_bytes()
        except OSError as error:
            raise ReproError(
                f"the patch {self.path} cannot be read: {error.strerror}", "patch-unreadable", "check its path"
            ) from None
        worktree = GitWorktree(task.tree, git_folders(task.tree)[1])
        said = worktree.apply_bytes(patch)
        detail = f"git apply: {redact(said)}" if said else f"applied {self.path.name}"
        return FixOutcome("failed" if said else "done", detail, time.monotonic() - started)
