"""The class of a failure, decided from the failing step and its last errors."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from harness.domain.ci_log import LogReading
from harness.domain.failing_test import Evidence, FailingTest
from harness.domain.verdict import NONE, UNKNOWN, Verdict
from harness.logs.dialects.lines import Line
from harness.logs.redact import redact
from harness.logs.text.quote import QUOTED
from harness.logs.verdicts.affected import affected_files
from harness.logs.verdicts.job_steps import Job, JobStep, failed_steps
from harness.logs.verdicts.rules import Rule
from harness.logs.verdicts.said_by_tests import evidence_of, said_by_tests
from harness.logs.verdicts.weigh import OTHER_COMMAND, Match, best_of, matches_of

_LEAST: Final = 0.35  # below, the evidence does not carry the class
_LEAST_OPEN: Final = 0.8  # of a match where the log does not tell how the job ended
_CUT_SHORT: Final = ("timeout", "resource_exhaustion")  # what ends a run of tests from outside
_LEAST_CUT: Final = 0.65  # of a match that overrules the failing tests of a run which was cut short
_CERTAIN: Final = 0.98
_QUIET: Final = Verdict(NONE, confidence=0.78)  # nothing says that the job failed, and nothing that it passed
_ROOT_LINES: Final = 5
_LAST_WORDS: Final = 12  # lines of a step that ended without a word of the CI
_NEAR_END: Final = 60  # last lines of a step, where it says of what it failed
_SHOWN: Final = 300  # characters of the name of a step
_CODES: Final = {
    124: "timeout",
    126: "permission_denied",
    127: "missing_dependency",
    137: "resource_exhaustion",
}
_TESTS: Final = re.compile(r"(?i)(?:\b|_|-)(?:py\.?tests?|tests?|tox|nox|nosetests|rspec|jest|ctest|run_?tests)\b")
_NO_TESTS: Final = re.compile(r"(?i)lint|style|format|flake8|mypy|deploy|publish|install|spell|docs?\b")
_TROUBLE: Final = re.compile(r"(?i)\bfail(?:ed|ure|s|ing)?\b|\bassert|\bnot ok\b|✗|✘|✖")
_ECHO: Final = re.compile(r"error Command failed|npm (?:ERR!|error)|\S+: \*\*\* ")  # of the tool that ran the command
_WENT_WELL: Final = re.compile(
    r"\bBUILD SUCCESS|^\[success\]|\b\d+ pass(?:ed|ing)\b|test result: ok|^ok\s+\S+\s+[\d.]+s|Build succeeded"
    r"|[Aa]ll (?:\w+ )?(?:tests|checks) passed|^OK\b|\bDone(?: in [\d.]+ ?m?s)?\.?$|Finished \W?(?:dev|release|test)\b"
    r"|[Ss]uccessfully\b|^Success|\.\.\. ok$"
)
_TRACE: Final = re.compile(r"^Traceback \(most recent call last\)|^[\w.]{1,80}(?:Error|Exception): ")


def classify(reading: LogReading, jobs: Iterable[Job], rules: Sequence[Rule], masks: Collection[str] = ()) -> Verdict:
    """Return the class of the job that failed, NONE where all passed, UNKNOWN where the evidence does not carry one.

    masks: values to take out of what is quoted.
    """
    jobs = list(jobs)
    outcome = _outcome(jobs)
    went_on = any(job.went_on for job in jobs)
    if outcome is True or (not reading.failing and any(job.recovered for job in jobs)):
        return _passed(reading, jobs, went_on) or _ended_badly(jobs, rules, masks) or _QUIET
    steps = failed_steps(jobs) or [job.steps[-1] for job in jobs if job.steps]
    if reading.failing:  # they tell the class, but for rules of the user and what cut their run short
        asked = [r for r in rules if r.own or (not reading.complete and r.failure_class in _CUT_SHORT)]
        found = [_matches(step, asked) for step in steps] if asked else []
        cut_off = bool(found) and all(any(map(_ended_by_limit, matches)) for matches in found)
        every = [match for matches in found for match in matches]
        matches = [m for m in every if m.rule.own]
        matches = matches or [
            m for m in every if not m.earlier and (m.score >= _LEAST_CUT or (cut_off and _ended_by_limit(m)))
        ]
        if not matches:
            return _by_tests(reading, steps, rules, outcome, masks)
    else:
        matches = [match for step in steps for match in _matches(step, rules)]
    best = best_of(list(filter(_decides, matches)))
    if outcome is None and best is not None and not best.rule.own and best.score < _LEAST_OPEN:
        best = None  # where nothing says that the job failed, a word of trouble is not enough
    if best is None and outcome is None and not reading.failing and _good_tally(reading):
        return Verdict(NONE, confidence=0.7)
    if best is None:
        return _without_a_rule(reading, steps, outcome, masks)
    return _by_rule(best, matches, steps, 0.04 if outcome is False and not went_on else -0.12, masks)


def _matches(step: JobStep, rules: Sequence[Rule]) -> list[Match]:
    """Return the matches that tell of the end of `step`: none of its own errors ended what the CI had to cut off."""
    found = matches_of(step, rules)
    if not any(map(_ended_by_limit, found)):
        return found
    return [m for m in found if m.rule.own or _ended_by_limit(m) or m.failure_class == "resource_exhaustion"]


def _decides(match: Match) -> bool:
    """Return whether it can carry a class; our weakest rules only find what is worth quoting for one."""
    return match.rule.own or match.rule.confidence >= _LEAST


def _root(best: Match, matches: Sequence[Match]) -> Match:
    """Return the match whose line tells why: `best` may be a count of tests, or what the CI says at the end."""
    same = [
        m
        for m in matches
        if m.failure_class == best.failure_class and m.earlier == best.earlier and m.rule.where != "ending"
    ]
    named = [m for m in same if not _decides(m)]
    if best.rule.own or not (named or best.rule.where == "ending"):
        return best
    return max(named or same, key=lambda match: match.score, default=best)


def _ended_by_limit(match: Match) -> bool:
    return match.rule.where == "ending" and match.failure_class == "timeout"


def _outcome(jobs: Sequence[Job]) -> bool | None:
    """Return whether all jobs passed; the steps of one job may be streams of their own."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        edge = "\t" if "\t" in job.stream else "/"
        groups.setdefault(job.stream.rpartition(edge)[0] if edge in job.stream else job.stream, []).append(job)
    said: list[bool | None] = []
    for group in groups.values():
        passed = [job.passed for job in group]
        kept = any(job.kept_cache for job in group)
        said.append(True if kept else False if False in passed else True if True in passed else None)
    if False in said:
        return False
    return True if said and None not in said else None


