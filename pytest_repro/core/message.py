"""Failure messages with everything that varies between two runs of the same failure taken out."""

import re
from typing import Final

# Order matters: the specific forms go first, so that a UUID is not read as a row of numbers.
_VARYING: Final = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"\x1b\[[0-9;]*[A-Za-z]", ""),
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?(?!\w)", "<time>"),
        (r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
        (r"\b0[xX][0-9a-fA-F]+\b", "<address>"),
        (r"(?:/(?:private/)?(?:tmp|var/folders|var/tmp)|[A-Za-z]:\\[^\s'\"]*?\\Temp)[^\s'\"\),;:\]]*", "<tmp>"),
        (r"[^\s'\"\(,=]*/pytest-of-[^\s'\"\),;:\]]*", "<tmp>"),
        # A run of hex that mixes letters and digits is an id; "decade" and "facade" are words.
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b", "<id>"),
        (r"(?<![\w.])[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\d)", "<n>"),
        # Names that carry a counter: Thread-7, gw1, worker_12, tmpab12cd.
        (r"(?<=[A-Za-z])([-_]?)\d+\b", r"\1<n>"),
    )
)
_SPACE: Final = re.compile(r"\s+")
_LONGEST: Final = 4000  # a message is compared by its head: megabytes of diff would only cost time


def normalise(message: str) -> str:
    """Return `message` with addresses, ids, temporary paths, times and numbers masked, and white space folded.

    Two messages of one failure become equal; words are kept, so two different failures stay apart.
    """
    text = message[:_LONGEST]
    for pattern, mask in _VARYING:
        text = pattern.sub(mask, text)
    return _SPACE.sub(" ", text).strip()
