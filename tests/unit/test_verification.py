"""What a verification says of the fix and of the log's other tests."""

from dataclasses import replace

import pytest

from harness.domain.verification import LogOther, SuiteComparison, Verification
from harness.steps.fix_endings import held

SUITE = SuiteComparison("the whole suite", {"passed": 2, "failed": 3}, {"passed": 5})
SHOWN = Verification(5, "rule", 5, 0, 0, 0.018, SUITE, 1, 1, 2.0, deterministic=True)


def others(*after: str) -> Verification:
    found = tuple(LogOther(f"tests/test_a.py::t{number}", "failed", one) for number, one in enumerate(after))
    return replace(SHOWN, log_others=found)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (SHOWN, ""),
        (others("failed"), "1 other test of the log still fails"),
        (others("failed", "passed", "error"), "2 other tests of the log still fail"),
        (others("passed"), "the other failing test of the log passes with the fix, in one run"),
        (others("passed", "passed"), "all 2 other failing tests of the log pass with the fix, in one run each"),
        (others("passed", ""), "1 of 2 other failing tests of the log pass with the fix, in one run each"),
    ],
)
def test_the_logs_other_tests_are_told_in_words(shown: Verification, words: str) -> None:
    assert shown.others_words == words


def test_a_log_that_is_not_green_is_partly_fixed_and_the_next_test_is_named() -> None:
    ending = held(others("passed", "failed"), "fix/x", spent=False)
    assert (ending.kind, ending.status, ending.exit_code) == ("partly fixed", "partial", 1)
    assert '"existing-test-path": "tests/test_a.py::t1" and "base": "fix/x"' in ending.advice[0]


def test_a_green_log_is_fixed() -> None:
    assert held(others("passed"), "fix/x", spent=False).kind == "fixed"


def test_what_speaks_against_a_fix_and_what_was_not_shown_are_both_gaps() -> None:
    shown = replace(SHOWN, shortfalls=("too few runs",), objections=("t broke",))
    assert shown.gaps == ("t broke", "too few runs")
    assert held(shown, "fix/x", spent=False).kind == "not fully shown"


def test_only_a_failure_or_harm_sends_a_fix_back() -> None:
    assert not SHOWN.rejected
    assert replace(SHOWN, failures=1).rejected
    assert replace(SHOWN, suite=replace(SUITE, broken=("t",))).rejected
    assert not replace(SHOWN, suite=replace(SUITE, broken=("t",), expected=("t",))).rejected
