"""What pytest prints below the header of a failed doctest: the docstring, then what went wrong with one example."""

import re
from dataclasses import dataclass
from typing import Final

TITLE: Final = "[doctest] "
_UNEXPECTED: Final = re.compile(r"UNEXPECTED EXCEPTION: ([A-Za-z_][\w.]{0,300})\(")
_RAISED: Final = re.compile(r"((?:[A-Za-z_]\w*\.){0,20}[A-Za-z_]\w*)(?:: ?(.*))?$")
_ENDED: Final = re.compile(r"([^\s:].{0,500}:\d{1,7}): (DocTestFailure|UnexpectedException)$")
_SUGGESTION: Final = re.compile(
    r"[.?] (?:Or did|Did) you (?:mean|forget)\b"
)  # the interpreter prints it, str() lacks it


@dataclass(slots=True)
class DoctestText:
    """Reads the first failed example. exception and message are None wherever the block leaves any doubt.

    A wrong result gives "DocTestFailure" and no message: how the results are printed depends on an option of pytest.
    An exception gives its type as the traceback prints it, and the first line of its text.
    """

    exception: str | None = None
    message: str | None = None
    location: str | None = None
    _kind: str | None = None  # the type that "UNEXPECTED EXCEPTION" shows
    _raised: tuple[str, str | None] | None = None
    _traceback: bool = False

    def feed(self, text: str) -> None:
        """Take the next line below the header."""
        if self.location is not None:
            return  # a further example, with --doctest-continue-on-failure
        if (ended := _ENDED.match(text)) is not None:
            self._end(ended[1], ended[2])
        elif self._kind is None:
            found = _UNEXPECTED.match(text)
            self._kind = found[1].rpartition(".")[2] if found else None
        elif text.startswith("Traceback ("):
            self._traceback, self._raised = True, None
        elif self._traceback and self._raised is None and (raised := _RAISED.match(text)) is not None:
            self._raised = (raised[1], raised[2] or None)

    def _end(self, place: str, what: str) -> None:
        self.location = place
        if what == "DocTestFailure":
            self.exception = what
        elif self._raised is not None and self._raised[0].rpartition(".")[2] == self._kind:
            self.exception, message = self._raised
            self.message = _SUGGESTION.split(message, maxsplit=1)[0] if message else None
