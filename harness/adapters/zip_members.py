"""What is taken out of a zip that a forge gave: test reports, or the log of one job."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from harness.adapters.job_files import JobFiles, is_blank
from harness.logs.reports.reports import report_kind
from harness.logs.sources.allowance import Allowance
from harness.logs.sources.archive import TROUBLE, Member, opened
from harness.logs.sources.skipped import Skipped
from pytest_repro.core.errors import ReproError

_REPORTS: Final = (".xml", ".jsonl", ".ndjson", ".json")
_HEAD: Final = 4096
_PIECE: Final = 1 << 20
_WHOLE_LOG: Final = re.compile(r"-?[0-9]{1,9}_(.{1,300})\.txt", re.S)
_CUT: Final = 80  # letters from which on GitHub may have cut a job's name


def take_reports(archive: BinaryIO, name: str, size: int, files: JobFiles) -> tuple[int, tuple[str, ...]]:
    """Write the JUnit files, report logs and journals of `archive` to `files`; return how many, and what was left out.

    name: what the archive is called in messages; size: its bytes. A damaged or hostile archive gives what can be read.
    """
    skipped, allowance = Skipped(), Allowance(name)
    allowance.packed(size)
    taken = 0
    try:
        with opened("zip", archive, name, allowance, skipped) as members:
            for number, member in enumerate(members):
                if member.name.lower().endswith(_REPORTS) and _take(member, number, files, allowance):
                    taken += 1
    except ReproError as error:
        if error.slug == "output-unwritable":
            raise
        return taken, (f"{name} is read in part: {error.message}.",)
    except TROUBLE as error:
        return taken, (f"{name} is read in part: {error}.",)
    return taken, tuple(f"{name}: {sentence}" for sentence in skipped.sentences())


def take_job_log(archive: BinaryIO, size: int, job: str, alone: bool, into: BinaryIO) -> bool:
    """Write to `into` the log of the job named `job` from a run's archive; False where it is not there for certain.

    GitHub drops some signs from the names and cuts long ones; `alone`: whether the run has this one job.
    """
    allowance = Allowance("the run's archive of logs")
    allowance.packed(size)
    try:
        with opened("zip", archive, "the run's archive of logs", allowance, Skipped()) as members:
            whole = [(found[1], member) for member in members if (found := _WHOLE_LOG.fullmatch(member.name))]
            named = [member for name, member in whole if "/" not in name and _same(name, job)]
            fitting = named or ([member for _, member in whole] if alone else [])
            if len(fitting) != 1:
                return False
            with fitting[0].opener() as stream:
                _copy(stream, into, allowance)
    except ReproError as error:
        if error.slug == "output-unwritable":
            raise
        return False
    except TROUBLE:
        return False
    return not is_blank(into)


def _same(name: str, job: str) -> bool:
    squeezed, wanted = _squeezed(name), _squeezed(job)
    return squeezed == wanted or (len(squeezed) >= _CUT and wanted.startswith(squeezed))


def _squeezed(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _take(member: Member, number: int, files: JobFiles, allowance: Allowance) -> bool:
    """Write the member if it is a report."""
    with member.opener() as stream:
        head = stream.read(_HEAD)
        if report_kind(head, member.name) is None:
            return False
        stem, dot, suffix = member.name.rpartition(".")
        name = files.name_for(stem, f"{dot}{suffix.lower()}", number)
        with files.writing(name) as file:
            allowance.spend(len(head))
            file.write(head)
            _copy(stream, file, allowance)
    return True


def _copy(stream: BinaryIO, into: BinaryIO, allowance: Allowance) -> None:
    for piece in _pieces(stream):
        allowance.spend(len(piece))
        into.write(piece)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece
