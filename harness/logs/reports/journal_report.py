"""Our own journals as reports: each test that failed in any iteration, with its first failure."""

import shlex
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, Final

from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import PHASES, Evidence, FailingTest
from harness.logs.redact import redact
from harness.logs.reports.json_lines import bounded_lines
from harness.logs.reports.report_text import shown
from harness.logs.reports.reported import Reported
from harness.logs.reports.same_test import LONGEST_NAME, TESTS
from harness.logs.text.block import split_raised
from harness.logs.text.quote import QUOTED
from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import (
    COUNTED,
    FAILING,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    read_lines,
)
from pytest_repro.core.record import Line as JournalLine

_SHOWN: Final = 20  # rates in notes
_NO_EXCEPTION: Final = ("crashed", "timed out")


class _Journal:
    """What the lines gather."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.header: CampaignHeader | None = None
        self.end: CampaignEnd | None = None
        self.outcomes: dict[str, Counter[str]] = {}
        self.first: dict[str, tuple[int, IterationRecord]] = {}
        self.details: dict[tuple[str, str], FailureDetail] = {}
        self.workers: dict[str, str] = {}
        self.seen_workers: set[str] = set()

    def take(self, number: int, line: JournalLine) -> None:
        """Take one line, if its members are of the types that the journal's page gives."""
        if isinstance(line, CampaignHeader):
            self.header = self.header or line
        elif isinstance(line, CampaignEnd):
            self.end = line
        elif isinstance(line, IterationRecord) and _strings(line.nodeid, line.outcome, line.phase, line.signature):
            self._iteration(number, line)
        elif isinstance(line, FailureDetail) and _strings(line.nodeid, line.digest) and len(self.details) < TESTS:
            self.details.setdefault((line.nodeid, line.digest), line)

    def _iteration(self, number: int, line: IterationRecord) -> None:
        self.outcomes.setdefault(line.nodeid, Counter())[line.outcome] += 1
        if line.worker and isinstance(line.worker, str):
            self.seen_workers.add(line.worker)
        if line.failing and line.nodeid not in self.first and len(self.first) < TESTS:
            self.first[line.nodeid] = (number, line)

    def failing(self) -> Iterator[FailingTest]:
        """Yield each test that failed, with its first failure."""
        for nodeid, (number, line) in self.first.items():
            yield _failing(number, line, self.details.get((nodeid, line.signature)), self.file)

    def tally(self) -> dict[str, int]:
        """Return the tests, not the iterations, by outcome; one failing iteration makes a failing test."""
        words: Counter[str] = Counter()
        for nodeid, outcomes in self.outcomes.items():
            if any(outcome in FAILING for outcome in outcomes):
                first = self.first.get(nodeid)
                words["errors" if first and first[1].outcome == "error" else "failed"] += 1
            else:
                words[next((word for word in ("passed", "xpassed", "xfailed") if word in outcomes), "skipped")] += 1
        return dict(words)

    def rates(self) -> Iterator[str]:
        """Yield how often each failing test failed."""
        for nodeid in list(self.first)[:_SHOWN]:
            outcomes = self.outcomes[nodeid]
            failed = sum(count for outcome, count in outcomes.items() if outcome in FAILING)
            runs = sum(count for outcome, count in outcomes.items() if outcome in COUNTED)
            yield f"{nodeid}: {failed} of {runs} iterations failed"
        if len(self.first) > _SHOWN:
            yield f"{len(self.first) - _SHOWN} more tests failed in some iteration"


def read_journal(stream: BinaryIO, file: str) -> Reported:
    """Return what a journal says; a cut or damaged one gives what stands before the damage, and a note."""
    journal, problem = _Journal(file), None
    numbered = _Numbered(stream)
    try:
        for line in read_lines(numbered):
            journal.take(numbered.last, line)
    except ReproError as error:
        problem = f"damaged: {error.message}"
    except RecursionError:
        problem = f"damaged: line {numbered.last} is nested too deep"
    notes = [problem] if problem else []
    if problem is None and journal.end is None:
        notes.append("truncated: the campaign has no end line: it was cut, or is still under way")
    elif journal.end is not None and journal.end.reason != "complete":
        notes.append(f"the campaign ended before all was run: {journal.end.reason}")
    if journal.header is None:
        notes.append("the campaign's first line is missing")
    else:
        notes.append(f"campaign with root seed {journal.header.root}")
    notes.extend(journal.rates())
    ended = journal.end is not None and journal.end.reason == "complete"
    return Reported(
        "journal",
        tuple(journal.failing()),
        journal.tally(),
        ended and problem is None and journal.header is not None,
        tuple(redact(note) for note in notes),
        _circumstances(journal),
    )


class _Numbered:
    """Lines passed on, the number of the last one kept."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.last = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in bounded_lines(self._stream):
            self.last += 1
            yield line


def _failing(number: int, line: IterationRecord, detail: FailureDetail | None, file: str) -> FailingTest:
    said = line.message if isinstance(line.message, str) else ""
    exception, message = split_raised(said)
    location = None
    if detail is not None and isinstance(detail.signature, dict):
        kind, path = detail.signature.get("exception"), detail.signature.get("path")
        if isinstance(kind, str) and kind and kind not in _NO_EXCEPTION and kind != exception:
            exception, message = kind, said.removeprefix(f"{kind}: ") or None
        location = f"{path}:{detail.line}" if isinstance(path, str) and path and detail.line else None
    text = redact(f"{line.nodeid}: iteration {line.iteration} {line.outcome}: {said}".rstrip(": "))
    return FailingTest(
        line.nodeid[:LONGEST_NAME],
        line.nodeid if len(line.nodeid) <= LONGEST_NAME else None,
        line.phase if line.phase in PHASES else "call",
        exception,
        shown(message),
        location,
        (Evidence("journal", number, text[:QUOTED], file),),
        line.outcome,
    )


def _circumstances(journal: _Journal) -> Circumstances:
    header = journal.header
    versions = header.versions if header is not None and isinstance(header.versions, dict) else {}
    told = {str(name): str(version) for name, version in versions.items()}
    args = header.args if header is not None and isinstance(header.args, list) else []
    return Circumstances(
        command_line=redact(shlex.join(["pytest", *map(str, args)])) if header is not None else None,
        python=told.pop("python", None),
        platform=told.pop("platform", None),
        hash_seed=told.pop("hash-seed", None),
        packages=told,
        workers=len(journal.seen_workers) or None,
        worker_of={
            nodeid: line.worker for nodeid, (_, line) in journal.first.items() if _strings(line.worker) and line.worker
        },
    )


def _strings(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)
