"""Where a log is read from: a file, a folder, an archive, standard input or the text itself."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TextIO, cast

from harness.logs.redact import redact
from harness.logs.sources.archive import Member, form_of
from harness.logs.sources.decoding import BLOCK, LONGEST, SAMPLE, lines_of, wide_encoding
from harness.logs.sources.folder import files_below
from harness.logs.sources.packed import BlockStream, packing_of
from harness.logs.sources.piece import Piece
from harness.logs.sources.pieces import Pieces, unreadable
from harness.logs.text.node_text import pasted_entry
from pytest_repro.core.errors import ReproError

__all__ = ["LONGEST", "RawLine", "Source", "is_path", "open_source", "read_source"]

_LONGEST_PATH: Final = 4096
_IN_MEMORY: Final = 8 * 1024**2  # bytes of an archive that comes by standard input; the rest goes to the disk
_LOOKS_LIKE_ADDRESS: Final = re.compile(
    r"(?i)https?:|[a-z0-9][a-z0-9.-]{0,200}\.[a-z]{2,20}(?::\d{1,5})?/\S{1,2000}/(?:runs|jobs?|pipelines|checks|builds)\b"
)
_LOOKS_LIKE_PATH: Final = ("/", "\\", "~", ".log", ".txt", ".zip", ".gz", ".tgz", ".tar", ".xml", ".jsonl")


class RawLine(NamedTuple):
    """One line as stored, without its line feed. number: 1-based over the logs of the source; file: the log's name
    with its folders among several, else "".
    """

    number: int
    file: str
    text: str


class Source:
    """A source whose pieces are read as they are asked for, once. name: its path, "stdin" or "text"."""

    def __init__(self, name: str, pieces: Callable[[Pieces], Iterator[Piece]]) -> None:
        self.name = name
        self._pieces = pieces
        self._found = Pieces(name)
        self._foreign = 0
        self._lines = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not read or only in part, one sentence for each reason; complete when all has been read."""
        if not self._foreign:
            return self._found.skipped.sentences()
        count = f"{self._foreign} line is" if self._foreign == 1 else f"{self._foreign} lines are"
        return (*self._found.skipped.sentences(), f"{count} not UTF-8 and read as Windows-1252 or with � for a byte.")

    @property
    def lines_read(self) -> int:
        """How many raw lines were read; complete when all have been."""
        return self._lines

    def pieces(self) -> Iterator[Piece]:
        """Yield the logs and reports, each valid until the next. Raises ReproError `raw-logs-...`."""
        nothing = True
        try:
            for piece in self._pieces(self._found):
                nothing = False
                yield piece
        except OSError as error:
            raise unreadable(self.name, error) from error
        if nothing:
            raise _nothing_in(self.name, self._found.skipped.sentences())

    def lines(self, report: Callable[[Piece], None] | None = None) -> Iterator[RawLine]:
        """Yield the lines of the logs; each other piece is given to `report` when its turn comes."""
        return chain.from_iterable(self._batches(report))

    def _batches(self, report: Callable[[Piece], None] | None) -> Iterator[Iterable[RawLine]]:
        for piece in self.pieces():
            if piece.kind == "log":
                yield from self._batches_of(piece)
            elif report is not None:
                report(piece)

    def _batches_of(self, piece: Piece) -> Iterator[Iterable[RawLine]]:
        with piece.open() as stream:
            head = stream.read(SAMPLE)
            for texts in lines_of(_blocks(head, stream), wide_encoding(head), self._count_foreign):
                # Made without a call of Python for each line: logs have millions.
                numbers = range(self._lines + 1, self._lines + len(texts) + 1)
                yield map(partial(tuple.__new__, RawLine), zip(numbers, repeat(piece.name), texts))
                self._lines += len(texts)

    def _count_foreign(self, lines: int) -> None:
        self._foreign += lines


def read_source(raw_logs: str, stdin: TextIO | None = None) -> tuple[str, Iterator[RawLine]]:
    """Return the name of the source and the lines of its logs, as `open_source` finds them."""
    source = open_source(raw_logs, stdin)
    return source.name, source.lines()


def open_source(raw_logs: str, stdin: TextIO | None = None) -> Source:
    """Return the source; nothing is read before its first piece is asked for.

    A path to a log, a report, a folder of them or an archive (zip, tar) as the CI gives it out, each of them packed
    (gzip, bzip2, xz) or not; "-" for the same by `stdin`; or the text itself. A single line is a path unless it is one
    of the short summary. Raises ReproError `raw-logs-missing` for one that names no file, `raw-logs-unreadable` for a
    pipe or a device.
    """
    if raw_logs == "-":
        return Source("stdin", partial(_of_stdin, stdin))
    path = _existing(raw_logs)
    if path is None:
        if not _is_text(raw_logs):
            raise _missing(raw_logs)
        return Source("text", partial(_of_text, raw_logs))
    if path.is_dir():
        return Source(str(path), partial(_of_folder, path))
    if not path.is_file():
        raise ReproError(
            f"raw-logs is {str(path)!r}, a pipe or a device; expected a file, which can be read twice",
            "raw-logs-unreadable",
            "give '-' and pipe the log in",
        )
    return Source(str(path), partial(_of_file, path))


