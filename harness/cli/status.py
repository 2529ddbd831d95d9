"""`repro status`: where runs stand."""

from pathlib import Path

import click

from harness.cli.find_run import FoundRun, find_run, runs
from harness.domain.ending import Ending
from harness.domain.facts import Facts, read_fact
from harness.domain.run_journal import STEPS, RunState
from harness.render.escape import plain
from harness.render.terminal import found_words
from pytest_repro.core.errors import ReproError


@click.command()
@click.argument("run", metavar="[RUN]", required=False)
@click.option(
    "--repository", type=click.Path(path_type=Path), help="The repository of the runs; default: the one you stand in."
)
def status(run: str | None, repository: Path | None) -> int:
    """List the runs here, or show where RUN (its name or a unique beginning) stands and what to do next."""
    if run is not None:
        _show(find_run(run, repository))
        return 0
    known = runs(repository)
    if not known:
        click.echo("no runs here; with --repository PATH those of another repository are listed")
    for one in known:
        click.echo(f"{one.name}  {_standing(one)}")
    return 0


def _standing(found: FoundRun) -> str:
    try:
        return _words(found.state())
    except ReproError as error:  # one damaged journal must not hide the other runs
        return plain(error.message)


def _words(state: RunState) -> str:
    if state.ended:
        return f"{state.ended['kind']} (in {state.ended['step']})"
    return f"at {state.step}: at work, or killed" if state.step else "not begun"


def _show(found: FoundRun) -> None:
    state = found.state()
    click.echo(f"run       {found.name}\nstands    {_words(state)}")
    for step in STEPS:
        if step in state.finished and step in Facts.__dataclass_fields__:
            click.echo(f"  {step:<11} {plain(found_words(read_fact(step, state.finished[step])))}")
    click.echo(f"evidence  {found.folder}")
    ended = state.ended
    if ended:
        click.echo(f"report    {ended['report']}")
        for line in ended.get("advice", ()):
            click.echo(f"next      {plain(line)}")
    if not ended or Ending.of(ended).resumable:
        click.echo(f"go on     {found.resume_command}")
