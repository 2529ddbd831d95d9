"""`repro analyze`: what a CI log says, without running anything."""

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from harness.adapters.cache_folder import cache_folder
from harness.adapters.interpreter import find_interpreter
from harness.adapters.log_fetcher import LogFetcher
from harness.adapters.pytest_runner import PytestRunner
from harness.cli.echo import echo
from harness.cli.errors import DONE, NOT_REACHED
from harness.cli.program import program
from harness.cli.termination import terminated_as_interrupted
from harness.domain.analysis import Analysis
from harness.domain.report import ReportCommand
from harness.domain.verdict import NONE
from harness.logs.analyze import analyze as analyze_log
from harness.logs.publish_mask import for_publication
from harness.logs.published import published
from harness.logs.verdicts.rules import Rule, load_rules
from harness.render.analysis_markdown import analysis_markdown
from harness.render.analysis_terminal import analysis_lines
from harness.render.escape import one_line
from harness.render.next_commands import Given, collecting_options, next_commands
from harness.steps.fetched_run import analyze_run
from harness.steps.nodeids import look_up
from pytest_repro.core.errors import ReproError
from pytest_repro.sinks.output_file import check_output, write_whole

_WIDTH = 80  # columns of what goes into a file
_FILE = click.Path(path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the result as Markdown, and nothing else.")
@click.option("--output", metavar="FILE", type=_FILE, help="Write the result to FILE, in place of what it holds.")
@click.option("--job", metavar="NAME", help="Look at this one of the run's jobs alone.")
@click.option("--checkout", metavar="FOLDER", type=_FOLDER, help="Look the tests up in this checkout of the project.")
@click.option("--python", metavar="PROGRAM", help="The interpreter that collects them there.  [default: repro's own]")
@click.option(
    "--rules",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The pyproject.toml with your own rules.  [default: the one of the checkout, or here]",
)
def analyze(
    source: str,
    as_json: bool,
    as_markdown: bool,
    output: Path | None,
    job: str | None,
    checkout: Path | None,
    python: str | None,
    rules: Path | None,
) -> int:
    """Say what broke in the CI log SOURCE: its failing tests, their causes and the class of the failure.

    SOURCE is a file, a folder or an archive of logs or test reports, - for standard input, the log text itself, or the
    address of a run or job. Nothing is run but, with --checkout, pytest's collection.

    Exit codes: 0 the job passed, 1 it failed, or the log does not show why, 3 there is no log to read.
    """
    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    if python and not checkout:
        raise click.UsageError("--python belongs to --checkout: nothing is run without it")
    output = None if output == Path("-") else output
    if output:
        check_output(output)
        _keep_the_log(source, output)
    runner = _runner(checkout, python) if checkout else None
    found = _analysis(source, job, load_rules(rules or (checkout or Path()) / "pyproject.toml"))
    if runner and checkout:
        runner.pytest_args = collecting_options(found)
        found = look_up(found, runner, checkout.resolve())
    commands = next_commands(found, _given(source, found, checkout, python, job, rules))
    _give_out(found, commands, as_json, as_markdown, output)
    return DONE if found.verdict.failure_class == NONE else NOT_REACHED


def _analysis(source: str, job: str | None, rules: Sequence[Rule]) -> Analysis:
    if not _is_url(source):
        return analyze_log(source, sys.stdin, rules, job)
    # What is fetched is not redacted: it never stays.
    with terminated_as_interrupted(), TemporaryDirectory(prefix="repro-fetched-") as folder:
        fetcher = LogFetcher(cache_folder(), os.environ, lambda text: click.echo(one_line(text), err=True))
        return analyze_run(fetcher.fetch(source, Path(folder) / "run"), rules, job)


def _keep_the_log(source: str, output: Path) -> None:
    """Raise ReproError("output-unwritable") if `output` is the log itself, by whatever name."""
    try:
        same = output.samefile(Path(source).expanduser())
    except (OSError, ValueError, RuntimeError):  # no such file, or the text of a log, which is no path
        return
    if same:
        raise ReproError(f"{output} cannot be written: it is the log itself", "output-unwritable", "name another file")


def _is_url(source: str) -> bool:
    return re.fullmatch(r"https?://\S+", source.strip()) is not None


def _runner(checkout: Path, python: str | None) -> PytestRunner:
    """Return what collects in `checkout`; raises ReproError before the log is read, which can take its time."""
    if not checkout.is_dir():
        raise ReproError(f"{checkout} is no folder", "not-a-checkout", "name the project's folder with --checkout")
    return PytestRunner(find_interpreter(python), (), {}, checkout)


def _given(
    source: str, found: Analysis, checkout: Path | None, python: str | None, job: str | None, rules: Path | None
) -> Given:
    """Return what is needed to read the same log again; one that came as text or by a pipe is gone."""
    url = source.strip() if _is_url(source) else ""
    kept = not url and found.reading.source not in ("stdin", "text")
    return Given(
        program=program(),
        log=str(Path(source).expanduser().resolve()) if kept else "",
        url=url,
        repository=str(checkout.resolve()) if checkout else "",
        python=find_interpreter(python) if checkout else "",
        job=job or "",
        rules=str(rules.resolve()) if rules else "",
    )


def _give_out(
    found: Analysis, commands: Sequence[ReportCommand], as_json: bool, as_markdown: bool, output: Path | None
) -> None:
    if as_json:
        text = json.dumps(found.to_json(), indent=2, ensure_ascii=False) + "\n"
    elif as_markdown:
        # A job's summary and a comment are public: a command that would give something away is left out.
        safe = [one for one in commands if all(for_publication(line) == line for line in one.lines)]
        text = analysis_markdown(published(found), safe)
    elif output is None:
        for line in analysis_lines(found, commands, shutil.get_terminal_size().columns):
            echo(line)
        return
    else:
        text = "".join(f"{line.text}\n" for line in analysis_lines(found, commands, _WIDTH))
    if output is None:
        sys.stdout.write(text)
        return
    write_whole(output, text)
    for line in list(analysis_lines(found, (), shutil.get_terminal_size().columns))[:1]:
        echo(line)
