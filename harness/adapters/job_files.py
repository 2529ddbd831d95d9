"""Files for what a forge gives: names that no job can choose, readable by their owner alone, whole or not there."""

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO, Final

from pytest_repro.core.errors import ReproError

_LONGEST: Final = 100  # bytes of a name, the suffix apart
_BLANK: Final = 256  # bytes up to which a log may be blank
_SPARED: Final = re.compile(r"[^\w .()+,=-]+")


class JobFiles:
    """The files in one folder, which is made; no two that are named here share a name, whatever the file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _unwritable(folder, error) from None

    def clear(self) -> None:
        """Remove the files that an earlier fetch left here; what lies in other folders is none of ours."""
        try:
            for path in self.folder.iterdir():
                if path.is_symlink() or path.is_file():
                    path.unlink()
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies here."""
        return not any(self.folder.iterdir())

    def remove_if_empty(self) -> None:
        """Remove the folder if nothing lies in it."""
        if self.is_empty:
            self.folder.rmdir()

    def name_for(self, said: str, suffix: str, number: int) -> str:
        """Return a free name after `said`, which others chose; `number`, or the next free, tells like ones apart."""
        stem = clean_name(said)
        first = f"{stem}{suffix}" if stem else f"job-{number}{suffix}"
        others = (f"{stem or 'job'}-{one}{suffix}" for one in count(number))
        name = next(one for one in chain([first], others) if one.casefold() not in self._taken)
        self._taken.add(name.casefold())
        return name

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Give a file to write; it gets its name at the end, if nothing was raised until then, else it is gone."""
        path = self.folder / name
        part = path.with_name(f".{name}.part")
        try:
            part.unlink(missing_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(part, flags, 0o600), "w+b") as file:
                yield file
            os.replace(part, path)
        except OSError as error:
            raise _unwritable(path, error) from None
        finally:
            part.unlink(missing_ok=True)

    def write(self, name: str, data: bytes) -> None:
        """Write a whole small file."""
        with self.writing(name) as file:
            file.write(data)


def is_blank(file: BinaryIO) -> bool:
    """Whether what was written to `file`, up to where it stands, shows nothing; a mark of the encoding is nothing."""
    end = file.tell()
    file.seek(0)
    head = file.read(_BLANK)
    file.seek(end)
    return end <= _BLANK and not head.strip(b"\xef\xbb\xbf\0 \r\n\t")


def clean_name(said: str) -> str:
    """Return `said` as one part of a path, at most 100 bytes, of letters, digits, blanks and a few signs; it may be "".

    Never hidden, never "..", never an option; the same text always gives the same name.
    """
    plain = _SPARED.sub("_", unicodedata.normalize("NFC", said)).strip(" _.-")
    return plain.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore").rstrip(" _.-")


def _unwritable(path: Path, error: OSError) -> ReproError:
    return ReproError(
        f"{path} cannot be written: {error.strerror or error}",
        "output-unwritable",
        "free space, or name a folder that you may write to",
    )
