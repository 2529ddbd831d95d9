"""Step 1: from the log to the failing tests that it names."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from harness.domain.analysis import Analysis
from harness.domain.ending import Ending
from harness.domain.intake import Intake
from harness.domain.verdict import NONE
from harness.logs.analyze import analyze
from harness.render.analysis_words import class_words, line_words, place_words, root_cause, sure_words
from harness.steps.context import Context, Ended
from harness.steps.excerpt import write_excerpt
from harness.steps.fetched_run import FORGE, analyze_run

EXCERPT = "log.redacted.txt"
_FETCHED = "fetched"  # folder below the run's own
_ANOTHER_RUN = "give the address of the run, attempt and job that failed as `url`"
_ANOTHER = "give the log of the job and attempt that failed as `raw-logs`"
_OWN = "or name a test that you have: `existing-test-path`"


def run(ctx: Context) -> Intake:
    """Return the failing tests of the log; raises Ended where it names none: "nothing failed" for a job that passed,
    "no failing test" for one that failed for another reason, or for one that the log does not tell.
    """
    with _log(ctx) as (found, raw):
        reading = found.reading
        if found.verdict.failure_class == NONE and not reading.failing:
            raise Ended(_nothing_failed(found))
        if not reading.failing:
            raise Ended(_no_test(found))
        write_excerpt(raw, reading.failing, ctx.file(EXCERPT))
    return Intake(
        reading.source,
        reading.lines,
        reading.failing,
        reading.complete,
        reading.notes,
        EXCERPT,
        found.verdict,
        found.causes,
    )


@contextmanager
def _log(ctx: Context) -> Iterator[tuple[Analysis, str]]:
    """Give what the log says, and the log itself: a path, or its text."""
    if ctx.spec.url is not None and ctx.log_source is not None:
        ctx.console.live(f"fetching {ctx.spec.url}")
        folder = ctx.folder / _FETCHED
        shutil.rmtree(folder, ignore_errors=True)  # of a sitting that was killed
        try:
            fetched = ctx.log_source.fetch(ctx.spec.url, folder)
            yield analyze_run(fetched, ctx.rules), str(fetched.folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # not redacted: the excerpt is what stays
        return
    raw = ctx.spec.raw_logs
    if raw is None:
        raise Ended(Ending("error", "intake", "there is no log to read: neither `raw-logs` nor `url` is set"))
    yield analyze(raw, rules=ctx.rules), raw


def _nothing_failed(found: Analysis) -> Ending:
    reading = found.reading
    if found.verdict.rule == FORGE:
        return Ending("nothing failed", "intake", f"The run passed: {reading.source}", (_ANOTHER_RUN, _OWN))
    counted = ", ".join(f"{count} {word}" for word, count in reading.tally.items())
    said = f"pytest's closing line says: {counted}." if counted else "It has no closing line of pytest."
    return Ending(
        "nothing failed",
        "intake",
        f"The log ({reading.source}, {reading.lines} lines) names no failing test. {said} " + " ".join(reading.notes),
        (_ANOTHER, _OWN),
    )


def _no_test(found: Analysis) -> Ending:
    """Return the ending of a log whose failure is none of a test's, or does not say which: class, line, advice."""
    reading, verdict = found.reading, found.verdict
    sure = f" ({words})" if (words := sure_words(verdict)) else ""
    step = f" in the step {verdict.step!r}" if verdict.step else ""
    said = [
        f"The log ({reading.source}, {reading.lines} lines) names no failing test{step}. {class_words(verdict)}{sure}"
    ]
    if verdict.quoted:
        said.append(f"{place_words(verdict.quoted)}: {line_words(verdict.quoted)}")
    said += [f"{place_words(item)}: {line_words(item)}" for item in root_cause(verdict)]
    return Ending("no failing test", "intake", "\n".join([*said, *reading.notes]), (*verdict.advice, _ANOTHER, _OWN))
