"""What an address of a CI run says: which forge, which repository, which run, attempt and job."""

import re
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pytest_repro.core.errors import ReproError

Forge = Literal["github", "gitlab"]

ACCEPTED: Final = (
    "https://github.com/OWNER/REPO/actions/runs/ID",
    "https://github.com/OWNER/REPO/actions/runs/ID/attempts/N",
    "https://github.com/OWNER/REPO/actions/runs/ID/job/ID",
    "https://github.com/OWNER/REPO/pull/N/checks?check_run_id=ID",
    "https://gitlab.com/GROUP/PROJECT/-/jobs/ID",
    "https://gitlab.com/GROUP/PROJECT/-/pipelines/ID",
)
BY_HAND: Final = 'save the log to ci.log and name that: repro analyze ci.log, or "raw-logs": "ci.log" in the input file'
_ID: Final = r"(?P<%s>[1-9][0-9]{0,18})"
_RUN, _JOB, _ATTEMPT = _ID % "run", _ID % "job", r"(?P<attempt>[1-9][0-9]{0,5})"
_OWNER: Final = r"/(?P<repository>[A-Za-z0-9_][A-Za-z0-9_-]{0,99}/(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100})"
_GITHUB: Final = tuple(
    re.compile(_OWNER + rest)
    for rest in (
        rf"/actions/runs/{_RUN}(?:/attempts/{_ATTEMPT})?(?:/jobs?/{_JOB}(?:/logs)?|/(?:jobs|logs|workflow|usage)"
        rf"|/artifacts(?:/[0-9]{{1,19}})?)?",
        rf"/actions/jobs/{_JOB}(?:/logs)?",
        rf"/runs/{_JOB}",
        rf"/check-runs/{_JOB}",
        rf"/commits?/[0-9a-fA-F]{{4,64}}/checks/{_JOB}(?:/logs)?",
    )
)
_CHECKS: Final = re.compile(_OWNER + r"/(?:pull/[0-9]{1,19}|commits?/[0-9a-fA-F]{4,64})/checks")
_NAMES_NO_RUN: Final = re.compile(_OWNER + r"/(?:actions|pull|commit)(?:/[^\0]{0,500})?")
_PART: Final = r"(?!-/)[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}"
_PROJECT: Final = rf"/(?P<repository>{_PART}(?:/{_PART}){{1,20}}?)"
_PROJECT_PAGE: Final = re.compile(rf"{_PROJECT}/-/(?:jobs|pipelines|merge_requests|commit)(?:/[^\0]{{0,500}})?")
_GITLAB: Final = tuple(
    re.compile(_PROJECT + rest)
    for rest in (
        rf"(?:/-)?/(?:jobs|builds)/{_JOB}(?:/(?:raw|trace|viewer|artifacts(?:/[^\0]{{0,1000}})?)(?:\.json)?)?",
        rf"(?:/-)?/pipelines/{_RUN}(?:/[a-z_]{{1,40}})?",
    )
)
_GITLAB_API: Final = re.compile(
    rf"/api/v4/projects/(?P<repository>[^/]{{1,1000}})/(?:jobs/{_JOB}(?:/[a-z_]{{1,40}})?|pipelines/{_RUN}(?:/[a-z_]{{1,40}})?)"
)
_TENANT: Final = re.compile(r"(?:api\.)?([a-z0-9-]{1,63}\.ghe\.com)")
_SECRET_KEYS: Final = re.compile(
    r"(?i)[?&#;](?:[a-z0-9_.-]{0,40}(?:token|secret|passw|api[_-]?key)[a-z0-9_.-]{0,40}|sig|signature|auth)="
)
# Hosts with paths that look like a forge's: another CI, and parts of github.com that hold no repositories.
_OTHERS: Final = re.compile(r"(?:.{1,200}\.)?travis-ci\.(?:org|com)|(?!api\.|www\.).{1,200}\.github\.com")
_AUTHORITY: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class CiUrl:
    """A run, or one job of it. origin: scheme and authority of the forge's own site ("https://github.com").

    repository: "owner/name", for GitLab the whole path of groups or the project's number; run: of GitLab the pipeline;
    job: of GitHub also the check's id, which is the same for a job of Actions. At least one of run and job is given.
    """

    forge: Forge
    origin: str
    repository: str
    run: int | None = None
    attempt: int | None = None
    job: int | None = None

    @property
    def host(self) -> str:
        """The authority without its scheme: "github.com", "git.example:8443"."""
        return self.origin.partition("://")[2]


def for_gh(host: str, repository: str) -> str:
    """Return `repository` as `gh -R` takes it, which means github.com where no host is named."""
    return repository if host == "github.com" else f"{host}/{repository}"


