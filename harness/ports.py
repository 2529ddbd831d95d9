"""What the steps need of the world, as Protocols; `harness.adapters` keeps each promise with a real tool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.domain.ci_run import CiRun
from pytest_repro.core.tally import CampaignTally


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One pytest process with the plugin: `stress` iterations of `targets` (node ids or paths) in `tree`.

    `seconds` is the plugin's own time budget, `stop` its --repro-stop, `root` its root seed (None: drawn and recorded).
    `limit` seconds after its start the whole process group is ended, whatever it does.
    """

    tree: Path
    targets: tuple[str, ...]
    stress: int
    limit: float
    seconds: float | None = None
    stop: int | None = None
    root: int | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a pytest process did. Only `tally`, read from its journal, says how tests went; `output` is for people."""

    exit_code: int  # pytest's own, or minus the signal that ended it
    tally: CampaignTally
    seconds: float
    cut: bool  # ended by us at the limit
    command: str  # pasteable, from the tree
    output: str  # the last lines, redacted


class TestRunner(Protocol):
    """Runs tests of a tree in the target's own interpreter."""

    def collect(self, tree: Path, targets: Sequence[str]) -> tuple[str, ...]:
        """Return the node ids that pytest collects for `targets`, in its order; empty where it finds none.

        Of several targets the ones that do not exist are passed over. Raises ReproError("hostile-nodeid"), and
        ReproError("collection-failed") with pytest's words where it does not start, or fails without any test.
        """
        ...

    def run(self, requests: Sequence[RunRequest]) -> list[RunResult]:
        """Run the requests at the same time, one process each, and wait for all; results in the same order."""
        ...

    def command(self, targets: Sequence[str], *options: str, tree: Path | None = None) -> str:
        """Return the command, pasteable in a tree's root, that runs `targets` with `options`.

        With `tree`, it also says what that tree needs: its `src` folder on the import path, no xdist workers.
        """
        ...


class Worktree(Protocol):
    """A git worktree of ours, outside the user's: the only place where files are written."""

    @property
    def path(self) -> Path:
        """Its root folder."""
        ...

    def head(self) -> str:
        """Return the commit it stands on."""
        ...

    def commit(self, message: str, paths: Sequence[str] | None = None) -> str:
        """Commit `paths` (None: every change, untracked included) and return the new commit; hooks never run.

        Named paths are committed even where .gitignore covers them. Raises ReproError("nothing-to-commit"),
        ("path-outside"), and ("forbidden-ref") where the worktree was moved to a branch that is not ours.
        """
        ...

    def changed_files(self, base: str) -> tuple[str, ...]:
        """Return the paths that differ from `base`, untracked included and ignored files left out."""
        ...

    def diff(self, base: str) -> str:
        """Return the difference from `base` as text that `git apply` takes, untracked and binary files included.

        Line ends are kept, and bytes that are no UTF-8 are surrogates: store it as bytes, by
        `text.encode("utf-8", "surrogateescape")`, never through a text file, which would change both.
        """
        ...

    def apply(self, patch: str) -> str:
        """Apply `patch` without fuzz; return "" or git's own words on why it does not apply, nothing changed then."""
        ...

    def restore(self, commit: str, ignored: bool = False) -> None:
        """Throw away every change since `commit`, untracked files included, and stand on it, on its own branch.

        Ignored files stay unless `ignored`: what setup commands built lies there, but also what a fixer hid there.
        """
        ...

    def cherry_pick(self, commit: str) -> str | None:
        """Apply `commit` on top; return the new commit, or None on a conflict, with nothing left behind."""
        ...

    def replay_without(self, dropped: str, base: str) -> str:
        """Move this branch so that it holds, on `base`, all its commits except `dropped`; return its new head.

        All or nothing: on a conflict the branch stays where it is and ReproError("replay-conflict") is raised.
        """
        ...


