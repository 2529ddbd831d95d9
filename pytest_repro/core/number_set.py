"""Sets of whole numbers that are mostly consecutive, such as the iterations that were seen."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, Self

_WORD: Final = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


class NumberSet:
    """Holds ranges, not members: memory grows with the gaps, not with the numbers."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []  # of the same ranges, each end a member
        for number in numbers:
            self.add(number)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the set that `str` wrote, as `1-2,4`; raises ValueError."""
        found = cls()
        for word in text.split(","):
            match = _WORD.fullmatch(word)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if first > last or (found._ends and first <= found._ends[-1] + 1):
                raise ValueError(text)
            found._starts.append(first)
            found._ends.append(last)
        return found

    @classmethod
    def between(cls, first: int, last: int) -> Self:
        """Return all numbers from `first` to `last`, both of them members; none where `last` is smaller."""
        found = cls()
        if first <= last:
            found._starts, found._ends = [first], [last]
        return found

    @classmethod
    def union(cls, sets: Iterable["NumberSet"]) -> Self:
        """Return the numbers that are in any of `sets`."""
        found = cls()
        for first, last in sorted(one for numbers in sets for one in numbers.ranges()):
            if found._ends and first <= found._ends[-1] + 1:
                found._ends[-1] = max(found._ends[-1], last)
            else:
                found._starts.append(first)
                found._ends.append(last)
        return found

    def gaps(self, last: int) -> "NumberSet":
        """Return the numbers from 1 to `last` that are no members."""
        edges = [(0, 0), *self.ranges(), (last + 1, last + 1)]
        return NumberSet.union(NumberSet.between(before[1] + 1, after[0] - 1) for before, after in pairwise(edges))

    def add(self, number: int) -> bool:
        """Put `number` in and return whether it is new."""
        starts, ends = self._starts, self._ends
        if ends and number == ends[-1] + 1:  # by far the commonest
            ends[-1] = number
            return True
        at = bisect_right(starts, number)
        if at and number <= ends[at - 1]:
            return False
        after = at > 0 and ends[at - 1] == number - 1
        before = at < len(starts) and starts[at] == number + 1
        if after and before:
            ends[at - 1] = ends[at]
            del starts[at], ends[at]
        elif after:
            ends[at - 1] = number
        elif before:
            starts[at] = number
        else:
            starts.insert(at, number)
            ends.insert(at, number)
        return True

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Yield (first, last) of each range, both of them members, in order."""
        return zip(self._starts, self._ends, strict=True)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._starts, number)
        return at > 0 and number <= self._ends[at - 1]

    def __iter__(self) -> Iterator[int]:
        return (number for first, last in self.ranges() for number in range(first, last + 1))

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges())

    def __le__(self, other: "NumberSet") -> bool:
        """Whether all members are in `other` too."""
        return all(first in other and other._last_of(first) >= last for first, last in self.ranges())

    def _last_of(self, number: int) -> int:
        return self._ends[bisect_right(self._starts, number) - 1]

    def __str__(self) -> str:
        return ",".join(f"{first}-{last}" if first < last else str(first) for first, last in self.ranges())
