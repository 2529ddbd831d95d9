"""The class of every log of the corpus, and how far its confidence can be trusted."""

from functools import cache

import pytest
from failure_texts import CASES, FAILING
from short_logs import Case

from harness.domain.verdict import FAILURE_CLASSES, NONE, SUB_KINDS, UNKNOWN, Verdict
from harness.logs.analyze import analyze


@cache
def verdict_of(case: Case) -> Verdict:
    return analyze(case.text).verdict


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_log_has_the_class_of_its_failure(case: Case) -> None:
    assert verdict_of(case).failure_class == case.failure_class


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_a_class_comes_with_the_line_that_carries_it(case: Case) -> None:
    verdict = verdict_of(case)
    if verdict.failure_class == UNKNOWN:
        assert verdict.advice == ()
        return
    assert verdict.quoted is not None
    assert verdict.quoted.text
    assert verdict.rule
    assert verdict.advice
    assert all(text and "{0}" not in text for text in verdict.advice)
    assert verdict.quoted.text in case.text.split("\n")[verdict.quoted.line - 1]
    assert (verdict.kind in SUB_KINDS) == (verdict.failure_class == "test_failure")


def test_the_corpus_has_every_class_and_every_dialect() -> None:
    assert {case.failure_class for case in CASES} == {*FAILURE_CLASSES, NONE, UNKNOWN}
    assert {case.dialect for case in CASES} == {"github", "travis", "jenkins", "gitlab", "circle", "azure", "plain"}
    assert len({case.name for case in CASES}) == len(CASES) >= 80


def test_no_job_that_passed_is_called_failing() -> None:
    assert [c.name for c in CASES if c.failure_class == NONE and verdict_of(c).failure_class != NONE] == []


def test_of_what_is_called_sure_nine_of_ten_are_right() -> None:
    sure = [case for case in CASES if verdict_of(case).confidence >= 0.9]
    right = [case for case in sure if verdict_of(case).failure_class == case.failure_class]
    assert len(sure) >= len(CASES) // 2
    assert len(right) >= 0.9 * len(sure)
