"""Which shards of a campaign a journal holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from pytest_repro.core.errors import ReproError
from pytest_repro.core.number_set import NumberSet


@dataclass(frozen=True, slots=True)
class Parts:
    """Shards `numbers` of `of`, as `2/8` or, in a merged journal, `1-2,4/8`."""

    numbers: NumberSet
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts that a header names, 1 of 1 where it names none; raises ReproError("journal-damaged")."""
        numbers, _, of = (text or "1/1").partition("/")
        try:
            found = cls(NumberSet.parse(numbers), int(of))
        except ValueError:
            raise _bad(text) from None
        if not found.numbers <= cls.all(found.of).numbers:
            raise _bad(text)
        return found

    @classmethod
    def all(cls, of: int) -> Self:
        """Return all `of` parts."""
        return cls(NumberSet.between(1, of), of)

    @property
    def missing(self) -> NumberSet:
        """The shards that are not here."""
        return self.numbers.gaps(self.of)

    def scaled(self, of: int) -> "Parts":
        """Return the same of a campaign of `of` shards: the whole, which knows of no shards, is all of them."""
        return Parts.all(of) if self.of == 1 else self

    def __str__(self) -> str:
        return "" if self.of == 1 else f"{self.numbers}/{self.of}"


def all_of(parts: Iterable[Parts], of: int) -> Parts:
    """Return the shards that are in any of `parts`, each of a campaign of `of` shards."""
    return Parts(NumberSet.union(one.scaled(of).numbers for one in parts), of)


def disjoint(parts: Iterable[Parts], of: int) -> list[Parts]:
    """Return the fewest of `parts` that hold every shard which any of them holds, each shard once.

    Raises ReproError("overlapping-shards") where there is no such choice.
    """
    chosen: list[Parts] = []
    held = NumberSet()
    for one in sorted(parts, key=lambda one: (-len(one.scaled(of).numbers), str(one))):
        numbers = one.scaled(of).numbers
        if numbers <= held:
            continue
        if len(both := NumberSet.union([held, numbers])) < len(held) + len(numbers):
            raise ReproError(
                f"a merged journal holds the shards {one}, some of which another merged journal holds too; "
                "expected each shard by itself, or journals of which one holds all that the other holds",
                "overlapping-shards",
                "merge the journals of the shards themselves",
            )
        chosen.append(one)
        held = both
    return chosen


def _bad(text: str) -> ReproError:
    return ReproError(
        f"the journal's shard is {text!r}; expected for example '2/8'", "journal-damaged", "use an intact copy"
    )
