"""The journals of one campaign's shards, added up as if one process had run it all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pytest_repro.core.errors import ReproError
from pytest_repro.core.merged import Merged, iterations, severity, shards_are
from pytest_repro.core.merged_plan import MergedPlan, versions_told
from pytest_repro.core.parts import Parts, all_of
from pytest_repro.core.record import (
    FAILING,
    CampaignEnd,
    CampaignHeader,
    IterationRecord,
    Line,
    PlannedTest,
    Remark,
)
from pytest_repro.core.sieve import SeenTest, Sieve
from pytest_repro.core.strip import Strip
from pytest_repro.core.tally import REST, CampaignTally, TestTally

Journals = Iterable[tuple[str, Iterable[Line]]]


def merge(journals: Journals) -> Merged:
    """Return what `journals`, each with its name, come to together, each iteration counted once.

    The result does not depend on their order, but for conflicts. Each is read once and never held. Raises ReproError:
    "not-a-journal", "journal-damaged", "different-plans", "merge-replay", "overlapping-shards".
    """
    sum_ = _Sum()
    for name, lines in journals:
        sum_.add(name, lines)
    return sum_.result()


def merged_lines(merged: Merged, journals: Journals) -> Iterator[Line]:
    """Yield the lines of one journal that holds what `merged`, made of the same `journals`, has counted."""
    tally = merged.tally
    assert tally.header is not None
    yield tally.header
    yield from (Remark(text) for text in tally.remarks if text not in merged.facts)
    yield from merged.planned
    sieve = Sieve()
    for name, lines in journals:
        sieve.begin(name)
        yield from filter(sieve.passes, lines)
    yield merged.end


@dataclass(slots=True)
class _Journal:
    """What is known of one journal beside its iterations; `last` is when the last of them ended."""

    name: str
    parts: Parts
    end: CampaignEnd | None = None
    last: float = 0.0


@dataclass(slots=True)
class _Sum:
    """Takes journal after journal, line by line."""

    plan: MergedPlan = field(default_factory=MergedPlan)
    sieve: Sieve = field(default_factory=Sieve)
    tally: CampaignTally = field(default_factory=CampaignTally)
    journals: list[_Journal] = field(default_factory=list)

    def add(self, name: str, lines: Iterable[Line]) -> None:
        """Take the lines of the journal `name`."""
        self.sieve.begin(name)
        journal: _Journal | None = None
        for line in lines:
            if isinstance(line, CampaignHeader):
                journal = journal or _Journal(name, Parts.all(1))
                journal.parts = self.plan.add(name, line)
            elif journal is None:
                break
            else:
                self._take(journal, line)
        if journal is None:
            raise ReproError(
                f"{name} is no journal of a campaign: its first line is no header",
                "not-a-journal",
                "name files that --repro-journal=FILE wrote",
            )
        self.journals.append(journal)

    def _take(self, journal: _Journal, line: Line) -> None:
        match line:
            case PlannedTest():
                self.plan.add_test(journal.name, journal.parts, line)
                self.tally.test(line.nodeid)
            case CampaignEnd():
                journal.end = line
            case Remark():
                self.tally.add(line)
            case IterationRecord():
                journal.last = max(journal.last, line.at + line.duration)
                if self.sieve.passes(line):
                    self.tally.add(line)
                    _keep_the_earlier(self.tally.test(line.nodeid), line)
            case _:
                if self.sieve.passes(line):
                    self.tally.add(line)

    def result(self) -> Merged:
        """Return the sum."""
        if not self.journals:
            raise ReproError("there is no journal to merge", "not-a-journal", "name one at least")
        planned = self.plan.planned()
        missing = self.plan.held.missing
        self.tally.header = self.plan.header()
        for one in planned:
            test = self.tally.test(one.nodeid)
            test.asked, test.root = self.plan.asked_in_all(one), one.root
        for nodeid, test in self.tally.tests.items():
            _order(test, self.sieve.tests[nodeid])
        end, cut = self._ended()
        self.tally.end = CampaignEnd(_worst([end.reason, "interrupted"] if missing else [end.reason]), end.seconds)
        names = f"{missing}/{self.plan.of}" if missing else ""
        facts = [*self._facts(names), *versions_told(self.tally.header)]
        for text in (*self._remarks(cut), *facts):
            self.tally.add(Remark(text))
        return Merged(
            self.tally, tuple(planned), end, self.sieve.duplicates, self.sieve.conflicts, names, cut, tuple(facts)
        )

    def _ended(self) -> tuple[CampaignEnd, tuple[str, ...]]:
        """Return how all journals ended, and those without an end whose shards no complete journal holds."""
        whole = [one.parts for one in self.journals if one.end and one.end.reason == "complete"]
        done = all_of(whole, self.plan.of).numbers
        open_ = [one for one in self.journals if not one.parts.scaled(self.plan.of).numbers <= done]
        reasons = ["complete", *(one.end.reason if one.end else "interrupted" for one in open_)]
        seconds = max(max(one.last, one.end.seconds if one.end else 0.0) for one in self.journals)
        return CampaignEnd(_worst(reasons), seconds), tuple(one.name for one in open_ if one.end is None)

    def _facts(self, missing: str) -> list[str]:
        if not missing:
            return []
        tests = self.tally.tests.values()
        left = sum(max(0, test.asked - test.run) for test in tests if test.asked is not None)
        certain = self.plan.knows_all(tests)
        if not left and not certain:
            return [f"{shards_are(missing)} missing"]
        return [f"{shards_are(missing)} missing: {'' if certain else 'at least '}{iterations(left)} not run"]

    def _remarks(self, cut: tuple[str, ...]) -> Iterator[str]:
        for name in cut:
            yield f"{name} has no end: its campaign was killed, or was still running"
        if self.sieve.conflicts:
            many = iterations(self.sieve.conflicts)
            yield f"{many} with two outcomes, of which the first counts: {self.sieve.conflict}"


def _worst(reasons: Iterable[str]) -> str:
    return max(reasons, key=lambda reason: (severity(reason), reason))


def _keep_the_earlier(test: TestTally, record: IterationRecord) -> None:
    """Shards come in any order: what a test tells as its first failure is the one with the lowest number."""
    kept = test.first_seen.get(record.signature) if record.failing else None
    if kept is not None and record.iteration < kept.iteration:
        test.first_seen[record.signature] = record


def _order(test: TestTally, seen: SeenTest) -> None:
    """Set what depends on the order of the iterations as if they had run by their number."""
    test.first_seen = dict(sorted(test.first_seen.items(), key=lambda item: (item[0] == REST, item[1].iteration)))
    first, test.passed_after_failure, test.strip = test.first_failure, 0, Strip()
    for iteration, outcome in seen.outcomes.in_order():
        if outcome in FAILING:
            test.strip.add("failing")
        elif outcome == "passed":
            test.strip.add("passed")
            test.passed_after_failure += first is not None and iteration > first.iteration
        else:
            test.strip.add("other")
