"""Everything that is said of one CI log or run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.domain.cause import Cause
from harness.domain.ci_log import LogReading
from harness.domain.verdict import Verdict

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Analysis:
    """The failing tests that a log names, what they have in common, and the class of the failure."""

    reading: LogReading
    verdict: Verdict
    causes: tuple[Cause, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal Analysis."""
        return {
            "schema": SCHEMA,
            **self.reading.to_json(),
            "verdict": self.verdict.to_json(),
            "causes": [cause.to_json() for cause in self.causes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Analysis":
        """Return the Analysis that `to_json` described."""
        rest = {name: value for name, value in data.items() if name not in ("schema", "verdict", "causes")}
        causes = tuple(Cause.from_json(cause) for cause in data["causes"])
        return cls(LogReading.from_json(rest), Verdict.from_json(data["verdict"]), causes)
