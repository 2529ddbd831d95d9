"""Secrets within base64: JSON that was packed for a variable, a header or a file."""

import base64
import re
from collections.abc import Callable
from typing import Final

from harness.logs.secret.marks import MARK

# How base64 of `{"`, `{ "` and of a brace with a line break behind begins; a JSON web token has a dot at its end.
_PACKED: Final = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:eyJ|eyAi|ewogI)[A-Za-z0-9+/_-]{17,}={0,2}(?![A-Za-z0-9+/_-]|\.[A-Za-z0-9])"
)
_LONGEST: Final = 100_000  # characters that are unpacked; a longer one is taken out unseen


def without_packed(line: str, clean: Callable[[str], str]) -> str:
    """Return `line` with MARK for base64 of JSON in which `clean` finds a secret."""

    def shown(found: re.Match[str]) -> str:
        text = found[0].rstrip("=").replace("-", "+").replace("_", "/")
        if len(text) > _LONGEST:
            return MARK
        plain = base64.b64decode(text[: len(text) // 4 * 4]).decode("utf-8", "replace")  # it may be cut
        return found[0] if clean(plain) == plain else MARK

    return _PACKED.sub(shown, line)
