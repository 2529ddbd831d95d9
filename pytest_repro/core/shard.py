"""A shard: one machine's part of a campaign, as in `--repro-shard=2/8`."""

import re
from dataclasses import dataclass
from typing import Final

from pytest_repro.core.errors import ReproError

_WORD: Final = re.compile(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `index`, from 1, of a campaign that is cut in `of` parts."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Return the shard that `text`, such as `2/8`, names; raises ReproError("bad-shard")."""
    match = _WORD.fullmatch(text)
    index, of = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= index <= of:
        raise ReproError(
            f"{text!r} names no shard: expected I/N, where I counts from 1 to N",
            "bad-shard",
            f"write {of}/{of} for the last of {of} shards"
            if of
            else "write for example 2/8 for the second of eight shards",
        )
    return Shard(index, of)
