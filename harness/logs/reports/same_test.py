"""One failing test that several lines, runs or files name."""

from dataclasses import replace
from typing import Final

from harness.domain.failing_test import FailingTest

KEPT: Final = 20  # lines of evidence for one test: a retry loop may name it without end
LONGEST_NAME: Final = 4000  # characters of an id; a longer one is printed in part, and is no id any more
TESTS: Final = 20_000  # failing tests that are kept; more are one cause, and a file of nothing else must fit in memory


def joined(first: FailingTest, second: FailingTest) -> FailingTest:
    """Return `first` with the evidence of `second`, and the details that `first` lacks."""
    detailed = first if first.exception or first.message else second
    evidence = first.evidence + tuple(item for item in second.evidence if item not in first.evidence)
    return replace(
        first,
        nodeid=first.nodeid or second.nodeid,
        exception=detailed.exception,
        message=detailed.message,
        location=first.location or second.location,
        chain=first.chain or second.chain,
        outcome=first.outcome if first.outcome in ("crashed", "timed out") else second.outcome,
        evidence=evidence[:KEPT],
    )


class Failing:
    """Failing tests in the order in which they are added, each once in each phase; at most TESTS of them."""

    def __init__(self) -> None:
        self._tests: dict[tuple[str, str], FailingTest] = {}
        self.dropped = 0

    def add(self, test: FailingTest) -> None:
        """Add a test, or to the same test what this one knows besides."""
        key = (test.label, test.phase)
        known = self._tests.get(key)
        if known is not None:
            self._tests[key] = joined(known, test)
        elif len(self._tests) < TESTS:
            self._tests[key] = test
        else:
            self.dropped += 1

    def tests(self) -> tuple[FailingTest, ...]:
        """Return what was added."""
        return tuple(self._tests.values())
