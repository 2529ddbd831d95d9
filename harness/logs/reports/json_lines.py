"""A file of JSON lines, read with bounded memory."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

LONGEST: Final = 8 * 1024 * 1024  # bytes of one line; a test may have printed more, and its report is then passed over


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines, each with its end if it has one; one that is too long is cut, so that it is no JSON any more."""
    while line := stream.readline(LONGEST):
        yield line
        while not line.endswith(b"\n") and len(line) == LONGEST:
            line = stream.readline(LONGEST)


def json_object(line: bytes) -> dict[str, Any] | None:
    """Return the object that `line` holds, or None if it holds none."""
    try:
        found = json.loads(line.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
