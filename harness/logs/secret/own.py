"""Secrets of the process's own environment: a log of the same machine, or of the same team's CI, may print them."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final
from urllib.parse import unquote, urlsplit

from harness.logs.secret.code import is_word

_NAME: Final = re.compile(
    r"(?i)(?:.*_)?(?:[a-z0-9]*token|[a-z0-9]*secret|passw(?:or)?d|passphrase|pwd|pat|pass|credentials?"
    r"|(?:api|access|private|secret|account|signing|encryption|master|deploy|service)_?key)(?:_[a-z0-9]{1,20})?"
)
_NO_VALUE: Final = re.compile(r"(?i).*_(?:file|path|dir|url|uri|type|name|length|ttl|timeout|user|id|sock|enabled)")
_PLAIN: Final = re.compile(r"[A-Za-z]{1,24}(?:[ _.-][A-Za-z]{1,24}){0,5}\d{0,2}|\d+|[~./].*|\w:[\\/].*", re.DOTALL)
_SHORTEST: Final = 8


@cache
def own_secrets() -> tuple[str, ...]:
    """Return the secrets of this process's environment, as it was when they were first asked for."""
    return tuple(secrets_in(os.environ))


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of variables whose names say secret, and passwords in addresses.

    A value that is plain words, a number or a path is left: `postgres` stands in the ids of tests, and is no secret.
    """
    for name, value in environment.items():
        if "://" in value:
            value = _password(value)
        elif not _NAME.fullmatch(name) or _NO_VALUE.fullmatch(name):
            continue
        if len(value) >= _SHORTEST and not _PLAIN.fullmatch(value) and not is_word(value):
            yield value


def _password(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""
