"""`repro resume`: go on where a run stands."""

from pathlib import Path

import click

from harness.cli.find_run import find_run
from harness.cli.output_folder import check_output_folder
from harness.cli.program import program
from harness.cli.sitting import Terminal, sit
from harness.domain.ending import Ending
from pytest_repro.core.errors import ReproError


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "--repository", type=click.Path(path_type=Path), help="The repository of the run; default: the one you stand in."
)
@click.option("-v", "--verbose", is_flag=True, help="Say what happens inside the steps.")
@click.option("-q", "--quiet", is_flag=True, help="Print the closing block only.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else, on standard output.")
@click.option(
    "--output-dir", type=click.Path(file_okay=False, path_type=Path), help="Where the report goes; default: as before."
)
def resume(
    run: str, repository: Path | None, verbose: bool, quiet: bool, as_json: bool, output_dir: Path | None
) -> int:
    """Go on with RUN (its name or a unique beginning) after a pause, an interruption or a kill."""
    found = find_run(run, repository)
    ended = found.state().ended
    if ended and not Ending.of(ended).resumable:
        raise ReproError(
            f"the run {found.name} has ended: {ended['kind']}; its report is {ended['report']}",
            "run-ended",
            f"start a new run: {program()} run FILE",
        )
    spec, root, outputs = found.stored()
    check_output_folder(output_dir or outputs)
    terminal = Terminal(spec, 1 if verbose else -1 if quiet else 0, as_json)
    return sit(spec, found.repository, found.name, found.folder, root, output_dir or outputs, terminal)
