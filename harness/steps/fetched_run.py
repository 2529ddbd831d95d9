"""A CI run that was fetched, analysed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from harness.domain.analysis import Analysis
from harness.domain.ci_log import LogReading
from harness.domain.ci_run import PASSED, CiJob, CiRun
from harness.domain.circumstances import Circumstances
from harness.domain.verdict import NONE, UNKNOWN, Verdict
from harness.logs.analyze import analyze
from harness.logs.dialects.job_choice import no_such_job, same_job
from harness.logs.verdicts.rules import Rule
from harness.ports import FetchedRun
from pytest_repro.core.errors import ReproError

_KNOWN: Final = 0.97  # a forge says what it did itself
FORGE: Final = "the forge"  # the rule of a verdict that no log had to tell


def analyze_run(fetched: FetchedRun, rules: Sequence[Rule], job: str | None = None) -> Analysis:
    """Return what the logs of the run say; of `job` alone where it is named. Raises ReproError("no-such-job")
    and ("log-not-available").

    The forge knows whether a job passed, and its logs cannot overrule it.
    """
    run = fetched.run
    jobs = [one for one in run.jobs if job is None or same_job(one.name, job)]
    if job is not None and not jobs:
        raise no_such_job(job, [one.name for one in run.jobs])
    passed = run.passed if job is None else all(one.conclusion in PASSED for one in jobs)
    if passed:
        return _passed(fetched)
    found = _read(fetched, jobs if job else [], rules)
    endings = (f"{one.name}: {one.note}" for one in jobs if one.note)
    notes = (*fetched.notes, *(_alike(jobs) if job else ()), *endings, *found.reading.notes)
    reading = replace(
        found.reading, source=run.url, notes=notes, circumstances=_told(found.reading.circumstances, run, jobs)
    )
    verdict = found.verdict
    if verdict.failure_class == NONE:
        verdict = Verdict(UNKNOWN)
        reading = replace(reading, notes=(*notes, "the job failed, but its log shows no failure"))
    failed = [one for one in jobs if not one.passed and not one.allowed]
    if failed and all(one.out_of_time for one in failed):
        reading = replace(reading, notes=(*reading.notes, *_shown_until_then(verdict)))
        verdict = _out_of_time(verdict)
    return Analysis(reading, verdict, found.causes)


def _out_of_time(said: Verdict) -> Verdict:
    """Return the class that the forge knows, beside what the logs showed until then."""
    if said.failure_class == "timeout":
        return replace(said, confidence=max(said.confidence, _KNOWN))
    advice = "The forge ended the job at its time limit: find what hangs or has grown, the last lines of its log tell."
    told = said.failure_class if said.failure_class != UNKNOWN else None
    return Verdict(
        "timeout",
        confidence=_KNOWN,
        rule=FORGE,
        affected_files=said.affected_files,
        advice=(advice,),
        step=said.step,
        runner_up=told,
    )


def _shown_until_then(said: Verdict) -> tuple[str, ...]:
    """Return the line that shows another failure than the timeout: it does not tell why the job was ended."""
    if said.failure_class == "timeout" or said.quoted is None:
        return ()
    return (f"what the log shows until then is {said.failure_class}, line {said.quoted.line}: {said.quoted.text}",)


def _read(fetched: FetchedRun, jobs: list[CiJob], rules: Sequence[Rule]) -> Analysis:
    """Return what the logs say; raises ReproError("log-not-available") in words about the run, not about our files."""
    try:
        return analyze(_log_of(fetched, jobs), rules=rules)
    except ReproError as error:
        if not error.slug.startswith("raw-logs-"):
            raise
        why = error.slug.removeprefix("raw-logs-")
        raise ReproError(
            f"what the forge gave as the log of {fetched.run.url} cannot be read ({why})",
            "log-not-available",
            "open the run's page and look at the log there; if it is shown, save it and give that file",
        ) from None


def _passed(fetched: FetchedRun) -> Analysis:
    told = _told(Circumstances(), fetched.run, [])
    reading = LogReading(fetched.run.url, 0, (), {}, True, fetched.notes, told)
    return Analysis(reading, Verdict(NONE, confidence=1.0, rule=FORGE), ())


def _log_of(fetched: FetchedRun, jobs: list[CiJob]) -> str:
    """Return the log of the job that was asked for, else the folder with everything that was fetched."""
    if not jobs:
        (fetched.folder / "run.json").unlink(missing_ok=True)  # is in `fetched.run`, and no log
        return str(fetched.folder)
    log = next((one.log for one in jobs if one.log), None)
    if log is None:
        raise ReproError(
            f"there is no log of the job {jobs[0].name!r}: {' '.join(fetched.notes) or 'the forge gave none'}",
            "log-not-available",
            "leave --job out: the run's other logs and its test reports are read then",
        )
    return str(fetched.folder / log)


def _alike(jobs: list[CiJob]) -> Iterator[str]:
    """Yield what is to be known where a name is that of several failed jobs."""
    read = [one.id for one in jobs if one.log]
    if len(read) > 1:
        yield f"{len(read)} failed jobs have this name; the log of the first, job {read[0]}, was read."


def _told(told: Circumstances, run: CiRun, jobs: list[CiJob]) -> Circumstances:
    """Return what the log tells, and what the forge knows besides: of a pull request a log names the commit it ran."""
    failed = [one.name for one in jobs if one.conclusion not in PASSED]
    return replace(
        told,
        commit=told.commit or run.commit,
        branch=told.branch or run.branch,
        attempt=told.attempt or run.attempt,
        job=told.job or (failed[0] if len(failed) == 1 else None),
    )
