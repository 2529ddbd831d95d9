"""From the address of a CI run to its logs and reports in a folder."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.adapters.clock import SystemClock
from harness.adapters.job_files import JobFiles
from harness.domain.ci_run import CiJob, CiRun
from harness.domain.ci_url import for_gh, parse_ci_url
from harness.ports import Clock, FetchedRun
from pytest_repro.core.errors import ReproError

if TYPE_CHECKING:
    from harness.adapters.forge_runs import ForgeRuns
    from harness.adapters.http_client import Limits

_FAILED = frozenset(("failure", "timed_out", "startup_failure", "failed"))
_CANCELLED = frozenset(("cancelled", "canceled"))
_MISSING = frozenset(
    (
        *("log-not-available", "forge-gone", "forge-not-found", "forge-too-large", "forge-truncated", "forge-slow"),
        "forge-trouble",
    )
)


class LogFetcher:
    """A LogSource over the REST APIs of GitHub and GitLab.

    cache: a folder for answers that may be asked for again; env: where tokens and addresses of APIs are looked up; say:
    told of every wait before it begins. Nothing of a token is kept or told.
    """

    def __init__(
        self,
        cache: Path,
        env: Mapping[str, str],
        say: Callable[[str], None],
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        limits: "Limits | None" = None,
    ) -> None:
        self._cache = cache / "forge"
        self._env = env
        self._say = say
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._limits = limits

    def fetch(self, url: str, target: Path) -> FetchedRun:
        """Fetch the logs of the failed jobs that `url` names, and their test reports, into the folder `target`."""
        with ExitStack() as stack:
            forge = self._connected(url, stack)
            run, notes = forge.look()
            failed, more = _failed(run, notes)
            files, reports = JobFiles(target), JobFiles(target / "artifacts")
            files.clear()
            reports.clear()
            fetched = FetchedRun(target, run, (*notes, *more))
            if failed:
                fetched = _fill(forge, fetched, failed, files, reports)
            reports.remove_if_empty()
            files.write("run.json", json.dumps(fetched.run.to_json(), indent=2).encode() + b"\n")
            return fetched

    def _connected(self, text: str, stack: ExitStack) -> "ForgeRuns":
        """Return the run that `text` names, asked over a client that `stack` closes."""
        url = parse_ci_url(text)
        # inside: httpx is slow to import, and only a url needs it
        from harness.adapters import github_runs, gitlab_runs
        from harness.adapters.etag_cache import EtagCache
        from harness.adapters.forge_api import ForgeApi
        from harness.adapters.forge_refusal import Asked
        from harness.adapters.forge_token import access_to
        from harness.adapters.http_client import HttpClient, Limits
        from harness.adapters.http_waiting import Waiting

        limits = self._limits or Limits()
        access = access_to(url, self._env)
        client = HttpClient(access, Waiting(self._clock, self._sleep, self._say, limits.waiting), self._clock, limits)
        stack.callback(client.close)
        forge = github_runs if url.forge == "github" else gitlab_runs
        api = ForgeApi(client, EtagCache(self._cache), Asked(url, access), forge.HEADERS)
        if url.forge == "github":
            return github_runs.GithubRuns(api, url, text.strip(), stack)
        return gitlab_runs.GitlabRuns(api, url, text.strip(), access.below)


def _failed(run: CiRun, known: tuple[str, ...]) -> tuple[tuple[CiJob, ...], tuple[str, ...]]:
    """Return the jobs whose logs tell of the failure, none for a run that passed, and what to know of the choice.

    Raises ReproError("run-not-over") and ("run-without-failure") where there is nothing to tell of.
    """
    notes: list[str] = []
    failed = tuple(job for job in run.jobs if job.conclusion in _FAILED)
    strict = tuple(job for job in failed if not job.allowed)
    if strict and len(strict) < len(failed):
        spared = ", ".join(repr(job.name) for job in failed if job.allowed)
        notes.append(f"Jobs that may fail are left out: {spared}.")
        failed = strict
    if run.conclusion is None:
        running = [job for job in run.jobs if job.conclusion is None]
        if not failed:
            raise _not_over(run, len(running))
        notes.append(f"The run is not over: {len(running)} of {len(run.jobs)} jobs have not ended; more may fail.")
    elif failed and run.conclusion == "success":
        notes.append("The run as a whole passed: these jobs may fail.")
    if failed or run.passed:
        return failed, tuple(notes)
    cancelled = tuple(job for job in run.jobs if job.conclusion in _CANCELLED)
    if not cancelled:
        raise _without_failure(run, known)
    return cancelled, ("No job failed: these were cancelled, by a person, by a newer run or by a limit.",)


def _fill(
    forge: "ForgeRuns", fetched: FetchedRun, failed: tuple[CiJob, ...], files: JobFiles, reports: JobFiles
) -> FetchedRun:
    """Return the run with logs and reports on disk; raises the first error where there is neither."""
    logs: dict[int, str] = {}
    missing: list[ReproError] = []
    for job in failed:
        name = files.name_for(job.name, ".log", job.id)
        try:
            with files.writing(name) as into:
                forge.save_log(fetched.run, job, into)
        except ReproError as error:
            if error.slug not in _MISSING:
                raise
            missing.append(error)
        else:
            logs[job.id] = name
    notes = (*(f"{error.message}." for error in missing), *forge.save_reports(fetched.run, failed, reports))
    if not logs and reports.is_empty:
        raise missing[0]
    jobs = tuple(replace(job, log=logs.get(job.id)) for job in fetched.run.jobs)
    return FetchedRun(fetched.folder, replace(fetched.run, jobs=jobs), (*fetched.notes, *notes))


def _not_over(run: CiRun, running: int) -> ReproError:
    return ReproError(
        f"the run is not over: {running} of {len(run.jobs)} jobs have not ended, and none has failed",
        "run-not-over",
        f"wait for it: gh run watch {run.run} -R {for_gh(run.host, run.repository)}"
        if run.forge == "github"
        else "wait for it, then again",
    )


def _without_failure(run: CiRun, known: tuple[str, ...]) -> ReproError:
    seen = f"the run ended as {run.conclusion}, but none of its {len(run.jobs)} jobs failed; expected one with a log"
    return ReproError(
        ". ".join((seen, *known)),
        "run-without-failure",
        "see what its page says: a workflow file with a mistake, or a run that waits for approval, has no jobs",
    )
