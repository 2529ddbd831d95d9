"""One iteration in a process of its own, and what its parent gets to know of it."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from pytest_repro.core.record import Line, line_of
from pytest_repro.engine.clock import now
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.frames import Message
from pytest_repro.engine.hypothesis_test import IndependentExamples
from pytest_repro.engine.iteration import Iteration, IterationRunner
from pytest_repro.engine.leftover_processes import threads_left
from pytest_repro.engine.reruns import Reruns
from pytest_repro.engine.tmp_folders import TmpFolders
from pytest_repro.modes.campaign import Campaign
from pytest_repro.modes.failure_book import FailureBook
from pytest_repro.modes.looper import close_fixtures
from pytest_repro.modes.pipe_outlet import PipeOutlet
from pytest_repro.modes.recorder import lines_of


@dataclass(frozen=True, slots=True)
class Order:
    """Which iteration of a test to run here; `want_reports`: also if it passes."""

    test: int
    number: int
    isolation: str
    want_reports: bool


class Repeater:
    """What every iteration of a test needs, made once in the parent, since making it costs more than a short test."""

    def __init__(self, campaign: Campaign, item: pytest.Item) -> None:
        self.book = FailureBook(campaign.config.rootpath)
        self.cloner = ItemCloner(item)
        # Asked anew in each child, where it is another one.
        self.runner = IterationRunner(item, self.book.interact, lambda: campaign.interrupted())
        self.reruns = Reruns.of(item, self.cloner, self.runner)


class Single:
    """Runs an order in this process, which was made for it, and sends what came of it."""

    def __init__(self, campaign: Campaign, outlet: PipeOutlet, repeater: Repeater) -> None:
        self.campaign, self.outlet, self.repeater = campaign, outlet, repeater
        repeater.runner.settle_here()
        stack: dict[Any, tuple[list[Any], Any]] = campaign.session._setupstate.stack
        self._inherited = {node: len(finalizers) for node, (finalizers, _) in stack.items()}
        self._threads = threading.active_count()

    def run(self, order: Order) -> None:
        """Run the one iteration of `order`."""
        self.in_protocol(order.test, lambda: self._run(order))

    def in_protocol(self, test: int, work: Callable[[], None]) -> None:
        """Do `work` within pytest's protocol for a test, then tear down what only this process has set up."""
        item = self.campaign.tests[test].item
        mode: Any = self.campaign.config.pluginmanager.getplugin("repro-mode")
        mode.work = work
        try:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=item)
        except KeyboardInterrupt:
            if not self.campaign.interrupted():
                raise
        except pytest.exit.Exception as leaving:
            self.outlet.send({"what": "exit", "text": leaving.msg, "code": leaving.returncode})
        finally:
            if self._close(test, item):  # a fixture may have ended what it had started
                self.outlet.send({"what": "threads", "threads": threads_left(self._threads)})

    def _run(self, order: Order) -> None:
        item, number = self.campaign.tests[order.test].item, order.number
        self._threads = threading.active_count()
        at = now()
        with ExitStack() as stack:
            for context in (IndependentExamples(item), self.campaign.seeds):
                stack.enter_context(context)
            folders = stack.enter_context(TmpFolders(item))
            iteration = self.iterate(number, self.campaign.seed(order.test, number), folders, rerun=True)
            folders.ended(iteration.failing is not None)
        left = threads_left(self._threads)
        lines = lines_of(
            item,
            iteration,
            self.repeater.book,
            number=number,
            seed=self.campaign.seed(order.test, number),
            at=at - self.campaign.ledger.started,
            worker=self.campaign.worker,
            isolation=order.isolation,
        )
        new = len(lines) > 1
        self.outlet.send(
            {
                "what": "iteration",
                "lines": [line.to_json() for line in lines],
                "threads": left,
                "reports": self.outlet.packed(order.test, iteration.reports()) if new or order.want_reports else None,
            }
        )

    def iterate(self, number: int, seed: int, folders: TmpFolders, *, rerun: bool = False) -> Iteration:
        """Run one iteration under its seed; with `rerun` also the attempts that follow one that failed."""
        clone, own = self.repeater.cloner.fresh()
        self.campaign.plant(seed)
        iteration = self.repeater.runner.run(clone, own, partial(folders.note, clone))
        if rerun and iteration.failing is not None and self.repeater.reruns is not None:
            self.repeater.reruns.run_again(clone, iteration, folders)
        return iteration

    def _close(self, test: int, item: pytest.Item) -> bool:
        """Tear down what was set up in this process, if anything was; what the parent has set up is the parent's."""
        stack: dict[Any, tuple[list[Any], Any]] = item.session._setupstate.stack
        for node, count in self._inherited.items():
            if node in stack:
                del stack[node][0][:count]
        if not any(finalizers for finalizers, _ in stack.values()):
            return False
        if reports := close_fixtures(item, None):
            self.outlet.closed(test, reports)
        return True


def lines_in(message: Message) -> list[Line]:
    """Return the journal's lines in a message."""
    return [line for line in map(line_of, message["lines"]) if line is not None]
