"""The files of a source sorted into logs and reports; archives among them are opened, the rest is left and named."""

import io
import re
import shlex
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import BinaryIO, Final, cast

from harness.logs.redact import redact
from harness.logs.reports.report_kind import report_kind
from harness.logs.sources.allowance import Allowance
from harness.logs.sources.archive import TROUBLE, Form, Member, form_of, opened
from harness.logs.sources.decoding import BLOCK, SAMPLE, is_page, no_text
from harness.logs.sources.member_names import cleaned, reading_order
from harness.logs.sources.packed import BlockStream, Packing, packing_of, unpacked
from harness.logs.sources.piece import Kind, Piece
from harness.logs.sources.skipped import Skipped
from pytest_repro.core.errors import ReproError

_LOG: Final = re.compile(r".*\.(?:log|txt|out|err|stdout|stderr|console)(?:\.\d{1,9})?", re.IGNORECASE | re.DOTALL)
_PACKED: Final = re.compile(r"(.*)\.(?:gz|bz2|xz)", re.IGNORECASE | re.DOTALL)
_READ: Final = re.compile(
    rf"{_LOG.pattern}|{_PACKED.pattern}|.*\.(?:zip|tar|tgz|tbz2?|txz|xml|json|jsonl|ndjson)", re.IGNORECASE | re.DOTALL
)
_SUFFIX: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,15}$")
_ARCHIVES: Final = 2  # archives around a file: GitHub's artifacts are zips, kept in a folder or in one more zip
_IN_MEMORY: Final = 8 * 1024**2  # bytes of an archive within an archive; of a larger one the rest goes to the disk
_OTHER: Final = "Not read, neither a log nor a report"


