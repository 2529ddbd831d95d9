"""Everything that is said of one CI log or run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.domain.cause import Cause
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.ci_log import LogReading
from harness.domain.verdict import Verdict

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Analysis:
    """The failing tests that a log names, what they have in common, and the class of the failure.

    checkout: what a checkout makes of the tests' names; None where none was asked.
    """

    reading: LogReading
    verdict: Verdict
    causes: tuple[Cause, ...]
    checkout: CheckoutIds | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal Analysis."""
        return {
            "schema": SCHEMA,
            **self.reading.to_json(),
            "verdict": self.verdict.to_json(),
            "causes": [cause.to_json() for cause in self.causes],
            "checkout": self.checkout.to_json() if self.checkout else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Analysis":
        """Return the Analysis that `to_json` described."""
        causes = tuple(Cause.from_json(cause) for cause in data["causes"])
        checkout = CheckoutIds.from_json(data["checkout"]) if data["checkout"] else None
        return cls(LogReading.from_json(data), Verdict.from_json(data["verdict"]), causes, checkout)
