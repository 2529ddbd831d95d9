"""What a forge refuses is told with what was asked, as whom, and what to do; waits are announced and bounded."""

import time

import pytest
from fake_forge import LOG, Answer, FakeForge, as_json, as_text, github_job, github_run, redirect, serve_github
from fetch_desk import Desk

PLACE = "/repos/hob/kettle/actions/runs/7"
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"  # 1_700_000_000


@pytest.fixture
def stranger(desk: Desk, forge: FakeForge) -> Desk:
    """Someone without a token."""
    desk.env = {"GITHUB_API_URL": forge.origin, "PATH": ""}
    return desk


def test_a_token_that_is_not_known_is_named_by_its_source(desk: Desk, forge: FakeForge) -> None:
    forge.on(PLACE, as_json({"message": "Bad credentials"}, 401))

    error = desk.refused()

    assert error.slug == "forge-token-refused"
    assert "GH_TOKEN" in error.message
    assert "gh auth login --hostname github.com" in error.hint


@pytest.mark.parametrize("status", [401, 403])
def test_without_a_token_one_is_told_how_to_sign_in(stranger: Desk, forge: FakeForge, status: int) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_json({"message": "Must have admin rights"}, status)})

    error = stranger.refused()

    assert error.slug == "forge-sign-in"
    assert "Must have admin rights" in error.message
    assert error.hint == "gh auth login --hostname github.com (or set GH_TOKEN)"


def test_a_right_that_is_missing_is_named(desk: Desk, forge: FakeForge) -> None:
    forge.on(PLACE, as_json({"message": "Resource not accessible by personal access token"}, 403))

    error = desk.refused()

    assert error.slug == "forge-forbidden"
    assert "actions:read" in error.hint


def test_the_token_of_a_workflow_is_told_which_permission_it_needs(desk: Desk, forge: FakeForge) -> None:
    desk.env["GITHUB_TOKEN"] = desk.env.pop("GH_TOKEN")
    forge.on(PLACE, as_json({"message": "Resource not accessible by integration"}, 403))

    assert "permissions: {actions: read}" in desk.refused().hint


def test_single_sign_on_leads_to_its_page(desk: Desk, forge: FakeForge) -> None:
    page = "https://github.com/orgs/hob/sso?authorization_request=A1"
    forge.on(PLACE, as_json({"message": "Resource protected"}, 403, **{"X-GitHub-SSO": f"required; url={page}"}))

    error = desk.refused()

    assert (error.slug, error.hint) == ("forge-sso", "authorise it at https://github.com/orgs/hob/sso")


def test_a_run_that_is_not_there_may_be_private_where_nobody_is_signed_in(stranger: Desk) -> None:
    error = stranger.refused()

    assert error.slug == "forge-not-found"
    assert "without a token" in error.message
    assert "gh auth login" in error.hint


def test_a_run_that_is_not_there_for_a_token_is_told_so(desk: Desk) -> None:
    error = desk.refused()

    assert error.slug == "forge-not-found"
    assert "does not find run 7 of hob/kettle, or the token from GH_TOKEN may not see it" in error.message


