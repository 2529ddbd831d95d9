"""Failure messages with everything that varies between two runs of the same failure taken out."""

import re
from typing import Final

_TERMINAL: Final = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z])?")
_SPACE: Final = re.compile(r"\s+")
_PATH_REST: Final = r"[^\s'\"),;:\]>]*"

# Order matters: the specific forms go first, so that a UUID is not read as a row of numbers. Each pattern can begin a
# scan at the start of a word or path only, never inside what it has just given up on: that keeps the time linear.
_VARYING: Final = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?(?!\w)", "<time>"),
        (r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
        (r"\b0[xX][0-9a-fA-F]+\b", "<address>"),
        (r"(?<![\w.~-])/(?:private/)?(?:tmp|var/folders|var/tmp)(?![\w.-])" + _PATH_REST, "<tmp>"),
        # A user's name may hold spaces; nothing else that leads to the folder does.
        (r"\b[A-Za-z]:\\+Users\\+[^\\:'\"]{1,64}\\+AppData\\+Local\\+Temp\b" + _PATH_REST, "<tmp>"),
        (r"\b[A-Za-z]:\\[^\s'\":]*?\\Temp\b" + _PATH_REST, "<tmp>"),
        (r"(?<![^\s'\"(,=])[^\s'\"(,=]*/pytest-of-" + _PATH_REST, "<tmp>"),
        (r"\btmp(?=[a-z_]*\d)[a-z0-9_]{8}\b", "<tmp>"),  # tempfile's own names
        (r"(?<![\w.])[-+]?\d+(?:\.\d+)?[eE][-+]?\d+\b", "<n>"),  # of which many a digit run looks like hex
        # A run of hex that mixes letters and digits is an id; "decade" and "facade" are words.
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b", "<id>"),
        # Also versions, addresses and "3." at the end of a sentence.
        (r"(?<![\w.])[-+]?(?:\d[\d_]*(?:\.\d+)*|\.\d+)(?:[eE][-+]?\d+)?(?:\.(?![\w.]))?", "<n>"),
        # Names that carry a counter: Thread-7, gw1, worker_12.
        (r"(?<=[A-Za-z])([-_]?)\d+(?:\.\d+)*\b", r"\1<n>"),
    )
)
_MOST_PASSES: Final = 5  # a mask may uncover what another one takes; two passes do for what programs really print
_LONGEST_READ: Final = 16_000
_LONGEST: Final = 4000  # a message is compared by its head: megabytes of diff would only cost time


def normalise(message: str) -> str:
    """Return `message` with addresses, ids, temporary paths, times and numbers masked, and white space folded.

    Two messages of one failure become equal; words are kept, so two different failures stay apart.
    """
    text = _SPACE.sub(" ", _TERMINAL.sub("", message[:_LONGEST_READ])).strip()
    for _ in range(_MOST_PASSES):
        before = text
        for pattern, mask in _VARYING:
            text = pattern.sub(mask, text)
        if text == before:
            break
    # Cut after masking, and at the end of a word: a number's length must not decide where the text ends.
    return text if len(text) <= _LONGEST else text[:_LONGEST].rpartition(" ")[0] or text[:_LONGEST]