def parse_ci_url(text: str) -> CiUrl:
    """Return what `text` names; which forge an unknown host is, the shape of the path decides.

    Raises ReproError `url-credentials`, `url-insecure`, `url-no-check` or `url-not-a-run`; credentials are never shown.
    """
    text = text.strip()
    if _has_credentials(text):
        raise ReproError(
            "the url holds a user name, a password or a token; expected an address without any (it is not shown here)",
            "url-credentials",
            "remove it from the url, revoke it if it was real, and set GH_TOKEN or GITLAB_TOKEN instead",
        )
    parts = _split(text)
    origin = _origin(parts, text)
    if _OTHERS.fullmatch(origin.partition("://")[2]):
        raise _not_a_run(text)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    found = _github(origin, path, parts) or _gitlab(origin, path)
    if found is None:
        raise _refusal(origin, path, text)
    return found


def is_loopback(host: str) -> bool:
    """Whether an authority is this machine itself, by its address or as `localhost`."""
    name = re.sub(r":[0-9]{1,5}$", "", host).strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def origin_of(address: str) -> str | None:
    """Return scheme and authority of `address` in one spelling, or None where it is no http(s) address of a host.

    The default port, a dot at the end of the host and capital letters make no other host.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    if parts.scheme not in ("http", "https"):
        return None
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        host = f"{host}:{port}"
    return f"{parts.scheme}://{host}" if _AUTHORITY.fullmatch(host) else None


def _has_credentials(text: str) -> bool:
    authority = re.split(r"[/?#]", text.partition("://")[2] or text, maxsplit=1)[0]
    return "@" in authority or bool(_SECRET_KEYS.search(text))


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:  # brackets that hold no address
        raise _not_a_run(text) from None


def _origin(parts: SplitResult, text: str) -> str:
    origin = origin_of(text)
    if origin is None or not text.isprintable():
        raise _not_a_run(text)
    if parts.scheme == "http" and not is_loopback(origin.partition("://")[2]):
        raise ReproError(
            f"{origin} would be asked without encryption; expected https",
            "url-insecure",
            "write https:// (http is for this machine itself alone)",
        )
    return origin


def _github(origin: str, path: str, parts: SplitResult) -> CiUrl | None:
    scheme, _, host = origin.partition("://")
    if host in ("gitlab.com", "www.gitlab.com"):
        return None
    tenant = _TENANT.fullmatch(host)
    if host in ("api.github.com", "www.github.com"):
        host = "github.com"
    elif tenant:
        host = tenant[1]
    path = re.sub(r"^(?:/api/v3)?/repos(?=(?:/[^/]{1,100}){2}/(?:actions/(?:runs|jobs)|check-runs)/)", "", path)
    named = next((found for shape in _GITHUB if (found := shape.fullmatch(path))), None)
    if named is not None:
        return _filled(CiUrl("github", f"{scheme}://{host}", named["repository"]), named)
    checks = _CHECKS.fullmatch(path)
    check = parse_qs(parts.query).get("check_run_id", [""])[0]
    if checks and re.fullmatch(_JOB, check):
        return CiUrl("github", f"{scheme}://{host}", checks["repository"], job=int(check))
    return None


def _gitlab(origin: str, path: str) -> CiUrl | None:
    host = origin.partition("://")[2]
    if host.endswith(("github.com", ".ghe.com")):
        return None
    origin = "https://gitlab.com" if host == "www.gitlab.com" else origin
    if found := _GITLAB_API.fullmatch(path):
        project = unquote(found["repository"])
        if project.isascii() and (project.isdigit() or re.fullmatch(_PROJECT, f"/{project}")):
            return _filled(CiUrl("gitlab", origin, project), found)
        return None
    named = next((found for shape in _GITLAB if (found := shape.fullmatch(path))), None)
    return _filled(CiUrl("gitlab", origin, named["repository"]), named) if named else None


def _filled(url: CiUrl, named: re.Match[str]) -> CiUrl:
    numbers = {key: int(value) for key, value in named.groupdict().items() if key != "repository" and value}
    return replace(url, run=numbers.get("run"), attempt=numbers.get("attempt"), job=numbers.get("job"))


def _refusal(origin: str, path: str, text: str) -> ReproError:
    hub = origin != "https://gitlab.com" and _NAMES_NO_RUN.fullmatch(path)
    lab = origin != "https://github.com" and _PROJECT_PAGE.fullmatch(path)
    if hub or lab:
        return ReproError(
            f"{shown(text)} names no run, job or check; expected the address of one",
            "url-no-check",
            "open the red check or job in a browser and copy the address of that page; it has check_run_id=ID, "
            "/actions/runs/ID, /-/jobs/ID or /-/pipelines/ID in it",
        )
    return _not_a_run(text)


def _not_a_run(text: str) -> ReproError:
    return ReproError(
        f"{shown(text)} is no address of a CI run that is known; expected one of:\n  " + "\n  ".join(ACCEPTED),
        "url-not-a-run",
        "the same forms are taken for GitHub Enterprise and GitLab on other hosts, and as addresses of their REST API; "
        f"of another CI, {BY_HAND}",
    )


def shown(text: str) -> str:
    """Return `text` for a message: without its query and fragment, at most 200 characters."""
    bare = re.split(r"[?#]", text, maxsplit=1)[0]
    return repr(bare if len(bare) <= 200 else f"{bare[:200]}...")
