"""Which failing tests fail for the same reason."""

import json
from collections.abc import Iterable
from hashlib import blake2b

from harness.domain.cause import Cause
from harness.domain.failing_test import FailingTest
from pytest_repro.core.message import normalise


def signature_of(test: FailingTest) -> str:
    """Return 16 hex digits that are the same for the same failure in another log, on another machine, an edit later.

    Made of the exception's type without its module, its message without what varies (numbers, addresses, paths), and
    the file of the crash line; a test of which the log tells none of these has a signature of its own.
    """
    place = (test.location or "").rpartition(":")[0].replace("\\", "/")
    parts = [test.exception_name or "", normalise(test.message or ""), place.rpartition("/")[2]]
    if not any(parts):
        parts = ["", "", "", test.label]
    return blake2b(json.dumps(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def causes_of(failing: Iterable[FailingTest]) -> tuple[Cause, ...]:
    """Return the causes behind `failing`, the one with the most tests first, then in the order of the log."""
    groups: dict[str, list[FailingTest]] = {}
    for test in failing:
        groups.setdefault(signature_of(test), []).append(test)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(
        Cause(signature, tests[0].exception, tests[0].message, tests[0].location, tuple(test.label for test in tests))
        for signature, tests in ordered
    )
