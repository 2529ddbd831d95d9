"""What a person at a terminal reads of a CI log."""

from dataclasses import replace

import pytest
from analyses import ALONE, FAILED, MISSING, PASSED, POOL, SHARED, UNKNOWN, analysis
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.analysis import Analysis
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.failing_test import Evidence
from harness.domain.report import ReportCommand
from harness.domain.verdict import Verdict
from harness.render.analysis_terminal import analysis_lines
from harness.render.escape import plain
from harness.render.next_commands import Given, next_commands

GIVEN = Given("repro", log="/home/ada/ci.log")


def shown(found: Analysis, columns: int = 80, commands: tuple[ReportCommand, ...] = ()) -> list[str]:
    return [line.text.rstrip() for line in analysis_lines(found, commands, columns)]


def test_the_facts_stand_in_the_order_in_which_they_are_asked_for() -> None:
    assert shown(FAILED, commands=next_commands(FAILED, GIVEN)) == [
        "verdict   test_failure, assertion: an assertion or an exception in the test",
        "          93 % sure; next to it timeout",
        "step      Run tests",
        "because   line 1042: E   ValueError: pool is closed",
        "",
        "fails     37 failing tests, 2 causes",
        "          36 tests: ValueError: pool is closed at src/pool.py:88",
        *(f"            {name}" for name in POOL[:5]),
        "            and 31 more",
        "          1 test: AssertionError: assert 3 == 4 at tests/test_late.py:12",
        "            tests/test_late.py::test_late",
        "summary   the summary says 40 failed, 304 passed; 37 named: incomplete",
        "",
        "job       build (3.11) / Run tests",
        "matrix    os=ubuntu, python=3.11",
        "commit    4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a on main",
        "attempt   2",
        "run as    pytest -n 2 tests",
        "system    Python 3.11.9, linux",
        "packages  pytest 8.4.1, xdist 3.6.1",
        "seeds     pytest-randomly 12345, PYTHONHASHSEED=77, --hypothesis-seed=5,",
        "          @reproduce_failure('6.1', b'AXic')",
        "time zone Europe/Berlin",
        "workers   2",
        "order     tests/test_pool.py::test_close[0] ran on gw1 after",
        "          tests/test_a.py::test_2, tests/test_a.py::test_3,",
        "          tests/test_a.py::test_4 (and 2 before these)",
        "",
        "why       line 1039: pool.py:88: in _check",
        "          worker.txt, line 7: oops",
        "files     src/pool.py, tests/test_pool.py",
        "",
        "advice    Look at the first traceback: the others are the same.",
        "a fix     none is proposed automatically: a person or an agent decides",
        "note      the closing line counts 40 failed, 37 named: incomplete",
        "",
        "next      in the folder of the project:",
        "          # See how often it fails",
        "          PYTHONHASHSEED=77 TZ=Europe/Berlin pytest 'tests/test_pool.py::test_close[0]' --hypothesis-seed=5 "
        "--repro-stress=100",
        "          # Run it once under the CI's seed (needs pytest-randomly)",
        "          PYTHONHASHSEED=77 TZ=Europe/Berlin pytest 'tests/test_pool.py::test_close[0]' --randomly-seed=12345 "
        "--hypothesis-seed=5",
        "          # Run it after the tests that its worker ran before it",
        "          PYTHONHASHSEED=77 TZ=Europe/Berlin pytest -p no:randomly "
        + " ".join(f"tests/test_a.py::test_{number}" for number in range(5))
        + " 'tests/test_pool.py::test_close[0]' --hypothesis-seed=5",
        "          # Go from this log to a verified fix",
        """          printf '%s' '{"deterministic": false, """
        """"prompt": "tests/test_pool.py::test_close[0] fails in CI.", """
        """"raw-logs": "/home/ada/ci.log"}' | repro run -""",
    ]


def test_a_job_that_passed_is_two_lines_and_a_number() -> None:
    assert shown(PASSED) == [
        "verdict   none: no failure, the job passed",
        "          98 % sure",
        "summary   the summary says 12 passed",
    ]


def test_an_unknown_failure_is_told_as_such_with_what_was_seen() -> None:
    assert shown(UNKNOWN) == [
        "verdict   unknown: don't know, the log does not show why",
        "          nearest: network_error",
        "step      Build",
        "because   line 1999: Process completed with exit code 2.",
        "looked at 2000 lines of ci.log, of which the step 'Build' failed",
        "",
        "its end   line 1997: make: *** [all] Error 2",
        "          line 1998: bye",
        "note      no run of pytest or unittest found",
    ]


