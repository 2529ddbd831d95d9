"""The outcome of each iteration that was seen, in a byte apiece."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_BLOCK: Final = 256  # iterations


@dataclass(slots=True)
class SeenOutcomes:
    """Knows outcomes by number, whatever the order and the gaps; shards without a count run in strides."""

    _blocks: dict[int, bytearray] = field(default_factory=dict)
    _names: list[str] = field(default_factory=lambda: [""])  # a byte is an index into these, 0 for what was not seen

    def get(self, iteration: int) -> str:
        """Return the outcome of `iteration`, empty if it was not seen."""
        number, at = divmod(iteration, _BLOCK)
        block = self._blocks.get(number)
        return self._names[block[at]] if block else ""

    def put(self, iteration: int, outcome: str) -> None:
        """Remember the outcome of `iteration`."""
        if outcome not in self._names:
            self._names.append(outcome)
        number, at = divmod(iteration, _BLOCK)
        self._blocks.setdefault(number, bytearray(_BLOCK))[at] = self._names.index(outcome)

    def in_order(self) -> Iterator[tuple[int, str]]:
        """Yield each iteration that was seen with its outcome, by their numbers."""
        for number, block in sorted(self._blocks.items()):
            for at, name in enumerate(block):
                if name:
                    yield number * _BLOCK + at, self._names[name]
