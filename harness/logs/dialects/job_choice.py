"""The lines of one job among those of several."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.logs.dialects.lines import Line
from pytest_repro.core.errors import ReproError

_NUMBERED: Final = re.compile(r"^-?\d{1,6}_")
_DROPPED: Final = str.maketrans("", "", "/:")  # GitHub leaves these out where it names a file after a job
_SHOWN: Final = 10


@dataclass(slots=True)
class JobChoice:
    """Passes on the lines of the job `wanted`, as a person would name it: `build (3.11)`, in any case."""

    wanted: str
    _belongs: dict[str, bool] = field(default_factory=dict)

    def lines(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Yield the job's lines; raises ReproError("no-such-job") at the end of a source that has none of it."""
        for line in lines:
            belongs = self._belongs.get(line.stream)
            if belongs is None:
                belongs = self._belongs[line.stream] = same_job(job_of(line.stream), self.wanted)
            if belongs:
                yield line
        if not any(self._belongs.values()):
            raise no_such_job(self.wanted, map(job_of, self._belongs))


def same_job(name: str, wanted: str) -> bool:
    """Whether `wanted` means the job `name`: case, blanks and what a forge leaves out in file names do not matter."""
    return _known(name) == _known(wanted)


def no_such_job(wanted: str, names: Iterable[str]) -> ReproError:
    """Return the error that tells which jobs there are."""
    known = sorted({name for name in names if name})
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    seen = f"it holds {', '.join(known[:_SHOWN])}{more}" if known else "its lines do not name their job"
    return ReproError(
        f"the log holds no job {wanted!r}: {seen}",
        "no-such-job",
        "name one of these with --job" if known else "leave --job out: the log is read as a whole",
    )


def job_of(stream: str) -> str:
    """Return the name of the job that a stream belongs to, "" if that is not told.

    It stands in the columns of `gh run view --log`; in an unpacked archive it is the folder of a step's file, or the
    name of a job's file, behind its number.
    """
    file, _, columns = stream.partition("\t")
    if columns and columns[0] != "\t":
        return columns.partition("\t")[0]
    folder, slash, _ = file.replace("\\", "/").partition("/")
    return folder if slash else _NUMBERED.sub("", file, count=1).removesuffix(".txt").removesuffix(".log")


def _known(name: str) -> str:
    return " ".join(name.translate(_DROPPED).casefold().split())
