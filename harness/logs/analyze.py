"""A CI log read once: failing tests, what they have in common, and the class of the failure."""

from collections.abc import Sequence
from typing import TextIO

from harness.domain.analysis import Analysis
from harness.logs.causes import causes_of
from harness.logs.classify import classify
from harness.logs.job_steps import JobSteps
from harness.logs.lines import normalised
from harness.logs.read import Counted, LogReader
from harness.logs.rules import BUILT_IN, Rule
from harness.logs.source import read_source


def analyze(raw_logs: str, stdin: TextIO | None = None, rules: Sequence[Rule] = BUILT_IN) -> Analysis:
    """Return what the log says. It is streamed; its text is data, and nothing is guessed.

    raw_logs: as for `read_source`, which raises ReproError for what cannot be read.
    """
    name, raw_lines = read_source(raw_logs, stdin)
    counted, reader, steps = Counted(raw_lines), LogReader(), JobSteps()
    for line in normalised(counted):
        reader.feed(line)
        steps.feed(line, in_report=reader.in_report(line.stream))
    reading = reader.reading(name, counted.last)
    return Analysis(reading, classify(reading, steps.finish(), rules), causes_of(reading.failing))
