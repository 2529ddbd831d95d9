"""What every step is given: the world behind Protocols, the run's folder, its budgets and its journal."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harness.domain.ending import Ending
from harness.domain.spec import Spec
from harness.logs.verdicts.rules import BUILT_IN, Rule
from harness.ports import Clock, Fixer, LogSource, Repository, TestRunner, Worktree
from harness.steps.budget import Deadline


class Ended(Exception):
    """Ends the flow here; the report step follows."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.seen)
        self.ending = ending


class Journal(Protocol):
    """Where a step leaves what it did before it goes on."""

    def progress(self, step: str, data: Mapping[str, Any]) -> None:
        """Append a progress event, on disk when this returns."""
        ...

    def earlier(self, step: str) -> Sequence[Mapping[str, Any]]:
        """Return the progress of `step` so far, of killed beginnings too."""
        ...


class Commands(Protocol):
    """Runs the project's own set-up commands."""

    def __call__(self, argv: Sequence[str], folder: Path, limit: float) -> tuple[int, str]:
        """Return the exit code (minus the signal that ended it) and the last lines of output, redacted; no shell."""
        ...


class Console(Protocol):
    """What a person sees while it happens."""

    def live(self, text: str) -> None:
        """Show how far a step is; the next call may overwrite it."""
        ...

    def detail(self, text: str) -> None:
        """Show a detail, only where details are wanted."""
        ...


@dataclass(slots=True)
class Context:
    """One sitting of one run. `folder` holds its evidence, `trees` its worktrees; `root` is its root seed.

    `fixer` is None where a person fixes. `lock` guards one failure against a second run at the same time. `log_source`
    fetches a log that is named by its address; `rules` tell the class of a log's failure.
    """

    spec: Spec
    run: str
    folder: Path
    trees: Path
    root: int
    cores: int
    repository: Repository
    runner: TestRunner
    fixer: Fixer | None
    commands: Commands
    clock: Clock
    journal: Journal
    console: Console
    total: Deadline
    lock: Callable[[str], AbstractContextManager[object]]
    resume_command: str
    log_source: LogSource | None = None
    rules: Sequence[Rule] = BUILT_IN
    prepared: dict[str, str] = field(default_factory=dict)

    def tree(self, name: str, revision: str, branch: str | None = None) -> Worktree:
        """Return the worktree `name` (reproduce, check or fix), made where it is missing."""
        return self.repository.worktree(self.trees / name, revision, branch)

    def prepare(self, tree: Worktree, state: str) -> None:
        """Run the set-up commands in `tree` unless they ran there for `state` last; raises Ended where one fails.

        An installed project points at one tree only, so they run again whenever another tree or state is measured.
        """
        key = f"{tree.path}\0{state}"
        if self.prepared.get("last") == key or not self.spec.setup:
            return
        for argv in self.spec.setup:
            self.console.live(f"setup: {' '.join(argv)}")
            code, output = self.commands(argv, tree.path, self.total.remaining)
            if code != 0:
                raise Ended(setup_failed(argv, code, output))
        self.prepared["last"] = key

    def fresh(self, tree: Worktree, commit: str) -> None:
        """Bring `tree` to `commit` without any other change, and prepare it."""
        tree.restore(commit)
        self.prepared.clear()
        self.prepare(tree, commit)

    def file(self, name: str) -> Path:
        """Return the path of an evidence file of this run, its folder made."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def setup_failed(argv: Sequence[str], code: int, output: str) -> Ending:
    """Return the ending for a set-up command that failed; a person mends it and resumes."""
    last = "\n".join(output.strip().splitlines()[-15:])
    return Ending(
        "error",
        "setup",
        f"the setup command {' '.join(argv)!r} ended with exit code {code}" + (f":\n{last}" if last else ""),
        ("mend `setup` in the input file, or what it needs, and run it again",),
    )
