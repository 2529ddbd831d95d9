"""A GitHub run by its address becomes the logs of its failed jobs and its test reports on disk."""

import json
import stat
from pathlib import Path

import pytest
from fake_forge import (
    JUNIT,
    LOG,
    Answer,
    FakeForge,
    as_gzip,
    as_json,
    as_text,
    as_zip,
    github_artifact,
    github_job,
    github_run,
    serve_github,
)
from fetch_desk import RUN, TOKEN, Desk

from harness.domain.ci_run import CiRun
from pytest_repro.core.errors import ReproError

ATTEMPT = "/repos/hob/kettle/actions/runs/7/attempts"


def test_the_logs_of_failed_jobs_alone_are_fetched(desk: Desk, forge: FakeForge) -> None:
    jobs = [github_job(1, "lint", "success"), github_job(2, "test (3.11)"), github_job(3, "test (3.12)", "timed_out")]
    serve_github(forge, jobs, {2: as_text(LOG), 3: as_text("stopped")})

    fetched = desk.fetch()

    assert {name: text for name, text in desk.files().items() if name.endswith(".log")} == {
        "test (3.11).log": LOG,
        "test (3.12).log": "stopped",
    }
    assert [(job.id, job.name, job.conclusion, job.log) for job in fetched.run.jobs] == [
        (1, "lint", "success", None),
        (2, "test (3.11)", "failure", "test (3.11).log"),
        (3, "test (3.12)", "timed_out", "test (3.12).log"),
    ]
    assert fetched.folder == desk.folder / "fetched"


def test_the_run_is_told_with_all_that_the_forge_knows_of_it(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})

    run = desk.fetch().run

    assert run == CiRun(
        url=RUN, forge="github", host="github.com", repository="hob/kettle", run=7, attempt=1, jobs=run.jobs,
        conclusion="failure", commit="5eed" * 10, branch="steam", event="push", workflow="checks",
        started="2026-11-02T09:13:00Z",
    )  # fmt: skip
    assert run.jobs[0].log == "test.log"
    written = (desk.folder / "fetched" / "run.json").read_text()
    assert CiRun.from_json(json.loads(written)) == run


def test_what_is_written_is_for_its_owner_alone(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})

    desk.fetch()

    for path in [desk.folder / "fetched", *(desk.folder / "fetched").rglob("*"), *(desk.folder / "cache").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.name == "cache", path


def test_a_run_that_passed_gives_no_log_and_says_so(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(1, "test", "success"), github_job(2, "docs", "skipped")], {}, github_run("success"))

    fetched = desk.fetch()

    assert fetched.run.passed
    assert list(desk.files()) == ["run.json"]


def test_a_run_that_passed_with_a_job_that_failed_has_not_passed(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(1, "may fail")], {1: as_text(LOG)}, github_run("success"))

    fetched = desk.fetch()

    assert not fetched.run.passed
    assert fetched.run.jobs[0].log == "may fail.log"
    assert any("these jobs may fail" in note for note in fetched.notes)


def test_a_job_is_fetched_alone_and_from_its_own_attempt(desk: Desk, forge: FakeForge) -> None:
    run = github_run(run_attempt=2)
    jobs = [github_job(4, "a", run_attempt=2), github_job(5, "b", run_attempt=2)]
    serve_github(forge, jobs, {5: as_text(LOG)}, run)

    fetched = desk.fetch(f"{RUN}/job/5?pr=3#step:4:12")

    assert [job.name for job in fetched.run.jobs] == ["b"]
    assert fetched.run.attempt == 2
    assert list(desk.files()) == ["b.log", "run.json"]


def test_a_check_is_the_job_of_the_same_number(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(5, "b")], {5: as_text(LOG)})

    fetched = desk.fetch("https://github.com/hob/kettle/pull/12/checks?check_run_id=5")

    assert (fetched.run.run, fetched.run.jobs[0].log) == (7, "b.log")


def test_a_check_of_another_ci_is_named_as_such(desk: Desk, forge: FakeForge) -> None:
    app = {"slug": "whistle-ci", "name": "Whistle"}
    check = {"name": "boil", "app": app, "details_url": "https://whistle.example/9"}
    forge.on("/repos/hob/kettle/check-runs/9", as_json(check))

    with pytest.raises(ReproError, match="reported by 'Whistle'") as caught:
        desk.fetch("https://github.com/hob/kettle/runs/9")

    assert caught.value.slug == "url-other-ci"
    assert "https://whistle.example/9" in caught.value.hint


def test_an_attempt_is_fetched_as_it_was_and_not_as_the_latest(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(8, "test", "success", run_attempt=2)], {}, github_run("success", run_attempt=2))
    forge.on(f"{ATTEMPT}/1", as_json(github_run()))
    forge.on(f"{ATTEMPT}/1/jobs", as_json({"jobs": [github_job(2, "test")]}))
    forge.on("/repos/hob/kettle/actions/jobs/2/logs", as_text(LOG))

    first, second = desk.fetch(f"{RUN}/attempts/1"), desk.fetch(RUN)

    assert (first.run.attempt, first.run.passed, first.run.jobs[0].log) == (1, False, "test.log")
    assert (second.run.attempt, second.run.passed) == (2, True)
    assert any("attempt 2, the latest" in note for note in second.notes)


