"""Analyses made by hand, for what shows them."""

from dataclasses import replace
from typing import Any

from harness.domain.analysis import Analysis
from harness.domain.cause import Cause
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import Evidence, FailingTest
from harness.domain.verdict import Verdict

POOL = tuple(f"tests/test_pool.py::test_close[{number}]" for number in range(36))
LATE = "tests/test_late.py::test_late"
SHARED = Cause("00c0ffee00c0ffee", "ValueError", "pool is closed", "src/pool.py:88", POOL)
ALONE = Cause("deadbeefdeadbeef", "AssertionError", "assert 3 == 4", "tests/test_late.py:12", (LATE,))
TOLD = Circumstances(
    command_line="pytest -n 2 tests",
    python="3.11.9",
    platform="linux",
    timezone="Europe/Berlin",
    packages={"pytest": "8.4.1", "xdist": "3.6.1"},
    randomly_seed=12345,
    hash_seed="77",
    hypothesis=("--hypothesis-seed=5", "@reproduce_failure('6.1', b'AXic')"),
    workers=2,
    worker_of={POOL[0]: "gw1"},
    before={POOL[0]: tuple(f"tests/test_a.py::test_{number}" for number in range(5))},
    matrix={"os": "ubuntu", "python": "3.11"},
    job="build (3.11)",
    step="Run tests",
    commit="4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a",
    branch="main",
    attempt=2,
)


def tests_of(*causes: Cause) -> tuple[FailingTest, ...]:
    """Return the failing tests of `causes`, each on a line of its own."""
    return tuple(
        FailingTest(
            name,
            name if "::" in name else None,
            "call",
            cause.exception,
            cause.message,
            cause.location,
            (Evidence("summary", number, f"FAILED {name} - {cause.exception}: {cause.message}"),),
        )
        for cause in causes
        for number, name in enumerate(cause.tests, 100)
    )


def analysis(
    verdict: Verdict, *causes: Cause, tally: dict[str, int] | None = None, complete: bool = True, **more: Any
) -> Analysis:
    """Return an analysis of a log of 2000 lines in which the tests of `causes` failed."""
    checkout: CheckoutIds | None = more.pop("checkout", None)
    reading = LogReading("ci.log", 2000, tests_of(*causes), tally or {}, complete, (), Circumstances())
    return Analysis(replace(reading, **more), verdict, causes, checkout)


FAILED = analysis(
    Verdict(
        "test_failure",
        "assertion",
        0.934,
        "pytest-summary",
        Evidence("line", 1042, "E   ValueError: pool is closed"),
        (Evidence("line", 1039, "pool.py:88: in _check"), Evidence("line", 7, "oops", "worker.txt")),
        ("src/pool.py", "tests/test_pool.py"),
        ("Look at the first traceback: the others are the same.",),
        "Run tests",
        "timeout",
    ),
    SHARED,
    ALONE,
    tally={"failed": 40, "passed": 304},
    complete=False,
    notes=("the closing line counts 40 failed, 37 named: incomplete",),
    circumstances=TOLD,
)
PASSED = analysis(Verdict("none", confidence=0.98), tally={"passed": 12})
UNKNOWN = analysis(
    Verdict(
        "unknown",
        quoted=Evidence("line", 1999, "Process completed with exit code 2."),
        root_cause=(Evidence("line", 1997, "make: *** [all] Error 2"), Evidence("line", 1998, "bye")),
        step="Build",
        runner_up="network_error",
    ),
    notes=("no run of pytest or unittest found",),
)
MISSING = analysis(
    Verdict(
        "missing_dependency",
        None,
        0.97,
        "pip-no-matching",
        Evidence("line", 12, "ERROR: No matching distribution found for brewery==9"),
        advice=("Name a version of brewery that the index has.",),
    )
)
