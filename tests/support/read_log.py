"""The reader of log texts by itself, without the class of the failure and without reports."""

from typing import TextIO

from harness.domain.ci_log import LogReading
from harness.logs.dialects.lines import normalised
from harness.logs.read import LogReader
from harness.logs.sources.source import open_source


def read_log(raw_logs: str, stdin: TextIO | None = None) -> LogReading:
    """Return what the log, given as for `open_source`, says about failing tests."""
    source, reader = open_source(raw_logs, stdin), LogReader()
    for line in normalised(source.lines()):
        reader.feed(line)
    return reader.reading(source.name, source.lines_read, source.notes)