def test_a_job_of_another_run_is_refused(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(5, "b")], {5: as_text(LOG)})

    with pytest.raises(ReproError, match="belongs to run 7, not to run 6") as caught:
        desk.fetch("https://github.com/hob/kettle/actions/runs/6/job/5")

    assert caught.value.slug == "url-mismatch"


def test_jobs_on_three_pages_are_all_seen(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [], {number: as_text(f"log {number}") for number in (1, 2, 3)})
    place = f"{ATTEMPT}/1/jobs?per_page=100"
    for page in (1, 2, 3):
        path = place if page == 1 else f"{place}&page={page}"
        link = f'<{forge.origin}{place}&page={page + 1}>; rel="next", <{forge.origin}{place}&page=3>; rel="last"'
        answer = as_json({"jobs": [github_job(page, f"job {page}")]}, **({"Link": link} if page < 3 else {}))
        forge.on(path, answer)

    fetched = desk.fetch()

    assert [job.log for job in fetched.run.jobs] == ["job 1.log", "job 2.log", "job 3.log"]


@pytest.mark.parametrize("link", ["{itself}", "http://127.0.0.1:9/elsewhere?page=2", "//evil.example/x"])
def test_a_next_page_that_leads_in_a_circle_or_away_is_refused(desk: Desk, forge: FakeForge, link: str) -> None:
    serve_github(forge, [], {})
    itself = f"{forge.origin}{ATTEMPT}/1/jobs?per_page=100"
    answer = as_json({"jobs": []}, Link=f'<{link.format(itself=itself)}>; rel="next"')
    forge.on(f"{ATTEMPT}/1/jobs", answer)

    with pytest.raises(ReproError) as caught:
        desk.fetch()

    assert caught.value.slug == "forge-answer"


def test_an_empty_log_is_taken_from_the_archive_of_the_run(desk: Desk, forge: FakeForge) -> None:
    repo = serve_github(forge, [github_job(2, "test / unit: 3.11"), github_job(3, "test / unit: 3.12")],
                        {2: as_text(""), 3: as_json({"message": "Not Found"}, 404)})  # fmt: skip
    names = {
        "0_test  unit 3.11.txt": "first\n",
        "1_test  unit 3.12.txt": "second\n",
        "test  unit 3.11/1_Set up.txt": "no",
    }
    forge.on(f"{repo}/actions/runs/7/attempts/1/logs", as_zip(names))

    desk.fetch()

    logs = {name: text for name, text in desk.files().items() if name.endswith(".log")}
    assert logs == {"test _ unit_ 3.11.log": "first\n", "test _ unit_ 3.12.log": "second\n"}
    assert forge.paths().count(f"{repo}/actions/runs/7/attempts/1/logs") == 1


@pytest.mark.parametrize(
    "archive",
    [
        as_json({"message": "Not Found"}, 404),
        as_text(""),
        as_text("no zip at all"),
        as_zip({"0_other.txt": "another job's"}),
        as_zip({"0_test.txt": "one", "1_TEST.txt": "two of that name"}),
        as_zip({"0_test.txt": ""}),
    ],
)
def test_without_a_log_anywhere_there_is_no_guess(desk: Desk, forge: FakeForge, archive: Answer) -> None:
    repo = serve_github(forge, [github_job(1, "lint", "success"), github_job(2, "test")], {2: as_text("")})
    forge.on(f"{repo}/actions/runs/7/attempts/1/logs", archive)

    with pytest.raises(ReproError, match="not available: it is missing or empty") as caught:
        desk.fetch()

    assert caught.value.slug == "log-not-available"
    assert "gh run rerun 7 --failed" in caught.value.hint
    assert list(desk.files()) == []


def test_one_missing_log_among_others_is_a_note(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "lost"), github_job(3, "test")], {3: as_text(LOG)})

    fetched = desk.fetch()

    assert [job.log for job in fetched.run.jobs] == [None, "test.log"]
    assert any("the log of job 'lost'" in note for note in fetched.notes)


def test_one_log_that_cannot_be_had_for_trouble_of_its_host_is_a_note(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "lost"), github_job(3, "test")], {2: Answer(500), 3: as_text(LOG)})

    fetched = desk.fetch()

    assert [job.log for job in fetched.run.jobs] == [None, "test.log"]
    assert any("answers 500 to the request for the log of job 'lost'" in note for note in fetched.notes)


@pytest.mark.parametrize("blank", ["\ufeff", "\r\n\n", "\ufeff \n"])
def test_a_blank_log_is_none(desk: Desk, forge: FakeForge, blank: str) -> None:
    repo = serve_github(forge, [github_job(2, "test")], {2: as_text(blank)})
    forge.on(f"{repo}/actions/runs/7/attempts/1/logs", as_zip({"0_test.txt": LOG}))

    desk.fetch()

    assert desk.files()["test.log"] == LOG


