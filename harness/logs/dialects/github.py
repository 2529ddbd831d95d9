"""What GitHub (and CI systems that print like it) puts before each line of a log."""

import re
from typing import Final

# 2024-07-16T20:34:25.2781781Z; GitLab prints six digits and then "00O " or "01E+" for the stream.
_STAMP: Final = re.compile(r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,7}Z(?: \d\d[OE](?:[ +]|$)| |$)")
# Jenkins' timestamper: [2024-07-16T20:34:25.278Z]
_BRACKETED: Final = re.compile(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z\](?: |$)")
_MARKS: Final = ("##[group]", "##[endgroup]", "##[error]", "===")  # the last is that of a bar of pytest
_UNKNOWN: Final = "\tUNKNOWN STEP"  # gh's own word
_OFTEN: Final = 3
_STEPS: Final = 10_000  # whose columns are remembered
_COLUMN: Final = 400  # longest name of a job or step that `gh run view --log` prints


class Columns:
    """Splits the lines of `gh run view --log`: job TAB step TAB timestamp and text.

    Where a copy of the log lost its timestamps, a step's columns are known from a mark behind them on, or from the
    line on where they stand for the third time in a row.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._last = ("", 0)  # columns, and the number of their line
        self._times = 0

    def split(self, text: str, number: int, *, printed: bool = False) -> tuple[str, str]:
        """Return (job and step, rest), or ("", text) where these do not stand in front.

        printed: a run of pytest without columns goes on, and a test of it may have printed `text`.
        """
        first = text.find("\t", 0, _COLUMN)
        second = text.find("\t", first + 1, first + _COLUMN) if first > 0 else -1
        if second < 0:
            if text == self._last[0]:  # of a blank line
                self._last = (text, number)
            return (text, "") if text in self._known else ("", text)
        columns = text[:second]
        if columns not in self._known and not _STAMP.match(text, second + 1):
            self._times = self._times + 1 if (columns, number - 1) == self._last else 1
            self._last = (columns, number)
            if printed:
                return "", text
            marked = text.startswith(_MARKS, second + 1) or columns.endswith(_UNKNOWN)
            if not marked and (self._times < _OFTEN or not _are_names(columns)):
                return "", text
            if len(self._known) < _STEPS:
                self._known.add(columns)
        return columns, text[second + 1 :]


def _are_names(columns: str) -> bool:
    """Say whether both columns may be names, of a job and of a step, and not numbers or a line of a traceback."""
    job, _, step = columns.partition("\t")
    return not columns.startswith(("E ", " ")) and all(any(map(str.isalpha, name)) for name in (job, step))


def without_stamp(text: str) -> str:
    """Return `text` without byte order mark and timestamp in front."""
    found = _STAMP.match(text) or (_BRACKETED.match(text) if text[:1] == "[" else None)
    return text[found.end() :] if found else text.removeprefix("\ufeff")
