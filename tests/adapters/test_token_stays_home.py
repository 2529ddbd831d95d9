"""A token goes to the host that it belongs to, and nowhere else, whatever a URL, a redirect or a server says."""

from collections.abc import Callable

import pytest
from fake_forge import (
    LOG,
    FakeForge,
    as_json,
    as_text,
    as_zip,
    github_job,
    gitlab_job,
    redirect,
    serve_github,
    serve_gitlab,
)
from fetch_desk import RUN, TOKEN, Desk

from harness.adapters.forge_refusal import Asked
from harness.adapters.forge_token import Access, Token, access_to
from harness.adapters.http_reply import Reply
from harness.domain.ci_url import parse_ci_url
from pytest_repro.core.errors import ReproError

ENTERPRISE = "ghs_" + "ent3rprise" * 4
FOREIGN = "https://git.hob.example/hob/kettle/actions/runs/7"
GITLAB = "https://gitlab.com/hob/tea/kettle/-/jobs/5"
OWN_GITLAB = "https://git.hob.example/hob/tea/kettle/-/jobs/5"
NO_PATH = {"PATH": ""}


def token(url: str, env: dict[str, str]) -> Token | None:
    return access_to(parse_ci_url(url), NO_PATH | env).token


def test_a_log_on_another_host_is_fetched_without_the_token(desk: Desk, forge: FakeForge, storage: FakeForge) -> None:
    repo = serve_github(
        forge, [github_job(2, "test")], {2: redirect(f"{storage.origin}/logs/2?sig=x")},
        artifacts=[{"id": 9, "name": "junit", "size_in_bytes": 9}],
    )  # fmt: skip
    forge.on(f"{repo}/actions/artifacts/9/zip", redirect(f"{storage.origin}/9.zip"))
    storage.on("/logs/2", as_text(LOG))
    storage.on("/9.zip", as_zip({}))

    desk.fetch()

    assert desk.files()["test.log"] == LOG
    assert storage.paths() == ["/logs/2?sig=x", "/9.zip"]
    assert storage.secrets_seen() == set()
    assert not any(TOKEN in value for request in storage.asked for value in request.headers.values())
    assert forge.secrets_seen() == {f"Bearer {TOKEN}"}


def test_another_port_of_the_same_host_is_another_host(desk: Desk, forge: FakeForge, storage: FakeForge) -> None:
    assert forge.origin.rpartition(":")[0] == storage.origin.rpartition(":")[0]
    serve_github(forge, [github_job(2, "test")], {2: redirect(f"{storage.origin}/x")})
    storage.on("/x", as_text(LOG))

    desk.fetch()

    assert storage.secrets_seen() == set()


def test_a_redirect_on_the_same_host_keeps_the_token(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect("/moved/2", 307)})
    forge.on("/moved/2", as_text(LOG))

    desk.fetch()

    moved = next(request for request in forge.asked if request.path == "/moved/2")
    assert moved.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_chain_that_has_left_the_host_gets_no_token_on_its_way_back(
    desk: Desk, forge: FakeForge, storage: FakeForge
) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect(f"{storage.origin}/there")})
    storage.on("/there", redirect(f"{forge.origin}/back"))
    forge.on("/back", as_text(LOG))

    desk.fetch()

    back = next(request for request in forge.asked if request.path == "/back")
    assert "authorization" not in back.headers
    assert storage.secrets_seen() == set()


def test_a_cookie_of_the_forge_is_not_brought_to_the_log_host(desk: Desk, forge: FakeForge, storage: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect(f"{storage.origin}/x")})
    forge.on("/repos/hob/kettle/actions/runs/7", as_json({**_run(forge)}, Set_Cookie="session=s3cret; Path=/"))
    storage.on("/x", as_text(LOG))

    desk.fetch()

    assert storage.secrets_seen() == set()


def _run(forge: FakeForge) -> dict[str, object]:
    import json

    return dict(json.loads(forge.answer_to("/repos/hob/kettle/actions/runs/7").body))


@pytest.mark.parametrize(
    "location",
    [
        "http://storage.example/x",
        "ftp://storage.example/x",
        "file:///etc/passwd",
        "https://user:pw@storage.example/x",
        "http://[::1",
        "//",
        "https://",
        "gopher:x",
    ],
)
def test_a_redirect_to_no_safe_address_is_refused(desk: Desk, forge: FakeForge, location: str) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect(location)})

    with pytest.raises(ReproError) as caught:
        desk.fetch()

    assert caught.value.slug == "forge-redirect"
    assert TOKEN not in str(caught.value)


def test_a_loop_of_redirects_ends(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: redirect("/repos/hob/kettle/actions/jobs/2/logs")})

    with pytest.raises(ReproError, match="more than 5 times") as caught:
        desk.fetch()

    assert caught.value.slug == "forge-redirect"
    assert len([path for path in forge.paths() if path.endswith("/logs")]) == 6


