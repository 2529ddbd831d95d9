"""The body of an answer, unpacked piece by piece as it comes."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

# What `unpacked` raises where the packing is damaged or ends early.
DAMAGE: Final = (zlib.error, EOFError)
_GZIP: Final = zlib.MAX_WBITS | 16


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip's `pieces` unpack to, at least once for each, so that who waits can look at the clock.

    Members may follow each other, and zeros the last; each piece gives a thousand times its size at most.
    """
    member, ended = None, False
    for piece in pieces:
        yield b""
        rest = piece
        while rest and not (member is None and ended and not rest.strip(b"\0")):
            member = member or zlib.decompressobj(_GZIP)
            yield member.decompress(rest)
            rest = member.unused_data
            if member.eof:
                member, ended = None, True
    if member is not None:
        raise EOFError("it ends early")
