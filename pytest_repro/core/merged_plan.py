"""The one plan that the journals of a campaign's shards share."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from pytest_repro.core.errors import ReproError
from pytest_repro.core.parts import Parts, all_of, disjoint
from pytest_repro.core.record import CampaignHeader, PlannedTest
from pytest_repro.core.shard import Shard
from pytest_repro.core.tally import TestTally
from pytest_repro.core.todo import todo_for

# What makes a plan, with the words for it. What differs between machines (versions, arguments, jobs) does not.
_MEMBERS: Final = {
    "root": "the root seed",
    "stress": "--repro-stress",
    "seconds": "--repro-time",
    "stop": "--repro-stop",
    "timeout": "--repro-timeout",
    "isolate": "--repro-isolate",
    "prove": "--repro-prove",
    "confidence": "--repro-confidence",
    "watch": "--repro-watch",
    "allocate": "--repro-allocate",
}
_BETWEEN: Final = "; "  # versions of different journals
_TOLD: Final = ("pytest-repro", "pytest", "python")


@dataclass(slots=True)
class MergedPlan:
    """Takes the plan of one journal after the other and refuses one that is different."""

    of: int = 1  # shards
    headers: list[CampaignHeader] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _roots: dict[str, tuple[str, int]] = field(default_factory=dict)  # test: first journal, root seed
    _asked: dict[str, dict[str, int | None]] = field(default_factory=dict)  # test: shards: iterations

    def add(self, name: str, header: CampaignHeader) -> Parts:
        """Take the header of journal `name` and return its shards.

        Raises ReproError("different-plans"), ReproError("merge-replay") or ReproError("journal-damaged").
        """
        if header.replay:
            raise ReproError(
                f"{name} replays one iteration; expected a campaign, whose iterations are all different",
                "merge-replay",
                "leave it out",
            )
        parts = Parts.parse(header.shard)
        if self.headers:
            self._compare(name, header, parts)
        self.of = max(self.of, parts.of)
        self.headers.append(header)
        self._names.append(name)
        return parts

    def _compare(self, name: str, header: CampaignHeader, parts: Parts) -> None:
        for member, words in _MEMBERS.items():
            before, here = getattr(self.headers[0], member), getattr(header, member)
            if before != here:
                raise _different(self._names[0], name, words, before, here)
        if parts.of not in (1, self.of) and self.of != 1:
            first = next(i for i, one in enumerate(self.headers) if Parts.parse(one.shard).of > 1)
            raise _different(self._names[first], name, "the number of shards", self.of, parts.of)

    def add_test(self, name: str, parts: Parts, test: PlannedTest) -> None:
        """Take what journal `name` was asked of one test; raises ReproError("different-plans")."""
        first, root = self._roots.setdefault(test.nodeid, (name, test.root))
        if root != test.root:
            raise _different(first, name, f"the root seed of {test.nodeid}", root, test.root)
        shares = self._asked.setdefault(test.nodeid, {})
        same = shares.setdefault(str(parts), test.asked)
        other = next(iter(shares.values()))
        if same != test.asked or (other is None) != (test.asked is None):
            before = same if same != test.asked else other
            raise _different(first, name, f"what is asked of {test.nodeid}", before, test.asked)

    @property
    def held(self) -> Parts:
        """All the shards that there are."""
        return all_of(self._parts(), self.of)

    def _parts(self) -> list[Parts]:
        return [Parts.parse(shard) for shard in sorted({header.shard for header in self.headers})]

    def header(self) -> CampaignHeader:
        """Return the header of all journals together; it names shards only where one is missing."""
        first = min(self.headers, key=lambda one: (one.started, one.shard, one.args))
        held = self.held
        return replace(first, shard=str(held) if held.missing else "", versions=self._versions())

    def _versions(self) -> dict[str, str]:
        found: dict[str, set[str]] = {}
        for header in self.headers:
            for name, version in header.versions.items():
                found.setdefault(name, set()).update(version.split(_BETWEEN))
        return {name: _BETWEEN.join(sorted(versions)) for name, versions in sorted(found.items())}

    def planned(self) -> list[PlannedTest]:
        """Return each test with what the shards that are there were asked of it; raises "overlapping-shards"."""
        chosen = [str(one) for one in disjoint(self._parts(), self.of)]
        return [
            PlannedTest(nodeid, _sum([shares[one] for one in chosen if one in shares] or shares.values()), root)
            for nodeid, shares in self._asked.items()
            for root in [self._roots[nodeid][1]]
        ]

    def asked_in_all(self, test: PlannedTest) -> int | None:
        """Return what the whole campaign was asked of `test`, as far as it is known where a shard is missing."""
        whole, held = self.headers[0].stress, self.held
        if whole is None or test.asked is None or not held.missing:
            return test.asked
        parts = sum(todo_for(whole, test.nodeid, Shard(index, self.of)).total for index in held.numbers)
        # A marker may have asked for another number than the campaign: then these are no parts of it.
        return whole if parts == test.asked else test.asked

    def knows_all(self, tests: Iterable[TestTally]) -> bool:
        """Whether no shard that is missing can have had more than what `tests` were asked in all."""
        whole = self.headers[0].stress
        # With fewer iterations than shards, a shard may have had a test that no other one had.
        return whole is not None and whole >= self.of and all(test.asked == whole for test in tests)


def versions_told(header: CampaignHeader) -> Iterable[str]:
    """Yield a sentence for each version that is not the same in all journals of a merged `header`."""
    for name in _TOLD:
        several = header.versions.get(name, "").split(_BETWEEN)
        if len(several) > 1:
            yield f"the shards ran under different versions of {name}: {', '.join(several)}"


def _sum(counts: "Iterable[int | None]") -> int | None:
    numbers = list(counts)
    return None if None in numbers else sum(number or 0 for number in numbers)


def _different(first: str, other: str, what: str, before: object, here: object) -> ReproError:
    return ReproError(
        f"{first} and {other} are of different plans: {what} is {_words(before)} in the first and {_words(here)} in "
        "the second; expected journals of one campaign",
        "different-plans",
        "merge journals of one campaign only: the same options and the same --repro-seed in every shard",
    )


def _words(value: object) -> str:
    return "not given" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)
