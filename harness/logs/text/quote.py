"""Lines kept as evidence."""

from typing import Final

from harness.domain.failing_test import Evidence
from harness.logs.dialects.lines import Line

QUOTED: Final = 1000  # characters of a line that are kept


def quote(kind: str, line: Line) -> Evidence:
    """Return `line` as evidence of `kind`; the text is redacted when the reading is put together."""
    return Evidence(kind, line.number, line.text[:QUOTED])
