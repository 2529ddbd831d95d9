"""Writes what other programs read of a campaign: JUnit file, Markdown summary, annotations and one JSON document."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.tally import CampaignTally
from pytest_repro.options import Settings
from pytest_repro.sinks.output_file import append_within, check_distinct, check_output, write_whole

if TYPE_CHECKING:
    from pytest_repro.sinks.evidence import ReplayCommand

MOST_SUMMARY: Final = 1024 * 1024 - 1  # bytes; GitHub refuses a summary above 1 MiB as a whole


def outputs_of(config: pytest.Config, settings: Settings) -> "Outputs":
    """Return what writes the files that `settings` ask for; raises pytest.UsageError if that cannot be."""
    try:
        outputs = Outputs(config, settings.summary, settings.json)
        journal = settings.resume or settings.journal
        check_distinct(
            {
                "--repro-resume" if settings.resume else "--repro-journal": outputs.here / journal if journal else None,
                "--junitxml": outputs.junit,
                "--repro-summary": outputs.summary,
                "--repro-json": outputs.json,
            }
        )
        return outputs
    except ReproError as error:
        raise pytest.UsageError(str(error)) from None


class Outputs:
    """The files that were asked for; made before the first iteration, written once after pytest's own session end.

    `problems` holds a line for each output that could not be written. In an xdist worker nothing is written: the
    controller tells of all workers.
    """

    def __init__(self, config: pytest.Config, summary: str | None, json: str | None) -> None:
        """Raise ReproError("output-unwritable") if `summary` or `json` plainly cannot be written."""
        self.here = config.invocation_params.dir
        self.root = config.rootpath
        self.summary = self.here / summary if summary else None
        self.json = self.here / json if json else None
        self.junit = _junit_path(config)
        self.prefix: str = config.getoption("junitprefix", None) or ""
        self.worker = hasattr(config, "workerinput")
        self.problems: list[str] = []
        for path in (self.summary, self.json):
            if path is not None:
                check_output(path)

    def write(
        self,
        tally: CampaignTally,
        replay_command: "ReplayCommand",
        reporter: pytest.TerminalReporter | None,
        journal: str = "",
    ) -> None:
        """Write every output, whatever becomes of the others; `reporter` gets the annotations and the problems.

        To be called when pytest has written its JUnit file: last in pytest_sessionfinish or in the terminal summary.
        """
        if self.worker:
            return
        self._attempt(self.junit, lambda path: self._add_to_junit(path, tally))
        self._attempt(self.json, lambda path: self._write_json(path, tally, replay_command))
        self._attempt(self.summary, lambda path: self._append_summary(path, tally, replay_command, journal))
        if reporter is None:
            return
        if os.environ.get("GITHUB_ACTIONS") == "true":
            from pytest_repro.sinks.annotations import annotations  # each output's imports are its own

            for line in annotations(tally, replay_command, self._in_repository):
                reporter.write_line(line)
        for problem in self.problems:
            reporter.write_line(f"repro: {problem}", red=True)

    def _attempt(self, path: Path | None, write: Callable[[Path], None]) -> None:
        if path is None:
            return
        try:
            write(path)
        except ReproError as error:
            self.problems.append(error.message)
        except OSError as error:
            self.problems.append(f"{path} cannot be read: {error.strerror or error}")

    def _write_json(self, path: Path, tally: CampaignTally, replay_command: "ReplayCommand") -> None:
        from pytest_repro.sinks.result_json import result_text

        write_whole(path, result_text(tally, replay_command))

    def _add_to_junit(self, path: Path, tally: CampaignTally) -> None:
        import xml.etree.ElementTree as ET

        from pytest_repro.sinks.junit import add_results

        if not path.is_file():  # pytest wrote none, or not into a file
            return
        try:
            root = ET.fromstring(path.read_bytes())
        except ET.ParseError as error:
            self.problems.append(f"{path} is left as pytest wrote it, because it is no valid XML: {error}")
            return
        if add_results(root, tally, self.prefix):
            write_whole(path, '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(root, encoding="unicode"))

    def _append_summary(self, path: Path, tally: CampaignTally, replay_command: "ReplayCommand", journal: str) -> None:
        from pytest_repro.sinks.markdown import markdown_summary

        append_within(path, MOST_SUMMARY, lambda room: markdown_summary(tally, replay_command, room, journal))

    def _in_repository(self, path: str) -> str | None:
        """Return `path` as GitHub knows it, from the top of the checkout; None for a file that is not part of it."""
        file = self.root / path
        if not file.is_file() or "site-packages" in file.parts:
            return None
        top = os.environ.get("GITHUB_WORKSPACE") or self.root
        for folder in (top, self.root):  # inside a container the checkout may have another name
            relative = os.path.relpath(os.path.realpath(file), os.path.realpath(folder))
            if not relative.startswith(".."):
                return relative.replace(os.sep, "/")
        return None


def _junit_path(config: pytest.Config) -> Path | None:
    """Return where pytest writes its JUnit file, by its own reading of --junitxml; None if it writes none."""
    given = config.getoption("xmlpath", None)
    return Path(os.path.abspath(os.path.expanduser(os.path.expandvars(given)))) if given else None
