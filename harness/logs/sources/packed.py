"""Packed bytes (gzip, bzip2, xz) unpacked block by block; nothing of a block's promise is believed beforehand."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal, Protocol

Packing = Literal["gzip", "bzip2", "xz"]

# What the standard library raises for packed data that is damaged or ends early.
DAMAGE: Final = (zlib.error, lzma.LZMAError, gzip.BadGzipFile, EOFError)
_DICTIONARY: Final = 96 * 1024**2  # bytes that unpacking may need; xz -9 needs 65 MiB, a header can ask for 4 GiB
_BZIP2_BLOCKS: Final = (b"1AY&SY", b"\x17rE8P\x90")  # what follows "BZh9": a block, or the end of an empty one


def packing_of(head: bytes) -> Packing | None:
    """Return how bytes that start with `head` are packed, None if they are not."""
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    return "xz" if head.startswith(b"\xfd7zXZ\0") else None


def unpacked(stream: BinaryIO, packing: Packing, size: int) -> Iterator[bytes]:
    """Yield what `stream` unpacks to, at most `size` bytes at once; raises one of DAMAGE after the last good ones."""
    if packing == "gzip":
        with gzip.GzipFile(fileobj=stream) as file:
            while block := file.read1(size):  # `read` would lose what comes before a damage
                yield block
        return
    end = False
    data = b""
    while not end:
        unpacker = _unpacker(packing)
        while not unpacker.eof:
            if unpacker.needs_input and not data:
                data = stream.read(size)
                if not data:
                    raise EOFError("it ends early")
            try:
                block = unpacker.decompress(data, size)
            except OSError as error:  # which is what bzip2 raises
                raise EOFError("its data are damaged") from error
            data = b""
            if block:
                yield block
        data = unpacker.unused_data or stream.read(size)  # another one may follow, as of logs put together
        end = not data.strip(b"\0")


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


def _unpacker(packing: Packing) -> _Unpacker:
    return bz2.BZ2Decompressor() if packing == "bzip2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, _DICTIONARY)


class BlockStream(io.RawIOBase):
    """Blocks as a stream that is read once, from the start; closing it closes their generator."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]  # Buffer is a type since Python 3.12 only
        """Fill `buffer` from the current block; 0 at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Close the generator of the blocks too."""
        close = getattr(self._blocks, "close", None)
        if close is not None and not self.closed:
            close()
        super().close()
