"""Test reports among a run's artifacts are taken; what is too large, expired or another attempt's is left and told."""

import pytest
from fake_forge import (
    JUNIT,
    LOG,
    Answer,
    FakeForge,
    as_json,
    as_text,
    as_zip,
    github_artifact,
    github_job,
    github_run,
    redirect,
    serve_github,
)
from fetch_desk import RUN, Desk

ATTEMPT = "/repos/hob/kettle/actions/runs/7/attempts"


def test_reports_that_may_be_another_jobs_are_left_out(desk: Desk, forge: FakeForge) -> None:
    repo = serve_github(
        forge, [github_job(4, "a"), github_job(5, "b")], {5: as_text(LOG)}, artifacts=[github_artifact(9, "junit")]
    )
    forge.on(f"{repo}/actions/artifacts/9/zip", as_zip({"junit.xml": JUNIT}))

    fetched = desk.fetch(f"{RUN}/job/5")

    assert list(desk.files()) == ["b.log", "run.json"]
    assert any("other jobs failed too" in note for note in fetched.notes)


def test_a_lost_log_whose_reports_are_there_is_no_error(desk: Desk, forge: FakeForge) -> None:
    repo = serve_github(forge, [github_job(2, "test")], {}, artifacts=[github_artifact(9, "test-results")])
    forge.on(f"{repo}/actions/artifacts/9/zip", as_zip({"out/junit.xml": JUNIT}))

    fetched = desk.fetch()

    assert desk.files()["artifacts/out_junit.xml"] == JUNIT
    assert any("not available" in note for note in fetched.notes)


def test_reports_are_taken_from_artifacts_and_nothing_else(desk: Desk, forge: FakeForge) -> None:
    files = {
        "reports/junit.xml": JUNIT,
        "coverage.xml": "<?xml version='1.0'?><coverage/>",
        "run.jsonl": '{"pytest_version": "9.1", "$report_type": "SessionStart"}\n',
        "other.jsonl": '{"a": 1}\n',
        "../../escape.xml": JUNIT,
        "page.html": "<html>",
    }
    repo = serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, artifacts=[github_artifact(9, "junit")])
    forge.on(f"{repo}/actions/artifacts/9/zip", as_zip(files))

    desk.fetch()

    assert [name for name in desk.files() if name.startswith("artifacts/")] == [
        "artifacts/escape.xml",
        "artifacts/reports_junit.xml",
        "artifacts/run.jsonl",
    ]
    assert not list(desk.folder.parent.rglob("escape.xml"))[1:]


def test_artifacts_too_large_expired_or_of_another_attempt_are_left_and_told(desk: Desk, forge: FakeForge) -> None:
    artifacts = [
        github_artifact(1, "wheels", size_in_bytes=30 << 20),
        github_artifact(2, "junit-old", expired=True),
        github_artifact(3, "junit-earlier", created_at="2026-11-01T00:00:00Z"),
        github_artifact(4, "junit-later", created_at="2026-11-03T00:00:00Z"),
        github_artifact(5, "junit"),
    ]
    run = github_run(run_attempt=2)
    jobs = [github_job(2, "test", run_attempt=2)]
    repo = serve_github(forge, jobs, {2: as_text(LOG)}, run, artifacts)
    forge.on(f"{ATTEMPT}/3", as_json(github_run(run_attempt=3, run_started_at="2026-11-02T20:00:00Z")))
    forge.on(f"{repo}/actions/artifacts/5/zip", as_zip({"junit.xml": JUNIT}))

    fetched = desk.fetch()

    assert [path for path in forge.paths() if path.endswith("/zip")] == [f"{repo}/actions/artifacts/5/zip"]
    assert "Artifacts that have expired: 'junit-old'." in fetched.notes
    assert "Artifacts of another attempt of the run, not looked at: 2." in fetched.notes


@pytest.mark.parametrize(
    "answer", [as_text("no zip"), as_json({"message": "Forbidden"}, 403), as_json({}, 410), redirect("ftp://x/y")]
)
def test_an_artifact_that_cannot_be_had_is_a_note_beside_the_log(desk: Desk, forge: FakeForge, answer: Answer) -> None:
    repo = serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, artifacts=[github_artifact(9, "junit")])
    forge.on(f"{repo}/actions/artifacts/9/zip", answer)

    fetched = desk.fetch()

    assert list(desk.files()) == ["run.json", "test.log"]
    assert any("artifact 'junit'" in note for note in fetched.notes)


def test_reports_of_like_names_in_several_artifacts_are_all_kept(desk: Desk, forge: FakeForge) -> None:
    artifacts = [github_artifact(8, "junit-a"), github_artifact(9, "junit-b")]
    repo = serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, artifacts=artifacts)
    forge.on(f"{repo}/actions/artifacts/8/zip", as_zip({"junit.xml": JUNIT, "junit-1.xml": f"{JUNIT}<!-- 1 -->"}))
    forge.on(f"{repo}/actions/artifacts/9/zip", as_zip({"a.txt": "", "junit.xml": f"{JUNIT}<!-- 2 -->"}))

    desk.fetch()

    kept = [text for name, text in desk.files().items() if name.startswith("artifacts/")]
    assert sorted(kept) == [JUNIT, f"{JUNIT}<!-- 1 -->", f"{JUNIT}<!-- 2 -->"]


def test_an_artifact_without_a_number_is_not_asked_for(desk: Desk, forge: FakeForge) -> None:
    odd = github_artifact(9, "junit") | {"id": "../../jobs/2/logs?x="}
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, artifacts=[odd])

    desk.fetch()

    assert not any("x=" in path for path in forge.paths())
