"""Messages from a child to the campaign process: JSON objects, each with its length before it, over a pipe."""

import json
import os
from struct import Struct
from typing import Any, Final

_LENGTH: Final = Struct(">I")
_BLOCK: Final = 1 << 16
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), default=repr)  # what is no JSON is told, and never lost

Message = dict[str, Any]


class FrameSender:
    """Writes whole messages to a descriptor; kept functions, since a fixture may have put false ones in their place."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._write = os.write

    def send(self, message: Message) -> None:
        """Send `message`; raises OSError when nobody reads any more."""
        body = _ENCODER.encode(message).encode("ascii")
        rest = memoryview(_LENGTH.pack(len(body)) + body)
        while rest:
            rest = rest[self._write(self.file, rest) :]


class FrameReader:
    """Puts the messages of one descriptor together again; a last one that was cut by a death is dropped."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._begun = bytearray()

    def read(self) -> list[Message] | None:
        """Read what is there without waiting for more and return the messages that are whole; None at the end."""
        block = os.read(self.file, _BLOCK)
        if not block:
            return None
        self._begun += block
        found: list[Message] = []
        while len(self._begun) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._begun)[0]
            if len(self._begun) < end:
                break
            found.append(json.loads(bytes(self._begun[_LENGTH.size : end])))
            del self._begun[:end]
        return found