def test_what_an_earlier_fetch_left_is_not_taken_for_this_one(desk: Desk, forge: FakeForge) -> None:
    repo = serve_github(forge, [github_job(2, "first")], {2: as_text("one")}, artifacts=[github_artifact(9, "junit")])
    forge.on(f"{repo}/actions/artifacts/9/zip", as_zip({"junit.xml": JUNIT}))
    desk.fetch()
    assert list(desk.files()) == ["artifacts/junit.xml", "first.log", "run.json"]

    serve_github(forge, [github_job(3, "second")], {3: as_text("two")})
    desk.fetch()

    assert list(desk.files()) == ["run.json", "second.log"]
    assert {path.name for path in (desk.folder / "fetched").iterdir()} == {"run.json", "second.log"}

    serve_github(forge, [github_job(4, "third", "success")], {}, github_run("success"))
    desk.fetch()

    assert [path.name for path in (desk.folder / "fetched").iterdir()] == ["run.json"]


def test_expired_logs_have_a_message_of_their_own(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_json({"message": "Gone"}, 410)})

    with pytest.raises(ReproError, match="90 days") as caught:
        desk.fetch()

    assert caught.value.slug == "forge-gone"
    assert "gh run rerun 7 -R hob/kettle" in caught.value.hint


def test_a_run_at_work_gives_the_logs_of_the_jobs_that_failed_already(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "fast"), github_job(3, "slow", None)], {2: as_text(LOG)}, github_run(None))

    fetched = desk.fetch()

    assert list(desk.files()) == ["fast.log", "run.json"]
    assert fetched.run.conclusion is None
    assert not fetched.run.passed
    assert any("1 of 2 jobs have not ended" in note for note in fetched.notes)


def test_a_run_at_work_without_a_failure_is_neither_passed_nor_failed(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "fast", "success"), github_job(3, "slow", None)], {}, github_run(None))

    with pytest.raises(ReproError, match="none has failed") as caught:
        desk.fetch()

    assert caught.value.slug == "run-not-over"


def test_cancelled_jobs_count_only_where_none_failed(desk: Desk, forge: FakeForge) -> None:
    jobs = [github_job(2, "cut", "cancelled"), github_job(3, "test")]
    serve_github(forge, jobs, {2: as_text("cut"), 3: as_text(LOG)})
    desk.fetch()
    assert list(desk.files()) == ["run.json", "test.log"]

    serve_github(forge, jobs[:1], {2: as_text("cut")}, github_run("cancelled"))
    fetched = desk.fetch()

    assert fetched.run.jobs[0].log == "cut.log"
    assert any("these were cancelled" in note for note in fetched.notes)


def test_a_workflow_that_never_started_has_no_log(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [], {}, github_run("startup_failure"))

    with pytest.raises(ReproError, match="ended as startup_failure") as caught:
        desk.fetch()

    assert caught.value.slug == "run-without-failure"


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "n" * 300, "тест ☃", "a\0b", "-rf", ".hidden", "..", "\u202etxt"]
)
def test_a_hostile_name_of_a_job_stays_in_the_folder(desk: Desk, forge: FakeForge, name: str) -> None:
    serve_github(forge, [github_job(2, name), github_job(3, name)], {2: as_text("one"), 3: as_text("two")})
    before = set(desk.folder.parent.rglob("*"))

    fetched = desk.fetch()

    new = {path for path in desk.folder.parent.rglob("*") if path not in before and path.suffix == ".log"}
    assert len(new) == 2
    for job, text in zip(fetched.run.jobs, ("one", "two"), strict=True):
        assert job.log is not None
        assert Path(job.log).name == job.log
        assert job.log[0] not in ".-"
        assert (fetched.folder / job.log).read_text() == text
        assert job.name == name


def test_jobs_that_differ_in_case_alone_have_two_files(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "Test"), github_job(3, "test")], {2: as_text("one"), 3: as_text("two")})

    assert [job.log for job in desk.fetch().run.jobs] == ["Test.log", "test-3.log"]


def test_a_log_that_is_compressed_on_its_way_is_plain_on_disk(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_gzip(LOG)})

    desk.fetch()

    assert desk.files()["test.log"] == LOG


def test_an_enterprise_host_is_asked_below_api_v3(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, prefix="/api/v3")

    fetched = desk.fetch(f"{forge.origin}/hob/kettle/actions/runs/7", env={})

    assert fetched.run.host == forge.origin.removeprefix("http://")
    assert desk.files()["test.log"] == LOG


def test_the_address_of_the_api_is_taken_too(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})

    assert desk.fetch("https://api.github.com/repos/hob/kettle/actions/runs/7").run.jobs[0].log == "test.log"


def test_nothing_that_is_written_holds_the_token(desk: Desk, forge: FakeForge) -> None:
    repo = serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(f"{repo}/actions/runs/7", as_json(github_run(), ETag='"a"'))

    fetched = desk.fetch()

    assert forge.secrets_seen() == {f"Bearer {TOKEN}"}
    assert TOKEN not in repr(fetched) + "".join(desk.said)
    for path in desk.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()
