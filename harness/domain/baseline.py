"""A measured failure rate together with the way of running that gave it."""

from dataclasses import dataclass
from typing import Final

from harness.domain.reproduction import Reproduction
from pytest_repro.core.rate import FailureRate

_ACCIDENT: Final = 0.01


@dataclass(frozen=True, slots=True)
class Baseline:
    """`reproduction` was measured in `processes` processes of at most `chunk` iterations, `cores` at once.

    A process ends at its first failure, since what a failure leaves behind spoils the iterations after it; so
    `failing_processes` is also the number of failures of any kind. `cut` processes were ended at their time limit,
    `empty` ones brought no countable iteration. `failure` is the first one in one line, as it was printed.
    """

    reproduction: Reproduction
    chunk: int
    cores: int
    processes: int
    failing_processes: int
    cut: int = 0
    empty: int = 0
    failure: str = ""
    positions: tuple[tuple[int, int], ...] = ()  # (iteration of its process at which a failure came, how often)

    @property
    def process_counts(self) -> tuple[int, int]:
        """(processes in which this failure appeared, processes): the same proof, counted by process."""
        return min(self.reproduction.failures, self.processes), self.processes

    @property
    def process_bound(self) -> int:
        """The one iteration of their processes at which all failures came, where that is no accident; else 0.

        No accident: if iterations were independent, all failures would meet there with a chance below 1 %.
        """
        result = self.reproduction
        if len(self.positions) != 1 or not 0 < result.failures < result.runs:
            return 0
        (position, failures), rate = self.positions[0], result.rate.value
        within_chunk = 1 - (1 - rate) ** self.chunk
        chance = rate * (1 - rate) ** (position - 1) / within_chunk
        return position if chance**failures < _ACCIDENT else 0

    @property
    def process_words(self) -> str:
        """What `process_bound` means for a reader, "" where it is 0."""
        if not self.process_bound:
            return ""
        counts = FailureRate(*self.process_counts)
        by_process = f"by process {counts.counts}, {counts.describe()}"
        if self.process_bound == 1:
            return (
                "every failure came in the first iteration of its process, so it depends on the process (hash seed, "
                f"imports, caches) and the rate by iteration says little: {by_process}"
            )
        return (
            f"every failure came at iteration {self.process_bound} of its process and none before: it fails when it is "
            f"run again in one process, and a plain run may never show it; {by_process}"
        )
