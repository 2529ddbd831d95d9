"""Terminal control taken out of text."""

import re
from typing import Final

# CSI sequences, OSC sequences (titles, links) and the two-byte ones; one class after another, so it stays linear.
_CONTROL: Final = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|[()*+][0-9A-Za-z]|[@-Z\\^_=>])"
)


def without_ansi(text: str) -> str:
    """Return `text` without colours, cursor movements, titles and NULs."""
    if "\x1b" in text:
        text = _CONTROL.sub("", text)
    return text.replace("\0", "") if "\0" in text else text
