"""What people and jobs named on a forge is redacted before it is kept, shown or stored."""

from dataclasses import replace
from pathlib import Path

from fake_forge import FakeForge, as_json, as_text, github_job, github_run, gitlab_job, serve_github, serve_gitlab
from fetch_desk import Desk

SECRET = "ghp_" + "k3ep0ut" * 6
MAIL = "hob@kettle.example"
WORDS = f"tried {SECRET}, ask {MAIL}"


def kept(desk: Desk) -> str:
    files = sorted(Path(desk.folder / "cache").rglob("*.json"))
    return "".join(path.read_text(encoding="utf-8") for path in files)


def with_etags(forge: FakeForge) -> None:
    for path, answers in forge.all_answers().items():
        forge.on(path, *(replace(one, headers={**one.headers, "ETag": '"1"'}) for one in answers))


def test_no_secret_of_a_commit_a_branch_or_a_job_is_kept_in_the_cache(desk: Desk, forge: FakeForge) -> None:
    run = github_run(head_branch=f"fix/{SECRET}", head_commit={"message": WORDS, "author": {"email": MAIL}})
    serve_github(forge, [github_job(2, f"test {SECRET}")], {2: as_text("1 failed")}, run=run)
    with_etags(forge)

    first = desk.fetch().run
    again = desk.fetch().run

    assert "fix/" in kept(desk)
    assert SECRET not in kept(desk)
    assert MAIL not in kept(desk)
    assert (first.branch, first.jobs[0].name) == ("fix/<redacted>", "test <redacted>")
    assert again == first


def test_the_output_of_tests_in_a_pipelines_report_is_not_kept_as_it_came(tmp_path: Path, forge: FakeForge) -> None:
    desk = Desk(tmp_path, {"GITLAB_HOST": forge.origin})
    case = {"status": "failed", "name": "test_refill", "classname": "tests.test_kettle", "system_output": WORDS}
    report = {"test_suites": [{"name": "test", "test_cases": [case]}]}
    serve_gitlab(forge, [gitlab_job(2, "test")], {2: as_text("1 failed")}, report=report)
    with_etags(forge)

    desk.fetch(f"{forge.origin}/hob/tea/kettle/-/pipelines/40")

    assert "tried" in kept(desk)
    assert SECRET not in kept(desk)
    assert SECRET not in "".join(desk.files().values())


def test_an_error_shows_the_name_of_a_job_redacted(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, f"test {SECRET}")], {2: as_json({"message": "Not Found"}, 404)})

    error = desk.refused()

    assert error.slug == "log-not-available"
    assert SECRET not in str(error)
