"""The iteration strip: what happened when, in a bounded number of cells."""

from dataclasses import dataclass, field
from typing import Final

CAPACITY: Final = 256
_WEIGHTS: Final = {"other": 0, "passed": 1, "failing": 2}
_MARKS: Final = {"passed": "▁", "failing": "█", "other": "·"}


@dataclass(slots=True)
class Strip:
    """One cell per `width` iterations in order; when full, neighbours merge and a failure outweighs the rest.

    Memory is bounded whatever the number of iterations: that is the reason for the merging.
    """

    width: int = 1
    cells: list[str] = field(default_factory=list)
    _last: str = "other"  # the cell that is being filled, and with how many iterations
    _filled: int = 0

    def add(self, kind: str) -> None:
        """Append one iteration: `passed`, `failing` or `other`."""
        if _WEIGHTS[kind] > _WEIGHTS[self._last]:
            self._last = kind
        self._filled += 1
        if self._filled < self.width:
            return
        self.cells.append(self._last)
        self._last, self._filled = "other", 0
        if len(self.cells) == CAPACITY:
            self.cells = [_heavier(*self.cells[i : i + 2]) for i in range(0, CAPACITY, 2)]
            self.width *= 2

    def draw(self, columns: int) -> str:
        """Return at most `columns` marks, cut with an ellipsis."""
        kinds = [*self.cells, *([self._last] if self._filled else [])]
        marks = "".join(_MARKS[kind] for kind in kinds)
        return marks if len(marks) <= columns else marks[: columns - 1] + "…"


def _heavier(a: str, b: str) -> str:
    return max(a, b, key=_WEIGHTS.__getitem__)
