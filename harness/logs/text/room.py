"""How much is kept of the failing tests that a log names: a log of nothing else must fit in memory."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from harness.logs.reports.same_test import TESTS

RUNS: Final = 10_000  # runs of pytest, and of unittest, that are kept
PATHS: Final = 300_000  # paths of test files, counted once for each run
BYTES: Final = 40_000_000  # of names, messages and evidence; from there on only what is short is kept, or a part
_SHORT: Final = 200  # characters
_LONGEST_NAME: Final = 500


class Room:
    """What is left of it for one log. more: a failing test was named for which there was none."""

    def __init__(self) -> None:
        self.more = False
        self.runs = 0
        self.unittest_runs = 0
        self.left_out = 0  # runs for which there was no room
        self.tally: Counter[str] = Counter()  # of these
        self._known: dict[tuple[str, str], set[str]] = {}
        self._kept: Counter[str] = Counter()
        self._bytes = 0
        self._paths: dict[str, str] = {}
        self._held = 0

    def takes(self, where: str, kind: str, name: str) -> bool:
        """Say whether to keep a line that names the test `name`. where: the kind of line; kind: failed or error."""
        if self._kept[where] < TESTS and (len(name) <= _LONGEST_NAME or not self._tight):
            self._kept[where] += 1
            self._bytes += sys.getsizeof(name)
            self._known.setdefault((where, kind), set()).add(name)
            return True
        self.more = self.more or not self.knows(where, kind, name)
        return False

    def has(self, what: str, most: int) -> bool:
        """Say whether to keep one more detail, of which a log has at most `most`."""
        self._kept[what] += 1
        return self._kept[what] <= most

    def knows(self, where: str, kind: str, name: str) -> bool:
        """Say whether a line that was kept names the same test."""
        return name in self._known.get((where, kind), ())

    def gives_back(self, where: str, names: Iterable[tuple[str, str]]) -> None:
        """Take note that lines are not kept any more. names: kind and name of each."""
        for kind, name in names:
            self._kept[where] -= 1
            self._known[where, kind].discard(name)

    def fitting(self, text: str) -> str:
        """Return `text`, a message or evidence that is kept; a part of it where the log names a lot of long ones."""
        text = text[:_SHORT] if self._tight else text
        self._bytes += sys.getsizeof(text)
        return text

    @property
    def _tight(self) -> bool:
        return self._bytes > BYTES

    def path(self, path: str) -> str | None:
        """Return `path` as it is to be kept, None where there is no room for it."""
        if self._held >= PATHS:
            return None
        self._held += 1
        return self._paths.setdefault(path, path)  # each run has the same

    @property
    def full(self) -> bool:
        """Whether no further run is kept."""
        return self.runs >= RUNS

    def leave_out(self, tally: Mapping[str, int] | None) -> None:
        """Take note of a run that is not kept; tally: what its closing line counts."""
        self.left_out += 1
        for word, number in (tally or {}).items():
            self.tally[word] += number
