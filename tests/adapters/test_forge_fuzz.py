"""Whatever JSON a host answers with, the outcome is a run or an error that is meant for a person."""

import tempfile
from pathlib import Path
from typing import Any

from fake_forge import Answer, as_json, as_text, github_job, github_run, gitlab_job, running_forge
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.adapters.log_fetcher import LogFetcher
from harness.domain.ci_run import CiRun
from pytest_repro.core.errors import ReproError

PLAIN = st.none() | st.booleans() | st.integers(-1, 10**20) | st.floats(allow_nan=False) | st.text(max_size=9)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def spoiled(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give `good` with some of its values replaced by anything."""
    return st.dictionaries(st.sampled_from(sorted(good)), JSON, max_size=4).map(lambda bad: good | bad)


RUNS = spoiled(github_run())
JOBS = st.lists(spoiled(github_job(2, "test")), max_size=3)
ARTIFACT = {"id": 9, "name": "junit", "size_in_bytes": 9, "expired": False, "created_at": "2026-11-02T09:15:00Z"}
PIPELINE = {
    "id": 40,
    "status": "failed",
    "sha": "5eed",
    "ref": "steam",
    "source": "push",
    "name": None,
    "started_at": None,
}
SUITE = {"name": "unit", "test_cases": [{"status": "failed", "name": "t", "classname": "c", "system_output": "E"}]}
LAB_JOB = gitlab_job(5, "unit", artifacts_file={"filename": "a.zip", "size": 9}, failure_reason="x")


def outcome(answers: dict[str, Answer], url: str, env: dict[str, str]) -> None:
    with running_forge() as forge, tempfile.TemporaryDirectory() as folder:
        for path, answer in answers.items():
            forge.on(path, answer)
        env = {name: value.format(origin=forge.origin) for name, value in env.items()}
        fetcher = LogFetcher(Path(folder) / "cache", env, lambda _: None, sleep=lambda _: None)
        try:
            fetched = fetcher.fetch(url.format(origin=forge.origin), Path(folder) / "fetched")
        except ReproError:
            return
        assert CiRun.from_json(fetched.run.to_json()) == fetched.run
        assert all((fetched.folder / job.log).is_file() for job in fetched.run.jobs if job.log)


@settings(max_examples=30, deadline=None)
@given(JSON | RUNS, JSON | JOBS, JSON | st.lists(spoiled(ARTIFACT), max_size=2))
def test_any_answer_as_of_github_is_survived(run: Any, jobs: Any, artifacts: Any) -> None:
    place = "/repos/hob/kettle/actions"
    answers = {
        f"{place}/runs/7": as_json(run),
        f"{place}/runs/7/attempts/1": as_json(run),
        f"{place}/runs/7/attempts/1/jobs": as_json({"jobs": jobs}),
        f"{place}/runs/7/artifacts": as_json({"artifacts": artifacts}),
        f"{place}/jobs/2/logs": as_text("log"),
    }

    outcome(answers, "https://github.com/hob/kettle/actions/runs/7", {"GITHUB_API_URL": "{origin}"})


@settings(max_examples=30, deadline=None)
@given(
    JSON | spoiled(PIPELINE), JSON | st.lists(spoiled(LAB_JOB), max_size=3), JSON | st.lists(spoiled(SUITE), max_size=2)
)
def test_any_answer_as_of_gitlab_is_survived(pipeline: Any, jobs: Any, suites: Any) -> None:
    place = "/api/v4/projects/hob%2Fkettle"
    answers = {
        f"{place}/pipelines/40": as_json(pipeline),
        f"{place}/pipelines/40/jobs": as_json(jobs),
        f"{place}/pipelines/40/bridges": as_json(suites),
        f"{place}/pipelines/40/test_report": as_json({"test_suites": suites}),
        f"{place}/jobs/5/trace": as_text("log"),
        f"{place}/jobs/5/artifacts": as_text("no zip"),
    }

    outcome(answers, "{origin}/hob/kettle/-/pipelines/40", {})
