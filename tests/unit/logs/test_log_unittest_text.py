"""Reports of unittest and nose: only bar, title and dashes together make a failure."""

import pytest
from read_log import read_log

from harness.domain.failing_test import unittest_name

BAR, DASHES = "=" * 70, "-" * 70


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("test_a (pkg.test_m.T)", "pkg.test_m.T.test_a"),
        ("test_a (pkg.test_m.T.test_a)", "pkg.test_m.T.test_a"),
        ("test_a (pkg.test_m.T.test_a) (i=1)", "pkg.test_m.T.test_a"),
        ("pkg.test_m (unittest.loader._FailedTest)", "pkg.test_m"),
        ("test_m (unittest.loader._FailedTest.test_m)", "test_m"),
        ("test_m (unittest.loader.ModuleImportFailure)", "test_m"),
        ("test_a,_b_(c) (m.T)", "m.T.test_a,_b_(c)"),
        ("test_a,_b_(c) (m.T.test_a,_b_(c)) [part] (i=1)", "m.T.test_a,_b_(c)"),
        ("setUpClass (pkg.test_m.T)", "pkg.test_m.T"),
        ("pkg.test_m.test_a", "pkg.test_m.test_a"),
    ],
)
def test_names_of_every_version_have_one_dotted_form(printed: str, name: str) -> None:
    assert unittest_name(printed) == name


def test_log_lines_and_nose_import_failures_name_no_test() -> None:
    reading = read_log(
        "\n".join(
            [
                "ERROR:app:something failed",
                "ERROR: pip's resolver complains",
                BAR,
                "ERROR: Failure: ImportError (No module named 'six')",
                DASHES,
                "Traceback (most recent call last):",
                "ImportError: No module named 'six'",
                "",
                DASHES,
                "Ran 1 test in 0.1s",
                "",
                "FAILED (errors=1)",
            ]
        )
    )
    assert reading.failing == ()
    assert reading.notes == ("unittest counts 1 failed, 0 named: incomplete",)


def test_a_chained_exception_is_the_last_one_raised() -> None:
    reading = read_log(
        "\n".join(
            [
                BAR,
                "ERROR: test_a (m.T)",
                DASHES,
                "Traceback (most recent call last):",
                '  File "/x/m.py", line 3, in f',
                "KeyError: 'k'",
                "",
                "During handling of the above exception, another exception occurred:",
                "",
                "Traceback (most recent call last):",
                '  File "/x/m.py", line 9, in test_a',
                "pkg.errors.Gone: no more",
                "",
                DASHES,
                "Ran 1 test in 0.1s",
                "",
                "FAILED (errors=1)",
            ]
        )
    )
    test = reading.failing[0]
    assert (test.exception, test.exception_name, test.message) == ("pkg.errors.Gone", "Gone", "no more")
    assert test.location == "/x/m.py:9"
    assert test.nodeid is None


@pytest.mark.parametrize(
    "name", ["test_a,_but_b (m.T)", "test_a_(and_b)_c (m.T.test_a_(and_b)_c)", "test_é (m.f.<locals>.T)"]
)
def test_a_method_made_at_run_time_may_have_any_name(name: str) -> None:
    (test,) = read_log(
        "\n".join([BAR, f"ERROR: {name}", DASHES, "Traceback (most recent call last):", "E: x", DASHES])
    ).failing
    assert (test.printed, test.outcome) == (name, "error")


def test_a_report_inside_a_run_of_pytest_is_what_a_test_printed() -> None:
    report = [
        BAR,
        "FAIL: test_a (m.T)",
        DASHES,
        "AssertionError: x",
        "",
        DASHES,
        "Ran 1 test in 0.1s",
        "",
        "FAILED (failures=1)",
    ]
    start, end = " test session starts ".center(80, "="), " 1 passed in 0.10s ".center(80, "=")
    assert read_log("\n".join([start, "a/test_x.py", *report, ".", end])).failing == ()
    assert [test.label for test in read_log("\n".join([start, "a/test_x.py .", end, *report])).failing] == [
        "m.T.test_a"
    ]
