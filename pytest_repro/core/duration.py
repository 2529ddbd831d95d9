"""Durations as people type them: `90s`, `5m`, `1h30m`, `250ms`."""

import re
from typing import Final

from pytest_repro.core.errors import ReproError

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")


def parse_duration(text: str) -> float:
    """Return the seconds that `text` means; a bare number is refused, since its unit would be a guess.

    Raises ReproError("bad-duration") for anything else, and for a duration of zero.
    """
    squeezed = text.replace(" ", "").lower()
    if not _WHOLE.fullmatch(squeezed):
        raise _bad(text)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(squeezed))
    if seconds <= 0:
        raise _bad(text)
    return seconds


def _bad(text: str) -> ReproError:
    return ReproError(
        f"{text!r} is no duration: expected numbers with units, such as 90s, 5m or 1h30m",
        "bad-duration",
        f"write {text.strip()}s for seconds" if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) else "write for example 5m",
    )


def format_duration(seconds: float) -> str:
    """Return `seconds` as a person says it: `0.42 s`, `6.2 s`, `3m 20s`, `1h 05m`; one form for each size."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