def test_a_host_that_only_looks_like_enterprise_gets_no_token(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, prefix="/api/v3")
    env = {"GH_TOKEN": TOKEN, "GITHUB_TOKEN": TOKEN, "GH_ENTERPRISE_TOKEN": ENTERPRISE, "GITLAB_TOKEN": TOKEN,
           "CI_JOB_TOKEN": TOKEN, "GITHUB_ENTERPRISE_TOKEN": ENTERPRISE}  # fmt: skip

    desk.fetch(f"{forge.origin}/hob/kettle/actions/runs/7", env=env)

    assert forge.secrets_seen() == set()


def test_a_foreign_gitlab_gets_no_token(desk: Desk, forge: FakeForge) -> None:
    serve_gitlab(forge, [gitlab_job(5, "test")], {5: as_text(LOG)})

    desk.fetch(
        f"{forge.origin}/hob/tea/kettle/-/jobs/5", env={"GITLAB_TOKEN": TOKEN, "CI_JOB_TOKEN": TOKEN, "GH_TOKEN": TOKEN}
    )

    assert forge.secrets_seen() == set()


@pytest.mark.parametrize(
    "env",
    [
        {"GH_TOKEN": TOKEN, "GITHUB_TOKEN": "other"},
        {"GITHUB_TOKEN": TOKEN},
        {"GITHUB_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": "https://api.github.com"},
        {"GH_TOKEN": TOKEN, "GH_ENTERPRISE_TOKEN": ENTERPRISE, "GH_HOST": "github.com"},
        {"GH_TOKEN": f" {TOKEN}\n", "GITHUB_TOKEN": "other"},
    ],
)
def test_the_token_of_github_com_goes_to_its_api(env: dict[str, str]) -> None:
    access = access_to(parse_ci_url(RUN), NO_PATH | env)

    assert (access.base, access.token) == (
        "https://api.github.com",
        Token("authorization", f"Bearer {TOKEN}", next(iter(env))),
    )


