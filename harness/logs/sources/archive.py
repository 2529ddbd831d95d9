"""The files in a zip or a tar, listed without trust in what it says of itself."""

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Final, Literal, cast

from harness.logs.sources.allowance import MOST_AT_ONCE, MOST_HEADERS, Allowance
from harness.logs.sources.decoding import BLOCK
from harness.logs.sources.member_names import cleaned
from harness.logs.sources.packed import DAMAGE, BlockStream
from harness.logs.sources.skipped import Skipped
from pytest_repro.core.errors import ReproError

Form = Literal["zip", "tar"]

# What the standard library raises for archives that are damaged, or made to be so.
TROUBLE: Final = (
    *DAMAGE,
    zipfile.BadZipFile,
    tarfile.TarError,
    struct.error,
    NotImplementedError,
    OverflowError,
    RecursionError,
    RuntimeError,
    ValueError,
)
_READ_BY_US: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may unpack without a limit on memory
_TAR_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a container. name: as it stands there, not cleaned; opener: valid while the container is open.

    size: bytes on the disk, 0 inside an archive; packed: what comes out may be more than what lies there.
    """

    name: str
    opener: Callable[[], BinaryIO]
    size: int = 0
    packed: bool = False

    @classmethod
    def at(cls, path: Path, name: str) -> "Member":
        """Return the file at `path`; raises OSError."""
        return cls(name, lambda: path.open("rb"), path.stat().st_size)


def form_of(head: bytes) -> Form | None:
    """Return what archive starts with `head`, None if none does."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if len(head) < _TAR_BLOCK or 0 not in head[:_TAR_BLOCK]:
        return None
    try:
        tarfile.TarInfo.frombuf(head[:_TAR_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return None
    return "tar"


@contextmanager
def opened(form: Form, stream: BinaryIO, name: str, allowance: Allowance, skipped: Skipped) -> Iterator[list[Member]]:
    """Hold the archive `name` open and give its files in their order there; what is no plain file goes to `skipped`.

    stream: seekable. Raises ReproError("raw-logs-damaged") for an archive without a readable list of its files,
    "raw-logs-too-large" for one of too many.
    """
    careful = cast(IO[bytes], _Careful(stream, allowance, headers_only=form == "tar"))
    try:
        archive = zipfile.ZipFile(careful) if form == "zip" else tarfile.TarFile(fileobj=careful)
    except (*TROUBLE, OSError) as error:  # OSError, for a table of contents at a place that no file has
        raise _damaged(name, form, str(error)) from error
    with archive:
        if isinstance(archive, zipfile.ZipFile):
            yield list(_zip_members(archive, name, allowance, skipped))
        else:
            yield list(_tar_members(archive, stream, name, allowance, skipped))


def _damaged(name: str, form: Form, why: str) -> ReproError:
    return ReproError(
        f"{name} begins like a {form} archive but is no whole one ({why}); expected the archive as the CI gives it out",
        "raw-logs-damaged",
        "download it again",
    )


def _zip_members(archive: zipfile.ZipFile, name: str, allowance: Allowance, skipped: Skipped) -> Iterator[Member]:
    for info in archive.infolist():
        allowance.member()
        if info.is_dir():
            continue
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            skipped.add("Not read, a link or a device", f"{name}/{info.filename}")
        elif info.flag_bits & 1:
            skipped.add("Not read, encrypted", f"{name}/{info.filename}")
        elif info.compress_type not in _READ_BY_US:
            skipped.add("Not read, packed in another way than deflate", f"{name}/{info.filename}")
        else:
            yield Member(info.filename, partial(_zip_file, archive, info), packed=True)


def _zip_file(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast(BinaryIO, archive.open(info))


def _tar_members(
    archive: tarfile.TarFile, stream: BinaryIO, name: str, allowance: Allowance, skipped: Skipped
) -> Iterator[Member]:
    before = -1
    while True:
        try:
            info = archive.next()
        except TROUBLE:
            skipped.add("Read in part, the archive is cut off or damaged", name)
            return
        if info is None:
            return
        if info.size < 0 or info.offset <= before:  # a header that leads back would be read for ever
            skipped.add("Read in part, the archive is cut off or damaged", name)
            return
        before = info.offset
        archive.members.clear()  # type: ignore[attr-defined]  # which it would keep, with names of any length
        allowance.member()
        if info.issparse():  # a few bytes that stand for any number of zeros
            skipped.add("Not read, a sparse file", f"{name}/{info.name}")
        elif info.isreg():
            yield Member(cleaned(info.name), partial(_tar_file, stream, info.offset_data, info.size))
        elif not info.isdir():
            skipped.add("Not read, a link or a device", f"{name}/{info.name}")


def _tar_file(stream: BinaryIO, start: int, size: int) -> BinaryIO:
    return cast(BinaryIO, BlockStream(_stretch(stream, start, size)))


def _stretch(stream: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    """Yield the bytes of a plain member; those that there are where it is cut off, which tarfile would keep back."""
    place, end = start, start + size
    while place < end:
        stream.seek(place)
        block = stream.read(min(BLOCK, end - place))
        if not block:
            raise EOFError("it ends early")
        place += len(block)
        yield block


class _Careful(io.RawIOBase):
    """A seekable stream that refuses to hand out more at once than any sound archive asks for.

    headers_only: everything read through it is kept in memory, so that there is a limit on the sum too.
    """

    def __init__(self, stream: BinaryIO, allowance: Allowance, *, headers_only: bool) -> None:
        super().__init__()
        self._headers_only = headers_only
        self._handed_out = 0
        self._stream = stream
        self._allowance = allowance

    def read(self, size: int = -1, /) -> bytes:
        """Return `size` bytes; a table of contents is read at once, and by its own word of how long it is."""
        if size > MOST_AT_ONCE:
            raise self._allowance.refuse_table()
        data = self._stream.read(MOST_AT_ONCE + 1 if size < 0 else size)
        self._handed_out += len(data)
        if len(data) > MOST_AT_ONCE or (self._headers_only and self._handed_out > MOST_HEADERS):
            raise self._allowance.refuse_table()
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to `offset`."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Say that it is."""
        return True

    def readable(self) -> bool:
        """Say that it is."""
        return True
