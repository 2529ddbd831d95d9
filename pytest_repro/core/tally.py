"""Counts of a campaign, made from its records alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from pytest_repro.core.proof import Proof, Verdict
from pytest_repro.core.rate import FailureRate
from pytest_repro.core.record import (
    COUNTED,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
    Probe,
    Remark,
    Sharing,
)
from pytest_repro.core.strip import Strip

MOST_SIGNATURES: Final = 200  # of one test; a message that never repeats would else cost memory with every failure
_MOST_NOTES: Final = 20  # different ones of one test
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
    isolated: Counter[str] = field(default_factory=Counter)  # outcomes of those that ran in a process of their own
    isolated_signatures: Counter[str] = field(default_factory=Counter)
    hows: set[str] = field(default_factory=set)  # how iterations were isolated
    notes: Counter[str] = field(default_factory=Counter)
    rerun: Counter[str] = field(default_factory=Counter)  # what failing iterations came to when they were run again
    probes: list[Probe] = field(default_factory=list)
    in_child: dict[str, str] = field(default_factory=dict)  # shared fixtures that each isolated iteration set up: why

    @property
    def run(self) -> int:
        """Iterations that ended, whatever their outcome."""
        return self.outcomes.total()

    @property
    def failures(self) -> int:
        """Failing iterations."""
        return self.signatures.total()

    @property
    def looped_signatures(self) -> Counter[str]:
        """The failures of iterations that shared their process with others."""
        return self.signatures - self.isolated_signatures

    @property
    def isolated_decides(self) -> bool:
        """Whether the isolated iterations alone make the rate: a failure seen only among those that shared a process
        may come from what the others left behind."""
        if not self.signatures or not self.isolated:
            return False
        looped, alone = self.looped_signatures, {one.signature for one in self.probes if one.wanted == 1}
        seen = self.isolated_signatures.keys() | alone
        return bool(looped) and _counted(self.isolated) > 0 and not looped.keys() & seen

    @property
    def rate(self) -> FailureRate:
        """Failing iterations of those that passed or failed; skipped and expected failures say nothing about it."""
        if self.isolated_decides:
            return self.isolated_rate
        return FailureRate(self.failures, _counted(self.outcomes))

    @property
    def isolated_rate(self) -> FailureRate:
        """That of the iterations which ran in a process of their own."""
        return FailureRate(self.isolated_signatures.total(), _counted(self.isolated))

    @property
    def looped_rate(self) -> FailureRate:
        """That of the iterations which shared a process."""
        return FailureRate(self.looped_signatures.total(), _counted(self.outcomes) - _counted(self.isolated))

    @property
    def not_idempotent(self) -> bool:
        """Whether it was shown to fail when run again in the same process, and only then."""
        tries = self.tries_in_company
        again = [one for one in tries if one.runs > 1 and one.signature in self.looped_signatures]
        return self.isolated_decides and not self.isolated_rate.failures and 0 < len(tries) == len(again)

    @property
    def tries_in_company(self) -> list[Probe]:
        """The probes in which the failing iteration came after those that came before it when it failed."""
        return [one for one in self.probes if one.wanted > 1]

    def proven(self, proof: Proof, watch: str = "") -> Verdict:
        """Return what the iterations say about `proof`; `watch` is the head of the only signature that refutes it.

        Another failure refutes nothing and shows nothing: it may have come before the watched one could.
        """
        watched = sum(count for digest, count in self.signatures.items() if digest.startswith(watch))
        return proof.verdict(self.outcomes["passed"] + self.outcomes["xpassed"], watched)

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
        if record.isolation:
            self.isolated[record.outcome] += 1
            self.hows.add(record.isolation)
        if record.note and (record.note in self.notes or len(self.notes) < _MOST_NOTES):
            self.notes[record.note] += 1
        if record.attempts:
            self.rerun[record.attempts[-1]] += 1
        if record.failing:
            if record.signature not in self.signatures and len(self.signatures) >= MOST_SIGNATURES:
                record = replace(
                    record, signature=REST, message=f"more than {MOST_SIGNATURES} signatures: not told apart"
                )
            self.signatures[record.signature] += 1
            if record.isolation:
                self.isolated_signatures[record.signature] += 1
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
    remarks: list[str] = field(default_factory=list)

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
            case Probe():
                self.test(line.nodeid).probes.append(line)
            case Sharing():
                self.test(line.nodeid).in_child |= line.in_child
            case Remark():
                if line.text not in self.remarks:
                    self.remarks.append(line.text)
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


def _counted(outcomes: Counter[str]) -> int:
    return sum(n for outcome, n in outcomes.items() if outcome in COUNTED)
