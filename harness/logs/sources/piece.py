"""One file of a source of logs: what it is called, what it holds, and a way to read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal

Kind = Literal["log", "junit", "reportlog", "journal"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A log or a report. name: with its folders, cleaned, fit to be shown, "" for a log that came alone.

    A piece is valid until the next one of its source is asked for.
    """

    name: str
    kind: Kind
    opener: Callable[[], BinaryIO]

    def open(self) -> BinaryIO:
        """Return its bytes, unpacked, from the start; not seekable. Close it (`with piece.open() as stream`)."""
        return self.opener()
