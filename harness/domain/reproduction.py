"""What reproducing a failure came to."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from pytest_repro.core.rate import FailureRate
from pytest_repro.core.signature import Signature


@dataclass(frozen=True, slots=True)
class Reproduction:
    """`failures` of `runs` iterations of `nodeid` failed with `signature`; `others` counts the rest.

    Failures of other signatures are never counted as the reproduction. `signature` is None when nothing matched.
    `basis` says against what the failure was matched, in words: the log's exception and message, or the node id alone.
    """

    nodeid: str
    deterministic: bool
    runs: int
    failures: int
    signature: Signature | None
    basis: str
    command: str
    seconds: float
    root: int = 0
    crash_line: int = 0
    traceback: str = ""
    others: tuple[tuple[str, int], ...] = ()

    @property
    def rate(self) -> FailureRate:
        """The baseline for the proof."""
        return FailureRate(self.failures, self.runs)

    def to_json(self) -> dict[str, Any]:
        """Return the reproduction as a JSON object."""
        return asdict(self) | {"signature": self.signature.to_json() if self.signature else None}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        signature = Signature.from_json(data["signature"]) if data["signature"] else None
        return cls(**data | {"signature": signature, "others": tuple((name, n) for name, n in data["others"])})
