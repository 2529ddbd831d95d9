"""The part of a log that shows why tests failed, fit to be committed."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

from harness.domain.failing_test import FailingTest
from harness.logs.bars import bar_title
from harness.logs.lines import normalised
from harness.logs.redact import PrivateKeys, masked_values, redact
from harness.logs.source import read_source

LIMIT: Final = 120
_LEAST: Final = 9  # lines that each test gets, however many there are
_AFTER_CRASH: Final = 12  # lines of stack below "Fatal Python error"
_LONGEST: Final = 400  # characters of a line: one assertion may print a whole file


def excerpt(raw_logs: str, tests: Sequence[FailingTest], stdin: TextIO | None = None, limit: int = LIMIT) -> str:
    """Return the redacted lines around the evidence of `tests`, each with its raw number, at most `limit` lines.

    Of a long traceback its start and its end are shown; a gap is a line "[...]", which is not counted. The log is
    read again, so give the same `raw_logs` (for "-": a stream with the same text). Raises as `read_source` does.
    """
    share = max(_LEAST, limit // max(1, len(tests)))
    windows = {item.line: _Window.of(item.kind, share) for test in tests for item in test.evidence}
    chosen, masks = _read(raw_logs, stdin, windows)
    numbers = sorted(chosen)[:limit]
    if not numbers:
        return ""
    texts = redact("\n".join(chosen[number] for number in numbers), masks).split("\n")
    return "\n".join(_with_gaps(numbers, texts))


@dataclass(slots=True)
class _Window:
    """Lines from one line of evidence on: the first ones and the last ones of its block."""

    head: int
    tail: deque[tuple[int, str]]
    block: bool  # goes on to the next header or bar, not for a fixed number of lines
    first: list[tuple[int, str]] = field(default_factory=list)
    done: bool = False

    @classmethod
    def of(cls, kind: str, share: int) -> "_Window":
        if kind in ("header", "unittest"):
            return cls(share * 2 // 3, deque(maxlen=share - share * 2 // 3 - 1), block=True)
        return cls(_AFTER_CRASH if kind == "crash" else 1, deque(maxlen=0), block=False)

    def feed(self, number: int, text: str) -> None:
        if self.first and self.block and _ends(text):
            self.done = True
        elif len(self.first) < self.head:
            self.first.append((number, text))
            self.done = not self.block and len(self.first) == self.head
        else:
            self.tail.append((number, text))


def _ends(text: str) -> bool:
    """Say whether `text` begins another failure or another section."""
    bar = text[:1] == "=" and (bar_title(text, "=") is not None or not text.strip("="))
    return bar or (text[:1] == "_" and bar_title(text, "_") is not None)


def _read(raw_logs: str, stdin: TextIO | None, windows: dict[int, _Window]) -> tuple[dict[int, str], set[str]]:
    """Return the texts of the lines that the windows show, by raw number, and the values that the job masks."""
    _, raw_lines = read_source(raw_logs, stdin)
    keys, masks, opened = PrivateKeys(), set[str](), list[_Window]()
    for number, _, text in normalised(raw_lines):
        if "::add-mask::" in text:
            masks.update(masked_values([text]))
        shown = keys.line(text)[:_LONGEST]
        if number in windows and not windows[number].first:
            opened.append(windows[number])
        for window in opened:
            window.feed(number, shown)
        opened = [window for window in opened if not window.done] if opened else opened
    chosen: dict[int, str] = {}
    for window in windows.values():
        for number, text in (*window.first, *window.tail):
            chosen[number] = f"{chosen[number]} {text}" if chosen.get(number, text) != text else text
    return chosen, masks


def _with_gaps(numbers: list[int], texts: list[str]) -> list[str]:
    lines: list[str] = []
    for at, (number, text) in enumerate(zip(numbers, texts, strict=True)):
        if at and number != numbers[at - 1] + 1:
            lines.append("[...]")
        lines.append(f"{number:>6}  {text}".rstrip())
    return lines