@pytest.mark.parametrize(
    "url",
    [
        FOREIGN,
        "https://github.com.evil.example/hob/kettle/actions/runs/7",
        "https://github.com:8443/hob/kettle/actions/runs/7",
        "https://api.github.com.evil.example/repos/hob/kettle/actions/runs/7",
        "https://evil.example/api/v3/repos/hob/kettle/actions/runs/7",
        "https://evil.ghe.com/hob/kettle/actions/runs/7",
        "https://xgithub.com/hob/kettle/actions/runs/7",
    ],
)
def test_the_token_of_github_com_goes_to_no_other_host(url: str) -> None:
    env = {"GH_TOKEN": TOKEN, "GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "https://api.github.com"}
    access = access_to(parse_ci_url(url), NO_PATH | env)

    assert access.token is None
    assert "GH_TOKEN is not sent" in access.withheld


@pytest.mark.parametrize(
    "url", ["https://github.com./hob/kettle/actions/runs/7", "https://GitHub.com:443/hob/kettle/actions/runs/7"]
)
def test_another_spelling_of_github_com_is_github_com(url: str) -> None:
    assert token(url, {"GH_TOKEN": TOKEN}) is not None


@pytest.mark.parametrize(
    "env",
    [
        {"GH_ENTERPRISE_TOKEN": ENTERPRISE, "GH_HOST": "git.hob.example"},
        {"GITHUB_ENTERPRISE_TOKEN": ENTERPRISE, "GH_HOST": "https://git.hob.example/", "GH_TOKEN": TOKEN},
        {"GH_ENTERPRISE_TOKEN": ENTERPRISE, "GITHUB_SERVER_URL": "https://git.hob.example", "GITHUB_TOKEN": TOKEN},
        {"GITHUB_TOKEN": ENTERPRISE, "GITHUB_SERVER_URL": "https://git.hob.example"},
        {"GITHUB_TOKEN": ENTERPRISE, "GITHUB_API_URL": "https://git.hob.example/api/v3"},
    ],
)
def test_an_enterprise_token_goes_to_the_host_that_is_named_as_its_own(env: dict[str, str]) -> None:
    access = access_to(parse_ci_url(FOREIGN), NO_PATH | env)

    assert access.base == "https://git.hob.example/api/v3"
    assert access.token is not None
    assert access.token.value == f"Bearer {ENTERPRISE}"


def test_the_token_of_an_enterprise_runner_does_not_go_to_github_com() -> None:
    env = {
        "GITHUB_TOKEN": ENTERPRISE,
        "GITHUB_SERVER_URL": "https://git.hob.example",
        "GH_ENTERPRISE_TOKEN": ENTERPRISE,
    }

    assert token(RUN, env) is None


def test_an_enterprise_token_without_a_host_goes_nowhere_and_the_reason_is_told() -> None:
    access = access_to(parse_ci_url(FOREIGN), NO_PATH | {"GH_ENTERPRISE_TOKEN": ENTERPRISE})

    assert access.token is None
    assert "GH_HOST=git.hob.example" in access.withheld


@pytest.mark.parametrize("path", ["/hob/kettle/actions/runs/7", "/hob/kettle/-/jobs/7"])
def test_what_is_said_to_set_for_a_host_on_this_machine_does_send_the_token(path: str) -> None:
    url = parse_ci_url(f"http://127.0.0.1:9{path}")
    env = NO_PATH | {"GITLAB_TOKEN": TOKEN, "GH_ENTERPRISE_TOKEN": ENTERPRISE}
    setting = access_to(url, env).withheld.rpartition(" ")[2]
    told = Asked(url, access_to(url, NO_PATH)).refusal(Reply(401, {}, url.host), "run 7").hint

    name, _, value = setting.partition("=")

    assert access_to(url, env | {name: value}).token is not None
    assert f" and {setting}" in told


def test_a_tenant_of_ghe_com_has_its_own_api_and_token() -> None:
    url = parse_ci_url("https://api.hob.ghe.com/repos/hob/kettle/actions/runs/7")
    access = access_to(url, NO_PATH | {"GH_TOKEN": TOKEN, "GH_HOST": "hob.ghe.com"})

    assert access.base == "https://api.hob.ghe.com"
    assert access.token is not None
    assert access_to(parse_ci_url(RUN), NO_PATH | {"GH_TOKEN": TOKEN, "GH_HOST": "hob.ghe.com"}).token is None


@pytest.mark.parametrize(
    ("url", "env", "header"),
    [
        (GITLAB, {"GITLAB_TOKEN": TOKEN}, "private-token"),
        (OWN_GITLAB, {"GITLAB_TOKEN": TOKEN, "GITLAB_HOST": "git.hob.example"}, "private-token"),
        (OWN_GITLAB, {"GITLAB_TOKEN": TOKEN, "CI_SERVER_URL": "https://git.hob.example"}, "private-token"),
        (OWN_GITLAB, {"CI_JOB_TOKEN": TOKEN, "CI_SERVER_URL": "https://git.hob.example"}, "job-token"),
        (OWN_GITLAB, {"GITLAB_TOKEN": TOKEN}, None),
        (OWN_GITLAB, {"CI_JOB_TOKEN": TOKEN}, None),
        (GITLAB, {"GITLAB_TOKEN": TOKEN, "GITLAB_HOST": "git.hob.example"}, None),
        (GITLAB, {"GITLAB_TOKEN": TOKEN, "CI_SERVER_URL": "https://git.hob.example"}, None),
        (GITLAB, {"CI_JOB_TOKEN": TOKEN}, None),
        (GITLAB, {"GH_TOKEN": TOKEN}, None),
    ],
)
def test_a_token_of_gitlab_goes_to_the_host_that_is_named_as_its_own(
    url: str, env: dict[str, str], header: str | None
) -> None:
    found = token(url, env)

    assert (found and found.header) == header


def test_gh_is_asked_for_the_host_and_sees_no_token_of_the_environment(gh: Callable[[str], str]) -> None:
    path = gh(
        '[ -z "$GH_TOKEN$GH_ENTERPRISE_TOKEN$GITHUB_TOKEN" ] && echo "gho_$1$2$3" | tr -d -- "- " && echo "$4" >&2'
    )
    env = {"PATH": path, "GH_TOKEN": TOKEN, "GH_ENTERPRISE_TOKEN": ENTERPRISE}

    found = access_to(parse_ci_url(FOREIGN), env).token

    assert found == Token("authorization", "Bearer gho_authtokenhostname", "gh auth token")


@pytest.mark.parametrize(
    "script", ["exit 1", "echo 'no oauth token'; exit 0", "echo; exit 0", "printf 'a b\\nc'", "kill $$"]
)
def test_gh_without_a_token_is_as_no_gh(gh: Callable[[str], str], script: str) -> None:
    assert access_to(parse_ci_url(RUN), {"PATH": gh(script)}) == Access("https://api.github.com", None)


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "ключ"])
def test_a_token_that_is_none_is_refused_unseen(value: str) -> None:
    with pytest.raises(ReproError) as caught:
        token(RUN, {"GH_TOKEN": value})

    assert caught.value.slug == "forge-token-form"
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example",
        "api.github.com",
        "ftp://x/y",
        "https://u:p@api.example",
        "https://api.example?x=1",
        "https://",
    ],
)
def test_an_address_of_an_api_without_encryption_or_host_is_refused(address: str) -> None:
    with pytest.raises(ReproError) as caught:
        token(RUN, {"GITHUB_API_URL": address, "GH_TOKEN": TOKEN})

    assert caught.value.slug == "forge-api-url"
    assert "u:p" not in str(caught.value)


def test_a_token_is_in_no_repr() -> None:
    access = access_to(parse_ci_url(RUN), NO_PATH | {"GH_TOKEN": TOKEN})

    assert TOKEN not in repr(access)
