"""What the suites of a JUnit file say of themselves: counts, properties, tests that are switched off."""

import io

import pytest

from harness.logs.reports.reports import Reported, read_report

FAILED = '<testcase classname="Cart" name="sum"><failure message="x"/></testcase>'
PASSED = '<testcase classname="Cart" name="sum"/>'


def read(text: str) -> Reported:
    return read_report("junit", io.BytesIO(text.encode()), "")


def suite(content: str) -> str:
    return f"<testsuite name='shop'>{content}</testsuite>"


@pytest.mark.parametrize(
    ("root", "outer", "inner", "lost"),
    [
        ('failures="2"', "", "", 1),
        ("", 'failures="1" errors="1"', "", 1),
        ('failures="3"', 'failures="3"', "", 2),
        ('failures="3"', 'failures="2"', 'failures="2"', 2),
        ("", 'failures="1"', "", 0),
        ('failures="0"', "", "", 0),
    ],
)
def test_what_an_outer_suite_counts_beyond_all_within_is_missing_once(
    root: str, outer: str, inner: str, lost: int
) -> None:
    within = f"<testsuite name='b' {inner}>{FAILED}</testsuite>"
    reported = read(f"<testsuites {root}><testsuite name='a' {outer}>{within}</testsuite></testsuites>")

    assert reported.complete is (lost == 0)
    assert [note for note in reported.notes if "incomplete" in note] == (
        [f"its suites count {lost} more failures and errors than it holds: incomplete"] if lost else []
    )


def test_a_property_that_says_secret_is_hidden_to_its_end_and_others_stay() -> None:
    given = (
        '<property name="db_password" value="hunter2 and more of it"/><property name="url" value="https://a:pw1@b/x"/>'
        '<property name="level" value="3 of 4"/>'
    )
    reported = read(suite(f"<properties>{given}</properties>{PASSED}"))

    assert reported.notes == (
        "properties of the suite: db_password=<redacted>, url=https://<redacted>@b/x, level=3 of 4",
    )


def test_a_test_that_was_not_run_has_not_passed() -> None:
    idle = '<testcase name="DISABLED_a" status="notrun" result="suppressed" classname="Math"/>'
    assert read(suite(PASSED + idle)).tally == {"passed": 1, "skipped": 1}
