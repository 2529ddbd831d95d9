"""The files that errors name, as a log prints them."""

import re
from collections.abc import Iterable
from typing import Final

from harness.domain.failing_test import FailingTest

_MOST: Final = 20
_TRACEBACK: Final = re.compile(r'^\s*(?:E +)?File "([^"<>]{1,300})", line \d+')
_PLACE: Final = re.compile(r"^\s*(?:\[\w{1,10}\] )?(?:e: )?([\w./@+~-]{1,300}\.\w{1,8})(?:\(\d+|:\[?\d+)")
_FOREIGN: Final = (
    "site-packages",
    "dist-packages",
    "hostedtoolcache",
    "/lib/python",
    "node_modules",
    "<frozen",
    "/.rvm/",
    "vendor/bundle",
)
_SYSTEM: Final = ("/usr/", "/opt/", "/lib/")


def affected_files(tests: Iterable[FailingTest], texts: Iterable[str]) -> tuple[str, ...]:
    """Return the files named by failing tests, tracebacks and compilers, relative ones first, each once."""
    found: dict[str, None] = {}
    for test in tests:
        for path in ((test.location or "").rpartition(":")[0], (test.nodeid or "").partition("::")[0]):
            if _own(path):
                found[path] = None
    for text in texts:
        hit = _TRACEBACK.match(text) or (_PLACE.match(text) if "rror" in text else None)
        if hit and _own(hit[1]):
            found[hit[1]] = None
    return tuple(sorted(found, key=lambda path: path.startswith("/"))[:_MOST])


def _own(path: str) -> bool:
    return (
        "." in path.rpartition("/")[2] and not path.startswith(_SYSTEM) and not any(word in path for word in _FOREIGN)
    )
