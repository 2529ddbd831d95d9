"""A failing test in the making: evidence is added until the log ends."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.reports.same_test import KEPT
from harness.logs.text.block import Block, split_raised
from harness.logs.text.node_text import is_node_id, title_of
from harness.logs.text.session import Named

_TIMEOUTS: Final = ("Failed", "Timeout")
_TIMEOUT: Final = re.compile(r"Timeout (?:\(>|>)\d|the time limit of pytest-timeout")
_KILLED_LATE: Final = re.compile(r"exit code 124\b|maximum execution time|No output has been received")


@dataclass(slots=True)
class Entry:
    """kind: "failed" or "error"; times: how often the summary lists it (each failing subtest is a line of its own)."""

    kind: str
    name: str
    phase: str
    nodeid: str | None
    times: int = 1
    exception: str | None = None
    message: str | None = None
    location: str | None = None
    detailed: bool = False
    chain: tuple[str, ...] = ()
    died: bool = False  # the process ended while the test ran
    evidence: list[Evidence] = field(default_factory=list)

    @classmethod
    def of(cls, named: Named) -> "Entry":
        """Return the entry that a summary or progress line begins."""
        full = is_node_id(named.name)
        phase = "call" if named.kind == "failed" else (named.phase or "setup") if full else "collect"
        entry = cls(named.kind, named.name, phase, named.name)
        if named.message:
            entry.exception, entry.message = split_raised(named.message)
        entry.evidence.append(named.evidence)
        return entry

    def describe(self, block: Block) -> None:
        """Add what the traceback under a header says; the first traceback of a test with details is kept."""
        self.evidence.append(block.evidence)
        if self.detailed:
            return
        self.phase = block.phase if self.kind == "error" else self.phase
        message = block.message if block.exception or block.message else block.first_line
        if block.exception is None and self.exception is not None:
            message = self.message
        self.exception = block.exception or self.exception
        self.message = message or self.message
        self.location, self.chain = block.location, tuple(block.chain)
        self.died = self.died or block.crashed is not None
        self.detailed = True

    def titles(self) -> Iterator[str]:
        """Yield the forms in which a header may print this test's name."""
        yield self.name
        title = title_of(self.name)
        if title:
            yield title
            head, bracket, parameters = self.name.partition("[")
            last = head.rpartition("::")[2] + bracket + parameters
            if last != title:
                yield last

    def built(self) -> FailingTest:
        """Return the finished value; evidence in the order of the log."""
        evidence = tuple(sorted(self.evidence, key=lambda item: item.line))
        return FailingTest(
            self.name,
            self.nodeid,
            self.phase,
            self.exception,
            self.message,
            self.location,
            evidence[:KEPT],
            self.outcome,
            self.chain,
        )

    @property
    def outcome(self) -> str:
        """One of OUTCOMES: what the crash or the message says, else the kind."""
        if (self.exception or "").rpartition(".")[2] in _TIMEOUTS and _TIMEOUT.match(self.message or ""):
            return "timed out"
        if self.died:
            return "timed out" if _KILLED_LATE.search(self.message or "") else "crashed"
        return self.kind


def titled(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries by each header title that may stand for them."""
    index: dict[str, list[Entry]] = {}
    for entry in entries:
        for title in entry.titles():
            index.setdefault(title, []).append(entry)
    return index


class ByEnding:
    """Entries by what their names end with, from a slash on: a crashed worker may print a part of the path."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        self._found: dict[int, dict[str, list[Entry]]] = {}  # by the number of slashes in what was asked for

    def get(self, ending: str) -> Sequence[Entry]:
        """Return the entries whose name is `ending`, or ends with it behind a slash."""
        slashes = ending.count("/")
        if slashes not in self._found:
            index = self._found[slashes] = {}
            for entry in self._entries:
                self._index(index, slashes, entry)
        return self._found[slashes].get(ending, ())

    def add(self, entry: Entry) -> None:
        """Add one more entry."""
        self._entries.append(entry)
        for slashes, index in self._found.items():
            self._index(index, slashes, entry)

    @staticmethod
    def _index(index: dict[str, list[Entry]], slashes: int, entry: Entry) -> None:
        parts = entry.name.rsplit("/", slashes + 1)
        if len(parts) > slashes:
            index.setdefault("/".join(parts[-slashes - 1 :]), []).append(entry)