class Repository(Protocol):
    """The user's repository: read freely, written only below `repro/*`, `fix/*` and its git folder's `repro` folder."""

    @property
    def root(self) -> Path:
        """The work tree's root; the git folder itself where the repository is bare."""
        ...

    @property
    def state(self) -> Path:
        """`<common git folder>/repro`: journals and evidence live here; whoever writes there first makes it."""
        ...

    def default_branch(self) -> str:
        """Return the default branch's name; raises ReproError("no-default-branch") where that is not certain."""
        ...

    def resolve(self, revision: str) -> str:
        """Return the commit of `revision`; raises ReproError("unknown-revision")."""
        ...

    def latest(self, base: str) -> str:
        """Return the latest commit of `base`: the branch, or its remote-tracking branch where that is strictly ahead.

        Nothing is fetched. A `base` that is no branch (a tag, a commit) is resolved as it is.
        """
        ...

    def branch(self, name: str) -> str | None:
        """Return the commit of local branch `name`, or None."""
        ...

    def create_branch(self, name: str, commit: str) -> None:
        """Create `name` at `commit`; raises ReproError("forbidden-ref") unless it is repro/* or fix/*.

        An existing branch is never moved: ReproError("branch-exists") unless it is at `commit` already.
        """
        ...

    def worktree(self, path: Path, revision: str, branch: str | None = None) -> Worktree:
        """Return the worktree at `path`, made if it is missing, detached at `revision` or on `branch` (ours).

        A missing `branch` is created at `revision`. A sound worktree is returned as it is, changes and all, since a
        person may be at work there; one that a killed run left half-made is made anew.
        """
        ...

    def remove_worktree(self, path: Path) -> None:
        """Remove the worktree at `path` and all that git remembers of it; fine if it is gone already."""
        ...

    def authors(self, commit: str, paths: Mapping[str, Sequence[int]]) -> tuple[tuple[str, str], ...]:
        """Return (who, why) for people to ask, most involved first, by blame of the lines and log of the files."""
        ...

    def snapshot(self) -> dict[str, str]:
        """Return what is the user's here as one value per ref and file, to be compared with a later one.

        HEAD, all refs but remote-tracking ones, the stash, and the files that git names as changed or untracked (at
        most 10,000; none where the repository is bare), keyed as in `harness.domain.own_things`. Nothing is written.
        """
        ...

    def remote(self) -> str | None:
        """Return the remote to which the default branch goes, or None."""
        ...


@dataclass(frozen=True, slots=True)
class FixTask:
    """What a fixer gets: where to work, the files that tell it what is wrong, and its limit in seconds."""

    tree: Path
    prompt_file: Path
    evidence: Path  # folder: log excerpt, failure, earlier attempts
    notes_file: Path  # where it may write what it found; shown as its words, never as shown fact
    attempt: int
    limit: float


@dataclass(frozen=True, slots=True)
class FixOutcome:
    """How an attempt went: `done` (the tree may have changed), `failed` or `cut`; `detail` in words, redacted."""

    state: str
    detail: str
    seconds: float


class Fixer(Protocol):
    """Changes the tree so that the test passes."""

    def attempt(self, task: FixTask) -> FixOutcome:
        """Make one attempt within the task's limit; no process of it outlives the call."""
        ...


class Clock(Protocol):
    """Time, so that steps can be tested without waiting."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...


@dataclass(frozen=True, slots=True)
class FetchedRun:
    """A CI run on disk: `folder` holds `run.json`, the logs that `run.jobs` name, and reports below `artifacts`.

    Logs and reports are as the forge gave them, not redacted, readable by their owner alone. notes: what a person
    should know of what was left out, one sentence each.
    """

    folder: Path
    run: CiRun
    notes: tuple[str, ...]


class LogSource(Protocol):
    """Brings the logs of a CI run to disk."""

    def fetch(self, url: str, target: Path) -> FetchedRun:
        """Fetch what `url` names into the folder `target`, which is made, or emptied of what an earlier fetch left.

        Logs of failed jobs alone: none where `run.passed`. Raises ReproError where nothing can be said of the failure:
        a URL that is not known, no right to read, expired or empty logs, a run that has not failed yet, no network.
        """
        ...
