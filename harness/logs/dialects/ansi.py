"""Terminal control taken out of text."""

import re
from typing import Final

# CSI sequences, OSC and APC sequences (titles, links, Buildkite's times) and the two-byte ones; one class after
# another, so it stays linear.
_CONTROL: Final = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|[\]_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|[()*+][0-9A-Za-z]|[@-Z\\^_=>])"
)
# What is left of a colour where a copy lost the escape, or shows it as `^[`; `test_x[1m]` is a test's parameter.
_SHOWN: Final = re.compile(
    r"\^\[\[(?:\d{1,3}(?:;\d{1,3}){0,4})?m|\[(?:\d{1,3}(?:;\d{1,3}){0,4}m|m(?![A-Za-z]))(?![^\[\]\s]{0,200}\])"
)
_SHOWN_BAR: Final = re.compile(r"(?:(?:\^\[)?\[(?:\d{1,3}(?:;\d{1,3}){0,4})?m){1,4}(?:={3,}|_{3,}) ")
SHOWN_STARTS: Final = frozenset("^[")


def shows_colours(text: str) -> bool:
    """Say whether `text` is a bar of pytest behind colours whose escapes are lost."""
    return _SHOWN_BAR.match(text) is not None


def without_shown_colours(text: str) -> str:
    """Return `text` without what is left of its colours, in a log that shows them."""
    return _SHOWN.sub("", text) if "m" in text else text


def without_ansi(text: str) -> str:
    """Return `text` without colours, cursor movements, titles and NULs."""
    if "\x1b" in text:
        text = _CONTROL.sub("", text)
    return text.replace("\0", "") if "\0" in text else text
