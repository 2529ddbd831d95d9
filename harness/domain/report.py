"""The report of a run as plain values: the one source of its Markdown and of its JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Final

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """A pasteable command: `what` it is for, its `lines`; `safe`: it changes nothing but what it makes and removes."""

    what: str
    lines: tuple[str, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class LogCause:
    """What some of the log's failing tests share: the failure, its signature, and the first of the tests."""

    failure: str
    signature: str
    count: int
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogPart:
    """What the log says: the class of the failure and the line that carries it, the causes, and what follows."""

    verdict: str
    sure: str
    quoted: str
    quoted_at: str
    counts: str
    causes: tuple[LogCause, ...]
    more_causes: int
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReproductionPart:
    """Phase 1: which test, how it was matched with the log, and how often it failed where."""

    nodeid: str
    why: str
    log_line: str
    commit: str
    counts: str
    rate: str
    processes: str
    basis: str
    command: str
    failure: str
    others: tuple[tuple[str, int], ...]
    log_others: tuple[str, ...]
    notes: tuple[str, ...]
    test: str = ""
    test_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CausePart:
    """Phase 2: what the evidence shows, and apart from it what the fixer wrote."""

    failing_line: str
    traceback: str
    shown: tuple[str, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt at a fix."""

    number: int
    state: str
    seen: str
    changed: str
    seconds: float


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One line of the before/after table: counts, rate with interval or bound; `short` is the same for a terminal."""

    what: str
    counts: str
    rate: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class FixPart:
    """Phase 3: the attempts, the difference, and the proof."""

    by: str
    attempts: tuple[AttemptRow, ...]
    diff: str
    measured: tuple[MeasuredRow, ...] = ()
    p_value: str = ""
    rule: str = ""
    suite_scope: str = ""
    suite_rows: tuple[tuple[str, int, int], ...] = ()
    suite_groups: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what became of tests, and which
    log_others: str = ""  # what became of the log's other failing tests, in words
    revert: str = ""

    @property
    def suite_words(self) -> tuple[str, ...]:
        """The groups, a line each."""
        return tuple(f"{word}: {', '.join(names) if names else 'none'}" for word, names in self.suite_groups)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """Phase 4: a branch that the run made."""

    name: str
    holds: str


@dataclass(frozen=True, slots=True)
class TimeRow:
    """Seconds that a step took, against its budget where it has one of its own."""

    step: str
    seconds: float
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class ReportModel:
    """Everything that a report says. status: success, partial or failed; ending: how the run ended, as a word."""

    run: str
    status: str
    ending: str
    title: str
    summary: tuple[str, ...]
    written: str  # local time, ISO 8601
    version: str
    inputs: tuple[tuple[str, str], ...]
    prompt: str
    reproduction: ReproductionPart | None
    cause: CausePart | None
    fix: FixPart | None
    branches: tuple[BranchRow, ...]
    commands: tuple[ReportCommand, ...]
    remote_words: str
    next_steps: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    times: tuple[TimeRow, ...]
    not_shown: tuple[str, ...]
    evidence: str
    exit_code: int = 0
    log: LogPart | None = None
    schema: int = SCHEMA

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object, its schema first."""
        data = {"schema": self.schema} | asdict(self)
        if self.fix:
            data["fix"]["suite_words"] = list(self.fix.suite_words)
        return data
