"""What every part of a running campaign works on."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import Line
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.todo import Todo
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.ledger import Ledger
from pytest_repro.engine.ledger_entry import ENOUGH
from pytest_repro.engine.random_instances import RandomInstances
from pytest_repro.engine.seeding import SeedOwnership
from pytest_repro.modes.stop import stop
from pytest_repro.options import ItemPlan, Settings

_leave: Final = os._exit  # tests replace the module's
_UNWRITTEN: Final = 70  # exit code of a child whose journal takes no more


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One selected test with what is asked of it; `todo` are the iterations that this process's campaign still runs."""

    item: pytest.Item
    plan: ItemPlan
    todo: Todo
    index: int  # among all that pytest has selected


@dataclass(slots=True)
class Campaign:
    """The tests by position, the ledger that processes share, and where everything is written down."""

    config: pytest.Config
    session: pytest.Session
    settings: Settings
    tests: list[PlannedItem]
    ledger: Ledger
    journal: JournalWriter | None  # None in a process that only tells its parent
    tally: CampaignTally | None  # None in a worker: the controller reads the journal
    worker: str = ""
    deadline: float = float("inf")
    broken: bool = False  # the journal took no more
    forked: bool = False  # this process is a child: its parent accounts for what it cannot write
    timed_out: bool = False  # some test had to end before its count was reached
    known_threads: set[int] = field(default_factory=set)  # of plugins, from before the collection
    only: int | None = None  # the one test that runs now, where pytest's own loop comes to each
    instances: RandomInstances = field(default_factory=RandomInstances)
    interrupted: Callable[[], bool] = lambda: False
    seeds: SeedOwnership = field(init=False)
    maxfail: int = field(init=False)

    def __post_init__(self) -> None:
        self.seeds = SeedOwnership(self.config)
        self.maxfail = self.config.getoption("maxfail", 0) or 0
        if self.ledger.shared:  # the controller finds the number of an iteration by it
            self.ledger.ask(asked_of(one.plan, self.settings) for one in self.tests)

    @property
    def written(self) -> JournalWriter:
        """The journal, in a process that has it open."""
        assert self.journal is not None
        return self.journal

    def number(self, test: int, ordinal: int) -> int:
        """Return the number of an iteration; a replay repeats the one that its token names."""
        replay = self.settings.replay
        return replay.iteration if replay is not None else self.tests[test].todo.number(ordinal)

    def seed(self, test: int, number: int) -> int:
        """Return the seed of an iteration."""
        planned = self.tests[test]
        return derive_seed(planned.plan.root, planned.item.nodeid, number)

    def plant(self, seed: int) -> None:
        """Put a seed into every generator that is known."""
        self.seeds.plant(seed)
        self.instances.plant(seed)

    def write(self, *lines: Line) -> None:
        """Append `lines` to the journal and count them; a journal that takes no more ends the campaign.

        In a child it ends the child, at once: a test may have closed the file there. If the disk is full, the parent
        cannot write either.
        """
        if self.broken or self.journal is None:
            return
        try:
            self.journal.write(*lines)
        except ReproError as error:
            if self.forked:
                _leave(_UNWRITTEN)
            self.broken = True
            self.ledger.stop()
            stop(self.config, self.session, str(error))
        if self.tally is not None:
            for line in lines:
                self.tally.add(line)

    def count_failure(self, test: int, digest: str, *, apart: bool) -> None:
        """Count a failing iteration against every limit."""
        watch = self.settings.watch
        watched = not watch or digest.startswith(watch)
        self.ledger.note_failure(test, apart=apart)
        counts = self.ledger.counts(test)
        stop_at, proves = self.settings.stop, self.settings.proof is not None
        if (stop_at is not None and counts.failures >= stop_at) or (proves and watched):
            self.ledger.mark(test, ENOUGH)
        if self.exhausted:
            self.ledger.stop()

    @property
    def positions(self) -> range:
        """Return the tests that run now."""
        return range(len(self.tests)) if self.only is None else range(self.only, self.only + 1)

    @property
    def exhausted(self) -> bool:
        """Whether -x or --maxfail ends the campaign."""
        return bool(self.maxfail) and self.ledger.failures >= self.maxfail

    @property
    def over(self) -> bool:
        """Whether nobody begins another iteration: stopped, or pytest's own session ends."""
        return self.broken or self.ledger.stopped or bool(self.session.shouldfail or self.session.shouldstop)

    def rest(self, test: int) -> int:
        """Return how many iterations of a test are wanted and not handed out."""
        if self.ledger.has(test, ENOUGH):
            return 0
        return self.ledger.rest(test, self.tests[test].todo.total)


def asked_of(plan: ItemPlan, settings: Settings) -> int | None:
    """Return how many iterations of a test all shards together run, None where nothing but time limits them."""
    proof = settings.proof
    if proof is None or (settings.watch and plan.asked is not None):  # some may be neither clean nor a refutation
        return plan.asked
    return proof.needed if plan.asked is None else min(plan.asked, proof.needed)


def digest_of_tests(nodeids: list[str], settings: Settings) -> int:
    """Return the number by which processes see that they have the same tests and plan."""
    text = json.dumps([nodeids, repr(replace(settings, explicit=frozenset()))])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def interactor_of(config: pytest.Config) -> Any:
    """Return xdist's part in a worker, which tells the controller of reports; None in a plain run."""
    if not hasattr(config, "workerinput"):
        return None
    return next((one for one in config.pluginmanager.get_plugins() if hasattr(one, "torun")), None)
