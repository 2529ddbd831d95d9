"""Names and times that a launcher puts before each line of what it runs, such as `web_1  | ` of docker compose."""

import re
from typing import Final

from harness.logs.text.bars import bar_title, closing_tally

_FORMS: Final = (
    re.compile(r"([\w.@/-]{1,80}) {0,40}\| ?"),  # docker compose: `web-1  | `
    re.compile(r"(#\d{1,6}) \d{1,9}\.\d{1,6} ?"),  # buildkit: `#12 3.456 `
    re.compile(r"(\[[^\][]{1,80}\]) ?"),  # a parallel branch of Jenkins: `[linux] `, a clock of AppVeyor: `[00:01:02] `
    re.compile(r"([\w.@/-]{1,80}(?::[\w.@/-]{1,80}){1,3}): ?"),  # turborepo: `@app/web:test: `
    re.compile(r"(\d\d:\d\d:\d\d(?:\.\d{1,6})?) {1,2}"),  # Jenkins' timestamper
)
_CLOCK: Final = re.compile(r"\[?\d\d:\d\d:\d\d(?:\.\d{1,6})?\]?$")
_MOST: Final = 100  # prefixes of one stream: more are no containers but numbers
_DIGITS: Final = frozenset("0123456789")
_HEAD: Final = "test session starts"
_TITLES: Final = frozenset((_HEAD, "FAILURES", "ERRORS", "short test summary info"))
_STARTS: Final = ("= test session starts =", "= FAILURES =", "= ERRORS =", "= short test summary info =")


class Prefixes:
    """Prefixes of one stream. One counts only from the line on where it stands before a bar of pytest.

    While a run of pytest without a prefix goes on, none is found: such a line is what a test printed.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], str] = {}  # form and name: what the stream's name gets
        self._forms: set[int] = set()  # of the known ones
        self._running = False
        self.watchful = False  # every line has to be split, not only one that holds "= "

    def split(self, text: str) -> tuple[str, str]:
        """Return (what the name of the stream gets, the text without its prefix)."""
        for number in self._forms:
            found = _FORMS[number].match(f"{text} ")
            if found is not None and (known := self._known.get((number, _name(found[1])))) is not None:
                return known, text[found.end() :]
        if text[:1] == "=":
            self._bar(text)
        elif "= " in text:
            return self._anchored(text)
        elif text[:1] in _DIGITS and closing_tally(text) is not None:
            self._ends()
        return "", text

    def _bar(self, text: str) -> None:
        if closing_tally(text) is not None:
            self._ends()
        elif not self._running and (title := bar_title(text, "=")) in _TITLES:
            self._running = True
            self.watchful = self.watchful or title != _HEAD  # a quiet run closes without a bar

    def _ends(self) -> None:
        self._running, self.watchful = False, bool(self._known)

    def _anchored(self, text: str) -> tuple[str, str]:
        """Take the first line with a prefix if a bar of pytest follows it."""
        if (
            self._running
            or len(self._known) >= _MOST
            or not text.endswith("=")
            or not any(start in text for start in _STARTS)
        ):
            return "", text
        for number, form in enumerate(_FORMS):
            found = form.match(text)
            if found is not None and bar_title(text[found.end() :], "=") in _TITLES:
                name = _name(found[1])
                self._forms.add(number)
                known = self._known[number, name] = f"\t\t{name}"
                self.watchful = True
                return known, text[found.end() :]
        return "", text


def _name(text: str) -> str:
    """Return the name in a prefix; all times of day are one."""
    return "time" if _CLOCK.match(text) else text
