"""Environments for children: nothing of the surrounding pytest, coverage or git, and never a forge's token."""

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from harness.logs.redact import redact

_FORGE: Final = re.compile(
    r"(?:GH|GITHUB|GITLAB|GL|CI|BITBUCKET|GITEA|FORGEJO|CODEBERG|AZURE_DEVOPS|SYSTEM|ACTIONS|RENOVATE|HUB|GIT|OAUTH2?)_"
    r"(?:[A-Z0-9_]*_)?(?:ACCESS)?(?:TOKEN|PAT|PASSWORD|PASSWD|SECRET|JWT|CREDENTIALS?|PRIVATE_KEY|ASKPASS)(?:_[A-Z0-9_]*)?"
)
_FORGE_VALUE: Final = re.compile(r"(?:gh[pousr]_|github_pat_|gl(?:pat|cbt|dt|rt|ptt)-)[A-Za-z0-9_.-]{8,}")
# The outer run's own settings would change what the inner one does: options, plugins, measuring, the repository.
_OUTER: Final = re.compile(
    r"PYTEST_.*|REPRO_(?:STRESS|TIME|STOP|SEED|JOURNAL|REPLAY)|COVERAGE_.*|COV_CORE_.*|HYPOTHESIS_STORAGE_DIRECTORY"
    r"|GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX)"
)
# How a child could act as the user on a forge without a token.
_DOORS: Final = frozenset(
    ("SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GH_CONFIG_DIR")
)


def is_forge_token(name: str, value: str = "") -> bool:
    """Whether a variable holds, by its name or by the form of its value, a credential of a forge or of its CI."""
    return bool(_FORGE.fullmatch(name.upper()) or _FORGE_VALUE.match(value))


def child_environment(outer: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return `outer` cleaned, with `added` on top, without any forge token, even one that `added` names."""
    kept = {name: value for name, value in outer.items() if not _OUTER.fullmatch(name)}
    return {name: value for name, value in (kept | dict(added)).items() if not is_forge_token(name, value)}


def without_doors(env: Mapping[str, str]) -> dict[str, str]:
    """Return `env` without the agents and helpers through which a child could sign in somewhere as the user."""
    return {name: value for name, value in env.items() if name not in _DOORS}


def import_path(tree: Path, rest: Iterable[str] = ()) -> str:
    """Return a PYTHONPATH under which the code of `tree` wins over an installed checkout of the same project."""
    own = [str(tree), *([str(tree / "src")] if (tree / "src").is_dir() else [])]
    return ":".join([*own, *(one for one in rest if one)])


def assignments(env: Mapping[str, str]) -> list[str]:
    """Return `NAME=VALUE` words for a pasteable command; a value that looks secret is left to the person's shell."""
    return [_assignment(name, value) for name, value in env.items() if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)]


def _assignment(name: str, value: str) -> str:
    plain = f"{name}={value}"
    return f"{name}={shlex.quote(value)}" if redact(plain) == plain else f'{name}="${name}"'
