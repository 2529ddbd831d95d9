"""The audit journal of a run: one event a line, each carrying the digest of the line before."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

from pytest_repro.core.errors import ReproError

SCHEMA: Final = 1
STEPS: Final = (
    "intake",
    "checkout",
    "reproduce",
    "write_test",
    "fix_branch",
    "fix",
    "verify",
    "remove_test",
    "report",
)


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One thing that happened. event: started, finished, progress or ended; step: one of STEPS, or "run"; time: seconds
    since the epoch; previous: sha256 of the line before, "" for the first.
    """

    seq: int
    time: float
    step: str
    event: str
    data: dict[str, Any]
    previous: str
    schema: int = SCHEMA

    def encode(self) -> bytes:
        """Return the event as one JSON line with its newline."""
        return json.dumps(asdict(self), separators=(",", ":")).encode("ascii") + b"\n"


def digest_of_line(line: bytes) -> str:
    """Return what the next line's `previous` must say after `line` (with its newline)."""
    return sha256(line).hexdigest()


def read_journal(lines: Iterable[bytes]) -> list[JournalEvent]:
    """Return the events; a last line cut by a kill is passed over.

    Raises ReproError("run-journal-damaged") where the chain of digests is broken, ReproError("run-journal-schema") for
    a schema that this version cannot read.
    """
    events: list[JournalEvent] = []
    previous = ""
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            break
        event = _event(line, number)
        if event.previous != previous:
            raise _damaged(number, "does not follow the line before it")
        previous = digest_of_line(line)
        events.append(event)
    return events


def _event(line: bytes, number: int) -> JournalEvent:
    try:
        data = json.loads(line)
    except ValueError:
        raise _damaged(number, "is no JSON") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ReproError(
            f"line {number} of the run's journal has another schema than {SCHEMA}, the one that this version reads",
            "run-journal-schema",
            "resume the run with the version of repro that began it",
        )
    return JournalEvent(**data)


def _damaged(number: int, what: str) -> ReproError:
    return ReproError(
        f"line {number} of the run's journal {what}: the file was changed after it was written",
        "run-journal-damaged",
        "start a new run: repro run FILE",
    )


@dataclass(slots=True)
class RunState:
    """Where a run stands, folded from its events; `finished` holds the last fact of each step that is still valid."""

    finished: dict[str, dict[str, Any]] = field(default_factory=dict)
    progress: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    begun: dict[str, Any] = field(default_factory=dict)
    ended: dict[str, Any] | None = None
    step: str = ""
    _since: float = 0.0

    @classmethod
    def of(cls, events: Iterable[JournalEvent]) -> "RunState":
        """Return the state after `events`."""
        state = cls()
        for event in events:
            state.add(event)
        return state

    def add(self, event: JournalEvent) -> None:
        """Take one more event into account."""
        if event.step == "run":
            self._add_run(event)
            return
        match event.event:
            case "started":
                self.step, self._since, self.ended = event.step, event.time, None
            case "progress":
                self.progress.setdefault(event.step, []).append(event.data)
                if event.data.get("again"):  # a rejected fix: what followed from it holds no longer
                    self.finished.pop("fix", None)
                    self.finished.pop("verify", None)
            case "finished":
                self.finished[event.step] = event.data
        if event.event in ("progress", "finished") and self._since:
            self.seconds[event.step] = self.seconds.get(event.step, 0.0) + max(0.0, event.time - self._since)
            self._since = event.time if event.event == "progress" else 0.0

    def _add_run(self, event: JournalEvent) -> None:
        if event.event == "started":
            self.begun = self.begun or event.data
            self.ended, self._since = None, 0.0
        elif event.event == "ended":
            if self._since and self.step:
                self.seconds[self.step] = self.seconds.get(self.step, 0.0) + max(0.0, event.time - self._since)
            self.ended, self._since = event.data, 0.0
