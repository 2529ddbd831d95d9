"""The iteration strip: what happened when, in a bounded number of cells."""

from dataclasses import dataclass, field
from typing import Final

CAPACITY: Final = 256
_MARKS: Final = {"passed": "▁", "failing": "█", "other": "·"}


@dataclass(slots=True)
class Strip:
    """One cell per `width` iterations in order; when full, neighbours merge and a failure outweighs the rest.

    Memory is bounded whatever the number of iterations: that is the reason for the merging.
    """

    width: int = 1
    cells: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)

    def add(self, kind: str) -> None:
        """Append one iteration: `passed`, `failing` or `other`."""
        self.pending.append(kind)
        if len(self.pending) < self.width:
            return
        self.cells.append(_heaviest(self.pending))
        self.pending.clear()
        if len(self.cells) == CAPACITY:
            self.cells = [_heaviest(self.cells[i : i + 2]) for i in range(0, CAPACITY, 2)]
            self.width *= 2

    def draw(self, columns: int) -> str:
        """Return at most `columns` marks, cut with an ellipsis."""
        kinds = [*self.cells, *([_heaviest(self.pending)] if self.pending else [])]
        marks = "".join(_MARKS[kind] for kind in kinds)
        return marks if len(marks) <= columns else marks[: columns - 1] + "…"


def _heaviest(kinds: list[str]) -> str:
    return next((kind for kind in ("failing", "passed") if kind in kinds), "other")
