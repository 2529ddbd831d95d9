"""What the two forges have in common when a run is fetched."""

from collections.abc import Mapping
from typing import Any, BinaryIO, Protocol

from harness.adapters.job_files import JobFiles
from harness.domain.ci_run import CiJob, CiRun


class ForgeRuns(Protocol):
    """One run of a forge, asked for step by step; every method may raise ReproError."""

    def look(self) -> tuple[CiRun, tuple[str, ...]]:
        """Return the run, its jobs without logs yet, and what a person should know of it."""
        ...

    def save_log(self, run: CiRun, job: CiJob, into: BinaryIO) -> None:
        """Write the log of `job`; raises ReproError("log-not-available") where there is none."""
        ...

    def save_reports(self, run: CiRun, failed: tuple[CiJob, ...], files: JobFiles) -> tuple[str, ...]:
        """Write the test reports that belong to the failed jobs; return what was left out and why."""
        ...


def text_in(data: Mapping[str, Any], key: str) -> str | None:
    """Return the non-empty text at `key`, else None."""
    value = data.get(key)
    return value if isinstance(value, str) and value else None


def number_in(data: Mapping[str, Any], key: str) -> int | None:
    """Return the whole number at `key`, else None."""
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def part_in(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object at `key`, else an empty one."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}
