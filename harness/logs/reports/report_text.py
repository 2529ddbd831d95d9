"""The text that a machine report holds of one failure: exception, message and place."""

import re
from dataclasses import dataclass
from typing import Final

from harness.domain.failing_test import Evidence
from harness.logs.redact import redact
from harness.logs.text.block import Block, looks_raised, split_raised
from harness.logs.text.doctest_text import DoctestText
from harness.logs.text.quote import QUOTED

LONGEST: Final = 65_536  # characters kept of one line
_FRAME: Final = re.compile(r'(?:E {1,10}|  )File "([^"]{1,500})", line (\d{1,7})')
_RAISED: Final = re.compile(r"((?:[A-Za-z_]\w{0,200}\.){0,20}[A-Za-z_]\w{0,200})(?:: ?(.*))?$")
_PLACE: Final = re.compile(r"((?:[A-Za-z]:)?[^\s:>][^:]{0,500}\.py):\d{1,7}:(?: |$)")
_MODULE: Final = re.compile(r"\w{1,40} while importing test module '([^']{1,500})'")
_TIMEOUT: Final = re.compile(r"Timeout (?:\(>|>)\d")
_PATHS: Final = 50
_CHAINED: Final = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one failure's text told.

    message: its first line; paths: of the files in its traceback, as printed; own: those with a frame of the test.
    """

    exception: str | None
    message: str | None
    location: str | None
    chain: tuple[str, ...] = ()
    crashed: str | None = None  # the id that a crashed xdist worker was running
    paths: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    traced: bool = False  # it holds a traceback, if only the last lines of one

    @property
    def timed_out(self) -> bool:
        """Whether pytest-timeout ended the test."""
        return bool(self.message and _TIMEOUT.match(self.message))


class ReportText:
    """Takes the text of one failure in pieces; holds a bounded number of lines."""

    def __init__(self, name: str) -> None:
        self._block = Block(name, "call", Evidence("line", 0, ""))
        self._doctest = DoctestText()
        self._rest: list[str] = []
        self._length = 0
        self._native = False  # a traceback as Python prints it
        self._begun = self._ended = self._traced = False
        self._raised: tuple[str, str | None] | None = None
        self._place: str | None = None
        self._paths: dict[str, None] = {}
        self._chain: list[str] = []  # the types of the exceptions before the last one

    def feed(self, data: str) -> None:
        """Take the next piece."""
        head, *others = data.split("\n")
        self._add(head)
        for line in others:
            self._line("".join(self._rest))
            self._rest, self._length = [], 0
            self._add(line)

    def told(self, kind: str | None = None, message: str | None = None) -> Told:
        """Return what the text told; `kind` and `message`, the report's own words for it, fill what it did not."""
        if self._rest:
            self._line("".join(self._rest))
            self._rest, self._length = [], 0
        block, place = self._block, self._place
        if self._doctest.location is not None:
            found, place = (self._doctest.exception, self._doctest.message), self._doctest.location
        elif self._raised:
            found = self._raised
        else:
            found, place = (block.exception, block.message), block.location or place
        if found == (None, None):
            first = _first_line(message)
            found = (kind, first) if kind else split_raised(first or _first_line(block.first_line) or "")
        own = [path for path, _ in block.origins]
        if self._doctest.location is not None:
            own.append(self._doctest.location.rpartition(":")[0])
        return Told(
            *found, place, tuple(self._chain), block.crashed, tuple(self._paths), tuple(own[:_PATHS]), self._traced
        )

    def _add(self, piece: str) -> None:
        room = LONGEST - self._length
        if piece and room > 0:
            self._rest.append(piece[:room])
            self._length += min(len(piece), room)

    def _line(self, text: str) -> None:
        text = text.rstrip()
        if self._ended or not text:
            return
        if not self._begun and text.startswith(("def ", "async def ")):
            text = f"    {text}"  # pytest strips the text as a whole, and so the indent of its first line
        self._begun = True
        self._traced = self._traced or text.startswith(("E   ", "Traceback ("))
        self._block.feed(text)
        self._doctest.feed(text)
        if text in _CHAINED:
            self._link()
        elif text.startswith("Traceback ("):
            self._native, self._raised, self._place = True, None, None
        elif (frame := _FRAME.match(text)) is not None:
            self._place = f"{frame[1]}:{frame[2]}"
            self._seen(frame[1])
        elif (found := _PLACE.match(text) or _MODULE.match(text)) is not None:
            self._seen(found[1])
        elif ">> begin captured " in text and text.startswith("-----"):  # nose appends what the test printed
            self._ended = True
        elif self._native and self._raised is None and (raised := _RAISED.match(text)) and looks_raised(raised[1]):
            self._raised = (raised[1], raised[2] or None)

    def _link(self) -> None:
        kind = self._raised[0] if self._raised else self._block.exception
        if kind and len(self._chain) < _PATHS:
            self._chain.append(kind)

    def _seen(self, path: str) -> None:
        if len(self._paths) < _PATHS:
            self._paths[path] = None


def shown(message: str | None) -> str | None:
    """Return a message as it may be stored: redacted, then cut."""
    return redact(message)[:QUOTED] if message else None


def _first_line(text: str | None) -> str | None:
    if not text:
        return None
    return next((line.strip() for line in text[:LONGEST].splitlines() if line.strip()), None)
