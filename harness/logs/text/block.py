"""One failure under its header: the title, and what the traceback below it says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from harness.domain.failing_test import Evidence
from harness.logs.text.doctest_text import TITLE, DoctestText

_PLACE: Final = re.compile(r"((?:[A-Za-z]:)?[^\s:][^:]{0,500}):(\d{1,7}):(?: (.*))?$")
_NATIVE: Final = re.compile(r'  File "([^"]{1,500})", line (\d{1,7}), in (\S{1,200})')
_DEF: Final = re.compile(r"[> ] *(?:async )?def (\w{1,200})\(")
_SELF: Final = re.compile(r"self = <([\w.]{1,300})\.(\w{1,200}) (?:testMethod=|object at )")
_EXCEPTION: Final = re.compile(r"((?:[A-Za-z_]\w*\.){0,20}[A-Za-z_]\w*)(?:: ?(.*))?$")
_STAGE: Final = re.compile(r"ERROR at (setup|teardown|call) of (.*)$|ERROR (collecting) (.*)$")
WORKER_CRASH: Final = re.compile(r"(?:worker|slave) '(gw\d{1,5})' crashed while running '(.{1,2000})'$", re.IGNORECASE)
CHAINED: Final = frozenset(
    (
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    )
)
_CHAIN: Final = 20  # types of chained exceptions that are kept
_KEPT: Final = 40  # lines of one group of "E" lines; a diff of thousands says nothing more about the type


@dataclass(slots=True)
class Block:
    """What was read below one header. Grows line by line; holds a bounded number of lines."""

    title: str
    phase: str
    evidence: Evidence
    exception: str | None = None
    message: str | None = None
    location: str | None = None
    origins: list[tuple[str, str | None]] = field(default_factory=list)  # (path, module of self) of the test's frames
    chain: list[str] = field(default_factory=list)  # types of the exceptions before the last, first raised first
    crashed: str | None = None  # the id that a crashed xdist worker was running
    first_line: str | None = None
    captured: bool = False
    kept: bool = False  # with its run: a log may have too many
    doubted: bool = False  # its header stands behind what a test had printed, so that test may have printed it too
    doctest: DoctestText | None = None
    _errors: list[str] = field(default_factory=list)
    _group_open: bool = False
    _function: str | None = None
    _module: str | None = None
    _place: str | None = None
    _native: bool = False

    @classmethod
    def under(cls, title: str, evidence: Evidence) -> "Block":
        """Return an empty block for a header `title` as printed, "ERROR at setup of" and the like taken off."""
        found = _STAGE.match(title)
        if not found:
            return cls(title, "call", evidence, doctest=DoctestText() if title.startswith(TITLE) else None)
        phase = "collect" if found[3] else str(found[1])
        return cls(str(found[2] or found[4]), phase, evidence)

    @property
    def function(self) -> str:
        """The name of the test function, as the title has it."""
        return self.title.partition("[")[0].partition(" ")[0].rpartition(".")[2]

    @property
    def located(self) -> bool:
        """Whether the traceback has come to its crash line."""
        return self.location is not None

    @property
    def empty(self) -> bool:
        """Whether nothing stands below the header, as below one that a test prints."""
        return not (self.first_line or self.exception or self.message or self.crashed or self.doctest)

    def feed(self, text: str) -> None:
        """Take the next line below the header."""
        if self.captured or not text:
            return
        if self.doctest is not None:
            self._doctest(self.doctest, text)
            return
        if self.first_line is None and not text.startswith("[gw"):
            self.first_line = text
        if text[0] == "E" and (text[1:4] == "   " or text == "E"):
            self._error(text[1:])
            return
        self._group_open = False
        if text[0] in "> ":
            self._source(text)
        elif (found := _PLACE.match(text)) is not None:
            self._placed(found)
        else:
            self._other(text)

    def seal(self, fitting: Callable[[str], str]) -> None:
        """Forget what only further lines would need, once the next failure begins. fitting: what is kept of a text."""
        self._errors, self.doctest = [], None
        self.message = fitting(self.message) if self.message else self.message
        if self.exception or self.message:
            self.first_line = None

    def _doctest(self, doctest: DoctestText, text: str) -> None:
        doctest.feed(text)
        self.exception, self.message, self.location = doctest.exception, doctest.message, doctest.location

    def _error(self, text: str) -> None:
        if not self._group_open:
            self._errors, self._group_open, self._native = [], True, False
        if len(self._errors) < _KEPT:
            self._errors.append(text)
        if len(self._errors) == 1 or not text[3:4].isspace():
            self._settle()

    def _settle(self, printed: str | None = None) -> None:
        """Set exception and message from the "E" lines, and the type that a crash line `printed`, if there is one."""
        lines = [line.strip() for line in self._errors]
        place = self._place
        self.location = place or self.location
        name, message = _raised(lines, printed)
        if name or message:
            self.exception, self.message = name, message

    def _source(self, text: str) -> None:
        if (native := _NATIVE.match(text)) is not None:
            self._native = True
            self._place = f"{native[1]}:{native[2]}"
            if native[3] == self.function:
                self.origins.append((native[1], self._module))
        elif self._function is None and (found := _DEF.match(text)) is not None:
            self._function = found[1]

    def _placed(self, found: re.Match[str]) -> None:
        """Take `path:line: what`, which ends an entry of the traceback; `what` is a function or the type raised."""
        path, line, what = found[1], found[2], (found[3] or "").strip()
        within = what.removeprefix("in ") if what.startswith("in ") else None
        plausible = "." in path or path.startswith("<")
        if not plausible or (what and within is None and not _EXCEPTION.match(what)):
            self._other(found[0])
            return
        self._place = f"{path}:{line}"
        if self.function in (self._function, within):
            self.origins.append((path, self._module))
        self._function = self._module = None
        if what and within is None:
            self._settle(what)

    def _other(self, text: str) -> None:
        if (found := _SELF.match(text)) is not None:
            self._module = self._module or found[1]
        elif (crash := WORKER_CRASH.match(text)) is not None:
            self.crashed, self.message = crash[2], text
        elif text in CHAINED:
            if self.exception and len(self.chain) < _CHAIN:
                self.chain.append(self.exception)
            self._errors, self._function, self._module = [], None, None
        elif text.startswith("_ _ "):
            self._function = self._module = None
        elif self._native and (raised := _EXCEPTION.match(text)) is not None and looks_raised(raised[1]):
            self.exception, self.message, self.location = raised[1], raised[2] or None, self._place
        elif text.startswith("[XPASS(strict)]"):
            self.message = text


def looks_raised(name: str) -> bool:
    """Say whether `name` reads like an exception type: its last part starts with a capital or ends like one."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() or last.endswith(("error", "exception", "Error", "Exception", "failed", "timeout"))


def split_raised(text: str) -> tuple[str | None, str | None]:
    """Split `Type: message`; (None, text) if it does not start with a type, as in `assert 1 == 2`."""
    if text.startswith("assert "):
        return "AssertionError", text
    found = _EXCEPTION.match(text)
    if not found or not looks_raised(found[1]):
        return None, text or None
    return found[1], (found[2] or "").strip() or None


def _raised(lines: list[str], printed: str | None) -> tuple[str | None, str | None]:
    """Return (type, first line of the message) from the "E" lines of one group.

    A SyntaxError shows source lines first, so the type may stand last. `printed` is the type on the crash line.
    """
    kind = printed.partition(":")[0].strip() if printed and _EXCEPTION.match(printed) else None
    start = 0
    if lines and lines[0].startswith('File "'):
        start = next((i for i in range(len(lines) - 1, -1, -1) if split_raised(lines[i])[0]), 0)
    name, message = split_raised(lines[start]) if lines else (None, None)
    if name is None or (kind and name.rpartition(".")[2] != kind.rpartition(".")[2]):
        name, message = kind, (lines[start] if lines else None)
    if not message:
        message = next((line for line in lines[start + 1 :] if line), None)
    return name, message
