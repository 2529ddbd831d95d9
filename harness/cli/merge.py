"""`repro merge`: the journals of a campaign's shards as one."""

import os
import shutil
from pathlib import Path
from typing import Final

import click

from harness.adapters.campaign_journals import Reading, find_journals, write_journal
from harness.cli.echo import echo
from harness.cli.errors import DONE, NOT_REACHED
from harness.render.campaign_section import campaign_section, closing, replay_commands
from pytest_repro.core.errors import ReproError
from pytest_repro.core.merge import merge as merge_journals
from pytest_repro.core.merge import merged_lines
from pytest_repro.core.merged import Merged
from pytest_repro.sinks.markdown import markdown_summary
from pytest_repro.sinks.output_file import append_within, check_output, write_whole
from pytest_repro.sinks.result_json import result_text

_MOST_SUMMARY: Final = 1024 * 1024 - 1  # bytes; GitHub refuses a summary above 1 MiB as a whole
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--output", metavar="FILE", type=_FILE, help="Write one journal that holds them all to FILE, a new file.")
@click.option("--summary", metavar="FILE", type=_FILE, help="Append a Markdown summary to FILE, as for a CI job.")
@click.option("--json", "json_file", metavar="FILE", type=_FILE, help="Write the whole result to FILE as JSON.")
@click.option("-v", "--verbose", count=True, help="Show every signature with its traceback.")
@click.option("-q", "--quiet", count=True, help="Show one line a test.")
def merge(
    files: tuple[str, ...], output: Path | None, summary: Path | None, json_file: Path | None, verbose: int, quiet: int
) -> int:
    """Add up the journals FILE... of one campaign's shards, and show what one run would have shown.

    Each iteration counts once, however often a journal is named. A shard that is missing is told; its
    iterations count as not run.

    Exit codes: 0 complete and without a failure, 1 a test failed or something is missing, cut or not run.
    """
    _check(files, output, [path for path in (summary, json_file) if path])
    reading = Reading(find_journals(files))
    merged = _merged(reading)
    if output:
        write_journal(output, merged_lines(merged, reading))
        reading.raise_problems()
    _write(merged, summary, json_file, str(output or ""))
    _print(merged, verbose - quiet, str(output) if output else _named(files))
    last = list(closing(merged))
    for line in last:
        echo(line)
    return NOT_REACHED if last else DONE


def _check(files: tuple[str, ...], output: Path | None, others: list[Path]) -> None:
    for path in [output, *others] if output else others:
        check_output(path)
    if output and (output.exists() or output.is_symlink()):
        raise ReproError(
            f"{output} exists already; a journal is never replaced", "journal-exists", "name another file with --output"
        )
    taken = {os.path.realpath(path) for path in (*files, output) if path}
    for path in others:
        if (place := os.path.realpath(path)) in taken:
            raise ReproError(
                f"{path} is named twice, and would be spoiled", "one-file-twice", "give each output a file of its own"
            )
        if path.is_file() or not path.exists():  # a terminal or a pipe takes them all
            taken.add(place)


def _merged(reading: Reading) -> Merged:
    try:
        merged = merge_journals(reading)
    except ReproError as error:
        reading.problems.append(error)
        reading.raise_problems()
        raise
    reading.raise_problems()
    return merged


def _write(merged: Merged, summary: Path | None, json_file: Path | None, journal: str) -> None:
    tally = merged.tally
    assert tally.header is not None
    replay = replay_commands(tally.header)
    if json_file:
        write_whole(json_file, result_text(tally, replay))
    if summary:
        append_within(summary, _MOST_SUMMARY, lambda room: markdown_summary(tally, replay, room, journal))


def _named(files: tuple[str, ...]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"


def _print(merged: Merged, verbosity: int, journal: str) -> None:
    columns = shutil.get_terminal_size().columns
    for line in campaign_section(merged, verbosity=verbosity, columns=columns, journal=journal):
        echo(line)
