"""What a person should know about a reading, one sentence each."""

from collections.abc import Iterator, Sequence
from typing import Final

from harness.domain.failing_test import FailingTest
from harness.logs.text.pasted import Pasted
from harness.logs.text.resolve import Resolved
from harness.logs.text.room import RUNS, Room
from harness.logs.text.session import Session
from harness.logs.text.unittest_text import UnittestRun

_REASONS: Final = 3  # reasons that are quoted
_LONGEST: Final = 200  # characters of each


def run_notes(resolved: list[tuple[Session, Resolved]], runs: list[UnittestRun]) -> Iterator[str]:
    """Yield what does not add up in each run."""
    if not resolved and not runs:
        yield "no run of pytest or unittest found"
    for number, (session, found) in enumerate(resolved, 1):
        where = f"run {number} of {len(resolved)} (line {session.start}): " if len(resolved) > 1 else ""
        yield from (where + note for note in found.notes)
    for run in runs:
        counted = (run.tally or {}).get("failed", 0) + (run.tally or {}).get("errors", 0)
        if run.tally is None:
            yield "truncated: a unittest report has no closing line"
        elif counted != run.named:
            yield f"unittest counts {counted} failed, {run.named} named: incomplete"


def paste_notes(pasted: Pasted, sessions: Sequence[Session]) -> Iterator[str]:
    """Yield what to paste instead, where lines of the short summary stand without what shows them to be pytest's."""
    proven = any(session.headed or session.summarised or session.blocks or session.pasted for session in sessions)
    if pasted.named and not proven:
        yield 'lines of the short summary stand among others: paste from the line "short test summary info" on'


def room_notes(room: Room, named: int, *, more: bool) -> Iterator[str]:
    """Yield what the log has too much of. named: failing tests in the reading; more: not all that could be."""
    if more:
        yield f"more than {named:,} failing tests: only the first {named:,} are named"
    if room.left_out:
        yield f"more than {RUNS:,} runs: {room.left_out:,} are left out, but for their counts"


def collect_notes(tests: Sequence[FailingTest]) -> Iterator[str]:
    """Yield how many files could not be collected and why."""
    files = [test for test in tests if test.phase == "collect"]
    if not files:
        return
    reasons = list(dict.fromkeys(_reason(test) for test in files))
    more = f" and {len(reasons) - _REASONS} more reasons" if len(reasons) > _REASONS else ""
    counted = "1 file" if len(files) == 1 else f"{len(files)} files"
    yield f"{counted} could not be collected: {'; '.join(reasons[:_REASONS])}{more}"


def _reason(test: FailingTest) -> str:
    reason = ": ".join(part for part in (test.exception, test.message) if part)
    return reason[:_LONGEST] or f"{test.label} (the log does not say why)"
