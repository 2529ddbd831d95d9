"""Counts of a campaign, made from its records alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from pytest_repro.core.rate import FailureRate
from pytest_repro.core.record import (
    COUNTED,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
)
from pytest_repro.core.strip import Strip

MOST_SIGNATURES: Final = 200  # of one test; a message that never repeats would else cost memory with every failure
REST: Final = "rest"  # the digest under which all further ones are counted


@dataclass(slots=True)
class TestTally:
    """What the iterations of one test came to; bounded in size whatever their number."""

    __test__ = False  # a name that begins with Test is not a test here

    nodeid: str
    asked: int | None = None
    root: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    signatures: Counter[str] = field(default_factory=Counter)
    first_seen: dict[str, IterationRecord] = field(default_factory=dict)
    passed_after_failure: int = 0
    seconds: float = 0.0
    strip: Strip = field(default_factory=Strip)

    @property
    def run(self) -> int:
        """Iterations that ended, whatever their outcome."""
        return self.outcomes.total()

    @property
    def failures(self) -> int:
        """Failing iterations."""
        return self.signatures.total()

    @property
    def rate(self) -> FailureRate:
        """Failing iterations of those that passed or failed; skipped and expected failures say nothing about it."""
        return FailureRate(self.failures, sum(n for outcome, n in self.outcomes.items() if outcome in COUNTED))

    @property
    def first_failure(self) -> IterationRecord | None:
        """The first failing iteration that was recorded."""
        return next(iter(self.first_seen.values()), None)

    @property
    def only_failures_after_first(self) -> bool:
        """Passed at first, then failed every time, three times at least: what a failure left behind may repeat it."""
        passed = self.outcomes["passed"]
        return self.failures >= 3 and passed > 0 and self.passed_after_failure == 0

    def add(self, record: IterationRecord) -> None:
        """Count one iteration."""
        self.outcomes[record.outcome] += 1
        self.seconds += record.duration
        if record.failing:
            if record.signature not in self.signatures and len(self.signatures) >= MOST_SIGNATURES:
                record = replace(
                    record, signature=REST, message=f"more than {MOST_SIGNATURES} signatures: not told apart"
                )
            self.signatures[record.signature] += 1
            self.first_seen.setdefault(record.signature, record)
            self.strip.add("failing")
        elif record.outcome == "passed":
            self.passed_after_failure += bool(self.first_seen)
            self.strip.add("passed")
        else:
            self.strip.add("other")


@dataclass(slots=True)
class CampaignTally:
    """Everything that is shown of a campaign. Built line by line, so a journal of any length fits in memory."""

    header: CampaignHeader | None = None
    end: CampaignEnd | None = None
    tests: dict[str, TestTally] = field(default_factory=dict)
    details: dict[tuple[str, str], FailureDetail] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "CampaignTally":
        """Return the tally of `lines`."""
        tally = cls()
        for line in lines:
            tally.add(line)
        return tally

    def add(self, line: Line) -> None:
        """Take one more line of the journal into account."""
        match line:
            case IterationRecord():
                self.test(line.nodeid).add(line)
            case FailureDetail():
                if len(self.test(line.nodeid).signatures) < MOST_SIGNATURES:
                    self.details.setdefault((line.nodeid, line.digest), line)
            case PlannedTest():
                test = self.test(line.nodeid)
                test.asked, test.root = line.asked, line.root
            case CampaignHeader():
                self.header = self.header or line
            case CampaignEnd():
                self.end = line

    def test(self, nodeid: str) -> TestTally:
        """Return the tally of one test, made on first use."""
        if nodeid not in self.tests:
            self.tests[nodeid] = TestTally(nodeid)
        return self.tests[nodeid]

    @property
    def asked(self) -> int | None:
        """Iterations asked of all tests; None where any test has no limit."""
        counts = [one.asked for one in self.tests.values()]
        return None if None in counts else sum(n for n in counts if n is not None)

    @property
    def run(self) -> int:
        """Iterations that ended."""
        return sum(one.run for one in self.tests.values())