def test_a_spent_rate_limit_is_waited_for_where_it_comes_back_soon(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000012", "Date": DATE}
    forge.on(PLACE, as_json({"message": "API rate limit exceeded"}, 403, **headers), as_json(github_run()))

    desk.fetch()

    assert desk.time.slept == [13.0]
    assert "rate limit" in desk.said[0]
    assert "13 s" in desk.said[0]


def test_the_time_of_the_server_counts_and_not_ours(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    desk.time.at += 86_400
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000012", "Date": DATE}
    forge.on(PLACE, as_json({}, 429, **headers), as_json(github_run()))

    desk.fetch()

    assert desk.time.slept == [13.0]


@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_that_lasts_is_an_error_with_its_end(desk: Desk, forge: FakeForge, status: int) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700003600", "Date": DATE}
    forge.on(PLACE, as_json({"message": "API rate limit exceeded"}, status, **headers))

    error = desk.refused()

    assert error.slug == "forge-rate-limit"
    assert "2023-11-14 23:13 UTC" in error.message
    assert error.hint == "try again then"
    assert desk.time.slept == []


def test_without_a_token_a_rate_limit_suggests_one(stranger: Desk, forge: FakeForge) -> None:
    forge.on(PLACE, as_json({}, 429, **{"Retry-After": "3600"}))

    assert "set GH_TOKEN" in stranger.refused().hint


@pytest.mark.parametrize("asked", ["5", "Tue, 14 Nov 2023 22:13:25 GMT"])
@pytest.mark.parametrize("status", [403, 429, 503])
def test_retry_after_is_obeyed_as_seconds_and_as_a_date(desk: Desk, forge: FakeForge, status: int, asked: str) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(PLACE, as_json({}, status, **{"Retry-After": asked, "Date": DATE}), as_json(github_run()))

    desk.fetch()

    assert desk.time.slept == [5.0]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be changed here")
@pytest.mark.parametrize("asked", ["Tue, 14 Nov 2023 22:13:25 -0000", "Tue Nov 14 22:13:25 2023"])
def test_a_date_without_a_zone_is_that_of_greenwich_wherever_we_are(
    desk: Desk, forge: FakeForge, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(PLACE, as_json({}, 429, **{"Retry-After": asked, "Date": DATE}), as_json(github_run()))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        desk.fetch()
    time.tzset()

    assert desk.time.slept == [5.0]


def test_a_wait_beyond_all_calendars_is_a_limit_without_a_date(desk: Desk, forge: FakeForge) -> None:
    headers = {"Retry-After": "999999999", "Date": "Fri, 31 Dec 9999 23:59:59 GMT"}
    forge.on(PLACE, as_json({}, 429, **headers))

    error = desk.refused()

    assert error.slug == "forge-rate-limit"
    assert "refuses more requests for years" in error.message


@pytest.mark.parametrize("asked", ["0", "-5", "soon", "", "1e9", "Tue, 99 Nov 2023 22:13:25 GMT"])
def test_a_server_that_always_asks_to_wait_is_given_up(desk: Desk, forge: FakeForge, asked: str) -> None:
    forge.on(PLACE, as_json({}, 429, **{"Retry-After": asked}))

    assert desk.refused().slug == "forge-rate-limit"
    assert 1 <= len(desk.time.slept) <= 60
    assert sum(desk.time.slept) <= 60


def test_a_secondary_limit_without_a_time_waits_a_minute(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    limit = as_json({"message": "You have exceeded a secondary rate limit"}, 403)
    forge.on(PLACE, limit, as_json(github_run()))

    desk.fetch()

    assert desk.time.slept == [60.0]


def test_trouble_of_the_server_is_asked_again_three_times(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    bad = Answer(502, b"<html>bad gateway</html>")
    forge.on(PLACE, bad, bad, bad, as_json(github_run()))

    desk.fetch()

    assert desk.time.slept == [1.0, 2.0, 4.0]


def test_trouble_that_lasts_is_an_error(desk: Desk, forge: FakeForge) -> None:
    forge.on(PLACE, Answer(500))

    error = desk.refused()

    assert error.slug == "forge-trouble"
    assert "500" in error.message
    assert len(forge.asked) == 4


@pytest.mark.parametrize(
    "answer",
    [
        as_text("hello"),
        as_json([1, 2]),
        as_json("text"),
        Answer(200, b"\xff\xfe\x00"),
        Answer(200, b"[" * 100_000),
        Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
    ],
)
def test_what_is_no_answer_of_a_forge_is_told_so(desk: Desk, forge: FakeForge, answer: Answer) -> None:
    forge.on(PLACE, answer)

    assert desk.refused().slug == "forge-answer"


@pytest.mark.parametrize("jobs", [{"jobs": None}, {"jobs": [1]}, {}, [], {"jobs": {"id": 1}}])
def test_a_list_that_is_none_is_told_so(desk: Desk, forge: FakeForge, jobs: object) -> None:
    serve_github(forge, [], {})
    forge.on(f"{PLACE}/attempts/1/jobs", as_json(jobs))

    assert desk.refused().slug == "forge-answer"


def test_a_page_for_people_is_no_log(desk: Desk, forge: FakeForge) -> None:
    page = Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html; charset=utf-8"})
    serve_github(forge, [github_job(2, "test")], {2: page})

    assert desk.refused().slug == "forge-answer"


def test_a_log_that_its_host_has_lost_is_no_wrong_id(desk: Desk, forge: FakeForge, storage: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect(f"{storage.origin}/x?sig=s1gned")})
    storage.on("/x", Answer(404, b"<Error><Code>BlobNotFound</Code></Error>", {"Content-Type": "application/xml"}))

    error = desk.refused()

    assert error.slug == "log-not-available"
    assert "s1gned" not in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_a_log_that_its_host_refuses_says_nothing_of_the_token(
    desk: Desk, forge: FakeForge, storage: FakeForge, status: int
) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect(f"{storage.origin}/x?sig=s1gned")})
    storage.on("/x", Answer(status, b"<Error><Code>AuthenticationFailed</Code></Error>"))

    error = desk.refused()

    assert error.slug == "forge-trouble"
    assert storage.origin.removeprefix("http://") in error.message
    assert "token" not in error.message
    assert "s1gned" not in str(error)


def test_the_words_of_a_refusal_are_bounded_and_redacted(desk: Desk, forge: FakeForge) -> None:
    secret = "ghp_" + "aB3d" * 10
    forge.on(PLACE, as_json({"message": f"no\n\x1b[31m {secret} " + "x" * 5_000}, 403))

    error = desk.refused()

    assert secret not in error.message
    assert "\x1b" not in error.message
    assert len(error.message) < 700


def test_a_secret_that_is_cut_in_the_middle_is_redacted_before(desk: Desk, forge: FakeForge) -> None:
    secret = "ghp_" + "aB3d" * 10
    forge.on(PLACE, as_json({"message": "x" * 290 + f" {secret}"}, 403))

    assert secret[:6] not in desk.refused().message


@pytest.mark.parametrize("answer", [as_json({"message": "Gone"}, 410), as_text("")], ids=["gone", "empty"])
def test_the_commands_for_an_enterprise_host_name_it(desk: Desk, forge: FakeForge, answer: Answer) -> None:
    desk.env = {"GITHUB_SERVER_URL": forge.origin, "GH_TOKEN": desk.env["GH_TOKEN"]}
    serve_github(forge, [github_job(2, "test")], {2: answer}, prefix="/api/v3")

    hint = desk.refused(f"{forge.origin}/hob/kettle/actions/runs/7").hint

    assert f" -R {forge.origin.removeprefix('http://')}/hob/kettle" in hint


def test_a_check_that_is_gone_is_rerun_by_its_number(desk: Desk, forge: FakeForge) -> None:
    forge.on("/repos/hob/kettle/actions/jobs/2", as_json({"message": "Gone"}, 410))

    assert "gh run rerun --job 2 -R hob/kettle" in desk.refused("https://github.com/hob/kettle/runs/2").hint