def is_path(raw_logs: str) -> bool:
    """Say whether `raw_logs` names something that is there, and is neither "-" nor the text itself.

    Raises ReproError `raw-logs-missing` for a line that is none of the three.
    """
    if raw_logs == "-":
        return False
    found = _existing(raw_logs) is not None
    if not found and not _is_text(raw_logs):
        raise _missing(raw_logs)
    return found


def _is_text(raw_logs: str) -> bool:
    return "\n" in raw_logs or "\r" in raw_logs or pasted_entry(raw_logs) is not None


def _existing(raw_logs: str) -> Path | None:
    """Return the path if there is something at it; text that cannot be a path gives None."""
    if not raw_logs.strip() or "\n" in raw_logs or "\0" in raw_logs or len(raw_logs) > _LONGEST_PATH:
        return None
    try:
        path = Path(raw_logs).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError, ValueError):  # a name too long for the system, or a home of nobody, is no path
        return None


def _of_file(path: Path, found: Pieces) -> Iterator[Piece]:
    yield from found.of_one(Member.at(path, path.name))


def _of_folder(folder: Path, found: Pieces) -> Iterator[Piece]:
    yield from found.of_files(files_below(folder, found.allowance, found.skipped))


def _of_text(text: str, found: Pieces) -> Iterator[Piece]:
    blocks = (text[at : at + LONGEST].encode("utf-8", "replace") for at in range(0, len(text), LONGEST))
    head = next(blocks)
    yield from found.of_stream("text", cast(BinaryIO, BlockStream(blocks)), head)


def _of_stdin(stdin: TextIO | None, found: Pieces) -> Iterator[Piece]:
    if stdin is None:
        raise ReproError("raw-logs is '-' but there is no standard input here", "raw-logs-missing", "pipe the log in")
    binary: BinaryIO | None = getattr(stdin, "buffer", None)  # a StringIO has none
    if binary is None:
        blocks = (text.encode("utf-8", "replace") for text in iter(partial(stdin.read, LONGEST), ""))
        binary = cast(BinaryIO, BlockStream(blocks))
    head = b""
    while len(head) < SAMPLE and (more := binary.read(SAMPLE - len(head))):
        head += more
    if packing_of(head) is None and form_of(head) is None:
        yield from found.of_stream("stdin", binary, head)
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:  # what is packed is read more than once
        for block in _blocks(head, binary):
            spool.write(block)
        size = spool.tell()
        yield from found.of_one(Member("stdin", lambda: _lent(spool), size))


def _lent(spool: "tempfile.SpooledTemporaryFile[bytes]") -> BinaryIO:
    """Return the spool from its start, to be read by one who closes it when it is done."""
    spool.seek(0)
    return cast(BinaryIO, _Lent(spool))


class _Lent:
    """A seekable stream that stays open for its owner."""

    def __init__(self, stream: "tempfile.SpooledTemporaryFile[bytes]") -> None:
        self.read, self.seek, self.tell = stream.read, stream.seek, stream.tell

    def __enter__(self) -> "_Lent":
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


def _blocks(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    yield from iter(partial(stream.read, BLOCK), b"")


def _missing(raw_logs: str) -> ReproError:
    shown = redact(raw_logs)
    shown = shown if len(shown) <= 200 else shown[:200] + "..."
    if _LOOKS_LIKE_ADDRESS.match(raw_logs.strip()):
        return ReproError(
            f"raw-logs is {shown!r}: neither a file that is here nor the whole address of a CI run",
            "raw-logs-missing",
            'give the address of a run or job as it is: https://HOST/..., without blanks; in info.json it is the "url"',
        )
    kind = (
        "no such file or folder" if any(mark in raw_logs for mark in _LOOKS_LIKE_PATH) else "neither a path nor a log"
    )
    return ReproError(
        f"raw-logs is {shown!r}: {kind}",
        "raw-logs-missing",
        "give the path of a log, of an archive or of a folder of logs, '-' for standard input, or the log text itself",
    )


def _nothing_in(name: str, notes: tuple[str, ...]) -> ReproError:
    seen = "".join(f" {note}" for note in notes)
    return ReproError(
        f"raw-logs is {name!r}, which holds no log (no *.log or *.txt file) and no report.{seen}",
        "raw-logs-empty",
        "give the folder into which the CI's log archive was unpacked, the archive itself, or one log file",
    )
