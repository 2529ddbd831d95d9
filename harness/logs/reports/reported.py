"""What one machine report says about its tests."""

from dataclasses import dataclass, field

from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import FailingTest


@dataclass(frozen=True, slots=True)
class Reported:
    """Everything read from one JUnit file, report log or journal.

    kind: "junit", "reportlog" or "journal"; failing: in the order of the file; tally: tests by outcome, in the words of
    `LogReading.tally`; complete: the file was read to its end and names as many failing tests as it counts; notes: what
    a person should know, one sentence each.
    """

    kind: str
    failing: tuple[FailingTest, ...] = ()
    tally: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    notes: tuple[str, ...] = ()
    circumstances: Circumstances = field(default_factory=Circumstances)
