"""Lets each line of several journals through once, however often it comes."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import FailureDetail, IterationRecord, Line, Probe, Sharing
from pytest_repro.core.seen_outcomes import SeenOutcomes
from pytest_repro.core.tally import MOST_SIGNATURES


@dataclass(slots=True)
class SeenTest:
    """What has passed of one test; a byte for each iteration, however they came."""

    outcomes: SeenOutcomes = field(default_factory=SeenOutcomes)
    digests: set[str] = field(default_factory=set)
    probes: Counter[str] = field(default_factory=Counter)
    sharings: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sieve:
    """Knows what has passed. Of two lines that contradict each other, the first passes."""

    tests: defaultdict[str, SeenTest] = field(default_factory=lambda: defaultdict(SeenTest))
    duplicates: int = 0
    conflicts: int = 0
    conflict: str = ""  # the first one, in words
    _journal: str = ""
    _probes: Counter[tuple[str, str]] = field(default_factory=Counter)  # of this journal

    def begin(self, journal: str) -> None:
        """Take what follows as lines of `journal`."""
        self._journal = journal
        self._probes.clear()

    def passes(self, line: Line) -> bool:
        """Return whether `line` tells of a test something that no line before it has told; never for other lines."""
        match line:
            case IterationRecord():
                return self._is_new(line)
            case FailureDetail():
                digests = self.tests[line.nodeid].digests
                if line.digest in digests or len(digests) >= MOST_SIGNATURES:
                    return False
                digests.add(line.digest)
                return True
            case Probe():
                return self._is_more(line)
            case Sharing():
                sharings, key = self.tests[line.nodeid].sharings, repr(line)
                known = key in sharings
                sharings.add(key)
                return not known
        return False

    def _is_new(self, record: IterationRecord) -> bool:
        outcomes, number = self.tests[record.nodeid].outcomes, record.iteration
        if type(number) is not int or number < 1:
            raise ReproError(
                f"{self._journal} has an iteration {number!r} of {record.nodeid}; expected a whole number from 1",
                "journal-damaged",
                "use an intact copy",
            )
        known = outcomes.get(number)
        if not known:
            outcomes.put(number, record.outcome)
            return True
        self.duplicates += 1
        if known != record.outcome:
            self.conflicts += 1
            self.conflict = self.conflict or (
                f"iteration {number} of {record.nodeid} {known} at first, and is {record.outcome} in {self._journal}"
            )
        return False

    def _is_more(self, probe: Probe) -> bool:
        """A journal may hold equal probes; those of another one that are equal to them say nothing new."""
        key = repr(probe)
        self._probes[probe.nodeid, key] += 1
        known = self.tests[probe.nodeid].probes
        if self._probes[probe.nodeid, key] <= known[key]:
            return False
        known[key] += 1
        return True
