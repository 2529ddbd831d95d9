"""What one CI log says about its tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import FailingTest


@dataclass(frozen=True, slots=True)
class LogReading:
    """Everything read from a log: the failing tests and how far they can be trusted to be all of them.

    source: where the log came from ("text" for text that was given itself); lines: raw lines read; failing: in the
    order in which the log first names them; tally: counts of the closing lines, summed over the runs in the log
    ("failed", "errors", "passed", ...); complete: at least one run was found, each has a closing line, and as many
    tests are named as it counts; notes: what a person should know, one sentence each; circumstances: how and where it
    ran.
    """

    source: str
    lines: int
    failing: tuple[FailingTest, ...]
    tally: dict[str, int]
    complete: bool
    notes: tuple[str, ...]
    circumstances: Circumstances

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal LogReading."""
        return {
            "source": self.source,
            "lines": self.lines,
            "failing": [test.to_json() for test in self.failing],
            "tally": dict(self.tally),
            "complete": self.complete,
            "notes": list(self.notes),
            "circumstances": self.circumstances.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "LogReading":
        """Return the LogReading that `to_json` described."""
        failing = tuple(FailingTest.from_json(test) for test in data["failing"])
        return cls(
            source=data["source"],
            lines=data["lines"],
            failing=failing,
            tally=dict(data["tally"]),
            complete=data["complete"],
            notes=tuple(data["notes"]),
            circumstances=Circumstances.from_json(data["circumstances"]),
        )
