"""A GitLab pipeline or job by its address becomes traces and test reports on disk."""

import xml.etree.ElementTree as ET

import pytest
from fake_forge import (
    JUNIT,
    LOG,
    FakeForge,
    as_json,
    as_text,
    as_zip,
    gitlab_job,
    redirect,
    serve_gitlab,
)
from fetch_desk import TOKEN, Desk

from pytest_repro.core.errors import ReproError


@pytest.fixture
def desk(desk: Desk, forge: FakeForge) -> Desk:
    desk.env = {"GITLAB_TOKEN": TOKEN, "GITLAB_HOST": forge.origin}
    return desk


@pytest.fixture
def pipeline(forge: FakeForge) -> str:
    return f"{forge.origin}/hob/tea/kettle/-/pipelines/40"


def test_the_traces_of_failed_jobs_are_fetched(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    jobs = [gitlab_job(5, "unit 1/2"), gitlab_job(6, "lint", "success"), gitlab_job(7, "deploy", "manual")]
    serve_gitlab(forge, jobs, {5: as_text(LOG)})

    fetched = desk.fetch(pipeline)

    run = fetched.run
    assert (run.forge, run.repository, run.run, run.attempt) == ("gitlab", "hob/tea/kettle", 40, None)
    assert (run.commit, run.branch, run.event, run.conclusion) == ("5eed" * 10, "steam", "push", "failed")
    assert [(job.name, job.log) for job in run.jobs] == [("unit 1/2", "unit 1_2.log"), ("lint", None), ("deploy", None)]
    assert desk.files()["unit 1_2.log"] == LOG
    assert forge.secrets_seen() == {TOKEN}


@pytest.mark.parametrize("path", ["/-/jobs/5", "/-/jobs/5/raw", "/builds/5", "/-/jobs/5#L120"])
def test_a_job_is_fetched_alone_however_its_address_is_written(desk: Desk, forge: FakeForge, path: str) -> None:
    serve_gitlab(forge, [gitlab_job(5, "unit"), gitlab_job(6, "other")], {5: as_text(LOG), 6: as_text("x")})

    fetched = desk.fetch(f"{forge.origin}/hob/tea/kettle{path}")

    assert [job.log for job in fetched.run.jobs] == ["unit.log"]
    assert fetched.run.run == 40


def test_a_pipeline_that_passed_gives_no_log(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    serve_gitlab(forge, [gitlab_job(5, "unit", "success"), gitlab_job(6, "deploy", "manual")], {}, "success")

    assert desk.fetch(pipeline).run.passed


def test_jobs_that_may_fail_are_left_out_beside_others(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    jobs = [gitlab_job(5, "unit"), gitlab_job(6, "nightly", allow_failure=True)]
    serve_gitlab(forge, jobs, {5: as_text(LOG), 6: as_text("x")})

    fetched = desk.fetch(pipeline)

    assert [job.log for job in fetched.run.jobs] == ["unit.log", None]
    assert any("'nightly'" in note for note in fetched.notes)


def test_the_test_report_becomes_junit_of_the_failed_job_alone(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    failing = {
        "status": "failed",
        "name": "test_refill[a]",
        "classname": "tests.test_kettle",
        "file": "tests/test_kettle.py",
        "system_output": "assert 3 == 4\n<E>\x00 & more",
    }
    good = {"status": "success", "name": "test_boil", "classname": "tests.test_kettle", "system_output": None}
    suites = [{"name": "unit", "test_cases": [failing, good]}, {"name": "other", "test_cases": [failing]}]
    serve_gitlab(forge, [gitlab_job(5, "unit")], {5: as_text(LOG)}, report={"test_suites": suites})

    desk.fetch(pipeline)

    names = [name for name in desk.files() if name.startswith("artifacts/")]
    assert names == ["artifacts/test-report unit.xml"]
    suite = ET.fromstring(desk.files()[names[0]])
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "2", "1")
    case = suite[0]
    assert (case.get("name"), case.get("classname"), case.get("file")) == (
        "test_refill[a]", "tests.test_kettle", "tests/test_kettle.py",
    )  # fmt: skip
    assert case[0].get("message") == "assert 3 == 4"
    assert "<E>\ufffd & more" in (case[0].text or "")
    assert len(suite[1]) == 0


@pytest.mark.parametrize(
    "report", [{}, {"test_suites": None}, {"test_suites": [1, {"name": "unit", "test_cases": None}]}]
)
def test_without_a_test_report_the_artifacts_are_looked_into(
    desk: Desk, forge: FakeForge, storage: FakeForge, pipeline: str, report: dict[str, object]
) -> None:
    jobs = [gitlab_job(5, "unit", artifacts_file={"filename": "artifacts.zip", "size": 900})]
    project = serve_gitlab(forge, jobs, {5: as_text(LOG)}, report=report)
    forge.on(f"{project}/jobs/5/artifacts", redirect(f"{storage.origin}/a.zip"))
    storage.on("/a.zip", as_zip({"build/junit.xml": JUNIT, "wheel.whl": "x"}))

    desk.fetch(pipeline)

    assert desk.files()["artifacts/build_junit.xml"] == JUNIT
    assert storage.secrets_seen() == set()


def test_an_empty_trace_is_told(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    serve_gitlab(forge, [gitlab_job(5, "unit", failure_reason="job_execution_timeout")], {5: as_text("")})

    with pytest.raises(ReproError, match="missing or empty") as caught:
        desk.fetch(pipeline)

    assert caught.value.slug == "log-not-available"
    assert f"{forge.origin}/hob/tea/kettle/-/jobs/5" in caught.value.hint


def test_the_reason_that_the_forge_gives_is_kept(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    serve_gitlab(forge, [gitlab_job(5, "unit", failure_reason="job_execution_timeout")], {5: as_text(LOG)})

    assert "job_execution_timeout" in desk.fetch(pipeline).run.jobs[0].note


def test_a_pipeline_that_failed_below_is_named(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    project = serve_gitlab(forge, [gitlab_job(5, "unit")], {5: as_text(LOG)})
    below = {"web_url": f"{forge.origin}/hob/tea/cup/-/pipelines/41"}
    forge.on(f"{project}/pipelines/40/bridges", as_json([{"status": "failed", "downstream_pipeline": below}]))

    assert any("/hob/tea/cup/-/pipelines/41" in note for note in desk.fetch(pipeline).notes)


def test_a_failure_below_alone_is_told_with_its_address(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    project = serve_gitlab(forge, [gitlab_job(5, "unit", "success")], {})
    below = {"web_url": f"{forge.origin}/hob/tea/cup/-/pipelines/41"}
    forge.on(f"{project}/pipelines/40/bridges", as_json([{"status": "failed", "downstream_pipeline": below}]))

    with pytest.raises(ReproError) as caught:
        desk.fetch(pipeline)

    assert caught.value.slug == "run-without-failure"
    assert "/hob/tea/cup/-/pipelines/41" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "slug"), [(401, "forge-token-refused"), (403, "forge-forbidden"), (404, "forge-not-found")]
)
def test_refusals_of_gitlab_have_their_messages(
    desk: Desk, forge: FakeForge, pipeline: str, status: int, slug: str
) -> None:
    forge.on("/api/v4/projects/hob%2Ftea%2Fkettle/pipelines/40", as_json({"message": f"{status} no"}, status))

    with pytest.raises(ReproError) as caught:
        desk.fetch(pipeline)

    assert caught.value.slug == slug


def test_a_gitlab_asked_without_a_token_says_how_to_get_one(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    desk.env = {}

    with pytest.raises(ReproError) as caught:
        desk.fetch(pipeline)

    assert "set GITLAB_TOKEN to a token with read_api" in caught.value.hint
    assert f"GITLAB_HOST={forge.origin}" in caught.value.hint


def test_a_gitlab_below_a_path_is_asked_there_where_ci_says_so(desk: Desk, forge: FakeForge) -> None:
    serve_gitlab(forge, [], {})
    forge.on("/git/api/v4/projects/hob%2Ftea%2Fkettle/jobs/5", as_json(gitlab_job(5, "unit")))
    forge.on("/git/api/v4/projects/hob%2Ftea%2Fkettle/jobs/5/trace", as_text(LOG))
    env = {"CI_SERVER_URL": f"{forge.origin}/git", "CI_API_V4_URL": f"{forge.origin}/git/api/v4", "CI_JOB_TOKEN": TOKEN}

    fetched = desk.fetch(f"{forge.origin}/git/hob/tea/kettle/-/jobs/5", env)

    assert fetched.run.jobs[0].log == "unit.log"
    assert forge.secrets_seen() == {TOKEN}


def test_a_gitlab_below_a_path_is_asked_there_without_a_token_of_another_host_too(desk: Desk, forge: FakeForge) -> None:
    forge.on("/git/api/v4/projects/hob%2Ftea%2Fkettle/jobs/5", as_json(gitlab_job(5, "unit")))
    forge.on("/git/api/v4/projects/hob%2Ftea%2Fkettle/jobs/5/trace", as_text(LOG))
    env = {"CI_SERVER_URL": f"{forge.origin}/git", "GITLAB_TOKEN": TOKEN, "GITLAB_HOST": "https://git.hob.example"}

    fetched = desk.fetch(f"{forge.origin}/git/hob/tea/kettle/-/jobs/5", env)

    assert fetched.run.jobs[0].log == "unit.log"
    assert forge.secrets_seen() == set()


def test_a_token_that_a_gitlab_below_a_path_refuses_is_made_anew_there(desk: Desk, forge: FakeForge) -> None:
    forge.on("/git/api/v4/projects/hob%2Ftea%2Fkettle/jobs/5", as_json({"message": "401 Unauthorized"}, 401))
    desk.env = {"CI_SERVER_URL": f"{forge.origin}/git", "GITLAB_TOKEN": TOKEN}

    hint = desk.refused(f"{forge.origin}/git/hob/tea/kettle/-/jobs/5").hint

    assert hint.endswith(f"{forge.origin}/git/-/user_settings/personal_access_tokens, then set GITLAB_TOKEN to it")


def test_a_test_report_without_cases_that_could_be_read_is_none(desk: Desk, forge: FakeForge, pipeline: str) -> None:
    suites = [{"name": "unit", "test_cases": cases} for cases in (5, True, {"name": "t"}, "text")]
    serve_gitlab(forge, [gitlab_job(5, "unit")], {5: as_text(LOG)}, report={"test_suites": suites})

    desk.fetch(pipeline)

    assert list(desk.files()) == ["run.json", "unit.log"]