def _good_tally(reading: LogReading) -> bool:
    tally = reading.tally
    return (
        reading.complete
        and bool(tally.get("passed"))
        and not (tally.get("failed") or tally.get("errors") or tally.get("error"))
    )


def _passed(reading: LogReading, jobs: Sequence[Job], went_on: bool) -> Verdict | None:
    """Return NONE where something says that the job passed: the CI, tests or tools."""
    less = 0.2 if reading.failing or went_on else 0.0
    if any(job.ending is not None or job.kept_cache for job in jobs):
        return Verdict(NONE, confidence=round(0.97 - less, 2))
    words = [line.text for job in jobs for line in job.last_words]
    if less or _good_tally(reading) or any(_WENT_WELL.search(text) for text in words):
        return Verdict(NONE, confidence=round(0.93 - less, 2))
    return None


def _ended_badly(jobs: Sequence[Job], rules: Sequence[Rule], masks: Collection[str]) -> Verdict | None:
    """Return the class of an error in the last words of a job of which nothing says whether it failed or passed."""
    steps = [JobStep(job.stream, lines=job.last_words[-_LAST_WORDS:]) for job in jobs if job.last_words]
    matches = [match for step in steps for match in matches_of(step, rules)]
    best = best_of(list(filter(_decides, matches)))
    return _by_rule(best, matches, steps, -0.25, masks) if best is not None and best.score >= _LEAST_OPEN else None


def _by_tests(
    reading: LogReading, steps: Sequence[JobStep], rules: Sequence[Rule], outcome: bool | None, masks: Collection[str]
) -> Verdict:
    said = said_by_tests(reading.failing, steps, rules, reading.circumstances.rootdir)
    confidence = said.rule.confidence if said.rule else 0.94
    confidence += 0.03 if outcome is False else -0.06
    confidence -= 0.0 if any(test.exception or test.message for test in reading.failing) else 0.1
    confidence -= 0.1 if said.share < 0.7 else 0.0
    seen: dict[tuple[str | None, str | None], Evidence] = {}
    for test in (said.test, *reading.failing):
        seen.setdefault((test.exception, test.message), evidence_of(test))
    return Verdict(
        said.failure_class,
        said.kind,
        round(min(confidence, _CERTAIN), 2),
        said.rule.name if said.rule else "failing-tests",
        evidence_of(said.test),
        tuple(sorted(list(seen.values())[:_ROOT_LINES], key=lambda item: item.line)),
        _files(reading.failing, (), masks),
        _advice(said.rule, said.words, masks) if said.rule else (_TESTS_FAIL[said.kind or "assertion"],),
        _name(steps, masks),
        said.runner_up,
    )


