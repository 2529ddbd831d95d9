"""What a log and its reports name is one list: no test twice, no test lost, and the log's counts stay."""

from dataclasses import replace
from pathlib import Path

import pytest
from read_log import read_log
from report_project import PROJECT, failures, make, run_pytest

from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.reports.reports import Reported, merge_reported, read_report

FILE = "tests/test_cart.py"


def named(printed: str, nodeid: str | None, kind: str, phase: str = "call", **more: str | None) -> FailingTest:
    told = {"exception": None, "message": None, "location": None, **more}
    return FailingTest(printed, nodeid, phase, evidence=(Evidence(kind, 3, printed),), **told)  # type: ignore[arg-type]  # mixed values


def logged(*tests: FailingTest, tally: dict[str, int] | None = None, complete: bool = True) -> LogReading:
    counts = {"failed": len(tests)} if tally is None else tally
    return LogReading("log", 9, tests, counts, complete, (), Circumstances())


def junit(*tests: FailingTest, kind: str = "junit", complete: bool = True) -> Reported:
    return Reported(kind, tests, {"failed": len(tests)}, complete)


def kinds(test: FailingTest) -> list[str]:
    return [item.kind for item in test.evidence]


def test_without_a_report_nothing_changes() -> None:
    reading = logged(named("a", None, "header"))
    assert merge_reported(reading, []) is reading


def test_the_same_id_is_one_test_with_the_evidence_of_both() -> None:
    nodeid = f"{FILE}::test_a"
    log = named(nodeid, nodeid, "summary")
    report = named("tests.test_cart.test_a", nodeid, "junit", exception="KeyError", message="1", location="x.py:3")
    reading = merge_reported(logged(log), [junit(report)])
    (test,) = reading.failing
    assert (test.printed, test.nodeid, kinds(test)) == (nodeid, nodeid, ["summary", "junit"])
    assert (test.exception, test.message, test.location) == ("KeyError", "1", "x.py:3")
    assert reading.complete


def test_what_the_log_told_stays_and_is_only_filled_up() -> None:
    nodeid = f"{FILE}::test_a"
    log = named(nodeid, nodeid, "summary", exception="KeyError", message="1")
    report = named("x", nodeid, "junit", exception="OSError", message="2", location="x.py:3")
    (test,) = merge_reported(logged(log), [junit(report)]).failing
    assert (test.exception, test.message, test.location) == ("KeyError", "1", "x.py:3")


def test_a_testcase_without_id_is_the_test_of_the_log_whose_dotted_id_it_is() -> None:
    nodeid = f"{FILE}::TestB::test_c[x.y::z]"
    report = named("tests.test_cart.TestB.test_c[x.y::z]", None, "junit")
    (test,) = merge_reported(logged(named(nodeid, nodeid, "summary")), [junit(report)]).failing
    assert (test.nodeid, kinds(test)) == (nodeid, ["summary", "junit"])


def test_a_unittest_name_is_the_testcase_of_that_name() -> None:
    log = named("test_c (tests.test_cart.TestB)", None, "unittest")
    (test,) = merge_reported(logged(log), [junit(named("tests.test_cart.TestB.test_c", None, "junit"))]).failing
    assert kinds(test) == ["unittest", "junit"]


@pytest.mark.parametrize("nodeid", [f"{FILE}::TestB::test_c", None])
def test_a_title_is_the_only_testcase_that_has_it(nodeid: str | None) -> None:
    reports = [junit(named("tests.test_cart.TestB.test_c", nodeid, "junit"))]
    (test,) = merge_reported(logged(named("TestB.test_c", None, "header")), reports).failing
    assert (test.printed, test.nodeid, kinds(test)) == ("TestB.test_c", nodeid, ["header", "junit"])


def test_a_title_that_two_testcases_have_is_neither() -> None:
    reports = [junit(*(named(f"{name}.test_c", f"{name}.py::test_c", "junit") for name in ("a", "b")))]
    reading = merge_reported(logged(named("test_c", None, "header")), reports)
    assert [(test.printed, test.nodeid) for test in reading.failing] == [
        ("test_c", None),
        ("a.test_c", "a.py::test_c"),
        ("b.test_c", "b.py::test_c"),
    ]


def test_one_testcase_in_two_reports_has_its_title_once() -> None:
    nodeid = f"{FILE}::test_c"
    reports = [
        junit(named("tests.test_cart.test_c", None, "junit")),
        junit(named(nodeid, nodeid, "reportlog"), kind="reportlog"),
    ]
    (test,) = merge_reported(logged(named("test_c", None, "header")), reports).failing
    assert (test.nodeid, kinds(test)) == (nodeid, ["header", "junit", "reportlog"])


