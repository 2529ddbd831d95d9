"""What is said of a CI log, in words that its terminal and its Markdown form share."""

import re
from collections.abc import Iterator
from typing import Final

from harness.domain.analysis import Analysis
from harness.domain.cause import Cause
from harness.domain.circumstances import Circumstances
from harness.domain.counted import plural
from harness.domain.failing_test import Evidence
from harness.domain.verdict import NONE, UNKNOWN, Verdict

FIRST: Final = 5  # tests of a cause that are named
MOST_CAUSES: Final = 20
_BAR: Final = re.compile(r"([_=*-])\1{3,}")
_LAST_BEFORE: Final = 3  # tests before the failing one that are named
_TESTS_OF_WORKERS: Final = 3
_CLASSES: Final = {
    "missing_dependency": "something that the job needs is not installed, or does not exist in that version",
    "timeout": "a time limit ended it",
    "docker_build": "an image could not be built",
    "resource_exhaustion": "memory, disk or another resource ran out",
    "network_error": "something could not be reached or fetched",
    "env_variable_missing": "a variable of the environment, or a secret, is not set",
    "permission_denied": "access was refused",
    "syntax_error": "code could not be parsed",
    "test_failure": "tests failed",
    NONE: "no failure, the job passed",
    UNKNOWN: "don't know, the log does not show why",
}
_KINDS: Final = {
    "assertion": "an assertion or an exception in the test",
    "fixture": "an error in a fixture",
    "collection": "tests could not be collected",
    "crash": "the process died",
    "hang": "it hung",
}
_ONE: Final = {"errors": "error", "warnings": "warning"}
_MAY: Final = "may be proposed automatically: it would change versions, limits or retries, never a test"
_MAY_NOT: Final = "none is proposed automatically: a person or an agent decides"


def class_words(verdict: Verdict) -> str:
    """Return class and sub-kind with what they mean: `test_failure, fixture: an error in a fixture`."""
    if verdict.kind:
        return f"{verdict.failure_class}, {verdict.kind}: {_KINDS.get(verdict.kind, verdict.kind)}"
    return f"{verdict.failure_class}: {_CLASSES.get(verdict.failure_class, verdict.failure_class)}"


def sure_words(verdict: Verdict) -> str:
    """Return how sure the class is, and what came second; "" where none is claimed."""
    if verdict.failure_class == UNKNOWN:
        return f"nearest: {verdict.runner_up}" if verdict.runner_up else ""
    second = f"; next to it {verdict.runner_up}" if verdict.runner_up else ""
    return f"{int(verdict.confidence * 100)} % sure{second}"


def place_words(item: Evidence) -> str:
    """Return where a quoted line stands."""
    return f"{item.file}, line {item.line}" if item.file else f"line {item.line}"


def line_words(item: Evidence) -> str:
    """Return a quoted line without its indentation, bars cut to three signs: they are as wide as the CI's terminal."""
    return _BAR.sub(r"\1\1\1", item.text.strip())


def root_cause(verdict: Verdict) -> tuple[Evidence, ...]:
    """Return the lines that tell why, without the one that is quoted already."""
    return tuple(item for item in verdict.root_cause if item != verdict.quoted)


def proposal_words(verdict: Verdict) -> str:
    """Return whether a fix may be proposed without a decision."""
    return _MAY if verdict.fix_may_be_proposed else _MAY_NOT


def counted_words(found: Analysis) -> str:
    """Return how many tests are named for how many causes."""
    tests = plural(len(found.reading.failing), "failing test")
    return f"{tests}, {plural(len(found.causes), 'cause')}"


def check_words(found: Analysis) -> str:
    """Return the named tests held against the counts of the closing lines; "" where there is nothing to compare."""
    reading = found.reading
    tally = ", ".join(
        f"{count} {_ONE.get(word, word) if count == 1 else word}" for word, count in reading.tally.items() if count
    )
    named = f"{len(reading.failing)} named"
    if not tally:
        return f"no closing line; {named}: there may be more" if reading.failing else ""
    if reading.complete:
        return (
            f"the summary says {tally}; all that failed are named" if reading.failing else f"the summary says {tally}"
        )
    return f"the summary says {tally}; {named}: incomplete"


