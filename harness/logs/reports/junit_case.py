"""One testcase of a JUnit file: what it says of its test, and the failing tests that come of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.redact import redact
from harness.logs.reports.junit_identity import KnownFiles, as_testcase
from harness.logs.reports.report_text import ReportText, Told, shown
from harness.logs.reports.same_test import LONGEST_NAME
from harness.logs.text.quote import QUOTED

FAILING: Final = ("failure", "error")
_LOADER: Final = "unittest.loader._FailedTest"
_STAGE: Final = re.compile(r'(?:failed on (setup|teardown) with "|test (setup|teardown) failure$)')
_SUBTEST: Final = re.compile(r"(\w{1,300}) (?:\[|\()")
_COLLECTION: Final = "collection failure"
_NOSE2: Final = ("test failure", "test error")  # the same for all tests; nose2 leaves out the type too


@dataclass(slots=True)
class Problem:
    """A `failure` or `error` element; `kind` is its `type`, which pytest leaves out."""

    tag: str
    kind: str | None
    message: str
    text: ReportText


@dataclass(slots=True)
class Case:
    """A testcase as it is read."""

    classname: str
    name: str
    line: int
    problems: list[Problem] = field(default_factory=list)  # the first of its failures and errors
    failures: int = 0
    errors: int = 0
    flaky: bool = False  # it failed, and passed when it was run again
    skipped: str | None = None  # the word for it in a tally
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The word for it in a tally, where it has no problem."""
        return self.skipped or "passed"

    @property
    def broken_off(self) -> bool:
        """Whether it stands for pytest's own breakdown or a module that nose could not import, and for no test."""
        return (self.classname, self.name) in (("pytest", "internal"), ("nose.failure.Failure", "runTest"))

    @property
    def printed(self) -> str:
        """Classname and name, as far as the test has both."""
        name = self.name
        if any(problem.kind for problem in self.problems) and (found := _SUBTEST.match(name)) and self.classname:
            name = found[1]  # unittest's subtests; a test of pytest has its parameters in brackets without a space
        return name if self.classname in ("", _LOADER) else f"{self.classname}.{name}"

    def evidence(self, file: str) -> Evidence:
        """Return the line of the testcase as it may be shown."""
        text = f'<testcase classname="{self.classname}" name="{self.name}">'
        return Evidence("junit", self.line, redact(text)[:QUOTED], file)


@dataclass(frozen=True, slots=True)
class Settled:
    """A failing test whose node id waits until all files are known.

    pytest: it is a testcase of pytest's; renamed: it may be, since its traceback shows no function of its name; paths:
    of the traceback of what could not be collected.
    """

    test: FailingTest
    classname: str
    name: str
    pytest: bool
    renamed: bool
    paths: tuple[str, ...]

    def identified(self, known: KnownFiles) -> FailingTest:
        """Return the test, with its node id where that is certain."""
        test = self.test
        if test.nodeid is not None or not self.pytest or LONGEST_NAME in (len(self.classname), len(self.name)):
            return test
        if test.phase == "collect" and not self.classname:
            nodeid = known.collected(self.name, self.paths)
        else:
            nodeid = known.node_id(self.classname, self.name)
        if nodeid is not None and ".py::" in nodeid and self.renamed:
            nodeid = None
        return replace(test, nodeid=nodeid)


def failing_of(case: Case, file: str, known: KnownFiles) -> Iterator[Settled]:
    """Yield a failing test for each problem of `case`; the files that their tracebacks show are added to `known`."""
    printed, evidence = case.printed, case.evidence(file)
    for problem in case.problems:
        unexpected = problem.kind == "UnexpectedSuccess"  # what unittest-xml-reporting calls it; nothing was raised
        stage = _STAGE.match(problem.message)
        told = problem.text.told(None if unexpected else problem.kind, _unwrapped(problem.message))
        crashed = told.crashed if told.crashed and as_testcase(told.crashed) == printed else None
        phase = "call" if crashed else _phase(case, problem, stage)
        test = FailingTest(
            printed,
            crashed,
            phase,
            told.exception,
            shown(told.message),
            told.location,
            (evidence,),
            outcome_of(problem.tag, told, crashed),
            told.chain,
        )
        pytest = problem.kind is None and problem.message not in _NOSE2
        renamed = phase == "call" and told.traced and not told.own
        for path in (*told.paths, *told.own):
            known.add_seen(path, own=path in told.own)
        paths = told.paths if phase == "collect" else ()
        yield Settled(test, case.classname, case.name, pytest, renamed, paths)


def outcome_of(tag: str, told: Told, crashed: str | None) -> str:
    """Return the outcome for an element or phase that is a "failure" or an "error"."""
    if crashed:
        return "crashed"
    if told.timed_out:
        return "timed out"
    return "failed" if tag == "failure" else "error"


def _phase(case: Case, problem: Problem, stage: re.Match[str] | None) -> str:
    if problem.message == _COLLECTION or case.classname == _LOADER:
        return "collect"
    if problem.tag == "error" and stage:
        return str(stage[1] or stage[2])
    if case.name.startswith(("setUpClass (", "setUpModule (")):
        return "setup"
    return "teardown" if case.name.startswith(("tearDownClass (", "tearDownModule (")) else "call"


def _unwrapped(message: str) -> str | None:
    """Return what stands between the quotes of `failed on setup with "..."`, and nothing of pytest's fixed words."""
    stage = _STAGE.match(message)
    if message == _COLLECTION or message in _NOSE2 or (stage and stage[2]):
        return None
    return message[stage.end() :].removesuffix('"') if stage else message
