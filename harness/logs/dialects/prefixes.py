"""Names and times that a launcher puts before each line of what it runs, such as `web_1  | ` of docker compose."""

import re
from typing import Final

from harness.logs.text.bars import bar_title, closing_tally

# What changes from line to line in a prefix: a time, a date, seconds, the number of the line, a severity.
_CHANGES: Final = re.compile(
    r"(?P<date>\d{4}[-/]\d\d[-/]\d\d)"
    r"|(?P<day>\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d\b)"
    r"|(?P<clock>(?:\b|(?<=\d\dT))\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<seconds>(?<![\w.-])\d{1,9}\.\d{1,9}s?(?![\w.-]))"
    r"|(?P<line>(?<=\w):L?\d{1,9}(?::\d{1,9}s)?(?=\]))"  # Drone: `[test:12] `
    r"|(?P<severity>(?<=\])[ A-Za-z](?=:\t))"  # TeamCity: `[03:04:05]W:\t `
    r"|(?P<stream>std(?:out|err) [FP])"  # containers under Kubernetes
)
_ANY: Final = {
    "date": r"\d{4}[-/]\d\d[-/]\d\d",
    "day": r"[A-Z][a-z]{2} [ \d]\d",
    "clock": r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?",
    "seconds": r"\d{1,9}\.\d{1,9}s?",
    "line": r":L?\d{1,9}(?::\d{1,9}s)?",
    "severity": r"[ A-Za-z]",
    "stream": r"std(?:out|err) [FP]",
}
_ENDS: Final = ("|", "]", ">", ":")  # what a prefix ends with, if not with something that changes
_TRACEBACK: Final = ("E ", ">  ")  # lines of pytest's own
_LONGEST: Final = 160  # characters of a prefix
_MOST: Final = 100  # prefixes of one stream: more are no containers but numbers
_DIGITS: Final = frozenset("0123456789")
_HEAD: Final = "test session starts"
_TITLES: Final = frozenset((_HEAD, "FAILURES", "ERRORS", "short test summary info"))
_BARS: Final = tuple(f"= {title} =" for title in sorted(_TITLES))


class Prefixes:
    """Prefixes of one stream. One counts only from the line on where it stands before a bar of pytest.

    While a run of pytest without a prefix goes on, none is found: such a line is what a test printed.
    """

    def __init__(self) -> None:
        self._known: list[tuple[re.Pattern[str], str]] = []  # and what the stream's name gets
        self.running = False
        self.watchful = False  # every line has to be split, not only one that holds "= "

    def split(self, text: str) -> tuple[str, str]:
        """Return (what the name of the stream gets, the text without its prefix)."""
        for pattern, name in self._known:
            if (found := pattern.match(text)) is not None:
                return name, text[found.end() :]
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
        elif not self.running and (title := bar_title(text, "=")) in _TITLES:
            self.running = True
            self.watchful = self.watchful or title != _HEAD  # a quiet run closes without a bar

    def _ends(self) -> None:
        self.running, self.watchful = False, bool(self._known)

    def _anchored(self, text: str) -> tuple[str, str]:
        """Take the first line with a prefix if a bar of pytest follows it."""
        if self.running or len(self._known) >= _MOST or not text.endswith("="):
            return "", text
        at = max(map(text.find, _BARS))
        prefix = text[: max(at, 0)].rstrip("=")
        if at < 0 or bar_title(text[len(prefix) :], "=") not in _TITLES or not _is_prefix(prefix):
            return "", text
        name = f"\t\t{_CHANGES.sub('*', prefix.strip())}"
        self._known.append((re.compile(_pattern(prefix)), name))
        self.watchful = True
        return name, text[len(prefix) :]


def _is_prefix(text: str) -> bool:
    """Say whether `text` can be what a launcher puts before each line: it says something and ends as these do.

    What is indented or quoted and no more is documentation.
    """
    shown = text.rstrip()
    if len(text) > _LONGEST or text.startswith(_TRACEBACK) or not any(map(str.isalnum, shown)):
        return False
    changes = list(_CHANGES.finditer(shown))
    timed = bool(changes) and changes[-1].end() == len(shown)
    return timed or text[-1] == "\t" or shown.endswith(_ENDS)


def _pattern(prefix: str) -> str:
    """Return the pattern of lines that have `prefix`; one may lack the space behind it, where nothing follows."""
    shown = prefix.rstrip()
    parts, done = [], 0
    for change in _CHANGES.finditer(shown):
        parts += [re.escape(shown[done : change.start()]), _ANY[change.lastgroup or ""]]
        done = change.end()
    parts += [re.escape(shown[done:]), "(?:", re.escape(prefix[len(shown) :]), "|$)"]
    return "".join(parts)
