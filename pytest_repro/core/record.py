"""The journal's lines: what one campaign writes down, one JSON object a line. Published in docs/reference/journal.md.

Nouns: CampaignHeader (first line), PlannedTest (one per selected test), IterationRecord (one per finished iteration),
FailureDetail (once per signature and process), Probe, Sharing and Remark (what else was seen), CampaignEnd (last line,
absent after a kill).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Final, Self

from pytest_repro.core.errors import ReproError
from pytest_repro.core.signature import Signature

SCHEMA: Final = 1
FAILING: Final = frozenset({"failed", "error", "crashed", "timed out"})
COUNTED: Final = FAILING | {"passed", "xpassed"}  # outcomes that say something about the failure rate


class _Line:
    """Shared JSON form: the kind, and every member that differs from its default."""

    __slots__ = ()
    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return the line as a JSON object."""
        found: dict[str, Any] = {"kind": self.kind}
        for name, default in _members(self.kind).items():
            value = getattr(self, name)
            if value != default:
                found[name] = value
        return found

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the line that `to_json` wrote; members of a later minor form are ignored."""
        known = _members(cls.kind)
        return cls(**{name: value for name, value in data.items() if name in known})


@dataclass(frozen=True, slots=True)
class CampaignHeader(_Line):
    """One planned set of iterations under one root seed; `stress` and `seconds` are None where unlimited."""

    kind: ClassVar[str] = "campaign"
    schema: int
    root: int
    started: float  # seconds since the epoch
    stress: int | None = None
    seconds: float | None = None
    stop: int | None = None
    replay: str = ""
    isolate: str = ""
    jobs: int = 1
    timeout: float | None = None  # seconds, of one iteration
    allocate: str = ""
    shard: str = ""  # as `2/8`; `stress` is the whole campaign's
    prove: float | None = None  # the rate to be excluded, a fraction
    confidence: float | None = None  # of the proof
    watch: str = ""  # first digits of the signature that the proof is about
    versions: dict[str, str] = field(default_factory=dict)
    args: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlannedTest(_Line):
    """A selected test, how many iterations were asked of it (None: as many as fit), and under which root seed."""

    kind: ClassVar[str] = "test"
    nodeid: str
    asked: int | None
    root: int


@dataclass(frozen=True, slots=True)
class IterationRecord(_Line):
    """One finished iteration. `at` and `duration` are seconds, `at` counted from the campaign's start.

    It came to what its first attempt came to; `attempts` are those of pytest-rerunfailures that followed.
    """

    kind: ClassVar[str] = "iteration"
    nodeid: str
    iteration: int  # from 1
    outcome: str  # passed, failed, error, skipped, xfailed, xpassed, crashed, timed out
    seed: int
    at: float
    duration: float
    worker: str = ""
    phase: str = ""  # of the failure: setup, call or teardown
    signature: str = ""  # digest of the failure's signature
    message: str = ""  # first line of the failure as it was, numbers and all
    example: str = ""  # Hypothesis' falsifying example
    isolation: str = ""  # "fork" or "fresh": ran in a process of its own; "": in one process with others
    note: str = ""  # what it left running, or why it was ended
    attempts: list[str] = field(default_factory=list)  # outcomes of those that followed the first one, which failed

    @property
    def failing(self) -> bool:
        """Whether the iteration counts into the failure rate as a failure."""
        return self.outcome in FAILING

    def with_note(self, note: str) -> "IterationRecord":
        """Return the record with `note` in it."""
        return replace(self, note=note) if note else self


@dataclass(frozen=True, slots=True)
class FailureDetail(_Line):
    """What a signature's digest stands for, with the first traceback seen under it."""

    kind: ClassVar[str] = "signature"
    nodeid: str
    digest: str
    signature: dict[str, Any]
    line: int = 0  # where it crashed when first seen; the identity itself holds no line number
    traceback: str = ""

    def parsed(self) -> Signature:
        """Return the signature as an object."""
        return Signature.from_json(self.signature)


@dataclass(frozen=True, slots=True)
class Probe(_Line):
    """A test run again and again in one fresh process, to see whether it fails there: no iteration, never counted.

    `runs` executions were made of `wanted`, of which the last failed with `signature`, or none did where that is empty.
    """

    kind: ClassVar[str] = "probe"
    nodeid: str
    runs: int
    signature: str = ""
    leaves: list[str] = field(default_factory=list)  # what the first execution left behind, as far as it can be seen
    wanted: int = 1  # 1: the iteration that failed among others, now alone


@dataclass(frozen=True, slots=True)
class Sharing(_Line):
    """Which fixtures of a test were set up in each of its isolated iterations, instead of once for all, and why."""

    kind: ClassVar[str] = "sharing"
    nodeid: str
    in_child: dict[str, str] = field(default_factory=dict)  # fixture -> why


@dataclass(frozen=True, slots=True)
class Remark(_Line):
    """Something about the whole campaign that a reader must know, in one line."""

    kind: ClassVar[str] = "remark"
    text: str


@dataclass(frozen=True, slots=True)
class CampaignEnd(_Line):
    """Why a campaign ended (complete, interrupted, failures, time, stopped, broken off) and after how many `seconds`.

    Those before it was resumed are among them.
    """

    kind: ClassVar[str] = "end"
    reason: str
    seconds: float


_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))  # json.dumps would make one for every line
Line = CampaignHeader | PlannedTest | IterationRecord | FailureDetail | Probe | Sharing | Remark | CampaignEnd
_KINDS: Final[dict[str, type[Line]]] = {
    one.kind: one
    for one in (CampaignHeader, PlannedTest, IterationRecord, FailureDetail, Probe, Sharing, Remark, CampaignEnd)
}


@cache
def _members(kind: str) -> dict[str, Any]:
    """Return each member's name with its default; read once, since a journal may have millions of lines."""
    return {
        one.name: one.default if one.default_factory is MISSING else one.default_factory()
        for one in fields(_KINDS[kind])
    }


def encode_line(line: Line) -> bytes:
    """Return `line` as one JSON line with its newline, ASCII only, so that no half character can be left by a kill."""
    return _ENCODER.encode(line.to_json()).encode("ascii") + b"\n"


def read_lines(lines: Iterable[str | bytes]) -> Iterator[Line]:
    """Yield the journal's lines; a last line cut by a kill is passed over, and so are kinds of a later schema.

    Raises ReproError("journal-schema") for a schema this version cannot read, ReproError("journal-damaged") for a line
    in the middle that is no JSON object or lacks a member.
    """
    damaged = 0
    for number, text in enumerate(lines, 1):
        if damaged:
            raise ReproError(
                f"line {damaged} of the journal is damaged: expected one JSON object with the members of its kind",
                "journal-damaged",
                "use an intact copy",
            )
        try:
            line = line_of(json.loads(text))
        except (ValueError, TypeError):
            damaged = number
            continue
        if line is not None:
            yield line


def line_of(data: object) -> Line | None:
    """Return the line, None for an unknown kind; raises TypeError for what is no object or lacks a member."""
    if not isinstance(data, dict):
        raise TypeError
    if data.get("kind") == "campaign" and data.get("schema") != SCHEMA:
        raise ReproError(
            f"the journal has schema {data.get('schema')}, but this version reads schema {SCHEMA}",
            "journal-schema",
            "read it with the pytest-repro that wrote it",
        )
    known = _KINDS.get(str(data.get("kind")))
    return known.from_json(data) if known else None
