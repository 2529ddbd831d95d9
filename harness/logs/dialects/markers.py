"""What CI systems write into a log for their own viewer: folds, sections and timers."""

import re
from typing import Final

# Travis: folds and timers end in CR and an escape; where a copy of the log lost these, the next text follows at once.
_TRAVIS: Final = re.compile(
    r"travis_fold:(?:start|end):[\w.-]{1,200}?(?=travis_|\$ |$)"
    r"|travis_time:start:[0-9a-f]{8}"
    r"|travis_time:end:[0-9a-f]{8}:start=\d{1,20},finish=\d{1,20},duration=-?\d{1,20}"
)
# GitLab: section_start:1560896352:build_script[collapsed=true]
_SECTION: Final = re.compile(r"section_(?:start|end):\d{1,12}:[\w.-]{1,200}(?:\[[\w=,]{1,200}\])?$")
STARTS: Final = frozenset(("tr", "se", "##"))  # the first two characters of every marker
_MATCHED: Final = ("    ", "E  ", "FAILED ", "ERROR ", "___", "===")


def without_markers(text: str) -> str | None:
    """Return `text` without markers in front, None if nothing else stands in it. It holds no CR.

    GitHub's problem matchers put `##[error]` before lines that they recognise, tracebacks among them: it is taken off.
    """
    first = text[:1]
    if first == "t" and text.startswith("travis_"):
        while (found := _TRAVIS.match(text)) is not None:
            text = text[found.end() :]
            if not text:
                return None
        return None if text.startswith(("travis_fold:", "travis_time:")) else text
    if first == "s" and text.startswith("section_") and _SECTION.match(text):
        return None
    if first == "#" and text.startswith("##[error]") and text.startswith(_MATCHED, 9):
        return text[9:]
    return text
