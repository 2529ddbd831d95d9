"""A run of a forge's CI, as its API tells it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

_OUT_OF_TIME: Final = ("job_execution_timeout", "stuck_or_timeout_failure")  # of GitLab's reasons
PASSED: Final = frozenset(("success", "skipped", "neutral"))


@dataclass(frozen=True, slots=True)
class CiJob:
    """One job. conclusion: in the forge's own word ("failure", "timed_out"; of GitLab "failed"), None while it runs.

    log: the name of its log below the folder that was fetched into, None where none was fetched; note: the forge's own
    reason for its end, "" without any; allowed: whether the forge lets the run pass although this job fails.
    """

    id: int
    name: str
    conclusion: str | None
    log: str | None = None
    note: str = ""
    allowed: bool = False

    @property
    def passed(self) -> bool:
        """Whether it ended without a failure."""
        return self.conclusion in PASSED

    @property
    def out_of_time(self) -> bool:
        """Whether the forge ended it at a time limit."""
        return self.conclusion == "timed_out" or any(reason in self.note for reason in _OUT_OF_TIME)


@dataclass(frozen=True, slots=True)
class CiRun:
    """What a URL names: a whole run, or one job of it.

    forge: "github" or "gitlab"; host: the forge's authority; repository: "owner/name", of GitLab the path of groups;
    run: its number, of GitLab the pipeline's; attempt: None where the forge counts none; jobs: those of the attempt, or
    the one that the URL names; conclusion: of what the URL names, in the forge's own word, None while it runs; commit,
    branch, event, workflow, started (ISO 8601): as the forge tells them, None where it does not.
    """

    url: str
    forge: str
    host: str
    repository: str
    run: int
    attempt: int | None
    jobs: tuple[CiJob, ...]
    conclusion: str | None
    commit: str | None = None
    branch: str | None = None
    event: str | None = None
    workflow: str | None = None
    started: str | None = None

    @property
    def passed(self) -> bool:
        """Whether it ended, and no job failed, was cancelled or ran out of time; one left to a person is no failure."""
        return self.conclusion in PASSED and all(job.passed or job.conclusion == "manual" for job in self.jobs)

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal CiRun."""
        return {**asdict(self), "jobs": [asdict(job) for job in self.jobs]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CiRun":
        """Return the CiRun that `to_json` described."""
        return cls(**{**data, "jobs": tuple(CiJob(**job) for job in data["jobs"])})
