"""A measured failure rate together with the way of running that gave it."""

from dataclasses import dataclass

from harness.domain.reproduction import Reproduction


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

    @property
    def process_counts(self) -> tuple[int, int]:
        """(processes in which this failure appeared, processes): the same proof, counted by process."""
        return min(self.reproduction.failures, self.processes), self.processes
