"""`repro run`: from a CI log to a verified fix."""

import json
from pathlib import Path

import click

from harness.adapters.own_distribution import own_version
from harness.cli.errors import exit_code
from harness.cli.output_folder import check_output_folder
from harness.cli.sitting import Terminal, now, sit
from harness.cli.spec_file import read_spec
from harness.cli.wiring import keep_given_text, new_root, new_run, resolve
from harness.domain.ending import Ending
from harness.domain.spec import Spec
from harness.steps.report import without_run, write
from pytest_repro.core.errors import ReproError


@click.command()
@click.argument("file", metavar="FILE")
@click.option("-v", "--verbose", is_flag=True, help="Say what happens inside the steps.")
@click.option("-q", "--quiet", is_flag=True, help="Print the closing block only.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else, on standard output.")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("outputs"),
    show_default=True,
    help="Where the report goes.",
)
def run(file: str, verbose: bool, quiet: bool, as_json: bool, output_dir: Path) -> int:
    """Go from the CI log that FILE (- for standard input) names to a verified fix.

    Your branches, index, stash and files stay as they are: all work happens in worktrees of its own, and only the
    branches repro/NAME and fix/NAME are made. Nothing leaves this machine.
    """
    spec = read_spec(file)
    check_output_folder(output_dir)
    terminal = Terminal(spec, 1 if verbose else -1 if quiet else 0, as_json)
    try:
        resolved = resolve(spec)
        name, folder = new_run(resolved.spec, resolved.repository)
        kept = keep_given_text(resolved.spec, folder)
    except ReproError as error:
        _report_failed_start(spec, error, output_dir, as_json)
        raise
    root = new_root()
    stored = {"schema": 1, "run": name, "root": root, "outputs": str(output_dir.absolute()), "spec": kept.to_json()}
    (folder / "spec.json").write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    terminal.detail(f"run {name} in {folder}")
    return sit(kept, resolved.repository, name, folder, root, output_dir, terminal)


def _report_failed_start(spec: Spec, error: ReproError, outputs: Path, as_json: bool) -> None:
    """Write a report of a run that could not begin; the error itself is said by the caller."""
    ending = Ending("error", "start", error.message, (error.hint,) if error.hint else ())
    model = without_run(spec, ending, now(), own_version() or "(not installed)")
    try:
        written = write(model, outputs, now())
    except OSError as unwritten:  # the error itself is said all the same
        click.echo(f"! the report cannot be written into {outputs}: {unwritten.strerror or unwritten}", err=True)
        return
    if as_json:
        click.echo(json.dumps(model.to_json() | {"report": str(written.path)}, indent=2))
    else:
        click.echo(f"failed: the run could not begin (exit code {exit_code(error)}).   report: {written.path}")