def test_files_that_differ_in_dots_and_slashes_are_two_tests() -> None:
    log = named("a/b.py::test_c", "a/b.py::test_c", "summary")
    reading = merge_reported(logged(log), [junit(named("a.b.test_c", "a.b.py::test_c", "junit"))])
    assert [test.nodeid for test in reading.failing] == ["a/b.py::test_c", "a.b.py::test_c"]


def test_phases_of_one_test_stay_apart() -> None:
    nodeid = f"{FILE}::test_a"
    reports = [junit(named("x", nodeid, "junit", "call"), named("x", nodeid, "junit", "teardown"))]
    reading = merge_reported(logged(named(nodeid, nodeid, "summary", "call")), reports)
    assert [test.phase for test in reading.failing] == ["call", "teardown"]


def test_an_error_of_which_the_log_shows_no_phase_takes_that_of_the_report() -> None:
    nodeid = f"{FILE}::test_a"
    log = named(nodeid, nodeid, "summary", "setup")  # "ERROR a.py::test_a" of the summary says no more
    (test,) = merge_reported(logged(log), [junit(named("x", nodeid, "junit", "teardown"))]).failing
    assert (test.phase, kinds(test)) == ("teardown", ["summary", "junit"])
    shown = replace(log, evidence=(*log.evidence, Evidence("header", 4, "ERROR at setup of test_a")))
    reading = merge_reported(logged(shown), [junit(named("x", nodeid, "junit", "teardown"))])
    assert [test.phase for test in reading.failing] == ["setup", "teardown"]


def test_a_test_that_the_log_lacks_is_added_and_completes_it() -> None:
    one, two = (f"{FILE}::test_{name}" for name in "ab")
    reading = logged(named(one, one, "summary"), tally={"failed": 2}, complete=False)
    merged = merge_reported(reading, [junit(named("x", one, "junit"), named("y", two, "junit"))])
    assert [test.nodeid for test in merged.failing] == [one, two]
    assert (merged.tally, merged.complete) == ({"failed": 2}, True)
    assert any("named by a report alone" in note for note in merged.notes)


def test_without_counts_in_the_log_those_of_the_most_exact_report_are_taken_once() -> None:
    nodeid = f"{FILE}::test_a"
    reports = [junit(named("x", nodeid, "junit")), junit(named(nodeid, nodeid, "reportlog"), kind="reportlog")]
    reading = LogReading("x", 0, (), {}, False, ("no run of pytest or unittest found",), Circumstances())
    merged = merge_reported(reading, reports)
    assert (merged.tally, merged.complete, merged.notes) == ({"failed": 1}, True, ())


def test_a_report_that_is_cut_leaves_the_reading_incomplete() -> None:
    reading = LogReading("x", 0, (), {}, False, (), Circumstances())
    assert not merge_reported(reading, [junit(complete=False)]).complete


def test_circumstances_of_the_log_come_first_and_are_filled_up() -> None:
    reading = replace(logged(), circumstances=Circumstances(python="3.11", packages={"pytest": "8"}))
    told = Circumstances(python="3.12", workers=2, packages={"pytest": "9", "numpy": "2"})
    merged = merge_reported(reading, [replace(junit(), circumstances=told)]).circumstances
    assert (merged.python, merged.workers, merged.packages) == ("3.11", 2, {"pytest": "8", "numpy": "2"})


def test_values_that_the_job_masks_are_masked_in_reports_too() -> None:
    report = named("x", f"{FILE}::test_a", "junit", message="the word is xyzzy")
    reported = replace(junit(report), notes=("said xyzzy",))
    merged = merge_reported(logged(), [reported], {"xyzzy"})
    assert "xyzzy" not in f"{merged.failing[0].message} {merged.notes}"


@pytest.mark.parametrize("options", ["-rN --tb=short", "-q", "--tb=no -v -rN", "-p xdist -n2"])
def test_log_and_reports_of_a_real_run_are_one_list(tmp_path: Path, options: str) -> None:
    root = make(tmp_path, PROJECT)
    more = ("--doctest-modules", "--doctest-glob=*.rst", "--continue-on-collection-errors")
    output = run_pytest(root, *more, *options.split())
    reports = []
    for kind, name in (("junit", "junit.xml"), ("reportlog", "report.jsonl")):
        with (root / name).open("rb") as stream:
            reports.append(read_report(kind, stream, name))
    merged = merge_reported(read_log(output), reports)
    truth = failures(root)
    assert truth <= {(test.nodeid, test.phase) for test in merged.failing}
    extra = [test for test in merged.failing if (test.nodeid, test.phase) not in truth]
    renamed = {"tests.test_many.nice name", "tests.test_many.test_passes"}  # a name that a test gives its testcase
    assert {test.printed for test in extra} <= {*renamed, "data"}  # and a title that an item gives itself
    assert {test.nodeid for test in extra} <= {None}
