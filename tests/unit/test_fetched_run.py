"""A run that a forge gave out: the forge knows whether it passed, its logs tell why not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.domain.ci_run import CiJob, CiRun
from harness.domain.verdict import NONE, UNKNOWN
from harness.logs.verdicts.rules import BUILT_IN
from harness.ports import FetchedRun
from harness.steps.fetched_run import analyze_run
from pytest_repro.core.errors import ReproError

URL = "https://github.com/acme/shop/actions/runs/7"
START = (
    f"{' test session starts ':=^80}\nplatform linux -- Python 3.11.9, pytest-8.4.1, pluggy-1.6.0\ncollected 1 item\n"
)
PASSING = f"{START}\na.py .\n\n{' 1 passed in 0.02s ':=^80}\n"


def log_of(name: str) -> str:
    """Return what pytest prints of one failing test."""
    return (
        f"{START}\n{name.partition('::')[0]} F\n\n{' short test summary info ':=^80}\n"
        f"FAILED {name} - ValueError: closed\n{' 1 failed in 0.02s ':=^80}\n"
    )


def fetched(folder: Path, logs: dict[str, str], conclusion: str = "failure", **more: str) -> FetchedRun:
    jobs = []
    for number, (name, text) in enumerate(logs.items(), 1):
        (folder / f"{name}.log").write_text(text)
        jobs.append(CiJob(number, name, conclusion, f"{name}.log", more.get("note", "")))
    jobs.append(CiJob(99, "docs", "success"))
    run = CiRun(URL, "github", "github.com", "acme/shop", 7, 2, tuple(jobs), conclusion, "a" * 40, "main")
    (folder / "run.json").write_text(json.dumps(run.to_json()))
    return FetchedRun(folder, run, ("One artifact was left out.",))


def test_the_tests_of_all_failed_jobs_are_named_with_what_the_forge_knows(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build (3.11)": log_of("a.py::test_a"), "build (3.12)": log_of("b.py::test_b")})
    found = analyze_run(run, BUILT_IN)
    assert [test.nodeid for test in found.reading.failing] == ["a.py::test_a", "b.py::test_b"]
    assert found.reading.source == URL
    assert found.reading.notes[0] == "One artifact was left out."
    told = found.reading.circumstances
    assert (told.branch, told.attempt) == ("main", 2)
    assert told.commit == "a" * 40
    assert not any("run.json" in note for note in found.reading.notes)


def test_one_job_can_be_asked_for_in_any_case(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build (3.11)": log_of("a.py::test_a"), "build (3.12)": log_of("b.py::test_b")})
    found = analyze_run(run, BUILT_IN, "Build (3.12)")
    assert [test.nodeid for test in found.reading.failing] == ["b.py::test_b"]
    assert found.reading.circumstances.job == "build (3.12)"


def test_of_several_failed_jobs_of_one_name_it_is_said_which_was_read(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build": log_of("a.py::test_a"), "other": log_of("b.py::test_b")})
    run = replace(run, run=replace(run.run, jobs=tuple(replace(one, name="build") for one in run.run.jobs)))
    found = analyze_run(run, BUILT_IN, "build")
    assert [test.nodeid for test in found.reading.failing] == ["a.py::test_a"]
    assert "2 failed jobs have this name; the log of the first, job 1, was read." in found.reading.notes


def test_a_job_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build": log_of("a.py::test_a")})
    with pytest.raises(ReproError, match="it holds build, docs") as caught:
        analyze_run(run, BUILT_IN, "lint")
    assert caught.value.slug == "no-such-job"


@pytest.mark.parametrize("job", [None, "docs"])
def test_a_run_or_job_that_passed_needs_no_log(tmp_path: Path, job: str | None) -> None:
    run = fetched(tmp_path, {}, "success") if job is None else fetched(tmp_path, {"build": log_of("a.py::test_a")})
    found = analyze_run(run, BUILT_IN, job)
    assert (found.verdict.failure_class, found.verdict.confidence, found.reading.failing) == (NONE, 1.0, ())


def test_a_log_that_shows_no_failure_does_not_make_a_failed_job_pass(tmp_path: Path) -> None:
    found = analyze_run(fetched(tmp_path, {"build": PASSING}, note="the runner was lost"), BUILT_IN)
    assert found.verdict.failure_class == UNKNOWN
    assert "build: the runner was lost" in found.reading.notes
    assert "the job failed, but its log shows no failure" in found.reading.notes


def test_a_job_whose_log_is_gone_is_not_read_from_the_logs_of_others(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build": log_of("a.py::test_a"), "check": log_of("b.py::test_b")})
    jobs = tuple(replace(job, log=None if job.name == "build" else job.log) for job in run.run.jobs)
    with pytest.raises(ReproError, match="One artifact was left out") as caught:
        analyze_run(replace(run, run=replace(run.run, jobs=jobs)), BUILT_IN, "build")
    assert caught.value.slug == "log-not-available"


@pytest.mark.parametrize(
    ("conclusion", "note"), [("timed_out", ""), ("failed", "GitLab's reason is job_execution_timeout")]
)
def test_a_job_that_the_forge_ended_at_its_time_limit_is_a_timeout_whatever_its_log_says(
    tmp_path: Path, conclusion: str, note: str
) -> None:
    found = analyze_run(fetched(tmp_path, {"build": log_of("a.py::test_a")}, conclusion, note=note), BUILT_IN)
    assert (found.verdict.failure_class, found.verdict.kind) == ("timeout", None)
    assert found.verdict.runner_up == "test_failure"
    assert (found.verdict.quoted, found.verdict.root_cause) == (None, ())
    assert any("shows until then is test_failure" in note and "a.py::test_a" in note for note in found.reading.notes)
    assert [test.nodeid for test in found.reading.failing] == ["a.py::test_a"]


def test_one_failed_job_beside_one_that_ran_out_of_time_is_told_by_its_log(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build": log_of("a.py::test_a")})
    slow = CiJob(50, "slow", "timed_out")
    found = analyze_run(replace(run, run=replace(run.run, jobs=(*run.run.jobs, slow))), BUILT_IN)
    assert found.verdict.failure_class == "test_failure"


def test_a_log_that_is_no_text_is_told_of_by_the_runs_address(tmp_path: Path) -> None:
    run = fetched(tmp_path, {"build": ""})
    (tmp_path / "build.log").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(ReproError) as refused:
        analyze_run(run, BUILT_IN)
    assert refused.value.slug == "log-not-available"
    assert URL in str(refused.value)
    assert str(tmp_path) not in str(refused.value)
