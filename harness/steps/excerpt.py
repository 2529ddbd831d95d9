"""The part of a log that is kept: the lines around what it says of its failing tests, redacted."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from harness.domain.failing_test import FailingTest
from harness.logs.redact import masked_values, redact
from harness.logs.source import read_source
from harness.render.escape import plain

_TESTS: Final = 5  # of a log that names hundreds, the first tell the story
_AROUND: Final = {"header": (1, 60), "crash": (5, 40)}  # lines kept before and after, by kind of evidence
_LITTLE: Final = (2, 2)
_MOST: Final = 300


def write_excerpt(raw_logs: str, failing: tuple[FailingTest, ...], target: Path) -> None:
    """Write to `target` the lines around the evidence for the first failing tests, numbered as in the log."""
    wanted = _wanted(failing[:_TESTS])
    kept: list[str] = []
    masks: set[str] = set()
    previous = 0
    for line in read_source(raw_logs)[1]:
        if "::add-mask::" in line.text:
            masks.update(masked_values([line.text]))
        if line.number not in wanted or len(kept) >= _MOST:
            continue
        if line.number != previous + 1 and kept:
            kept.append("  ...")
        kept.append(f"{line.number:>6}  {plain(line.text).rstrip()}")
        previous = line.number
    # Redacted as one text: a key can span lines.
    target.write_text(redact("\n".join(kept) + "\n", masks), encoding="utf-8", errors="replace")


def _wanted(failing: Iterable[FailingTest]) -> frozenset[int]:
    lines: set[int] = set()
    for test in failing:
        for item in test.evidence:
            before, after = _AROUND.get(item.kind, _LITTLE)
            lines.update(range(item.line - before, item.line + after + 1))
    return frozenset(lines)
