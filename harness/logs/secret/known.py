"""Values known to be secret, taken out in the forms in which they may be printed."""

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from harness.logs.secret.marks import EMAIL, MARK

ADD_MASK: Final = "::add-mask::"
_SHORTEST: Final = 4  # a known value below this would blank out ordinary words
_SHORTEST_LINE: Final = 8  # of a value of several lines, for the same reason
_SHORTEST_ENCODED: Final = 10
_MANY: Final = 300  # forms from which on it is quicker to look at each place of a text than for each form in it
_MARKS: Final = re.compile(f"({MARK}|{EMAIL})")


class KnownValues:
    """Values to hide: `hide` takes out all of them in one pass, the longest first."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._all = _all_forms(frozenset(values))
        self._own: set[str] = set()  # what was added; `_all` is shared with others
        self._lengths: dict[str, tuple[int, ...]] = {}  # of what was added, by its first characters

    def add(self, values: Iterable[str]) -> None:
        """Hide `values` too."""
        for one in (one for value in values for one in _forms(value)):
            if one not in self._all and one not in self._own:
                self._own.add(one)
                _list(self._lengths, one)

    def hide(self, text: str) -> str:
        """Return `text` with MARK for each value."""
        if len(self._all) + len(self._own) > _MANY:
            hidden = self._scanned
        else:
            present = [one for found in (self._all, self._own) for one in found if one in text]
            if not present:
                return text
            ordered = tuple(sorted(present, key=lambda value: (-len(value), value)))
            hidden = functools.partial(_pattern(ordered).sub, MARK)
        parts = _MARKS.split(text)  # a value is not looked for across what was taken out before
        parts[::2] = [hidden(part) for part in parts[::2]]
        return "".join(parts)

    def _scanned(self, text: str) -> str:
        """Return `text` with MARK for each value, in a time that is not that of the text times the values."""
        given, added, shown, done = _lengths_of(self._all), self._lengths, list[str](), 0
        for at in range(len(text) - _SHORTEST + 1):
            start = text[at : at + _SHORTEST]
            if at < done or (start not in given and start not in added):
                continue
            for length in sorted({*given.get(start, ()), *added.get(start, ())}, reverse=True):
                one = text[at : at + length]
                if one in self._all or one in self._own:
                    shown += text[done:at], MARK
                    done = at + length
                    break
        return "".join((*shown, text[done:]))


def _list(lengths: dict[str, tuple[int, ...]], one: str) -> None:
    known = lengths.get(one[:_SHORTEST], ())
    if len(one) not in known:
        lengths[one[:_SHORTEST]] = (*known, len(one))


@functools.lru_cache(maxsize=16)
def _all_forms(values: frozenset[str]) -> frozenset[str]:
    return frozenset(one for value in values for one in _forms(value))


@functools.lru_cache(maxsize=16)
def _lengths_of(found: frozenset[str]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, tuple[int, ...]] = {}
    for one in found:
        _list(lengths, one)
    return lengths


@functools.lru_cache(maxsize=256)
def _forms(value: str) -> tuple[str, ...]:
    return tuple(one for one in forms(value) if one not in MARK and one not in EMAIL)


@functools.lru_cache(maxsize=64)
def _pattern(values: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, values)))


def forms(value: str) -> Iterator[str]:
    """Yield `value` as it may stand in a line: plain, escaped, URL-encoded, inside base64, and line by line."""
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        value = value.strip("\r\n")
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE)
    elif len(value) >= _SHORTEST:
        yield value
    if len(value) < _SHORTEST:
        return
    yield from (
        one for one in (quote(value, safe="", errors="replace"), quote_plus(value, errors="replace")) if one != value
    )
    escaped = json.dumps(value)[1:-1]
    if escaped != value:
        yield escaped
    yield from _encoded(value.encode("utf-8", "replace"))


def _encoded(value: bytes) -> Iterator[str]:
    """Yield what base64 makes of `value` wherever it begins in the encoded text (`user:value` in a basic header)."""
    for shift in range(3):
        # The first characters hold bits of what stands before, the last ones of what follows.
        text = base64.b64encode(b"\0" * shift + value).decode()
        core = text[(0, 2, 3)[shift] : (shift + len(value)) * 8 // 6]
        if len(core) >= _SHORTEST_ENCODED:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def masked_values(lines: Iterable[str]) -> Iterator[str]:
    """Yield the values that a job asked to be masked with `::add-mask::VALUE`."""
    for line in lines:
        _, found, value = line.partition(ADD_MASK)
        value = value.strip()
        if found and value and value != MARK:
            plain = value.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
            yield value
            if plain != value:
                yield plain
