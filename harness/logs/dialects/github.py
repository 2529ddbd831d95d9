"""What GitHub (and CI systems that print like it) puts before each line of a log."""

import re
from typing import Final

# 2024-07-16T20:34:25.2781781Z; GitLab prints six digits and then "00O " or "01E+" for the stream.
_STAMP: Final = re.compile(r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,7}Z(?: \d\d[OE](?:[ +]|$)| |$)")
# Jenkins' timestamper: [2024-07-16T20:34:25.278Z]
_BRACKETED: Final = re.compile(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z\](?: |$)")
_COLUMN: Final = 400  # longest name of a job or step that `gh run view --log` prints


def split_columns(text: str) -> tuple[str, str]:
    """Return (job and step, rest) for a line of `gh run view --log`: job TAB step TAB timestamp; else ("", text)."""
    first = text.find("\t", 0, _COLUMN)
    second = text.find("\t", first + 1, first + _COLUMN) if first > 0 else -1
    if second < 0 or not _STAMP.match(text, second + 1):
        return "", text
    return text[:second], text[second + 1 :]


def without_stamp(text: str) -> str:
    """Return `text` without byte order mark and timestamp in front."""
    found = _STAMP.match(text) or (_BRACKETED.match(text) if text[:1] == "[" else None)
    return text[found.end() :] if found else text.removeprefix("\ufeff")
