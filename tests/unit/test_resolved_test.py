"""Names in a log found again among collected ids, never by a guess."""

import pytest

from harness.domain.failing_test import Evidence, FailingTest
from harness.domain.resolved_test import fitting_ids

COLLECTED = (
    "tests/test_a.py::TestPool::test_close",
    "tests/test_a.py::test_open",
    "tests/test_b.py::test_open",
    "tests/test_b.py::test_each[a.b/c]",
    "backend/tests/test_c.py::test_deep",
)


def named(printed: str, nodeid: str | None = None, phase: str = "call") -> FailingTest:
    return FailingTest(printed, nodeid, phase, None, None, None, (Evidence("header", 1, printed),))


@pytest.mark.parametrize(
    ("test", "fits"),
    [
        (named("TestPool.test_close"), COLLECTED[:1]),
        (named("test_open"), COLLECTED[1:3]),
        (named("test_each[a.b/c]"), COLLECTED[3:4]),
        (named("test_each"), ()),
        (named("test_close (tests.test_a.TestPool)"), COLLECTED[:1]),
        (named("close"), ()),
        (named("x", "tests/test_c.py::test_deep"), COLLECTED[4:]),
        (named("x", "repo/tests/test_a.py::test_open"), COLLECTED[1:2]),
        (named("tests/test_a.py", "tests/test_a.py", "collect"), ()),
    ],
)
def test_only_ids_that_the_name_can_mean_fit(test: FailingTest, fits: tuple[str, ...]) -> None:
    assert fitting_ids(test, COLLECTED) == fits
