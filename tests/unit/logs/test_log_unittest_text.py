"""Reports of unittest and nose: only bar, title and dashes together make a failure."""

import pytest

from harness.domain.failing_test import unittest_name
from harness.logs.read import read_log

BAR, DASHES = "=" * 70, "-" * 70


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("test_a (pkg.test_m.T)", "pkg.test_m.T.test_a"),
        ("test_a (pkg.test_m.T.test_a)", "pkg.test_m.T.test_a"),
        ("test_a (pkg.test_m.T.test_a) (i=1)", "pkg.test_m.T.test_a"),
        ("pkg.test_m (unittest.loader._FailedTest)", "pkg.test_m"),
        ("test_m (unittest.loader._FailedTest.test_m)", "test_m"),
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
