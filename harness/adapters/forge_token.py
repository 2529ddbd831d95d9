"""Which API a forge's site has, and which token may be sent there: one that is known to belong to that very host."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from harness.adapters.environment import is_forge_token
from harness.domain.ci_url import CiUrl, is_loopback, origin_of
from pytest_repro.core.errors import ReproError

GITHUB: Final = "https://github.com"
GITLAB: Final = "https://gitlab.com"
_ENTERPRISE: Final = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_GITHUB_OWN: Final = ("GH_TOKEN", "GITHUB_TOKEN")
_GH_LIMIT: Final = 15.0  # seconds; its key ring may ask somebody


@dataclass(frozen=True, slots=True)
class Token:
    """A credential and the header that it travels in; its value is in no repr. source: where it was found."""

    header: str
    value: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Access:
    """How a forge's API is reached. base: its address; token: None without any; withheld: why a token is not sent.

    below: the path below which GitLab is installed on its host, "" at its top.
    """

    base: str
    token: Token | None
    withheld: str = ""
    below: str = ""


def access_to(url: CiUrl, env: Mapping[str, str]) -> Access:
    """Return the API of the forge that `url` is on, and the token that belongs to it.

    GH_TOKEN and GITHUB_TOKEN belong to github.com, or to the host that GITHUB_SERVER_URL or GITHUB_API_URL names, and
    the enterprise ones to that host or to GH_HOST's; GITLAB_TOKEN to gitlab.com, or to the host of GITLAB_HOST or
    CI_SERVER_URL; CI_JOB_TOKEN to CI_SERVER_URL's. A host is never trusted because of what it looks like.
    Raises ReproError("forge-api-url") and ("forge-token-form").
    """
    return _github(url, env) if url.forge == "github" else _gitlab(url, env)


def _github(url: CiUrl, env: Mapping[str, str]) -> Access:
    home, home_api = _github_home(env)
    base = home_api if url.origin == home else _github_api(url.origin)
    names: list[str] = []
    own_enterprise = url.origin == home or url.origin == _named_host(env, "GH_HOST")
    if url.origin != GITHUB and own_enterprise:
        names += _ENTERPRISE
    if url.origin == home:
        names += _GITHUB_OWN
    value, source = _first(env, names)
    if not value:
        value, source = _from_gh(url.host, env), "gh auth token"
    if value:
        return Access(base, Token("authorization", f"Bearer {value}", source))
    if held := _first(env, [*_ENTERPRISE, *_GITHUB_OWN])[1]:
        return Access(base, None, _withheld(held, url, f"GH_ENTERPRISE_TOKEN to it and GH_HOST={setting_of(url)}"))
    return Access(base, None)


def _github_home(env: Mapping[str, str]) -> tuple[str, str]:
    """Return the site whose token GITHUB_TOKEN is, and the address of its API."""
    server, api = _address(env, "GITHUB_SERVER_URL"), _address(env, "GITHUB_API_URL")
    if server is None and api is not None:
        server = _site_of(api)
    if server is None:
        host = _named_host(env, "GH_HOST")
        server = host if host and host.endswith(".ghe.com") else GITHUB
    site = origin_of(server) or GITHUB
    return site, api or _github_api(site)


def _github_api(site: str) -> str:
    scheme, _, host = site.partition("://")
    return f"{scheme}://api.{host}" if host == "github.com" or host.endswith(".ghe.com") else f"{site}/api/v3"


def _site_of(api: str) -> str | None:
    """Return the site that an API's address belongs to, None where its form does not tell."""
    origin = origin_of(api) or ""
    if origin.endswith((".ghe.com", "//api.github.com")):
        return origin.replace("//api.", "//", 1)
    return origin if api.endswith("/api/v3") else None


def _gitlab(url: CiUrl, env: Mapping[str, str]) -> Access:
    server, api = _address(env, "CI_SERVER_URL"), _address(env, "CI_API_V4_URL")
    ours = server is not None and origin_of(server) == url.origin
    below = urlsplit(server).path if ours and server else ""
    base = api if ours and api and origin_of(api) == url.origin else f"{url.origin}{below}/api/v4"
    home = _named_host(env, "GITLAB_HOST") or (server and origin_of(server)) or GITLAB
    if url.origin == home and (value := _first(env, ["GITLAB_TOKEN"])[0]):
        return Access(base, Token("private-token", value, "GITLAB_TOKEN"), below=below)
    if ours and (value := _first(env, ["CI_JOB_TOKEN"])[0]):
        return Access(base, Token("job-token", value, "CI_JOB_TOKEN"), below=below)
    if held := _first(env, ["GITLAB_TOKEN"])[1]:
        return Access(base, None, _withheld(held, url, f"GITLAB_HOST={setting_of(url)}"), below)
    return Access(base, None, below=below)


def _withheld(held: str, url: CiUrl, setting: str) -> str:
    return f"{held} is not sent to {url.host}, since nothing says that it belongs there; if it does, set {setting}"


def setting_of(url: CiUrl) -> str:
    """Return the host as a variable has to name it: https is what is meant without a scheme."""
    return url.host if url.origin.startswith("https://") else url.origin


def _address(env: Mapping[str, str], name: str) -> str | None:
    """Return the address in variable `name` without a slash at its end; http is for this machine alone."""
    text = env.get(name, "").strip().rstrip("/")
    if not text:
        return None
    origin = origin_of(text)
    plain = origin is not None and "@" not in text and "?" not in text and "#" not in text
    if not plain or not (text.startswith("https://") or is_loopback(str(origin).partition("://")[2])):
        raise ReproError(
            f"{name} is no address of an API; expected https:// and a host, without a user name",
            "forge-api-url",
            f"unset {name}",
        )
    return text


def _named_host(env: Mapping[str, str], name: str) -> str | None:
    """Return the origin of the host in variable `name`, which may be written with or without a scheme."""
    text = env.get(name, "").strip()
    return origin_of(text if "://" in text else f"https://{text}") if text else None


def _first(env: Mapping[str, str], names: Sequence[str]) -> tuple[str, str]:
    for name in names:
        if value := env.get(name, "").strip():
            if not value.isascii() or not value.isprintable() or " " in value:
                raise ReproError(
                    f"{name} holds a blank or a character that no token has", "forge-token-form", f"set {name} anew"
                )
            return value, name
    return "", ""


def _from_gh(host: str, env: Mapping[str, str]) -> str:
    """Return the token that gh has stored for `host`, "" without gh or without a token.

    gh would hand out GH_ENTERPRISE_TOKEN for any host that is not GitHub's own, so that it sees no token of ours.
    """
    program = shutil.which("gh", path=env.get("PATH", ""))
    if program is None:
        return ""
    clean = {name: value for name, value in env.items() if not is_forge_token(name)} | {"GH_PROMPT_DISABLED": "1"}
    try:
        done = subprocess.run(
            [program, "auth", "token", "--hostname", host],
            env=clean,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GH_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    said = done.stdout.decode("ascii", "replace").strip()
    return said if done.returncode == 0 and re.fullmatch(r"[A-Za-z0-9_.-]{8,500}", said) else ""
