"""Which iterations of one test are still to be run: all, a shard's part, or what a stopped campaign left over."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from typing import Final

from pytest_repro.core.number_set import NumberSet
from pytest_repro.core.shard import Shard

_END: Final = 2**62  # no campaign gets there, and it fits in 64 bits with its sign


@dataclass(frozen=True, slots=True)
class Todo:
    """Iteration numbers, from 1, in the order of running, as `ranges` of which none is empty.

    `endless`: without a count; the last range then ends where no campaign gets to.
    """

    ranges: tuple[range, ...]
    endless: bool = False
    total: int = field(init=False)
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)  # ordinal at which each range begins

    def __post_init__(self) -> None:
        *starts, total = accumulate((_size(one) for one in self.ranges), initial=0)
        object.__setattr__(self, "_starts", tuple(starts))
        object.__setattr__(self, "total", total)

    def number(self, ordinal: int) -> int:
        """Return the iteration number at `ordinal`, from 0; raises IndexError outside of 0 to total - 1."""
        if not 0 <= ordinal < self.total:
            raise IndexError(f"ordinal {ordinal} of {self.total}")
        at = bisect_right(self._starts, ordinal) - 1
        return self.ranges[at][ordinal - self._starts[at]]


def todo_for(asked: int | None, nodeid: str, shard: Shard | None = None, done: Iterable[int] = ()) -> Todo:
    """Return what is to be run of iterations 1 to `asked` (None: without end) of a test.

    The shards of a campaign cut it without gap or overlap, on every machine alike: a count in consecutive parts, no two
    of which differ by more than 1 in size, an endless one in strides. Which shard has which part depends on `nodeid`,
    so that over many tests none has all of the larger parts. Numbers in `done`, in any order, are left out.
    """
    if shard is None and not done:
        return _whole(asked)
    part = _part(asked, nodeid, shard or Shard(1, 1))
    finished = done if isinstance(done, NumberSet) else NumberSet(done)
    return Todo(tuple(_without(part, finished)), endless=asked is None)


@cache  # a suite asks the same of thousands of tests
def _whole(asked: int | None) -> Todo:
    part = range(1, _END if asked is None else 1 + asked)
    return Todo((part,) if part else (), endless=asked is None)


def _part(asked: int | None, nodeid: str, shard: Shard) -> range:
    digest = blake2b(nodeid.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    place = (shard.index - 1 + int.from_bytes(digest, "big")) % shard.of
    if asked is None:
        return range(1 + place, _END, shard.of)
    return range(1 + asked * place // shard.of, 1 + asked * (place + 1) // shard.of)


def _without(part: range, done: NumberSet) -> Iterator[range]:
    """Yield what is left of `part`, which need not be consecutive, in order and never empty."""
    start, stop, step = part.start, part.stop, part.step
    for first, last in done.ranges():
        if last < start:
            continue
        if first >= stop:
            break
        if start < first:
            yield range(start, first, step)
        start += ((last - start) // step + 1) * step  # the first member beyond `last`
    if start < stop:
        yield range(start, stop, step)


def _size(numbers: range) -> int:
    """Return len(numbers), which Python refuses to say where it is beyond a machine word."""
    return max(0, -((numbers.start - numbers.stop) // numbers.step))