def cause_words(cause: Cause) -> str:
    """Return the failure that a cause's tests share."""
    raised = ": ".join(part for part in (cause.exception, cause.message) if part)
    place = f" at {cause.location}" if cause.location else ""
    return f"{raised or 'the log does not say why'}{place}"


def named_tests(cause: Cause) -> tuple[tuple[str, ...], int]:
    """Return the first tests of a cause, and how many more there are."""
    return cause.tests[:FIRST], max(0, len(cause.tests) - FIRST)


def circumstance_rows(told: Circumstances) -> Iterator[tuple[str, str]]:
    """Yield (name, value) for what is known of how and where it ran."""
    yield from _where(told)
    if told.command_line:
        yield "run as", told.command_line
    system = ", ".join(filter(None, (f"Python {told.python}" if told.python else "", told.platform or "")))
    if system:
        yield "system", system
    if told.packages:
        yield "packages", ", ".join(f"{name} {version}" for name, version in told.packages.items())
    if seeds := ", ".join(_seeds(told)):
        yield "seeds", seeds
    if told.timezone:
        yield "time zone", told.timezone
    if told.rootdir:
        yield "rootdir", told.rootdir
    yield from _order(told)
    if told.environment:
        yield "variables", ", ".join(f"{name}={value}" if value else name for name, value in told.environment.items())


def _where(told: Circumstances) -> Iterator[tuple[str, str]]:
    place = " / ".join(filter(None, (told.job, told.step)))
    if place:
        yield "job", place
    if told.matrix:
        yield "matrix", ", ".join(f"{name}={value}" for name, value in told.matrix.items())
    commit = " on ".join(filter(None, (told.commit, told.branch)))
    if commit:
        yield "commit", commit
    if told.attempt:
        yield "attempt", str(told.attempt)


def _seeds(told: Circumstances) -> Iterator[str]:
    if told.randomly_seed is not None:
        yield f"pytest-randomly {told.randomly_seed}"
    if told.hash_seed is not None:
        yield f"PYTHONHASHSEED={told.hash_seed}"
    yield from told.hypothesis


def _order(told: Circumstances) -> Iterator[tuple[str, str]]:
    if told.workers is not None:
        yield "workers", str(told.workers)
    for test, worker in list(told.worker_of.items())[:_TESTS_OF_WORKERS]:
        before = told.before.get(test, ())
        last = ", ".join(before[-_LAST_BEFORE:])
        more = f" (and {len(before) - _LAST_BEFORE} before these)" if len(before) > _LAST_BEFORE else ""
        yield "order", f"{test} ran on {worker}" + (f" after {last}{more}" if before else "")
    if len(told.worker_of) > _TESTS_OF_WORKERS:
        yield "order", f"and of {len(told.worker_of) - _TESTS_OF_WORKERS} more tests, in the JSON form"


def checkout_rows(found: Analysis) -> Iterator[tuple[str, str]]:
    """Yield (name, what a checkout makes of it) for tests whose name is no test there, or more than one."""
    if found.checkout is None:
        return
    for label, ids in found.checkout.ambiguous.items():
        more = f" and {len(ids) - FIRST} more" if len(ids) > FIRST else ""
        yield label, f"can be {len(ids)} tests of the checkout, so none is chosen: {', '.join(ids[:FIRST])}{more}"
    for label in found.checkout.missing:
        yield label, f"is none of the {plural(found.checkout.collected, 'test')} that collect in the checkout"


def looked_at(found: Analysis) -> str:
    """Return what was looked at without an answer."""
    reading = found.reading
    step = f", of which the step {found.verdict.step!r} failed" if found.verdict.step else ""
    return f"{plural(reading.lines, 'line')} of {reading.source}{step}"
