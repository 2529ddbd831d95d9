"""The class that failing tests carry by what they died of."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.verdicts.job_steps import JobStep
from harness.logs.verdicts.rules import Rule

_SHARE: Final = 0.5  # of the failing tests: behind more than these a cause must be to be the class of the job
_SHARE_COLLECT: Final = 0.25  # where nothing was collected: one package that is missing fails in many ways
_KINDS: Final = {"collect": "collection", "setup": "fixture", "teardown": "fixture"}
_IMPORTED: Final = re.compile(r"cannot import name .{1,200} from '(?:partially initialized module ')?(\w+)")
_READER: Final = "/os.py"  # where a missing variable raises KeyError


@dataclass(frozen=True, slots=True)
class SaidByTests:
    """share: of the failing tests, those that the class is taken from; test: the first of them."""

    failure_class: str
    kind: str | None
    share: float
    rule: Rule | None
    words: tuple[str, ...]
    test: FailingTest
    runner_up: str | None


def said_by_tests(
    tests: Sequence[FailingTest], steps: Sequence[JobStep], rules: Sequence[Rule], rootdir: str | None = None
) -> SaidByTests:
    """Return what most of `tests` (at least one) died of: a class of its own, or test_failure with its kind."""
    own = _own_packages(tests, rootdir)
    rules = [rule for rule in rules if rule.where == "tests"]
    votes: Counter[str] = Counter()
    first: dict[str, tuple[Rule, tuple[str, ...], FailingTest]] = {}
    for test in tests:
        text = _text(test, steps, own)
        for rule in rules:
            hit = rule.match(text)
            if hit is not None:
                votes[rule.failure_class] += 1
                first.setdefault(rule.failure_class, (rule, tuple(word for word in hit.groups() if word), test))
                break
    plain = len(tests) - votes.total()
    collected = any(test.phase != "collect" for test in tests)
    name, count = votes.most_common(1)[0] if votes else ("", 0)
    kind = _kind(tests)
    share = count / len(tests)
    if name and (share > _SHARE or (not collected and share >= _SHARE_COLLECT)):
        rule, words, test = first[name]
        sub_kind = (rule.kind or kind) if name == "test_failure" else None
        others = [other for other in votes if other != name] or (["test_failure"] if plain else [])
        return SaidByTests(name, sub_kind, share, rule, words, test, others[0] if others else None)
    return SaidByTests("test_failure", kind, plain / len(tests), None, (), tests[0], name or None)


def evidence_of(test: FailingTest) -> Evidence:
    """Return the line of `test` that says most: one with its exception, else of the summary, else the first."""
    name = test.exception_name
    told = (item for item in test.evidence if name and name in item.text)
    summary = (item for item in test.evidence if item.kind == "summary")
    return next(told, None) or next(summary, None) or test.evidence[0]


def _text(test: FailingTest, steps: Sequence[JobStep], own: Collection[str]) -> str:
    said = f"{test.exception}: {test.message}" if test.exception else str(test.message)
    imported = _IMPORTED.search(test.message or "")
    if imported and imported[1].lower() in own:
        return f"{test.phase} {said} (own)"
    return f"{test.phase} {said}{' (environ)' if _reads_environment(test, steps) else ''}"


def _own_packages(tests: Iterable[FailingTest], rootdir: str | None) -> set[str]:
    """Return, in lower case, the names that the project's own packages probably have: of its folders."""
    paths = [test.location or "" for test in tests] + [test.nodeid or "" for test in tests]
    folders = [part for path in paths if not path.startswith("/") for part in path.split("/")[:-1]]
    root = (rootdir or "").rstrip("/").rpartition("/")[2]
    return {name.lower() for name in (*folders, root, root.replace("-", "_"), root.removeprefix("python-")) if name}


def _reads_environment(test: FailingTest, steps: Sequence[JobStep]) -> bool:
    if test.exception_name != "KeyError" or not test.message:
        return False
    if (test.location or "").rpartition(":")[0].replace("\\", "/").endswith(_READER):
        return True
    name = test.message.strip("'\"")
    lines = (line.text for step in steps for line in (*step.environ, *step.lines) if "environ" in line.text)
    return bool(name) and any(name in text for text in lines)


def _crashed(test: FailingTest) -> bool:
    told = test.outcome == "crashed" or test.exception_name == "Fatal Python error"
    return told or bool(test.message and test.message.startswith("worker '") and "' crashed while" in test.message)


def _kind(tests: Sequence[FailingTest]) -> str:
    if any(_crashed(test) for test in tests):
        return "crash"
    if any(test.outcome == "timed out" or (test.message or "").startswith("Timeout >") for test in tests):
        return "hang"
    return Counter(_KINDS.get(test.phase, "assertion") for test in tests).most_common(1)[0][0]
