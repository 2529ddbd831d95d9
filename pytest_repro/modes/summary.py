"""Gives the terminal sink what only pytest knows: verbosity, width, and the commands to paste."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from pytest_repro.core.replay import replay_options
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.engine.command import rerun_command, resume_command
from pytest_repro.engine.reruns import may_rerun, rerunner
from pytest_repro.options import Settings
from pytest_repro.sinks.terminal import Section, section_lines

_PLAIN: Final = str.maketrans({"▁": "_", "█": "#", "·": "-", "…": "..."})  # for a terminal that lacks our marks


def show_summary(
    reporter: pytest.TerminalReporter,
    tally: CampaignTally,
    journal: Path,
    *,
    settings: Settings,
    workers: int,
    lost: int,
    reruns_off: bool,
) -> None:
    """Write the campaign's section to pytest's terminal reporter; nothing if no test was selected."""
    if not tally.tests:
        return
    config = reporter.config
    section = Section(
        tally=tally,
        verbosity=config.get_verbosity(),
        columns=reporter._tw.fullwidth,
        workers=workers,
        lost=lost,
        journal=_short(journal, config.invocation_params.dir),
        replay_command=replay_commands(config, tally),
        resume_command=_resume_command(config, settings, tally, journal),
        proof=settings.proof,
        watch=settings.watch,
        reruns_off=reruns_off,
    )
    reporter.ensure_newline()
    reporter.section("repro: replay" if section.replays else "repro: stress")
    for line in section_lines(section):
        reporter.write_line(_writable(line.text, reporter), **dict.fromkeys(line.markup, True))


def replay_commands(config: pytest.Config, tally: CampaignTally) -> Callable[[TestTally], str]:
    """Return what gives the command that replays a test's first failure, in the way in which it was seen."""

    def replay_command(test: TestTally) -> str:
        return rerun_command(config, test.nodeid, *replay_options(test, tally.header))

    return replay_command


def _resume_command(config: pytest.Config, settings: Settings, tally: CampaignTally, journal: Path) -> str:
    """Return the command that runs what an interrupted campaign has left, empty where nothing is."""
    asked, ended = tally.asked, tally.end
    if config.getoption("usepdb", False) or not settings.active:  # what only markers ask is no plan of the journal's
        return ""
    if ended is None or ended.reason not in ("interrupted", "broken off", "stopped") or not journal.exists():
        return ""
    if asked is not None and tally.run >= asked:
        return ""
    return resume_command(config, _short(journal, config.invocation_params.dir))


def are_reruns_off(config: pytest.Config, items: Iterable[pytest.Item] = ()) -> bool:
    """Whether reruns that were asked for, by option, ini file or a marker of `items`, do not take place."""
    if rerunner(config) is None or may_rerun(config):
        return False
    asked = config.getoption("force_reruns", None) or config.getoption("reruns", None) or config.getini("reruns")
    return bool(asked) or any(item.get_closest_marker("flaky") for item in items)


def is_shown_by_pytest(exitstatus: int) -> bool:
    """Whether pytest asks for summaries at this exit; after an internal error or a code of its own it does not."""
    return exitstatus in set(pytest.ExitCode) - {pytest.ExitCode.INTERNAL_ERROR}


def _writable(text: str, reporter: pytest.TerminalReporter) -> str:
    try:
        text.encode(getattr(reporter._tw._file, "encoding", None) or "utf-8", "surrogatepass")
    except UnicodeEncodeError:
        return text.translate(_PLAIN)
    return text


def _short(path: Path, here: Path) -> str:
    relative = os.path.relpath(path, here)
    gone = "" if path.exists() else " (deleted while the tests ran)"
    return (str(path) if relative.startswith("..") else relative) + gone
