"""The installed pytest-repro that is running: its version, and how another interpreter gets the same one."""

import json
import shlex
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any, Final
from urllib.parse import unquote, urlsplit

NAME: Final = "pytest-repro"


def own_version() -> str | None:
    """Return the version of the running distribution, or None where it runs from a folder without being installed."""
    found = _own()
    return found.version if found else None


def install_command(python: str, pip: bool, *requirements: str) -> str:
    """Return the command that installs `requirements` for the interpreter `python`; pasteable.

    Without any, they are the pytest-repro that is running: a local folder or file, or a commit, is named again where
    this one was installed from it. `pip`: whether the interpreter has pip; else the command is uv's.
    """
    installer = [python, "-m", "pip", "install"] if pip else ["uv", "pip", "install", "--python", python]
    return shlex.join([*installer, *(requirements or _requirement(_own()))])


def _own() -> Distribution | None:
    try:
        return distribution(NAME)
    except PackageNotFoundError:
        return None


def _requirement(found: Distribution | None) -> list[str]:
    if found is None:
        return [NAME]
    origin = _origin(found)
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return [f"{NAME} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"]
    if url.startswith("file:"):
        path = unquote(urlsplit(url).path)
        return ["--editable", path] if origin.get("dir_info", {}).get("editable") else [path]
    return [f"{NAME} @ {url}"] if url else [f"{NAME}=={found.version}"]


def _origin(found: Distribution) -> dict[str, Any]:
    text = found.read_text("direct_url.json")  # PEP 610; an index install has none
    data = json.loads(text) if text else {}
    return data if isinstance(data, dict) else {}
