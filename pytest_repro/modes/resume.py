"""Goes on with a campaign that was interrupted: the same tests, plan and seeds, without what is done."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.number_set import NumberSet
from pytest_repro.core.parts import Parts
from pytest_repro.core.proof import Proof
from pytest_repro.core.record import CampaignEnd, CampaignHeader, IterationRecord, PlannedTest, read_lines
from pytest_repro.core.shard import parse_shard
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.modes.journal_file import open_journal, plan_of
from pytest_repro.options import Settings

_OPTIONS = {"seconds": "time"}  # members of a header that their options call otherwise


@dataclass(slots=True)
class Resumed:
    """What a journal holds: its plan, the asked tests, the numbers of iterations that ended, and the seconds spent."""

    header: CampaignHeader
    tests: dict[str, PlannedTest] = field(default_factory=dict)
    done: dict[str, NumberSet] = field(default_factory=dict)
    seconds: float = 0.0

    def settings(self, given: Settings) -> Settings:
        """Return `given` under the journal's plan; raises pytest.UsageError where both say something else."""
        for member, here in plan_of(given).items():
            name, there = _OPTIONS.get(member, member), getattr(self.header, member)
            if name in given.explicit and here != there:
                begun = f"with {_shown(member, there)}" if self._was_given(member) else "without it"
                raise pytest.UsageError(
                    f"--repro-{name} is {_shown(member, here)} here, but the campaign in {given.resume} was begun "
                    f"{begun}\n  hint: leave --repro-{name} out to go on with that campaign"
                )
        header = self.header
        if "seed" in given.explicit and given.root != header.root:
            raise pytest.UsageError(
                f"--repro-seed is {given.root} here, but the campaign in {given.resume} was begun with {header.root}\n"
                "  hint: leave --repro-seed out to go on with that campaign"
            )
        return dataclasses.replace(
            given,
            stress=header.stress,
            seconds=header.seconds,
            stop=header.stop,
            root=header.root,
            isolate=header.isolate or "auto",
            timeout=header.timeout,
            adaptive=header.allocate == "adaptive",
            shard=parse_shard(header.shard) if header.shard else None,
            proof=Proof(header.prove, header.confidence or 0.95) if header.prove is not None else None,
            watch=header.watch,
            active=True,
        )

    def _was_given(self, member: str) -> bool:
        if member == "stress" and self.header.stress is None:  # 'inf', unless a time alone was given
            return self.header.seconds is None
        return getattr(self.header, member) not in (None, "")

    def check_tests(self, nodeids: Iterable[str], journal: str) -> None:
        """Raise pytest.UsageError unless `nodeids` are the tests that the campaign was begun with."""
        here, there = set(nodeids), set(self.tests)
        for which, some in (("is not selected here", there - here), ("was not part of it", here - there)):
            if some:
                raise pytest.UsageError(
                    f"the campaign in {journal} has other tests: {min(some)} {which} ({len(some)} such)\n"
                    "  hint: select the same tests as then; the journal's first line holds the arguments"
                )


def read_resumed(config: pytest.Config, settings: Settings, size: int | None = None) -> tuple[Resumed, JournalWriter]:
    """Return what the journal held when it had `size` bytes (None: all of it), and its writer.

    Raises pytest.UsageError for what is no journal of a campaign that can go on.
    """
    path = config.invocation_params.dir / settings.resume
    try:
        if not path.is_file():
            raise ReproError(
                f"there is no journal {settings.resume} to go on with", "no-journal", "the section of the run named it"
            )
        journal = open_journal(config, path)
        if size is None:  # a worker's controller has done so
            journal.lock()
            journal.cut_torn_line()
        return _read(journal, path, journal.size() if size is None else size), journal
    except ReproError as error:
        raise pytest.UsageError(str(error)) from None


def _read(journal: JournalWriter, path: Path, size: int) -> Resumed:
    resumed: Resumed | None = None
    for line in read_lines(journal.lines(end=size)):
        match line:
            case CampaignHeader():
                resumed = resumed or Resumed(line)
            case PlannedTest() if resumed is not None:
                resumed.tests.setdefault(line.nodeid, line)
            case IterationRecord() if resumed is not None:
                resumed.done.setdefault(line.nodeid, NumberSet()).add(line.iteration)
                resumed.seconds = max(resumed.seconds, line.at + line.duration)
            case CampaignEnd() if resumed is not None:
                resumed.seconds = max(resumed.seconds, line.seconds)
    if resumed is None or resumed.header.replay:
        what = "is no journal of a campaign" if resumed is None else "is the journal of a replay"
        raise ReproError(
            f"{path} {what}", "no-journal", "name the journal that the section of an interrupted run named"
        )
    if len(Parts.parse(shard := resumed.header.shard).numbers) > 1:
        raise ReproError(
            f"{path} holds shards {shard} of a campaign, merged, which cannot go on together",
            "no-journal",
            f"run what is missing with --repro-shard and --repro-seed={resumed.header.root}, then merge it with this",
        )
    return resumed


def _shown(member: str, value: Any) -> str:
    """Return `value` as one would type it."""
    if member == "stress" and value is None:
        return "inf"
    return f"{value:g}s" if member in ("seconds", "timeout") else str(value)