def test_a_failure_that_is_no_tests_names_its_line_and_what_may_be_proposed() -> None:
    assert shown(MISSING) == [
        "verdict   missing_dependency: something that the job needs is not installed, or",
        "          does not exist in that version",
        "          97 % sure",
        "because   line 12: ERROR: No matching distribution found for brewery==9",
        "",
        "advice    Name a version of brewery that the index has.",
        "a fix     may be proposed automatically: it would change versions, limits or",
        "          retries, never a test",
    ]


def test_a_summary_that_agrees_is_said_to_and_a_missing_one_leaves_room() -> None:
    told = analysis(FAILED.verdict, ALONE, tally={"failed": 1})
    assert "summary   the summary says 1 failed; all that failed are named" in shown(told)
    without = analysis(FAILED.verdict, ALONE, complete=False)
    assert "summary   no closing line; 1 named: there may be more" in shown(without)


def test_one_error_is_counted_as_pytest_counts_it() -> None:
    found = analysis(FAILED.verdict, tally={"errors": 1, "warnings": 1, "passed": 1})
    assert "summary   the summary says 1 error, 1 warning, 1 passed" in shown(found)


def test_names_that_the_checkout_does_not_settle_are_listed_and_not_chosen() -> None:
    ids = CheckoutIds("/x", 9, {}, {"TestA.test_b": ("a.py::TestA::test_b", "b.py::TestA::test_b")}, ("c.py::gone",))
    lines = " ".join(" ".join(shown(replace(FAILED, checkout=ids))).split())
    assert "TestA.test_b can be 2 tests of the checkout, so none is chosen: a.py::TestA::test_b, b.py::" in lines
    assert "c.py::gone is none of the 9 tests that collect in the checkout" in lines


def test_the_line_that_is_quoted_is_not_shown_again_as_the_reason() -> None:
    assert MISSING.verdict.quoted is not None
    verdict = replace(MISSING.verdict, root_cause=(MISSING.verdict.quoted,))
    assert shown(replace(MISSING, verdict=verdict)) == shown(MISSING)


def test_a_bar_of_the_log_does_not_fill_the_line() -> None:
    verdict = replace(MISSING.verdict, quoted=Evidence("header", 12, f"{'_' * 90} test_a {'_' * 90}"))
    assert "because   line 12: ___ test_a ___" in shown(replace(MISSING, verdict=verdict))


def test_a_path_that_fits_no_line_stands_whole_on_one_of_its_own() -> None:
    path = "/opt/" + "deep/" * 16 + "pool.py:88"
    lines = shown(analysis(FAILED.verdict, replace(SHARED, location=path)))
    assert f"          {path}" in lines


def test_hundreds_of_causes_do_not_fill_the_screen() -> None:
    causes = [replace(ALONE, signature=f"{number:016x}", tests=(f"a.py::test_{number}",)) for number in range(300)]
    lines = shown(analysis(FAILED.verdict, SHARED, *causes))
    assert len(lines) < 80
    assert "          and 281 more causes with 281 tests" in lines


def test_nothing_in_a_log_is_obeyed_by_the_terminal() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J a\nb\rc \u202e d"
    lines = shown(
        analysis(
            Verdict("timeout", quoted=Evidence("line", 1, hostile), step=hostile, advice=(hostile,)),
            replace(ALONE, message=hostile, tests=(hostile,)),
            notes=(hostile,),
        )
    )
    assert [line for line in lines if not line.isprintable()] == []


@pytest.mark.parametrize("columns", [1, 40, 80, 200])
def test_lines_keep_to_the_terminal_but_for_names_and_commands_to_copy(columns: int) -> None:
    lines = shown(FAILED, columns)
    width = max(columns, 40) + (columns == 1) * 10  # one word may be longer than the narrowest line
    assert [line for line in lines if len(line) > width and "::" not in line and "4f3c2b1a" not in line] == []


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_makes_printable_lines(one: str, other: str) -> None:
    found = analysis(
        Verdict("timeout", quoted=Evidence("line", 1, one), root_cause=(Evidence("line", 2, other),), step=other),
        replace(ALONE, exception=one, message=other, location=one),
    )
    lines = shown(found, commands=next_commands(found, GIVEN))
    assert [line for line in lines if plain(line) != line or "\n" in line] == []
