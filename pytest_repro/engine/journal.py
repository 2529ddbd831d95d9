"""The journal's writer: whole lines, appended as they arise, so that a kill loses at most the iteration in flight."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import IterationRecord, Line, encode_line

_BLOCK: Final = 1 << 20
_ELSEWHERE: Final = "run the tests in other processes than pytest's own, as with --repro-isolate=auto"


def _not_standard(file: int) -> int:
    """Return `file`, or a higher number for it: where standard input was closed, a child puts another file there."""
    if file > 2:
        return file
    higher = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(file)
    return int(higher)


class JournalWriter:
    """Appends lines to one file; several processes may append to the same one, since each line is a single write."""

    def __init__(self, path: Path, *, create: bool) -> None:
        """Open `path`. Raises ReproError("journal-unwritable"), with `create` ReproError("journal-exists") as well."""
        flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | (os.O_CREAT | os.O_EXCL if create else 0)
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _not_standard(os.open(path, flags, 0o644))
        except OSError as error:
            if isinstance(error, FileExistsError) and path.is_file():
                raise ReproError(
                    f"the journal {path} exists already", "journal-exists", "name another file, or move that one away"
                ) from None
            reason = "it is a folder" if path.is_dir() else error.strerror
            raise ReproError(
                f"the journal {path} cannot be written: {reason}",
                "journal-unwritable",
                "name a file in a folder that you may write to, with --repro-journal=FILE",
            ) from None
        self.path = path
        # Kept, because a fixture of the session may have put a false file system in their place (pyfakefs, mocks).
        self._write, self._close = os.write, os.close
        self._seek, self._read = os.lseek, os.read
        self._quoted: dict[str, str] = {}

    def lock(self) -> None:
        """Keep others from going on with this journal while its campaign runs; raises ReproError("journal-busy").

        The kernel ends the lock with the last process of the campaign.
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReproError(
                f"the campaign of the journal {self.path} is still running",
                "journal-busy",
                "wait for its end, or end it",
            ) from None
        except OSError:  # a file system without locks, as some in networks are: nobody can be kept off
            return

    def write(self, *lines: Line) -> None:
        """Append `lines` in one go; the kernel has them then. Raises ReproError("journal-unwritable") as on opening."""
        text = b"".join([self._encoded(line) for line in lines])
        try:
            written = self._write(self._file, text)
        except OSError as error:
            if error.errno == errno.EBADF:
                raise self._stuck("a test has closed it", _ELSEWHERE) from None
            raise self._stuck(error.strerror) from None
        if written != len(text):
            self._take_back(written)
            raise self._stuck("only a part of the line fitted")

    def lines(self, offset: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the lines from `offset` to `end`, also of other processes, and of a file that has lost its name."""
        begun = b""
        while block := self._block(offset)[: None if end is None else end - offset]:
            offset += len(block)
            *whole, begun = (begun + block).split(b"\n")
            yield from whole
        if begun:
            yield begun

    def _block(self, offset: int) -> bytes:
        self._seek(self._file, offset, os.SEEK_SET)  # others that share the descriptor read as well
        return self._read(self._file, _BLOCK)

    def size(self) -> int:
        """Return how many bytes were written so far."""
        return self._seek(self._file, 0, os.SEEK_END)

    def cut_torn_line(self) -> None:
        """Remove a last line that a kill has left without its end: the next one would be lost with it."""
        tail = self.tail()
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(self._file, self.size() - len(tail.rpartition(b"\n")[2]))

    def tail(self) -> bytes:
        """Return the last lines, a megabyte at most."""
        self._seek(self._file, max(0, self.size() - _BLOCK), os.SEEK_SET)
        return self._read(self._file, _BLOCK)

    def _take_back(self, written: int) -> None:
        """Remove a part of a line: what another process appends to it later would be damaged."""
        end = self._seek(self._file, 0, os.SEEK_CUR)
        if os.fstat(self._file).st_size == end:
            os.ftruncate(self._file, end - written)

    def _stuck(self, reason: str | None, remedy: str = "free some space") -> ReproError:
        return ReproError(
            f"the journal {self.path} cannot be written: {reason}",
            "journal-unwritable",
            f"{remedy}; the lines before are intact, and nothing that came later is counted",
        )

    def _encoded(self, line: Line) -> bytes:
        """Return one line; the commonest by far is formatted by hand: json.dumps would cost as much as a hook call."""
        if type(line) is not IterationRecord or line.outcome != "passed" or line.note:
            return encode_line(line)
        nodeid = self._quoted.get(line.nodeid) or self._quoted.setdefault(line.nodeid, json.dumps(line.nodeid))
        worker = f',"worker":"{line.worker}"' if line.worker else ""
        isolation = f',"isolation":"{line.isolation}"' if line.isolation else ""
        return (
            f'{{"kind":"iteration","nodeid":{nodeid},"iteration":{line.iteration},"outcome":"passed",'
            f'"seed":{line.seed},"at":{line.at:.6f},"duration":{line.duration:.6f}{worker}{isolation}}}\n'
        ).encode("ascii")

    def close(self) -> None:
        """Close the file, if no test has."""
        with suppress(OSError):
            self._close(self._file)
