"""What reproducing a failure came to."""

from dataclasses import dataclass

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
