"""GitLab CI over REST: the pipeline, its jobs, traces, artifacts and test report."""

import tempfile
from collections.abc import Mapping
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from harness.adapters.forge_api import ForgeApi
from harness.adapters.forge_runs import number_in, part_in, text_in
from harness.adapters.gitlab_report import junit_of
from harness.adapters.job_files import JobFiles, is_blank
from harness.adapters.zip_members import take_reports
from harness.domain.ci_run import CiJob, CiRun
from harness.domain.ci_url import CiUrl
from pytest_repro.core.errors import ReproError

HEADERS: Final = {"accept": "application/json"}
_ENDED: Final = frozenset(("success", "failed", "canceled", "skipped", "manual"))
_ARCHIVE: Final = 200 << 20  # bytes of one job's artifacts


class GitlabRuns:
    """What `url` names on a GitLab installed `below` a path of its host; `text` is how the person wrote it."""

    def __init__(self, api: ForgeApi, url: CiUrl, text: str, below: str) -> None:
        self._api = api
        self._url = url
        self._text = text
        project = f"/{url.repository}".removeprefix(f"{below}/").removeprefix("/")
        self._project = f"/projects/{quote(project, safe='')}"
        self._archives: dict[int, int] = {}

    def look(self) -> tuple[CiRun, tuple[str, ...]]:
        """Return the pipeline and its jobs, retried ones left out; only the one job where the URL names one."""
        if self._url.job is not None:
            return self._look_at_job(self._url.job)
        number = self._url.run or 0
        what = f"pipeline {number} of {self._url.repository}"
        data = self._api.object(f"{self._project}/pipelines/{number}", what)
        entries = self._api.pages(f"{self._project}/pipelines/{number}/jobs?per_page=100", f"the jobs of {what}")
        jobs = tuple(self._job(entry) for entry in entries if number_in(entry, "id"))
        bridges = self._bridges(number, what) if text_in(data, "status") != "success" else ()
        return self._run(data, data, number, jobs, _ended(data)), bridges

    def _look_at_job(self, number: int) -> tuple[CiRun, tuple[str, ...]]:
        data = self._api.object(f"{self._project}/jobs/{number}", f"job {number} of {self._url.repository}")
        job = self._job(data)
        pipeline = part_in(data, "pipeline")
        return self._run(data, pipeline, number_in(pipeline, "id") or 0, (job,), job.conclusion), ()

    def _run(
        self,
        data: Mapping[str, Any],
        pipeline: Mapping[str, Any],
        number: int,
        jobs: tuple[CiJob, ...],
        conclusion: str | None,
    ) -> CiRun:
        return CiRun(
            url=self._text,
            forge="gitlab",
            host=self._url.host,
            repository=self._url.repository,
            run=number,
            attempt=None,
            jobs=jobs,
            conclusion=conclusion,
            commit=text_in(pipeline, "sha"),
            branch=text_in(pipeline, "ref"),
            event=text_in(pipeline, "source"),
            workflow=text_in(pipeline, "name"),
            started=text_in(data, "started_at") or text_in(data, "created_at"),
        )

    def _job(self, entry: Mapping[str, Any]) -> CiJob:
        number = number_in(entry, "id") or 0
        ended = _ended(entry)
        note = text_in(entry, "failure_reason") or "" if ended == "failed" else ""
        size = number_in(part_in(entry, "artifacts_file"), "size")
        if size is not None:
            self._archives[number] = size
        return CiJob(
            number,
            text_in(entry, "name") or f"job {number}",
            ended,
            note=f"GitLab's reason is {note}" if note and note != "script_failure" else "",
            allowed=entry.get("allow_failure") is True,
        )

    def _bridges(self, number: int, what: str) -> tuple[str, ...]:
        """Return a note for each pipeline that this one started and that failed: its jobs are not among ours."""
        try:
            entries = self._api.pages(
                f"{self._project}/pipelines/{number}/bridges?per_page=100", f"what {what} started"
            )
        except ReproError:
            return ()  # an older GitLab, or a token of a job
        below = [part_in(entry, "downstream_pipeline") for entry in entries if text_in(entry, "status") == "failed"]
        return tuple(
            f"A pipeline that this one started failed too: {text_in(one, 'web_url')}."
            for one in below
            if text_in(one, "web_url")
        )

    def save_log(self, run: CiRun, job: CiJob, into: BinaryIO) -> None:
        """Write the job's trace."""
        try:
            self._api.download(f"{self._project}/jobs/{job.id}/trace", f"the log of job {job.name!r}", into)
        except ReproError as error:
            if error.slug != "forge-not-found":
                raise
        if is_blank(into):
            raise ReproError(
                f"the log of job {job.name!r}, which ended as {job.conclusion}, is not available: it is missing or "
                "empty; that is so where it was erased, or the job was killed before a runner wrote anything",
                "log-not-available",
                f"see what its page says, or run it again there: "
                f"{self._url.origin}/{self._url.repository}/-/jobs/{job.id}",
            )

    def save_reports(self, run: CiRun, failed: tuple[CiJob, ...], files: JobFiles) -> tuple[str, ...]:
        """Write the pipeline's test report as far as it is of the failed jobs, else the reports in their artifacts."""
        notes: list[str] = []
        names = {job.name for job in failed}
        try:
            report = self._api.object(f"{self._project}/pipelines/{run.run}/test_report", "the pipeline's test report")
        except ReproError as error:
            if error.slug != "forge-not-found":
                notes.append(f"The pipeline's test report was not fetched: {error.message}.")
            report = {}
        told: set[str] = set()
        for number, (name, junit) in enumerate(junit_of(report, names)):
            files.write(files.name_for(f"test-report {name}", ".xml", number), junit)
            told.add(name)
        for job in failed:
            if job.name not in told and job.id in self._archives:
                notes += self._from_artifacts(job, files)
        return tuple(notes)

    def _from_artifacts(self, job: CiJob, files: JobFiles) -> tuple[str, ...]:
        name = f"the artifacts of job {job.name!r}"
        if self._archives[job.id] > _ARCHIVE:
            return (f"{name} were not fetched: they are {self._archives[job.id]} bytes.",)
        with tempfile.TemporaryFile() as archive:
            try:
                self._api.download(f"{self._project}/jobs/{job.id}/artifacts", name, archive, _ARCHIVE)
            except ReproError as error:
                gone = error.slug in ("forge-not-found", "forge-gone")
                return (f"{name} are gone.",) if gone else (f"{name} were not fetched: {error.message}.",)
            size = archive.seek(0, 2)
            archive.seek(0)
            return take_reports(archive, name, size, files)[1]


def _ended(data: Mapping[str, Any]) -> str | None:
    status = text_in(data, "status")
    return status if status in _ENDED else None
