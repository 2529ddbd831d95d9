"""A sign of life on long campaigns: one line that rewrites itself, or few lines where no terminal is."""

from typing import Final

import pytest

from pytest_repro.core.duration import format_duration
from pytest_repro.engine.clock import now
from pytest_repro.modes.campaign import Campaign

_FIRST: Final = 10.0  # seconds of silence before a log that is no terminal gets its first line
_LONGEST: Final = 300.0


class Progress:
    """Shows how far the current test is; says nothing in a worker or under -qq."""

    def __init__(self, config: pytest.Config) -> None:
        reporter: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
        self._reporter = reporter if reporter is not None and config.get_verbosity() > -2 else None
        self._terminal = reporter is not None and reporter.isatty
        self._started = now()
        self._pause = _FIRST
        self._due = self._started + (1.0 if self._terminal else _FIRST)
        self._drawn = False

    def due(self, time: float) -> bool:
        """Whether it is time to show something again."""
        return time >= self._due and self._reporter is not None

    def show(self, campaign: Campaign, test: int, more: int = 0) -> None:
        """Show the state of a test, if it is time to; `more` iterations ended that the ledger does not count yet."""
        time = now()
        if self._reporter is None or time < self._due:
            return
        planned, counts = campaign.tests[test], campaign.ledger.counts(test)
        of = "" if planned.todo.endless else f"/{planned.todo.total}"
        done = max(counts.done + more, counts.failures)  # a failure counts before its process has ended
        said = f"{done}{of}, {counts.failures} failing, {format_duration(time - self._started)}"
        text = f"repro: {planned.item.nodeid}  {said}"
        if self._terminal:
            if not self._drawn:
                self._reporter.ensure_newline()
            self._reporter.rewrite(text, erase=True)
            self._drawn = True
            self._due = time + 0.5
        else:
            self._reporter.write_line(text)
            self._pause = min(self._pause * 2, _LONGEST)
            self._due = time + self._pause

    def clear(self) -> None:
        """Take the line away, so that pytest's own output goes on where it was."""
        if self._drawn and self._reporter is not None:
            self._reporter.rewrite("", erase=True)
            self._reporter.currentfspath = None  # makes pytest print the file's name anew
            self._drawn = False
