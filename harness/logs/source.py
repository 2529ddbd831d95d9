"""Where a log is read from: a file, a folder, standard input or the text itself, line by line."""

import codecs
import io
import shlex
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TextIO, cast

from harness.logs.node_text import pasted_entry
from pytest_repro.core.errors import ReproError

LONGEST: Final = 65_536  # characters kept of one line: a dump on one line must not fill the memory
_SAMPLE: Final = 4096
_LOOKS_LIKE_PATH: Final = ("/", "\\", "~", ".log", ".txt")


class RawLine(NamedTuple):
    """One line as stored. number: 1-based over the whole source; file: its name in a folder, else ""."""

    number: int
    file: str
    text: str


def read_source(raw_logs: str, stdin: TextIO | None = None) -> tuple[str, Iterator[RawLine]]:
    """Return the name of the source and its lines; nothing is read before the first line is asked for.

    A path to a file or to a folder (its *.log and *.txt files in name order), "-" for `stdin`, or the text itself.
    A single line is a path unless it is one of the short summary. Raises ReproError `raw-logs-missing` for one that
    names no file, `raw-logs-empty` for a folder without logs, `raw-logs-unreadable` when the system refuses.
    """
    if raw_logs == "-":
        return "stdin", _numbered([("", _stdin_lines(stdin))])
    path = _existing(raw_logs)
    if path is None:
        if "\n" in raw_logs or "\r" in raw_logs or pasted_entry(raw_logs):
            return "text", _numbered([("", _bounded(io.StringIO(raw_logs, newline="\n")))])
        raise _missing(raw_logs)
    if path.is_dir():
        return str(path), _numbered((file.name, _file_lines(file)) for file in _log_files(path))
    return str(path), _numbered([("", _file_lines(path))])


def _existing(raw_logs: str) -> Path | None:
    """Return the path if there is something at it; text that cannot be a path gives None."""
    if not raw_logs.strip() or "\n" in raw_logs or "\0" in raw_logs or len(raw_logs) > _SAMPLE:
        return None
    path = Path(raw_logs).expanduser()
    try:
        return path if path.exists() else None
    except OSError:  # a name too long for the system is no path
        return None


def _missing(raw_logs: str) -> ReproError:
    shown = raw_logs if len(raw_logs) <= 200 else raw_logs[:200] + "..."
    kind = (
        "no such file or folder" if any(mark in raw_logs for mark in _LOOKS_LIKE_PATH) else "neither a path nor a log"
    )
    return ReproError(
        f"raw-logs is {shown!r}: {kind}",
        "raw-logs-missing",
        "give the path of a log, a folder with *.log or *.txt files, '-' for standard input, or the log text itself",
    )


def _log_files(folder: Path) -> list[Path]:
    """Return the logs of `folder`; its subfolders only if it has none itself (GitHub's zip repeats the steps there)."""
    for pattern in ("*", "**/*"):
        found = sorted(p for p in folder.glob(pattern) if p.suffix in (".log", ".txt") and p.is_file())
        if found:
            return found
    raise ReproError(
        f"raw-logs is the folder {str(folder)!r}, which holds no *.log or *.txt file",
        "raw-logs-empty",
        "give the folder into which the CI's log archive was unpacked, or one log file",
    )


def _numbered(files: Iterable[tuple[str, Iterator[str]]]) -> Iterator[RawLine]:
    numbers = count(1)
    for name, lines in files:
        for text in lines:
            yield RawLine(next(numbers), name, text)


def _stdin_lines(stdin: TextIO | None) -> Iterator[str]:
    if stdin is None:
        raise ReproError("raw-logs is '-' but there is no standard input here", "raw-logs-missing", "pipe the log in")
    binary: BinaryIO | None = getattr(stdin, "buffer", None)  # a StringIO has none
    yield from _bounded(stdin) if binary is None else _decoded(binary)


def _file_lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as stream:
            yield from _decoded(stream)
    except OSError as error:
        raise ReproError(
            f"the log {str(path)!r} cannot be read: {error.strerror}",
            "raw-logs-unreadable",
            f"see who may read it: ls -l {shlex.quote(str(path))}",
        ) from error


def _decoded(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a byte stream in the encoding that its start shows; bytes that do not fit become U+FFFD."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))
    encoding = _encoding(buffered.peek(_SAMPLE)[:_SAMPLE])
    text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline="\n")
    try:
        yield from _bounded(text)
    finally:
        text.detach()  # the stream belongs to the caller
        if buffered is not stream:
            buffered.detach()


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 3 > len(head):  # ASCII in UTF-16 without a mark: nearly every second byte is zero
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8-sig"


def _bounded(stream: TextIO) -> Iterator[str]:
    """Yield lines of at most LONGEST characters; what is beyond is dropped, the line count stays right."""
    while line := stream.readline(LONGEST):
        yield line
        while not line.endswith("\n") and len(line) == LONGEST:
            line = stream.readline(LONGEST)
