"""What was taken in: the failing tests that the log names."""

from dataclasses import dataclass

from harness.domain.failing_test import FailingTest


@dataclass(frozen=True, slots=True)
class Intake:
    """source: the log's name; lines: how many it has; failing: in its order; complete: all failing tests are named;
    notes: what a person should know; excerpt: name of the redacted excerpt in the run's folder.
    """

    source: str
    lines: int
    failing: tuple[FailingTest, ...]
    complete: bool
    notes: tuple[str, ...]
    excerpt: str
