"""GitHub Actions over REST: the run, its attempt, jobs, logs and artifacts."""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO, Final, cast

from harness.adapters.forge_api import ForgeApi
from harness.adapters.forge_runs import number_in, part_in, text_in
from harness.adapters.github_artifacts import GithubArtifacts
from harness.adapters.job_files import JobFiles, is_blank
from harness.adapters.zip_members import take_job_log
from harness.domain.ci_run import CiJob, CiRun
from harness.domain.ci_url import BY_HAND, CiUrl, for_gh
from pytest_repro.core.errors import ReproError

HEADERS: Final = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
_LOST: Final = "forge-not-found"
_ACTIONS: Final = "github-actions"


class GithubRuns:
    """What `url` names on GitHub; `text` is how the person wrote it."""

    def __init__(self, api: ForgeApi, url: CiUrl, text: str, stack: ExitStack) -> None:
        self._api = api
        self._url = url
        self._text = text
        self._stack = stack
        self._repo = f"/repos/{url.repository}"
        self._archive: BinaryIO | None = None
        self._all_jobs: tuple[CiJob, ...] = ()

    def look(self) -> tuple[CiRun, tuple[str, ...]]:
        """Return the run and its jobs; only the one job where the URL names one."""
        run, attempt, named = self._url.run, self._url.attempt, None
        if self._url.job is not None:
            entry = self._entry(self._url.job)
            named, attempt = _job(entry), number_in(entry, "run_attempt") or attempt
            of = number_in(entry, "run_id")
            if run is not None and of is not None and of != run:
                raise ReproError(
                    f"job {self._url.job} belongs to run {of}, not to run {run} that the url names",
                    "url-mismatch",
                    f"give the url of one of them: {self._url.origin}/{self._url.repository}/actions/runs/{of}",
                )
            run = of or run
        place = f"{self._repo}/actions/runs/{run}"
        what = f"run {run} of {self._url.repository}"
        data = self._api.object(f"{place}/attempts/{attempt}" if attempt else place, _attempt_words(what, attempt))
        attempt = number_in(data, "run_attempt") or attempt
        of_attempt = f"/attempts/{attempt}" if attempt else ""
        jobs = self._api.pages(f"{place}{of_attempt}/jobs?per_page=100", f"the jobs of {what}", "jobs")
        self._all_jobs = tuple(_job(entry) for entry in jobs if number_in(entry, "id"))
        return self._run(data, run or 0, attempt, named), self._notes(attempt)

    def _run(self, data: Mapping[str, Any], run: int, attempt: int | None, named: CiJob | None) -> CiRun:
        jobs = self._all_jobs
        conclusion = text_in(data, "conclusion") if data.get("status") == "completed" else None
        if named is not None:
            jobs, conclusion = (named,), named.conclusion
        return CiRun(
            url=self._text,
            forge="github",
            host=self._url.host,
            repository=text_in(part_in(data, "repository"), "full_name") or self._url.repository,
            run=number_in(data, "id") or run,
            attempt=attempt,
            jobs=jobs,
            conclusion=conclusion,
            commit=text_in(data, "head_sha"),
            branch=text_in(data, "head_branch"),
            event=text_in(data, "event"),
            workflow=text_in(data, "name"),
            started=text_in(data, "run_started_at") or text_in(data, "created_at"),
        )

    def _notes(self, attempt: int | None) -> tuple[str, ...]:
        if self._url.attempt or self._url.job or not attempt or attempt == 1:
            return ()
        return (
            f"The url names no attempt: this is attempt {attempt}, the latest; earlier ones may have failed otherwise.",
        )

    def save_log(self, run: CiRun, job: CiJob, into: BinaryIO) -> None:
        """Write the log of `job`: its own, else the one in the run's archive."""
        what = f"the log of job {job.name!r}"
        try:
            self._api.download(f"{self._repo}/actions/jobs/{job.id}/logs", what, into)
            if not is_blank(into):
                return
        except ReproError as error:
            if error.slug != _LOST:
                raise
        if not self._from_archive(run, job, into):
            raise _not_available(run, job, self._url)

    def _from_archive(self, run: CiRun, job: CiJob, into: BinaryIO) -> bool:
        """Write the job's log from the run's archive of logs, fetched once; False where it is not there."""
        if self._archive is None:
            self._archive = self._stack.enter_context(cast(BinaryIO, tempfile.TemporaryFile()))  # noqa: SIM115  # the stack closes it
            place = f"{self._repo}/actions/runs/{run.run}" + (f"/attempts/{run.attempt}" if run.attempt else "")
            try:
                self._api.download(f"{place}/logs", f"the logs of run {run.run}", self._archive)
            except ReproError as error:
                if error.slug != _LOST:
                    raise
        into.seek(0)
        into.truncate()
        size = self._archive.seek(0, 2)
        self._archive.seek(0)
        alone = len(self._all_jobs) == 1
        return size > 0 and take_job_log(self._archive, size, job.name, alone, into)

    def save_reports(self, run: CiRun, failed: tuple[CiJob, ...], files: JobFiles) -> tuple[str, ...]:
        """Write the reports among the attempt's artifacts, unless they may be another job's."""
        others = [job for job in self._all_jobs if not job.passed and job.id not in {one.id for one in failed}]
        if self._url.job is not None and others:
            return (
                "Reports among the run's artifacts are left out: other jobs failed too, and an artifact does not say "
                "which job made it.",
            )
        return GithubArtifacts(self._api, self._repo).save(run, files)

    def _entry(self, number: int) -> dict[str, Any]:
        """Return the job, which has the same number as its check."""
        try:
            return self._api.object(f"{self._repo}/actions/jobs/{number}", f"job {number} of {self._url.repository}")
        except ReproError as error:
            if error.slug != _LOST:
                raise
            self._refuse_foreign_check(number)
            raise

    def _refuse_foreign_check(self, number: int) -> None:
        """Raise ReproError("url-other-ci") where the number is that of a check which another CI reported."""
        try:
            check = self._api.object(f"{self._repo}/check-runs/{number}", f"check {number}")
        except ReproError:
            return
        app = part_in(check, "app")
        if text_in(app, "slug") in (None, _ACTIONS):
            return
        raise ReproError(
            f"the check {text_in(check, 'name')!r} was reported by {text_in(app, 'name')!r}, not by GitHub Actions; "
            "its log is not on GitHub",
            "url-other-ci",
            f"open {text_in(check, 'details_url') or 'its page'}; there, {BY_HAND}",
        )


def _job(entry: Mapping[str, Any]) -> CiJob:
    number = number_in(entry, "id") or 0
    ended = entry.get("status") == "completed"
    name = text_in(entry, "name") or f"job {number}"
    return CiJob(number, name, text_in(entry, "conclusion") if ended else None)


def _attempt_words(what: str, attempt: int | None) -> str:
    return f"attempt {attempt} of {what}" if attempt else what


def _not_available(run: CiRun, job: CiJob, url: CiUrl) -> ReproError:
    return ReproError(
        f"the log of job {job.name!r}, which ended as {job.conclusion}, is not available: it is missing or empty, and "
        "not in the run's archive either; that is so where the runner was lost, or the job was killed, by its time "
        "limit or before it began",
        "log-not-available",
        f"see what the page of the run says: {url.origin}/{run.repository}/actions/runs/{run.run}; or run it again: "
        f"gh run rerun {run.run} --failed -R {for_gh(run.host, run.repository)}",
    )
