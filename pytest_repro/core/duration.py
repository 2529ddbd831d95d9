"""Durations as people type them: `90s`, `5m`, `1h30m`, `250ms`."""

import re
from typing import Final

from pytest_repro.core.errors import ReproError

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST: Final = 100 * 366 * 86400.0
_BARE: Final = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*", re.ASCII)
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(ms|s|m|h|d) *")


def parse_duration(text: str) -> float:
    """Return the seconds that `text` means; a bare number is refused, since its unit would be a guess.

    Raises ReproError("bad-duration") for anything else, for nothing at all, and for more than a float can hold.
    """
    rest, seconds = text.strip().lower(), 0.0
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise _bad(text, "is no duration: expected numbers with units, such as 90s, 5m or 1h30m")
        seconds += float(part[1]) * _UNITS[part[2]]
        rest = rest[part.end() :]
    if not 0 < seconds < _LONGEST:
        raise _bad(text, "is no duration to wait for: expected more than nothing and less than a century")
    return seconds


def parse_seconds(text: str) -> float:
    """Return the seconds that `text` means: a bare number of them, or a duration; raises as `parse_duration` does."""
    if (bare := _BARE.fullmatch(text)) and (seconds := float(bare[1])) > 0:
        return seconds
    return parse_duration(text)


def _bad(text: str, reason: str) -> ReproError:
    bare = _BARE.fullmatch(text)
    return ReproError(
        f"{text!r} {reason}",
        "bad-duration",
        f"write {bare[1]}s for seconds" if bare and float(bare[1]) else "write for example 5m",
    )


def format_duration(seconds: float) -> str:
    """Return `seconds` as a person says it: `0.42 s`, `6.2 s`, `3m 20s`, `1h 05m`; one form for each size."""
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
