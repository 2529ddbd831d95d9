"""One sitting of a run at the terminal: lines while it goes on, the closing block, the exit code."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click

from harness.adapters.git import GitRepository
from harness.adapters.own_distribution import own_version
from harness.cli.termination import terminated_as_interrupted
from harness.cli.wiring import assemble, hold
from harness.domain.ending import Ending
from harness.domain.facts import Fact
from harness.domain.spec import Spec
from harness.pipeline import Outcome, Pipeline
from harness.render.escape import one_line
from harness.render.terminal import closing, ended_line, step_line


@dataclass(slots=True)
class Terminal:
    """Prints one line per step; -q prints none, -v prints details and known steps too. Never on standard output
    with `as_json`, which belongs to the report alone.
    """

    spec: Spec
    verbose: int
    as_json: bool
    _live: bool = False

    def finished(self, step: str, fact: Fact, seconds: float, known: bool) -> None:
        """Print a finished step."""
        budget = {"reproduce": self.spec.budget.reproduce, "fix": self.spec.budget.fix}.get(step)
        line = step_line(step, fact, seconds, budget)
        self._say(f"{line} (earlier)" if known else line)

    def ended(self, step: str, ending: Ending, seconds: float) -> None:
        """Print where the flow ended."""
        self._say(ended_line(step, ending.kind, seconds))

    def note(self, text: str) -> None:
        """Print what went wrong beside the flow."""
        self._say(f"! {one_line(text)}")

    def live(self, text: str) -> None:
        """Show progress: overwritten on a terminal, a line each with -v, nothing in a log otherwise."""
        if self.verbose > 0:
            self._say(f"  {one_line(text)}")
        elif self.verbose == 0 and sys.stderr.isatty() and not self.as_json:
            sys.stderr.write(f"\r\x1b[K  {one_line(text, 100)}")
            sys.stderr.flush()
            self._live = True

    def detail(self, text: str) -> None:
        """Print a detail with -v."""
        if self.verbose > 0:
            self._say(f"  {one_line(text)}")

    def _say(self, line: str) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._live = False
        if self.verbose >= 0:
            click.echo(line, err=self.as_json)


def sit(
    spec: Spec, repository: GitRepository, run: str, folder: Path, root: int, outputs: Path, terminal: Terminal
) -> int:
    """Walk the run as far as it goes and return the exit code; a bug is raised again after its report is written."""
    with hold(repository, f"run:{run}", f"the run {run} is at work already"), terminated_as_interrupted():
        ctx, journal = assemble(spec, repository, run, folder, root, terminal)
        journal.append("run", "started", {"run": run, "root": root, "repository": str(repository.root)})
        outcome = Pipeline(ctx, journal, terminal, outputs, own_version() or "(not installed)").go()
    _close(outcome, terminal)
    if outcome.ending.kind == "bug" and outcome.error:
        raise outcome.error
    return outcome.ending.exit_code


def _close(outcome: Outcome, terminal: Terminal) -> None:
    model = outcome.report.model
    if terminal.as_json:
        click.echo(json.dumps(model.to_json() | {"report": str(outcome.report.path)}, indent=2))
        return
    publish = next((one.lines[0] for one in model.commands if one.what.startswith("Publish")), "")
    note = f"{publish}   (nothing has left this machine)" if publish else ""
    click.echo(("" if terminal.verbose < 0 else "\n") + closing(model, str(outcome.report.path), note))


def now() -> float:
    """Return seconds since the epoch."""
    return time.time()
