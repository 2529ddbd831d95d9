"""The part of a log that is kept: the lines around what it says of its failing tests, redacted."""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from harness.domain.failing_test import FailingTest
from harness.logs.redact import Redactor, masked_values, redact
from harness.logs.sources.source import read_source
from harness.render.escape import plain

_TESTS: Final = 5  # of a log that names hundreds, the first tell the story
_AROUND: Final = {"header": (1, 60), "crash": (5, 40)}  # lines kept before and after, by kind of evidence
_LITTLE: Final = (2, 2)
_MOST: Final = 300
_REPORTS: Final = ("junit", "reportlog", "journal")  # whose lines are numbered in files of their own


def write_excerpt(raw_logs: str, failing: tuple[FailingTest, ...], target: Path) -> None:
    """Write to `target` the lines around the evidence for the first failing tests, numbered as in the log."""
    wanted = _wanted(failing[:_TESTS])
    kept: list[str] = []
    numbers: deque[int] = deque()
    masks: set[str] = set()

    def texts() -> Iterator[str]:
        for line in read_source(raw_logs)[1]:
            if "::add-mask::" in line.text:
                masks.update(masked_values([line.text]))
            numbers.append(line.number)
            yield line.text

    previous = 0
    # All lines are redacted, not those that are kept: a key may begin before them.
    for text in Redactor().lines(texts()):
        number = numbers.popleft()
        if number not in wanted or len(kept) >= _MOST:
            continue
        if number != previous + 1 and kept:
            kept.append("  ...")
        # A progress bar overwrites itself many times in one line.
        shown = " ".join(plain(text).rstrip().split("\n"))
        kept.append(f"{number:>6}  {shown}")
        previous = number
    kept += _of_reports(failing[:_TESTS])
    # Once more for values that the job asks to be masked only later.
    target.write_text(redact("\n".join(kept) + "\n", masks), encoding="utf-8", errors="replace")


def _wanted(failing: Iterable[FailingTest]) -> frozenset[int]:
    lines: set[int] = set()
    for test in failing:
        for item in test.evidence:
            if item.kind in _REPORTS:
                continue
            before, after = _AROUND.get(item.kind, _LITTLE)
            lines.update(range(item.line - before, item.line + after + 1))
    return frozenset(lines)


def _of_reports(failing: Iterable[FailingTest]) -> Iterator[str]:
    """Yield what test reports say of the tests, a line each."""
    for test in failing:
        for item in test.evidence:
            if item.kind in _REPORTS:
                yield f"{item.file or 'report'}:{item.line}  {plain(item.text)}"
