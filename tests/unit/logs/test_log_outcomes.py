"""How a test ended, and the exceptions behind the one that is reported."""

import pytest
from read_log import read_log

from harness.domain.failing_test import FailingTest

START = " test session starts ".center(80, "=")
FAILURES = " FAILURES ".center(80, "=")


def only(*lines: str) -> FailingTest:
    (test,) = read_log("\n".join(lines) + "\n").failing
    return test


CHAINED = "During handling of the above exception, another exception occurred:"
CAUSED = "The above exception was the direct cause of the following exception:"
LONG = [
    "    def test_pay():",
    "        try:",
    ">           {}['k']",
    "E           KeyError: 'k'",
    "",
    "tests/test_shop.py:4: KeyError",
    "",
    CHAINED,
    "",
    "    def test_pay():",
    ">           raise OSError('no')",
    "E           OSError: no",
    "",
    "tests/test_shop.py:6: OSError",
    "",
    CAUSED,
    "",
    "    def test_pay():",
    ">           raise shop.PayError('gone')",
    "E           shop.PayError: gone",
    "",
    "tests/test_shop.py:8: PayError",
]
SHORT = [
    "tests/test_shop.py:4: in test_pay",
    "    {}['k']",
    "E   KeyError: 'k'",
    "",
    CHAINED,
    "tests/test_shop.py:6: in test_pay",
    "    raise OSError('no')",
    "E   OSError: no",
    "",
    CAUSED,
    "tests/test_shop.py:8: in test_pay",
    "    raise shop.PayError('gone')",
    "E   shop.PayError: gone",
]
NATIVE = [
    "Traceback (most recent call last):",
    '  File "/x/tests/test_shop.py", line 4, in test_pay',
    "    {}['k']",
    "KeyError: 'k'",
    "",
    CHAINED,
    "",
    "Traceback (most recent call last):",
    '  File "/x/tests/test_shop.py", line 6, in test_pay',
    "    raise OSError('no')",
    "OSError: no",
    "",
    CAUSED,
    "",
    "Traceback (most recent call last):",
    '  File "/x/tests/test_shop.py", line 8, in test_pay',
    "    raise shop.PayError('gone')",
    "shop.PayError: gone",
]


@pytest.mark.parametrize("body", [LONG, SHORT, NATIVE])
def test_the_exceptions_before_the_last_are_its_chain(body: list[str]) -> None:
    test = only(START, FAILURES, " test_pay ".center(80, "_"), "", *body, " 1 failed in 0.10s ".center(80, "="))
    assert (test.exception, test.message, test.chain) == ("shop.PayError", "gone", ("KeyError", "OSError"))
    assert test.outcome == "failed"


@pytest.mark.parametrize(("word", "outcome"), [("FAIL", "failed"), ("ERROR", "error")])
def test_a_report_of_unittest_tells_the_chain_too(word: str, outcome: str) -> None:
    test = only("=" * 70, f"{word}: test_pay (shop.T)", "-" * 70, *NATIVE, "", "-" * 70, "Ran 1 test in 0.1s")
    assert (test.exception, test.chain, test.outcome) == ("shop.PayError", ("KeyError", "OSError"), outcome)


def test_what_fails_in_a_fixture_or_while_collecting_is_an_error() -> None:
    reading = read_log(
        "\n".join(
            [
                START,
                " short test summary info ".center(80, "="),
                "FAILED a/test_x.py::test_a - assert 0",
                "ERROR a/test_x.py::test_b - OSError: x",
                "ERROR a/test_y.py - ImportError: y",
                " 1 failed, 2 errors in 1.00s ".center(80, "="),
                "",
            ]
        )
    )
    assert [test.outcome for test in reading.failing] == ["failed", "error", "error"]


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        (["a/test_x.py::test_a Fatal Python error: Segmentation fault"], "crashed"),
        (["a/test_x.py::test_a", "Killed"], "crashed"),
        (["a/test_x.py::test_a ++++++++++++ Timeout ++++++++++++"], "timed out"),
        (["a/test_x.py::test_a", "++++++++++++ Timeout ++++++++++++"], "timed out"),
        (["a/test_x.py::test_a", "##[error]Process completed with exit code 124."], "timed out"),
        (["a/test_x.py::test_a", "No output has been received in the last 10m0s"], "timed out"),
    ],
)
def test_a_run_that_dies_says_how_its_last_test_ended(lines: list[str], outcome: str) -> None:
    test = only(START, "collected 2 items", "", *lines)
    assert (test.nodeid, test.outcome) == ("a/test_x.py::test_a", outcome)


def test_a_test_that_pytest_timeout_ended_timed_out() -> None:
    test = only(
        START,
        " short test summary info ".center(80, "="),
        "FAILED a/test_x.py::test_a - Failed: Timeout (>1.0s) from pytest-timeout.",
        " 1 failed in 1.00s ".center(80, "="),
    )
    assert test.outcome == "timed out"


def test_a_worker_that_crashed_took_its_test_with_it() -> None:
    test = only(
        START,
        FAILURES,
        " a/test_x.py ".center(80, "_"),
        "[gw1] linux -- Python 3.12.1 /usr/bin/python",
        "worker 'gw1' crashed while running 'a/test_x.py::test_a'",
        " 1 failed in 1.00s ".center(80, "="),
    )
    assert (test.nodeid, test.outcome) == ("a/test_x.py::test_a", "crashed")
