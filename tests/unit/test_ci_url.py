"""The address of a CI run is taken in every form that browsers and APIs show, and anything else is refused clearly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.ci_run import CiJob, CiRun
from harness.domain.ci_url import ACCEPTED, CiUrl, is_loopback, origin_of, parse_ci_url
from pytest_repro.core.errors import ReproError

HUB = "https://github.com/hob/ket.tle"
LAB = "https://gitlab.com/hob/tea/ket.tle"


def github(origin: str = "https://github.com", **rest: int) -> CiUrl:
    return CiUrl("github", origin, "hob/ket.tle", **rest)


def gitlab(origin: str = "https://gitlab.com", **rest: int) -> CiUrl:
    return CiUrl("gitlab", origin, "hob/tea/ket.tle", **rest)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"{HUB}/actions/runs/7", github(run=7)),
        (f"  {HUB}/actions/runs/7/  \n", github(run=7)),
        (f"{HUB}/actions/runs/7?pr=12", github(run=7)),
        (f"{HUB}/actions/runs/7/attempts/2", github(run=7, attempt=2)),
        (f"{HUB}/actions/runs/7/attempts/2/job/8", github(run=7, attempt=2, job=8)),
        (f"{HUB}/actions/runs/7/job/8?pr=12#step:5:12", github(run=7, job=8)),
        (f"{HUB}/actions/runs/7/jobs/8", github(run=7, job=8)),
        (f"{HUB}/actions/runs/7/workflow", github(run=7)),
        (f"{HUB}/actions/runs/7/artifacts/99", github(run=7)),
        (f"{HUB}/runs/8", github(job=8)),
        (f"{HUB}/runs/8?check_suite_focus=true", github(job=8)),
        (f"{HUB}/pull/12/checks?check_run_id=8", github(job=8)),
        (f"{HUB}/pull/12/checks?a=b&check_run_id=8#x", github(job=8)),
        (f"{HUB}/commit/5eed5eed/checks/8", github(job=8)),
        (f"{HUB}/commit/5eed5eed/checks/8/logs", github(job=8)),
        (f"{HUB}/commit/5eed5eed/checks?check_run_id=8", github(job=8)),
        ("https://api.github.com/repos/hob/ket.tle/actions/runs/7", github(run=7)),
        ("https://api.github.com/repos/hob/ket.tle/actions/runs/7/attempts/2/jobs", github(run=7, attempt=2)),
        ("https://api.github.com/repos/hob/ket.tle/actions/jobs/8/logs", github(job=8)),
        ("https://api.github.com/repos/hob/ket.tle/check-runs/8", github(job=8)),
        ("https://www.github.com/hob/ket.tle/actions/runs/7", github(run=7)),
        ("https://GITHUB.com.:443//hob/ket.tle/actions/runs/7", github(run=7)),
        ("https://git.hob.example/hob/ket.tle/actions/runs/7", github("https://git.hob.example", run=7)),
        ("https://git.hob.example:8443/hob/ket.tle/runs/8", github("https://git.hob.example:8443", job=8)),
        ("https://git.hob.example/api/v3/repos/hob/ket.tle/actions/runs/7", github("https://git.hob.example", run=7)),
        ("https://hob.ghe.com/hob/ket.tle/actions/runs/7", github("https://hob.ghe.com", run=7)),
        ("https://api.hob.ghe.com/repos/hob/ket.tle/actions/runs/7", github("https://hob.ghe.com", run=7)),
        ("http://127.0.0.1:8080/hob/ket.tle/actions/runs/7", github("http://127.0.0.1:8080", run=7)),
        ("http://[::1]:8080/hob/ket.tle/actions/runs/7", github("http://[::1]:8080", run=7)),
        (f"{LAB}/-/jobs/8", gitlab(job=8)),
        (f"{LAB}/-/jobs/8/raw", gitlab(job=8)),
        (f"{LAB}/-/jobs/8/trace.json", gitlab(job=8)),
        (f"{LAB}/-/jobs/8/artifacts/browse/build", gitlab(job=8)),
        (f"{LAB}/-/jobs/8#L120", gitlab(job=8)),
        (f"{LAB}/jobs/8", gitlab(job=8)),
        (f"{LAB}/builds/8", gitlab(job=8)),
        (f"{LAB}/builds/8/raw", gitlab(job=8)),
        (f"{LAB}/-/pipelines/7", gitlab(run=7)),
        (f"{LAB}/-/pipelines/7/test_report?job_name=unit", gitlab(run=7)),
        (f"{LAB}/pipelines/7/builds", gitlab(run=7)),
        ("https://git.hob.example/hob/tea/ket.tle/-/pipelines/7", gitlab("https://git.hob.example", run=7)),
        ("https://gitlab.com/api/v4/projects/hob%2Ftea%2Fket.tle/jobs/8/trace", gitlab(job=8)),
        ("https://gitlab.com/api/v4/projects/42/pipelines/7/jobs", CiUrl("gitlab", "https://gitlab.com", "42", run=7)),
    ],
)  # fmt: skip
def test_an_address_is_read_as_what_it_shows(text: str, meant: CiUrl) -> None:
    assert parse_ci_url(text) == meant


@pytest.mark.parametrize("form", ACCEPTED)
def test_every_form_that_is_listed_is_taken(form: str) -> None:
    text = re.sub(r"\b(?:ID|N)\b", "7", form)

    assert 7 in (parse_ci_url(text).run, parse_ci_url(text).job)


@pytest.mark.parametrize(
    "text",
    [
        f"{HUB}/pull/12/checks",
        f"{HUB}/pull/12/checks?check_run_id=abc",
        f"{HUB}/pull/12",
        f"{HUB}/actions",
        f"{HUB}/actions/workflows/ci.yml",
        f"{HUB}/actions/runs/",
        f"{HUB}/commit/5eed5eed",
        f"{HUB}/commit/5eed5eed/checks",
        f"{HUB}/actions/runs/abc/x",
        f"{LAB}/-/merge_requests/5",
        f"{LAB}/-/jobs",
        f"{LAB}/-/pipelines/",
    ],
)
def test_a_page_without_a_run_says_what_to_open(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_ci_url(text)

    assert caught.value.slug == "url-no-check"
    assert "check_run_id=ID" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "github.com/hob/kettle/actions/runs/7",
        "https://github.com",
        f"{HUB}",
        f"{HUB}/runs/0",
        f"{HUB}/runs/99999999999999999999999",
        f"{HUB}/runs/٧",
        f"{HUB}/-/jobs/8",
        "https://github.com/../kettle/runs/7",
        "https://github.com/hob/../runs/7",
        "https://github.com/hob/%2e%2e/runs/7",
        "https://gist.github.com/hob/kettle/runs/7",
        "https://gitlab.com/hob/kettle/actions/runs/7",
        "https://gitlab.com/kettle/-/jobs/8",
        "https://gitlab.com/api/v4/projects/..%2F..%2Fadmin/jobs/8",
        "https://app.travis-ci.com/hob/kettle/jobs/8",
        "https://travis-ci.org/hob/kettle/builds/8",
        "https://gіthub.com/hob/kettle/actions/runs/7",  # a Cyrillic letter
        "https://github.com\\.evil.example/hob/kettle/actions/runs/7",
        "https://github.com/hob/kettle/actions/runs/7\x00",
        "https:///hob/kettle/actions/runs/7",
        "https://[::1/hob/kettle/actions/runs/7",
        "https://github.com:99999/hob/kettle/actions/runs/7",
        "ftp://github.com/hob/kettle/actions/runs/7",
        "file:///hob/kettle/actions/runs/7",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_refused_with_the_forms_that_are_taken(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_ci_url(text)

    assert caught.value.slug == "url-not-a-run"
    assert all(form in caught.value.message for form in ACCEPTED)


@pytest.mark.parametrize(
    "text",
    [
        "https://hob:s3cret@github.com/hob/kettle/actions/runs/7",
        "https://s3cret@github.com/hob/kettle/actions/runs/7",
        "hob:s3cret@github.com/hob/kettle/actions/runs/7",
        "https://github.com\\@s3cret.example/hob/kettle/actions/runs/7",
        f"{LAB}/-/jobs/8?private_token=s3cret",
        f"{LAB}/-/jobs/8?a=b&job_token=s3cret",
        f"{HUB}/runs/8#access_token=s3cret",
        f"{HUB}/runs/8?sig=s3cret",
        f"{HUB}/runs/8?X-Api-Key=s3cret",
    ],
)
def test_credentials_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_ci_url(text)

    assert caught.value.slug == "url-credentials"
    assert "s3cret" not in str(caught.value)


def test_what_only_resembles_a_credential_is_no_hindrance() -> None:
    assert parse_ci_url(f"{HUB}/runs/8?design=1&assigned=me") == github(job=8)


@pytest.mark.parametrize(
    "host", ["github.com", "git.hob.example", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example"]
)
def test_only_this_machine_is_asked_without_encryption(host: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_ci_url(f"http://{host}/hob/kettle/actions/runs/7")

    assert caught.value.slug == "url-insecure"


def test_a_long_address_is_cut_in_the_message_and_its_query_left_out() -> None:
    with pytest.raises(ReproError) as caught:
        parse_ci_url("https://github.com/" + "x" * 5000 + "?q=private")

    assert len(caught.value.message) < 1000
    assert "private" not in caught.value.message


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9:80", "[::1]:80", "localhost", "localhost:8080"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "128.0.0.1", "[::2]", "local", "127.0.0.1.example", "localhost.example:80"])
def test_no_other_machine_is_taken_for_this_one(host: str) -> None:
    assert not is_loopback(host)


@given(
    st.text(max_size=300)
    | st.from_regex(r"https?://[a-z.:@]{0,20}(/[a-z0-9%.-]{0,9}){0,9}(\?[a-z=&]{0,9})?", fullmatch=True)
)
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        found = parse_ci_url(text)
    except ReproError:
        return
    assert found.run or found.job
    assert origin_of(found.origin) == found.origin
    assert ".." not in found.repository.split("/")
    assert "@" not in found.origin


@given(
    st.sampled_from(["github.com", "git.hob.example:8443", "hob.ghe.com"]),
    st.integers(1, 10**15),
    st.none() | st.integers(1, 99),
    st.none() | st.integers(1, 10**15),
)
def test_an_address_that_is_put_together_is_taken_apart(
    host: str, run: int, attempt: int | None, job: int | None
) -> None:
    text = f"https://{host}/hob/kettle/actions/runs/{run}"
    text += f"/attempts/{attempt}" if attempt else ""
    text += f"/job/{job}" if job else ""

    assert parse_ci_url(text) == CiUrl("github", f"https://{host}", "hob/kettle", run, attempt, job)


@given(
    st.builds(CiJob, st.integers(), st.text(), st.none() | st.text(), st.none() | st.text(), st.text(), st.booleans())
)
def test_a_run_travels_as_json(job: CiJob) -> None:
    run = CiRun("u", "github", "h", "a/b", 1, 2, (job, job), "failure", "c")

    assert CiRun.from_json(run.to_json()) == run


@pytest.mark.parametrize(
    ("conclusion", "jobs", "passed"),
    [
        ("success", ["success", "skipped", "neutral"], True),
        ("success", ["success", "manual"], True),
        ("success", ["success", "failure"], False),
        ("success", ["success", None], False),
        ("failure", ["success"], False),
        ("cancelled", [], False),
        (None, ["success"], False),
    ],
)
def test_a_run_has_passed_when_it_is_over_and_no_job_failed(
    conclusion: str | None, jobs: list[str | None], passed: bool
) -> None:
    run = CiRun("u", "github", "h", "a/b", 1, 2, tuple(CiJob(1, "j", job) for job in jobs), conclusion)

    assert run.passed is passed