_TESTS_FAIL: Final = {
    "assertion": "Reproduce the failing tests, then mend the code or the test.",
    "fixture": "A fixture fails before or after the tests: mend it first, the tests may be sound.",
    "collection": "Test files cannot be imported: mend the import, then run again; the tests themselves have not run.",
    "crash": "The interpreter died while a test ran: run that test under faulthandler.",
    "hang": "A test did not end in time: the stacks that were dumped show where it waits.",
}


def _by_rule(
    best: Match, matches: Sequence[Match], steps: Sequence[JobStep], sure: float, masks: Collection[str]
) -> Verdict:
    step = next(step for step in steps if best.line is step.ending or best.line in step.lines)
    others = [m for m in matches if m.failure_class != best.failure_class and _decides(m)]
    others.sort(key=lambda match: -match.score)
    lead = best.score - others[0].score if others and not best.rule.own else 1.0
    code = _CODES.get(step.exit_code or 0)
    confidence = best.score + sure + (OTHER_COMMAND if best.earlier else 0.0)
    confidence += 0.05 if code == best.failure_class else 0.0
    confidence -= 0.1 if lead < 0.08 else 0.04 if lead < 0.15 else 0.0
    if best.failure_class == UNKNOWN or confidence < _LEAST:
        name, confidence = UNKNOWN, min(confidence, 0.85)
    else:
        name = best.failure_class
    told = {
        m.line.text: m.line
        for m in matches
        if m.failure_class == best.failure_class and (m.score >= 0.5 or not _decides(m))
    }
    root = sorted(list(told.values())[:_ROOT_LINES], key=lambda line: line.number)
    return Verdict(
        name,
        (best.rule.kind or "assertion") if name == "test_failure" else None,
        round(max(0.0, min(confidence, _CERTAIN)), 2),
        best.rule.name,
        _quote(_root(best, matches).line, masks),
        tuple(_quote(line, masks) for line in root),
        _files((), step.lines, masks),
        _advice(best.rule, best.words, masks) if name != UNKNOWN else (),
        _name([step], masks),
        others[0].failure_class if others else None,
    )


def _without_a_rule(
    reading: LogReading, steps: Sequence[JobStep], outcome: bool | None, masks: Collection[str]
) -> Verdict:
    """Return test_failure where tests failed by their tally, or a command that runs tests failed and says of what."""
    unstable = any(step.ending and step.ending.text.endswith("UNSTABLE") for step in steps)  # Jenkins, for tests
    failed = unstable or bool(reading.tally.get("failed") or reading.tally.get("errors"))
    step = next((step for step in steps if step.name and _TESTS.search(step.name)), None)
    last = step.lines[::-1] if step else []
    trace = next((line for line in last if _TRACE.search(line.text)), None)
    if trace is None and step and not _NO_TESTS.search(step.name or ""):
        near = (line for line in last[:_NEAR_END] if not _ECHO.match(line.text))
        trace = next((line for line in near if _TROUBLE.search(line.text)), None)
    if not failed and (outcome is None or trace is None):
        if outcome is not False:
            return Verdict(UNKNOWN)
        seen = [line for step in steps[-1:] for line in step.lines[-_ROOT_LINES:]]
        return Verdict(UNKNOWN, root_cause=tuple(_quote(line, masks) for line in seen), step=_name(steps, masks))
    return Verdict(
        "test_failure",
        "assertion" if failed or (trace and not _TRACE.search(trace.text)) else "collection",
        0.6 if failed else 0.5,
        "tests-without-names",
        _quote(trace, masks) if trace else None,
        advice=(_TESTS_FAIL["assertion"],),
        affected_files=_files((), step.lines, masks) if step else (),
        step=_name([step] if step else steps, masks),
    )


def _files(tests: Iterable[FailingTest], lines: Iterable[Line], masks: Collection[str]) -> tuple[str, ...]:
    return tuple(redact(path, masks) for path in affected_files(tests, (line.text for line in lines)))


def _advice(rule: Rule, words: tuple[str, ...], masks: Collection[str]) -> tuple[str, ...]:
    if not rule.advice:
        return ()
    if words:
        return (rule.advice.replace("{0}", redact(words[0], masks)),)
    return (rule.advice.replace("`{0}`", "it").replace("{0}", "").replace("  ", " ").rstrip(" :"),)


def _quote(line: Line, masks: Collection[str]) -> Evidence:
    return Evidence("line", line.number, redact(line.text, masks)[:QUOTED])


def _name(steps: Sequence[JobStep], masks: Collection[str]) -> str | None:
    for step in steps:
        if step.name:
            return redact(step.name, masks)[:_SHOWN]
    return None
