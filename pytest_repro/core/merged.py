"""What the journals of a campaign's shards came to together."""

from dataclasses import dataclass
from typing import Final

from pytest_repro.core.record import CampaignEnd, PlannedTest
from pytest_repro.core.tally import CampaignTally

# How a campaign ended, the least serious first; a reason of a later version counts as more serious than `time`.
_REASONS: Final = ("complete", "failures", "time", "", "stopped", "interrupted", "broken off")


@dataclass(frozen=True, slots=True)
class Merged:
    """What journals came to together, and what they do not tell.

    `missing` names shards as `3/4`, `cut` journals without an end; of `conflicts`, iterations with two outcomes, the
    first outcome counts. `planned` is what was asked of the shards that are there and `end` how they ended, while the
    tally is that of the whole campaign; `facts` are those of its remarks that a merged journal's header tells anew.
    """

    tally: CampaignTally
    planned: tuple[PlannedTest, ...]
    end: CampaignEnd
    duplicates: int
    conflicts: int
    missing: str
    cut: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def failing(self) -> int:
        """Tests with a failing iteration."""
        return sum(test.failures > 0 for test in self.tally.tests.values())

    @property
    def not_run(self) -> int:
        """Iterations that were asked and did not run; none where a complete campaign had leave to end a test early."""
        header, end = self.tally.header, self.tally.end
        may_end = header is not None and (header.stop is not None or header.prove is not None)
        if may_end and end is not None and end.reason == "complete":
            return 0
        return sum(max(0, test.asked - test.run) for test in self.tally.tests.values() if test.asked is not None)

    @property
    def shortfalls(self) -> list[str]:
        """Why this is less than a complete campaign, in words; empty where it is complete."""
        found = [f"{shards_are(self.missing)} missing"] if self.missing else []
        found += [f"{name} has no end" for name in self.cut]
        reason = self.tally.end.reason if self.tally.end else "interrupted"
        if not found and severity(reason) > severity("time"):
            found.append(f"ended before its time: {reason}")
        if self.not_run:
            found.append(f"{iterations(self.not_run)} not run")
        if self.conflicts:
            found.append(f"{iterations(self.conflicts)} with two outcomes")
        return found if self.tally.tests else [*found, "no test was selected"]


def severity(reason: str) -> int:
    """Return how serious the end of a campaign is for what it shows; the least is 0."""
    return _REASONS.index(reason) if reason in _REASONS else _REASONS.index("")


def iterations(number: int) -> str:
    """Return `1 iteration`, `2 iterations`."""
    return f"{number} iteration{'s' * (number != 1)}"


def shards_are(names: str) -> str:
    """Return `shard 3/4 is`, `shards 2-3/4 are`."""
    return f"shards {names} are" if "," in names or "-" in names else f"shard {names} is"
