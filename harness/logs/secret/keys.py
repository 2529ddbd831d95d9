"""Private keys in lines that come one by one."""

import re
from typing import Final

from harness.logs.secret.marks import MARK

_BEGIN: Final = re.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_END: Final = re.compile(r"-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}|\bPrivate-MAC: [0-9a-f]{20,128}")
_FIELD: Final = (
    r"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|Encryption|(?:Public|Private)-Lines|Key-Derivation"
    r"|Argon2-[A-Za-z]{1,20}): .{0,200}"
)
_ENCODED: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]{20,200}(?:\x1b\[[\d;]{0,9}m)?\r?$")  # of a PEM, in lines
_PUTTY: Final = re.compile(r"PuTTY-User-Key-File-\d: [\w-]{1,40}")
# What a CI or a test runner sets before a line: columns, a time, a service's name, the mark of an error.
_STAMP: Final = r"(?:\d{4}-\d\d-\d\dT[\d:.]{8,20}Z ?)?"
_COLOUR: Final = r"(?:\x1b\[[\d;]{0,9}m){0,3}"
_MARGIN: Final = rf"{_COLOUR}(?:E(?= {{2}}))?[\s|>+]*+{_COLOUR}"
_SET_BEFORE: Final = (
    rf"(?:[^\t\r\n]{{0,200}}\t[^\t\r\n]{{0,200}}\t)?\ufeff?{_STAMP}(?:\d\d[OE][ +])?"
    rf"(?:[\w.-]{{1,60}} {{0,20}}\|)?{_MARGIN}{_STAMP}{_MARGIN}"
)
_PREFIX: Final = re.compile(_SET_BEFORE)
_BODY: Final = re.compile(
    rf"({_SET_BEFORE}['\"]?)(?:[A-Za-z0-9+/=]{{1,200}}|{MARK}|{_FIELD})?"
    rf"(?:\\{{1,4}}[rn]){{0,2}}[\s'\",\\]*+{_COLOUR}\s*+$"
)
_LONGEST_BEFORE: Final = 200
_REST: Final = re.compile(r"(?:[A-Za-z0-9+/=]|\\{1,4}[rnt]){16,}(?![A-Za-z0-9+/=])")  # after a beginning, in its line


class PrivateKeys:
    """Masks private keys in lines that come one by one.

    A key that is never closed ends at the first line that cannot be part of one.
    """

    def __init__(self) -> None:
        self.inside = False
        self._before = ""  # what stood before the key in its first line may stand before all

    def line(self, text: str) -> str:
        """Return the next line, masked where it belongs to a key; what stands before the key in a line stays."""
        shown: list[str] = []
        at, ends = 0, True  # ends: a key may end in what is left of the line
        while True:
            if not self.inside:
                begin = _begin(text, at)
                if begin is None:
                    return "".join((*shown, text[at:]))
                self.inside = True
                self._before = text[: begin.start()] if begin.start() <= _LONGEST_BEFORE else ""
                shown += text[at : begin.start()], MARK
                at = begin.end()
            end = _END.search(text, at) if ends else None
            if end is not None:
                if not shown:
                    shown += self._prefix(text), MARK
                self.inside, at = False, end.end()
                continue
            ends = False
            if shown and (rest := _REST.match(text, at)):
                at = rest.end()
            if not shown and text.startswith(self._before):
                at = len(self._before)
            if body := _BODY.match(text, at):
                return "".join(shown) or text[:at] + body[1] + MARK
            self.inside, at = False, at if shown else 0

    def _prefix(self, text: str) -> str:
        """Return what stands in a line before its part of the key."""
        if self._before and text.startswith(self._before):
            return self._before
        found = _PREFIX.match(text)
        return found[0] if found else ""


def _begin(text: str, at: int) -> re.Match[str] | None:
    if "PRIVATE KEY" in text and (found := _BEGIN.search(text, at)):
        return found
    if "LS0tLS1CRUdJTi" in text and (found := _ENCODED.search(text, at)):
        return found
    return _PUTTY.search(text, at) if "PuTTY-User-Key" in text else None
