"""What rounds of pytest processes brought together; every count comes from journal records."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from harness.domain.baseline import Baseline
from harness.domain.reproduction import Reproduction
from harness.logs.redact import redact
from harness.ports import RunResult
from pytest_repro.core.message import normalise
from pytest_repro.core.record import FailureDetail
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import TestTally

Match = Callable[[Signature], bool]


@dataclass(frozen=True, slots=True)
class Seen:
    """The first time a signature was seen: where it crashed, the traceback, and under which root seed.

    `message` is the first line of the message as it was printed.
    """

    signature: Signature
    message: str
    line: int
    traceback: str
    root: int

    @property
    def words(self) -> str:
        """The failure in one line."""
        place = f"  at {self.signature.path}" if self.signature.path else ""
        return self.failure + place

    @property
    def failure(self) -> str:
        """The exception and the first line of its message."""
        return f"{self.signature.exception}: {self.message or self.signature.message}".rstrip(": ")


@dataclass(slots=True)
class Gathering:
    """Counts over processes of the test `nodeid`. `runs` passed or failed; skipped ones are `uncounted`.

    A path in the project's own options makes pytest run more than was asked for: other tests are not counted, unless
    `nodeid` is empty. `positions` counts at which iteration of its process a failure came.
    """

    nodeid: str = ""
    runs: int = 0
    uncounted: int = 0
    processes: int = 0
    failing_processes: int = 0
    cut: int = 0
    empty: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    positions: Counter[int] = field(default_factory=Counter)
    seen: dict[str, Seen] = field(default_factory=dict)
    command: str = ""
    output: str = ""
    exit_code: int = 0

    def add(self, result: RunResult) -> None:
        """Count one process."""
        self.processes += 1
        self.cut += result.cut
        self.command = self.command or result.command
        tests = self._meant(list(result.tally.tests.values()))
        counted = sum(self._add_test(result, test) for test in tests)
        if not counted:
            self.empty += 1
            self.output, self.exit_code = result.output, result.exit_code
        self.failing_processes += any(test.failures for test in tests)

    def _meant(self, tests: list[TestTally]) -> list[TestTally]:
        """Return the tests that count; where a rootdir in a sub-folder shortens node ids, the path's end decides."""
        if not self.nodeid or len(tests) <= 1:
            return tests
        exact = [test for test in tests if test.nodeid == self.nodeid]
        return exact or [test for test in tests if self.nodeid.endswith(f"/{test.nodeid}")]

    def _add_test(self, result: RunResult, test: TestTally) -> int:
        counted = test.rate.runs
        self.runs += counted
        self.uncounted += test.run - counted
        for digest, count in test.signatures.items():
            self.counts[digest] += count
            if digest in test.first_seen:
                self.positions[test.first_seen[digest].iteration] += 1
            detail = result.tally.details.get((test.nodeid, digest))
            if detail and digest not in self.seen:
                self.seen[digest] = _seen(detail, test)
        return counted

    @property
    def failures(self) -> int:
        """Failing iterations, whatever their signature."""
        return self.counts.total()

    def commonest(self, match: Match) -> Seen | None:
        """Return the most frequent failure that `match` accepts, the first seen of equals."""
        fitting = [(count, digest) for digest, count in self.counts.items() if self._fits(digest, match)]
        return self.seen[max(fitting, key=lambda one: one[0])[1]] if fitting else None

    def matching(self, match: Match) -> int:
        """Return how many failing iterations `match` accepts."""
        return sum(count for digest, count in self.counts.items() if self._fits(digest, match))

    def _fits(self, digest: str, match: Match) -> bool:
        return digest in self.seen and match(self.seen[digest].signature)

    def others(self, match: Match) -> tuple[tuple[str, int], ...]:
        """Return the failures that `match` refuses, in words, most frequent first."""
        rest = [(digest, count) for digest, count in self.counts.most_common() if not self._fits(digest, match)]
        return tuple(
            (
                redact(self.seen[digest].words)
                if digest in self.seen
                else "a failure without a record of its signature",
                count,
            )
            for digest, count in rest
        )


def baseline_of(
    found: Gathering, nodeid: str, deterministic: bool, basis: str, match: Match, plan_chunk: int, cores: int
) -> Baseline:
    """Return what was gathered as a baseline for the commonest failure that `match` accepts."""
    seen = found.commonest(match)
    same: Match = seen.signature.same_failure if seen else match
    reproduction = Reproduction(
        nodeid=nodeid,
        deterministic=deterministic,
        runs=found.runs,
        failures=found.matching(same) if seen else 0,
        signature=seen.signature if seen else None,
        basis=basis,
        command=found.command,
        seconds=found.seconds,
        root=seen.root if seen else 0,
        crash_line=seen.line if seen else 0,
        traceback=redact(seen.traceback) if seen else "",
        others=found.others(same),
    )
    failure = redact(seen.failure) if seen else ""
    return Baseline(
        reproduction,
        plan_chunk,
        cores,
        found.processes,
        found.failing_processes,
        found.cut,
        found.empty,
        failure,
        tuple(sorted(found.positions.items())),
    )


def _seen(detail: FailureDetail, test: TestTally) -> Seen:
    first = test.first_seen.get(detail.digest)
    message = first.message if first else ""
    signature = detail.parsed()
    exception = signature.exception
    # Some messages repeat their exception's name: it is said once.
    message = message.removeprefix(f"{exception}: ")
    return Seen(_without_secrets(signature), message, detail.line, detail.traceback, test.root)


def _without_secrets(signature: Signature) -> Signature:
    """Return `signature` as it may be kept: all that are compared with each other go through here."""
    shown = redact(signature.message)
    return replace(
        signature,
        message=shown if shown == signature.message else normalise(shown),
        code=redact(signature.code),
        nested=tuple(map(_without_secrets, signature.nested)),
    )
