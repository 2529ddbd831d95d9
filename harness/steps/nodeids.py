"""The names that a log has for its failing tests, looked up in a checkout."""

from dataclasses import replace
from pathlib import Path

from harness.domain.analysis import Analysis
from harness.domain.checkout_ids import CheckoutIds
from harness.ports import TestRunner
from pytest_repro.core.errors import ReproError


def look_up(found: Analysis, runner: TestRunner, checkout: Path) -> Analysis:
    """Return `found` with the node ids that `checkout` tells for tests whose log does not; signatures stay.

    A name is a node id only if it fits exactly one of the tests that pytest collects there. Raises as
    `TestRunner.collect` does.
    """
    if not found.reading.failing:
        return found
    ids = CheckoutIds.among(found.reading.failing, _collected(found, runner, checkout), str(checkout))
    told = {
        test.label: ids.resolved[test.label]
        for test in found.reading.failing
        if test.nodeid is None and test.label in ids.resolved
    }
    failing = tuple(
        replace(test, nodeid=told[test.label]) if test.label in told and test.nodeid is None else test
        for test in found.reading.failing
    )
    causes = tuple(replace(one, tests=tuple(told.get(label, label) for label in one.tests)) for one in found.causes)
    resolved = {told.get(label, label): nodeid for label, nodeid in ids.resolved.items()}
    return replace(
        found,
        reading=replace(found.reading, failing=failing),
        causes=causes,
        checkout=replace(ids, resolved=resolved),
    )


def _collected(found: Analysis, runner: TestRunner, checkout: Path) -> tuple[str, ...]:
    """Return what pytest collects in `checkout`, and in the files that the log names outside of its `testpaths`."""
    usual = runner.collect(checkout, [])
    known = {nodeid.partition("::")[0] for nodeid in usual}
    named = {test.nodeid.partition("::")[0] for test in found.reading.failing if test.nodeid}
    others = sorted(path for path in named - known if _is_inside(checkout, path))
    if not others:
        return usual
    try:
        return tuple(dict.fromkeys((*usual, *runner.collect(checkout, others))))
    except ReproError:  # such a file holds no tests any more: what is missing is said
        return usual


def _is_inside(checkout: Path, path: str) -> bool:
    if path.startswith("-") or "\0" in path:
        return False
    file = (checkout / path).resolve()
    return file.is_relative_to(checkout.resolve()) and file.is_file()
