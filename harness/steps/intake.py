"""Step 1: from the log to the failing tests that it names."""

import sys

from harness.domain.ending import Ending
from harness.domain.intake import Intake
from harness.logs.read import read_log
from harness.steps.context import Context, Ended
from harness.steps.excerpt import write_excerpt

EXCERPT = "log.redacted.txt"


def run(ctx: Context) -> Intake:
    """Return the failing tests of the log; raises Ended("nothing failed") for a log of a passing job."""
    raw = ctx.spec.raw_logs
    if raw is None:
        raise Ended(Ending("error", "intake", "there is no log to read: `raw-logs` is not set"))
    if raw == "-":
        raw = sys.stdin.read() + "\n"  # read once, since both the reading and the excerpt need it
    reading = read_log(raw)
    if not reading.failing:
        raise Ended(_nothing_failed(reading.source, reading.lines, reading.tally, reading.notes))
    write_excerpt(raw, reading.failing, ctx.file(EXCERPT))
    return Intake(reading.source, reading.lines, reading.failing, reading.complete, reading.notes, EXCERPT)


def _nothing_failed(source: str, lines: int, tally: dict[str, int], notes: tuple[str, ...]) -> Ending:
    counted = ", ".join(f"{count} {word}" for word, count in tally.items())
    said = f"pytest's closing line says: {counted}." if counted else "It has no closing line of pytest."
    return Ending(
        "nothing failed",
        "intake",
        f"The log ({source}, {lines} lines) names no failing test. {said} " + " ".join(notes),
        (
            "give the log of the job and attempt that failed as `raw-logs`",
            "or name a test that you have: `existing-test-path`",
        ),
    )
