"""Journals of campaigns as files: read line by line, twice if need be, and as they were when first looked at."""

import os
import shlex
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import CampaignHeader, Line, encode_line, read_lines


@dataclass(frozen=True, slots=True)
class CampaignJournal:
    """A file of `size` bytes; what a campaign appends to it afterwards is not read."""

    name: str
    size: int

    def lines(self) -> Iterator[Line]:
        """Yield its lines; raises ReproError as `read_lines` does, with the file's name, or "not-a-journal"."""
        try:
            yield from read_lines(self._texts())
        except ReproError as error:
            raise ReproError(f"{self.name}: {error.message}", error.slug, error.hint) from None
        except OSError as error:
            raise _no_journal([f"{self.name} cannot be read: {error.strerror or error}"]) from None

    def _texts(self) -> Iterator[bytes]:
        left = self.size
        with open(self.name, "rb") as file:
            for text in file:
                left -= len(text)
                if left < 0:
                    return
                yield text


def find_journals(names: Sequence[str]) -> list[CampaignJournal]:
    """Return the journals `names`; raises ReproError("not-a-journal") that tells of all that are none."""
    found = [CampaignJournal(name, _size(name)) for name in names]
    if problems := [problem for one in found if (problem := _obstacle(one))]:
        raise _no_journal(problems)
    return found


def _size(name: str) -> int:
    try:
        return os.stat(name).st_size
    except OSError:
        return 0  # why stands in what _obstacle says


def _obstacle(journal: CampaignJournal) -> str:
    name = journal.name
    try:
        mode = os.stat(name).st_mode
        if stat.S_ISDIR(mode):
            return f"{name} is a folder; expected its files: {shlex.quote(name.rstrip('/'))}/*.jsonl"
        if not stat.S_ISREG(mode):
            return f"{name} is no ordinary file, and could be read only once"
        if not journal.size:
            return f"{name} is empty: a campaign writes its first line before it runs anything"
        first = next(islice(journal.lines(), 1), None)
    except ReproError as error:
        return error.message
    except OSError as error:
        return f"{name} cannot be read: {error.strerror or error}{_pattern(name)}"
    if not isinstance(first, CampaignHeader):
        return f"{name} is no journal of a campaign: its first line is no header"
    return ""


def _pattern(name: str) -> str:
    return " (the shell found nothing that fits this pattern)" if set(name) & set("*?[") else ""


def _no_journal(problems: Sequence[str]) -> ReproError:
    listed = problems[0] if len(problems) == 1 else "\n  ".join([f"{len(problems)} files are no journals:", *problems])
    return ReproError(
        listed, "not-a-journal", "name files that --repro-journal=FILE wrote, for example: shards/*.jsonl"
    )


@dataclass(slots=True)
class Reading:
    """Reads journals one after the other, and goes on with the next where one is damaged."""

    journals: Sequence[CampaignJournal]
    problems: list[ReproError] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[str, Iterator[Line]]]:
        for journal in self.journals:
            yield journal.name, self._lines(journal)

    def _lines(self, journal: CampaignJournal) -> Iterator[Line]:
        try:
            yield from journal.lines()
        except ReproError as error:
            self.problems.append(error)

    def raise_problems(self) -> None:
        """Raise all that was wrong as one error, if anything was."""
        if self.problems:
            first = self.problems[0]
            raise ReproError("\n  ".join(one.message for one in self.problems), first.slug, first.hint)


def write_journal(path: Path, lines: Iterator[Line]) -> None:
    """Write `lines` into the new file `path`; raises ReproError, and leaves none behind, if that cannot be done."""
    try:
        file = path.open("xb")
    except FileExistsError:
        raise ReproError(
            f"{path} exists already; a journal is never replaced", "journal-exists", "name another file with --output"
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with file:
            file.writelines(map(encode_line, lines))
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from None
        raise


def _unwritable(path: Path, error: OSError) -> ReproError:
    return ReproError(
        f"{path} cannot be written: {error.strerror or error}",
        "journal-unwritable",
        "name a file in a folder that you may write to, with --output",
    )
