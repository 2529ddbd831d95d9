"""pytest's separator lines: section bars, failure headers and the closing line with its counts."""

import re
from typing import Final

_TITLE: Final = re.compile(
    r"((?:ERROR at (?:setup|teardown) of )?[A-Za-z_]\w{0,300}(?:\.[A-Za-z_]\w{0,300}){0,20}(?:\[.{0,2000}\])?"
    r"|ERROR collecting \S{1,1000})(?: _)?$"
)
_COUNT: Final = re.compile(r"(\d{1,9}) ([a-z][a-z -]{0,30})$")
_TIMED: Final = re.compile(r"[\d.]{1,15} ?s(?:ec|econds)?(?: \(\d[\d:, days]{0,30}\))?$")
_PLURALS: Final = {
    "error": "errors",
    "warning": "warnings",
    "pytest-warnings": "warnings",
    "pytest-warning": "warnings",
}
_PROOF: Final = frozenset(("failed", "passed", "errors", "skipped", "xfailed", "xpassed", "deselected"))


def bar_title(text: str, fill: str, width: int = 0) -> str | None:
    """Return what stands in the bar `text` (`==== title ====`), or None if it is none.

    width: of the run's other bars, 0 if unknown. pytest fills every bar to exactly that; a title that does not fit
    has one fill character on each side. So a program that prints a bar of its own is told from pytest.
    """
    if len(text) < 5 or text[0] != fill or text[-1] != fill:
        return None
    inner = text.strip(fill)
    title = inner.strip(" ")
    if len(inner) < 3 or inner[0] != " " or inner[-1] != " " or not title.strip(" _"):
        return None
    fits = len(text) == width or (len(text) > width and len(text) - len(inner) == 2)
    return title if fits or not width else None


def crowded_title(text: str, width: int) -> str | None:
    """Return the title in a failure header of a pytest before 4, where a long title leaves no room for the bar.

    It then stands between single spaces, at most one "_" after it; shorter titles always have their bar.
    """
    if not width or len(text) < width - 2 or text[0] != " " or text[1] == " ":
        return None
    found = _TITLE.match(text, 1)
    return found[1] if found and len(found[1]) >= width - 3 else None


def closing_tally(text: str) -> dict[str, int] | None:
    """Return the counts of a closing line (`== 1 failed, 2 passed in 0.12s ==`, with or without bars), else None."""
    if " in " not in text:
        return None
    inner = text.strip("=").strip(" ")
    body, timed, duration = inner.rpartition(" in ")
    if not timed or len(body) > 400 or not _TIMED.match(duration):
        return None
    if body == "no tests ran":
        return {}
    counts: dict[str, int] = {}
    for part in body.split(", "):
        found = _COUNT.match(part)
        if not found:
            return None
        word = _PLURALS.get(found[2], found[2])
        counts[word] = counts.get(word, 0) + int(found[1])
    return counts if _PROOF.intersection(counts) or "warnings" in counts or "rerun" in counts else None