class Pieces:
    """Makes pieces of files. source: its name, for errors; what is left out goes to `skipped`."""

    def __init__(self, source: str) -> None:
        self.skipped = Skipped()
        self.allowance = Allowance(source)
        self._source = source

    def of_files(self, members: list[Member], folder: str = "", inside: int = 0) -> Iterator[Piece]:
        """Yield the logs and reports among the files of one container, in the order of reading.

        folder: what their names begin with; inside: how many archives they are in.
        """
        names = _named(members)
        for name in reading_order(names):
            try:
                yield from self._of_file(folder + name, names[name], inside)
            except OSError as error:
                self.skipped.add(f"Not read, {error.strerror}", folder + name)

    def of_one(self, member: Member) -> Iterator[Piece]:
        """Yield the log or report that `member` is, or what the archive holds that it is.

        Raises ReproError "raw-logs-empty", "raw-logs-not-text", "raw-logs-damaged".
        """
        yield from self._of_file("", member, 0)

    def of_stream(self, name: str, stream: BinaryIO, head: bytes) -> Iterator[Piece]:
        """Yield the log or report that comes as `head` and then `stream`; it can be opened once."""
        blocks = _chained(head, stream)
        yield self._alone(name, head, lambda: _buffered(blocks))

    def _of_file(self, name: str, member: Member, inside: int) -> Iterator[Piece]:
        if name and _SUFFIX.search(name) and not _READ.fullmatch(name):
            self.skipped.add(_OTHER, name)
            return
        head = self._head(name, member, None)
        if (packing := packing_of(head)) is not None:
            head = self._head(name, member, packing)
        form = form_of(head)
        if not inside and (packing or form):
            self.allowance.packed(member.size)
        if form:
            yield from self._of_archive(name, member, packing, form, inside)
            return
        opener = partial(self._open, name, member, packing)
        if not name:
            yield self._alone(member.name, head, opener)
        elif (kind := _kind(head, name)) is not None:
            yield Piece(name, kind, opener)
        elif head:  # of empty files every archive has some
            self.skipped.add(_OTHER, name)

    def _of_archive(
        self, name: str, member: Member, packing: Packing | None, form: Form, inside: int
    ) -> Iterator[Piece]:
        if inside >= _ARCHIVES:
            self.skipped.add("Not read, an archive in an archive in an archive", name)
            return
        folder = f"{name}/" if name else ""
        with ExitStack() as stack:
            stream = stack.enter_context(self._seekable(name, member, packing, inside))
            try:
                members = stack.enter_context(
                    opened(form, stream, name or _last(member.name), self.allowance, self.skipped)
                )
            except ReproError as error:
                if not name or error.slug != "raw-logs-damaged":
                    raise
                self.skipped.add("Not read, a damaged archive", name)
                return
            yield from self.of_files(members, folder, inside + 1)

    def _seekable(self, name: str, member: Member, packing: Packing | None, inside: int) -> BinaryIO:
        if not inside and packing is None:
            return member.opener()
        spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # the caller closes it
        try:
            for block in self._blocks(name, member, packing):
                spool.write(block)
        except BaseException:
            spool.close()
            raise
        spool.seek(0)
        return cast(BinaryIO, spool)

    def _head(self, name: str, member: Member, packing: Packing | None) -> bytes:
        head = b""
        for block in self._blocks(name, member, packing, SAMPLE):
            head += block
            if len(head) >= SAMPLE:
                break
        return head[:SAMPLE]

    def _open(self, name: str, member: Member, packing: Packing | None) -> BinaryIO:
        return _buffered(self._blocks(name, member, packing))

    def _blocks(self, name: str, member: Member, packing: Packing | None, size: int = BLOCK) -> Iterator[bytes]:
        """Yield the bytes of a file, unpacked, at most `size` at once; of a damaged one those before the damage."""
        try:
            with member.opener() as stream:
                counted = member.packed or packing is not None
                for block in unpacked(stream, packing, size) if packing else iter(partial(stream.read, size), b""):
                    if counted:
                        self.allowance.spend(len(block))
                    yield block
        except TROUBLE:
            self.skipped.add("Read in part, cut off or damaged", name or _last(member.name))
        except OSError as error:
            if not name:
                raise unreadable(self._source, error) from error
            self.skipped.add(f"Not read, {error.strerror}", name)

    def _alone(self, name: str, head: bytes, opener: Callable[[], BinaryIO]) -> Piece:
        """Return the piece for a source that is one file or one text; raises ReproError for what is no log."""
        if not head and self.skipped.sentences():
            raise ReproError(
                f"{self._source} is packed, and cut off or damaged before any of its text; expected a whole file",
                "raw-logs-damaged",
                "download it again",
            )
        if not head:
            raise ReproError(
                f"the log {self._source} is empty; expected a job's output",
                "raw-logs-empty",
                "save the log again; of a job that was killed at its time limit there may be none",
            )
        kind = _report(head, name)
        if kind is not None:
            return Piece(redact(cleaned(_last(name))), kind, opener)
        seen = "an HTML page" if is_page(head) else no_text(head)
        if seen is not None:
            raise ReproError(
                f"{self._source} is no log: seen {seen}, expected the text of a CI log, an archive or a report",
                "raw-logs-not-text",
                "download the raw log and give that",
            )
        return Piece("", "log", opener)


def _named(members: list[Member]) -> dict[str, Member]:
    """Return the members by the name that is shown, which two of them may not share: it tells streams apart."""
    names: dict[str, Member] = {}
    used: dict[str, int] = {}
    for member in members:
        name = redact(cleaned(member.name))
        while name in names:
            used[name] = used.get(name, 1) + 1
            name = f"{used[name]} {name}" if "/" not in name else f"{_folder(name)}/{used[name]} {_last(name)}"
        names[name] = member
    return names


def unreadable(source: str, error: OSError) -> ReproError:
    """Return the error for a source that the system does not let one read."""
    path = str(error.filename or source)
    return ReproError(
        f"the log {path!r} cannot be read: {error.strerror or error}",
        "raw-logs-unreadable",
        f"see who may read it: ls -l {shlex.quote(path)}",
    )


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _kind(head: bytes, name: str) -> Kind | None:
    """Return what a file among others is: its name has to say that it is a log, or say nothing."""
    unpacked_name = found[1] if (found := _PACKED.fullmatch(name)) else name
    kind = _report(head, unpacked_name)
    if kind is None and (_LOG.fullmatch(unpacked_name) or not _SUFFIX.search(unpacked_name)):
        return "log" if head and no_text(head) is None else None
    return kind


def _report(head: bytes, name: str) -> Kind | None:
    return cast(Kind | None, report_kind(head, name))


def _buffered(blocks: Iterator[bytes]) -> BinaryIO:
    return io.BufferedReader(BlockStream(blocks), BLOCK)


def _chained(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    yield from iter(partial(stream.read, BLOCK), b"")
