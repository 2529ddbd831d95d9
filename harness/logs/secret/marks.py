"""What stands where a secret stood, and text that only looks like a place for one."""

import re
from typing import Final

MARK: Final = "<redacted>"
EMAIL: Final = "<email>"
QUOTE: Final = r"(?:\\{0,3}['\"])"
# A value in quotes, from behind the opening one: escaped quotes and those of the other kind are within.
QUOTED: Final = (
    r"(?:(?<=\\\")(?:[^\"\\\r\n]|\\(?!\"))+|(?<=\\')(?:[^'\\\r\n]|\\(?!'))+"
    r"|(?<=\")(?:[^\"\\\r\n]|\\[^\r\n])+|(?<=')(?:[^'\\\r\n]|\\[^\r\n])+)"
)
_WINDOW: Final = 400  # characters looked back: a longer test id is not recognised
_TEST: Final = re.compile(r"(?:::[\w.]{1,200}|\b[Tt]est\w{0,200})$")


def in_test_id(text: str, at: int) -> bool:
    """Whether `at` stands inside the parameters of a test id: they must stay, or the test is not found again."""
    window = text[max(0, at - _WINDOW) : at]
    opened = window.rfind("[")
    return opened >= 0 and "]" not in window[opened:] and _TEST.search(window[:opened]) is not None
