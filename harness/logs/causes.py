"""Which failing tests fail for the same reason."""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from harness.domain.cause import Cause
from harness.domain.failing_test import FailingTest
from pytest_repro.core.message import normalise

_CUT: Final = "..."  # where a line of the short summary ends a message that is too long for it
_ASSERTION: Final = "AssertionError"
_ANYWHERE: Final = "*"
_TELLING: Final = 8  # characters that a message must have before its cut to tell which one it is
# What lies outside of the code fails alike wherever it is met: a hundred files that import what is missing have one
# cause. Python's own errors for it, and the names that libraries give theirs.
_OUTSIDE: Final = re.compile(
    r"ImportError|ModuleNotFoundError|PackageNotFoundError|DistributionNotFound|OSError|IOError|EnvironmentError"
    r"|PermissionError|FileNotFoundError|MemoryError|gaierror|URLError|HTTPError"
    r"|[A-Za-z]{0,80}(?:Connection|Connect|Timeout|SSL|DNS|Proxy|Operational|Credentials|Authentication|Unavailable)"
    r"[A-Za-z]{0,40}Error|[A-Za-z]{0,80}(?:Timeout|TimedOut|Unavailable)"
)
# Folders differ from machine to machine, what lies in them does not.
_FOLDERS: Final = re.compile(
    r"(?<![\w./~:>-])~?/(?:[^\s'\"/:;,()\[\]]{1,255}/){1,60}"
    r"|(?<![\w.-])[A-Za-z]:(?:\\{1,2}[^\s'\"\\/:;,()\[\]]{1,255}){1,60}\\{1,2}"
)
_LIBRARY: Final = re.compile(r"[/\\](?:site|dist)-packages[/\\]|[/\\][Ll]ib[/\\]python[\d.]{1,6}[/\\]")
_FROZEN: Final = re.compile(r"<frozen ([\w.]{1,100})>")  # what a later Python calls a module of its own
_COMMON_NAMES: Final = ("__init__.py", "__main__.py", "conftest.py")


def signature_of(test: FailingTest) -> str:
    """Return 16 hex digits that are the same for the same failure in another log, on another machine, an edit later.

    Made of the exception's type without its module, of the message without what varies (numbers, addresses, folders),
    and, unless these tell of something outside of the code, of the file in which it was raised: that of the crash line,
    else the test's own. A test of which the log tells neither type nor message has a signature of its own.
    """
    return _signature(test, _masked(test.message or ""), _place(test))


def _signature(test: FailingTest, message: str, place: str) -> str:
    exception = test.exception_name or ""
    return _digest(exception, message, place) if exception or message else _digest("", "", test.label)


def signed(failing: Iterable[FailingTest]) -> tuple[FailingTest, ...]:
    """Return the tests with the signatures of their causes.

    A test whose message the log cuts, or without a place, belongs to the cause that it can be, if there is just one.
    """
    tests = list(failing)
    return tuple(replace(test, signature=found) for test, found in zip(tests, _signatures(tests), strict=True))


def causes_of(failing: Iterable[FailingTest]) -> tuple[Cause, ...]:
    """Return the causes behind `signed` tests, the one with the most tests first, then in the order of the log."""
    groups: dict[str, list[FailingTest]] = {}
    for test in failing:
        groups.setdefault(test.signature, []).append(test)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(_cause(signature, members) for signature, members in ordered)


def _signatures(tests: list[FailingTest]) -> list[str]:
    """Return the signature of each test; where the log tells less of one, that of the one failure that it can be."""
    messages, files = [_masked(test.message or "") for test in tests], [_place(test) for test in tests]
    found = [_signature(*each) for each in zip(tests, messages, files, strict=True)]
    known: dict[tuple[str, str], list[tuple[str, str]]] = {}  # by type and file: messages with signatures, sorted
    told: dict[tuple[str, str, str], str] = {}
    for at in sorted(range(len(tests)), key=lambda at: (_is_vague(tests[at]), -len(tests[at].message or ""))):
        test, message, file = tests[at], messages[at], files[at]
        exception = test.exception_name or ""
        elsewhere = file if exception == _ASSERTION else _ANYWHERE
        if _is_vague(test):
            if (exception, file, message) not in told:
                others = (_told_by_another(message, known.get((exception, one), [])) for one in (elsewhere, file))
                told[exception, file, message] = next((other for other in others if other), found[at])
            found[at] = told[exception, file, message]
        alike = known.setdefault((exception, file if _is_vague(test) else elsewhere), [])
        position = bisect_left(alike, (message, found[at]))
        if alike[position : position + 1] != [(message, found[at])]:
            alike.insert(position, (message, found[at]))
    return found


def _is_vague(test: FailingTest) -> bool:
    """Whether the log cuts the message of `test`, or does not tell where its exception was raised.

    An assertion is raised in the test itself nearly always.
    """
    return _is_cut(test) or (test.location is None and bool(test.message) and test.exception_name != _ASSERTION)


def _told_by_another(message: str, alike: list[tuple[str, str]]) -> str | None:
    """Return the one signature among `alike` with `message`, or with one that goes on where it is cut."""
    cut, start = message.endswith(_CUT), message.removesuffix(_CUT)
    if cut and len(start) < _TELLING:
        return None
    signatures: set[str] = set()
    for position in range(bisect_left(alike, (start, "")), len(alike)):
        other, signature = alike[position]
        if not other.startswith(start) or (other != start and not cut) or len(signatures) > 1:
            break
        signatures.add(signature)
    return signatures.pop() if len(signatures) == 1 else None


def _is_cut(test: FailingTest) -> bool:
    return (test.message or "").endswith(_CUT)


def _cause(signature: str, tests: list[FailingTest]) -> Cause:
    told = next((test for test in tests if not _is_vague(test)), tests[0])
    labels = tuple(dict.fromkeys(test.label for test in tests))
    return Cause(signature, told.exception, told.message, told.location, labels)


@lru_cache(maxsize=512)  # many tests of one log fail with few messages
def _masked(message: str) -> str:
    return _FOLDERS.sub("<folder>/", normalise(message))


def _place(test: FailingTest) -> str:
    """Return the name of the file in which `test` failed, "" where it says nothing more of the failure."""
    exception = test.exception_name or ""
    if test.message and _OUTSIDE.fullmatch(exception):
        return ""
    if test.message and not exception and test.phase == "collect":
        return ""  # pytest's own words on why it cannot collect, such as an import file mismatch
    crashed = (test.location or "").rpartition(":")[0]
    if not crashed or (exception == _ASSERTION and _LIBRARY.search(crashed)):
        crashed = (test.nodeid or "").partition("::")[0]  # a library's assertion, as of arrays, says it of any test
    folder, _, name = crashed.replace("\\", "/").rpartition("/")
    if frozen := _FROZEN.fullmatch(name):
        return f"{frozen[1].rpartition('.')[2]}.py"
    return f"{folder.rpartition('/')[2]}/{name}" if name in _COMMON_NAMES else name


def _digest(*parts: str) -> str:
    return blake2b(json.dumps(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
