"""What was taken in: the failing tests that the log names."""

from dataclasses import dataclass

from harness.domain.cause import Cause
from harness.domain.failing_test import FailingTest
from harness.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Intake:
    """source: the log's name; lines: how many it has; failing: in its order; complete: all failing tests are named;
    notes: what a person should know; excerpt: name of the redacted excerpt in the run's folder; verdict: the class of
    the failure, causes: what the failing tests have in common, None and empty in a run that an earlier version began.
    """

    source: str
    lines: int
    failing: tuple[FailingTest, ...]
    complete: bool
    notes: tuple[str, ...]
    excerpt: str
    verdict: Verdict | None = None
    causes: tuple[Cause, ...] = ()
