"""A CI log read once: failing tests, what they have in common, and the class of the failure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TextIO

from harness.domain.analysis import Analysis
from harness.domain.ci_log import LogReading
from harness.domain.failing_test import FailingTest
from harness.domain.verdict import NONE
from harness.logs.causes import causes_of, signed
from harness.logs.dialects.job_choice import JobChoice
from harness.logs.dialects.lines import normalised
from harness.logs.read import LogReader
from harness.logs.redact import redact
from harness.logs.reports.reports import Reported, merge_reported, read_piece
from harness.logs.short_log import ShortLog
from harness.logs.sources.source import open_source
from harness.logs.verdicts.classify import classify
from harness.logs.verdicts.job_steps import JobSteps
from harness.logs.verdicts.rules import BUILT_IN, Rule

_NAMED: Final = 20  # tests in a note


def analyze(
    raw_logs: str, stdin: TextIO | None = None, rules: Sequence[Rule] = BUILT_IN, job: str | None = None
) -> Analysis:
    """Return what the log says. It is streamed; its text is data, and nothing is guessed.

    raw_logs: as for `open_source`, which raises ReproError for what cannot be read; job: the only one of its jobs that
    is looked at, and no report, for a report does not say of which job it is. Raises ReproError("no-such-job").
    """
    source = open_source(raw_logs, stdin)
    reported: list[Reported] = []
    pieces = source.lines(lambda piece: reported.append(read_piece(piece))) if job is None else source.lines()
    reader, short = LogReader(), ShortLog()
    steps = JobSteps(reader.session)
    lines = normalised(pieces)
    for line in lines if job is None else JobChoice(job).lines(lines):
        steps.feed(line, reader.feed(line))
        if not short.over:
            short.feed(line)
    reading = reader.reading(source.name, source.lines_read, source.notes)
    if reader.crooked and (again := short.again(reading, source.notes)) is not None:
        reading, steps = again
    reading = merge_reported(reading, reported, reader.masks)
    reading = replace(reading, failing=signed(_without_secret_paths(reading.failing, reader.masks)))
    verdict = classify(reading, steps.finish(), rules, reader.masks)
    if verdict.failure_class == NONE and reading.failing:
        reading = _passed_in_the_end(reading)
    return Analysis(reading, verdict, causes_of(reading.failing))


def _without_secret_paths(failing: Sequence[FailingTest], masks: Iterable[str]) -> tuple[FailingTest, ...]:
    """Return the tests, their locations redacted; several of one place are looked at once."""
    shown = {place: redact(place, masks) for place in {test.location for test in failing} if place}
    return tuple(replace(test, location=shown[test.location]) if test.location else test for test in failing)


def _passed_in_the_end(reading: LogReading) -> LogReading:
    """Return what was read of a job that passed although tests failed in it, with them in a note alone."""
    named = [test.label for test in reading.failing]
    tests = "1 test" if len(named) == 1 else f"{len(named)} tests"
    shown = ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "")
    note = f"{tests} failed in a job that passed in the end (run again, or allowed to fail): {shown}"
    return replace(reading, failing=(), notes=(note, *reading.notes))
