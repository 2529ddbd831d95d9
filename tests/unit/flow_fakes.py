"""Small stand-ins for the ports, for steps whose real world would be slow: a scripted runner, a clock that is moved."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.domain.spec import Spec, parse_data
from harness.ports import RunRequest, RunResult
from harness.steps.budget import Deadline
from harness.steps.context import Context
from pytest_repro.core.record import FailureDetail, IterationRecord
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally

NODEID = "tests/test_pool.py::test_close"
CLOSED = Signature("RuntimeError", "pool is closed", "src/pool.py", "close", 3, "self._check()")
OTHER = Signature("ValueError", "no such pool", "src/pool.py", "find", 1, "raise ValueError")


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@dataclass
class FakeJournal:
    """Progress in memory."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def progress(self, step: str, data: Mapping[str, Any]) -> None:
        self.events.append((step, dict(data)))

    def earlier(self, step: str) -> Sequence[Mapping[str, Any]]:
        return [data for one, data in self.events if one == step]


class Silent:
    def live(self, text: str) -> None:
        """Say nothing."""

    def detail(self, text: str) -> None:
        """Say nothing."""


def tally(*outcomes: str, nodeid: str = NODEID, signature: Signature = CLOSED) -> CampaignTally:
    """Return the tally of iterations with `outcomes`; failing ones have `signature`."""
    lines: list[IterationRecord | FailureDetail] = []
    for number, outcome in enumerate(outcomes, 1):
        failing = outcome == "failed"
        if failing:
            lines.append(FailureDetail(nodeid, signature.digest, signature.to_json(), 88, "E  pool is closed"))
        digest = signature.digest if failing else ""
        lines.append(
            IterationRecord(nodeid, number, outcome, number, 0.0, 0.01, signature=digest, message="pool is closed")
        )
    return CampaignTally.of(lines)


def result(of: CampaignTally, *, cut: bool = False, exit_code: int = 0, output: str = "") -> RunResult:
    return RunResult(exit_code, of, 0.1, cut, "python -m pytest", output)


Answer = Callable[[RunRequest], RunResult]


@dataclass
class FakeRunner:
    """Answers each request by `answer` and remembers it; every round takes `seconds` of the clock."""

    answer: Answer
    clock: FakeClock
    seconds: float = 0.1
    requests: list[RunRequest] = field(default_factory=list)
    rounds: int = 0

    def run(self, requests: Sequence[RunRequest]) -> list[RunResult]:
        self.rounds += 1
        self.clock.at += self.seconds
        self.requests += requests
        return [self.answer(request) for request in requests]

    def collect(self, tree: Path, targets: Sequence[str]) -> tuple[str, ...]:
        return tuple(targets)

    def command(self, targets: Sequence[str], *options: str) -> str:
        return " ".join(["python -m pytest", *targets, *options])


def spec(**changes: Any) -> Spec:
    """Return a spec for a test that is not deterministic."""
    data = {"deterministic": False, "prompt": "It fails now and then.", "raw-logs": "ci.log"}
    return parse_data(data | {name.replace("_", "-"): value for name, value in changes.items()}, "test")


def context(tmp_path: Path, answer: Answer, given: Spec | None = None, cores: int = 2) -> Context:
    """Return a context whose runner answers by `answer`; its git repository is missing, since no step here asks it."""
    clock = FakeClock()
    given = given or spec()
    return Context(
        spec=given,
        run="20260101-000000-x",
        folder=tmp_path,
        trees=tmp_path / "trees",
        root=7,
        cores=cores,
        repository=None,  # type: ignore[arg-type]  # the steps under test ask git nothing
        runner=FakeRunner(answer, clock),
        fixer=None,
        commands=lambda argv, folder, limit: (0, ""),
        clock=clock,
        journal=FakeJournal(),
        console=Silent(),
        total=Deadline(clock, clock.at + given.budget.total, "total"),
        lock=lambda nodeid: nullcontext(),
        resume_command="repro resume x",
    )
