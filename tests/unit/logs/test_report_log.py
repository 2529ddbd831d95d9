"""The report log of pytest-reportlog is read back with exact ids, phases and what surrounded the failures."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from report_project import CRASHING, DOCTESTS, PROJECT, RERUN, all_failures, failures, make, run_pytest
from report_project import read as read_back

from harness.logs.reports.reports import Reported, read_report

START = {"pytest_version": "9.2.0", "$report_type": "SessionStart"}
FINISH = {"exitstatus": 1, "$report_type": "SessionFinish"}


def read(*lines: dict[str, Any] | bytes) -> Reported:
    data = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return read_report("reportlog", io.BytesIO(data), "")


def report(nodeid: str, when: str, outcome: str, longrepr: object = None, **more: object) -> dict[str, Any]:
    base = {"nodeid": nodeid, "when": when, "outcome": outcome, "longrepr": longrepr, "$report_type": "TestReport"}
    return {**base, **more}


def of_file(root: Path) -> Reported:
    return read_back(root, "reportlog")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("project"), PROJECT)


@pytest.mark.parametrize("options", ["", "--tb=native", "-p xdist -n2"])
def test_exactly_the_failures_of_a_real_run_come_out(project: Path, options: str) -> None:
    run_pytest(project, *DOCTESTS, *options.split())
    reported = of_file(project)
    assert {(test.nodeid, test.phase) for test in reported.failing} == failures(project)
    assert reported.tally["failed"] + reported.tally["errors"] == len(all_failures(project))
    told = {(reported.tally.get(word, 0)) for word in ("xfailed", "xpassed", "skipped")}
    assert told == {1}
    assert reported.complete, reported.notes
    if not options:
        found = {(test.nodeid, test.phase): test for test in reported.failing}
        chained = found["tests/test_many.py::test_chained", "call"]
        assert (chained.exception, chained.message, chained.chain) == ("LookupError", "gone", ("KeyError",))
        assert (chained.location or "").startswith("tests/test_many.py:")
        broken = found["tests/sub/test_broken.py", "collect"]
        assert (broken.exception, broken.outcome) == ("ModuleNotFoundError", "error")
        assert found["tests/mod.py::tests.mod.f", "call"].exception == "DocTestFailure"
        assert found["tests/test_many.py::test_unexpected", "call"].message == "[XPASS(strict)]"


def test_workers_and_what_they_ran_before_are_told(tmp_path: Path) -> None:
    make(tmp_path, {"test_a.py": "import os\ndef test_1(): pass\ndef test_2(): pass\ndef test_3(): assert 0\n"})
    run_pytest(tmp_path, "-p", "xdist", "-n1")
    told = of_file(tmp_path).circumstances
    assert told.workers == 1
    assert told.worker_of == {"test_a.py::test_3": "gw0"}
    assert told.before == {"test_a.py::test_3": ("test_a.py::test_1", "test_a.py::test_2")}
    assert told.packages == {"pytest": pytest.__version__}


def test_a_crashed_worker_names_the_test_that_it_ran(tmp_path: Path) -> None:
    make(tmp_path, CRASHING)
    run_pytest(tmp_path, "-p", "xdist", "-n1")
    (test,) = of_file(tmp_path).failing
    assert (test.nodeid, test.phase, test.outcome) == ("test_crash.py::test_bad", "call", "crashed")


def test_failing_subtests_are_counted_and_their_test_named_once(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "test_sub.py": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n"
            "        for i in range(3):\n            with self.subTest('part', i=i):\n"
            "                self.assertEqual(i, 0)\n"
        },
    )
    run_pytest(tmp_path)
    reported = of_file(tmp_path)
    assert [test.nodeid for test in reported.failing] == ["test_sub.py::T::test_a"]
    assert reported.tally["failed"] >= 2


def test_a_test_that_passes_on_a_rerun_is_not_failing(tmp_path: Path) -> None:
    pytest.importorskip("pytest_rerunfailures", reason="pytest-rerunfailures is not installed here")
    make(tmp_path, RERUN)
    run_pytest(tmp_path, "-p", "rerunfailures", "--reruns=1")
    reported = of_file(tmp_path)
    assert [test.nodeid for test in reported.failing] == ["test_re.py::test_never"]
    assert reported.tally == {"failed": 1, "passed": 1, "rerun": 2}


def test_evidence_is_the_line_of_the_report() -> None:
    reported = read(START, report("a.py::t", "setup", "passed"), report("a.py::t", "call", "failed", "E   x"), FINISH)
    (test,) = reported.failing
    (item,) = test.evidence
    assert (item.kind, item.line, item.text) == ("reportlog", 3, "a.py::t call: failed")


def test_a_log_without_its_end_says_truncated_and_what_was_running() -> None:
    last = json.dumps(report("a.py::test_c", "call", "failed")).encode()[:40]
    reported = read(
        START,
        report("a.py::test_a", "call", "failed", "E   KeyError: 1"),
        report("a.py::test_b", "setup", "passed"),
        last,
    )
    assert [test.nodeid for test in reported.failing] == ["a.py::test_a"]
    assert not reported.complete
    assert any(note.startswith("truncated: ") and "a.py::test_b had begun" in note for note in reported.notes)


def test_an_exit_code_that_contradicts_the_reports_is_told() -> None:
    assert not read(START, report("a.py::t", "call", "passed"), FINISH).complete
    contradicted = read(START, report("a.py::t", "call", "failed"), {**FINISH, "exitstatus": 0})
    assert any("exit code 0" in note for note in contradicted.notes)


def test_a_failed_collection_of_the_root_names_no_test() -> None:
    failed = {"nodeid": "", "outcome": "failed", "longrepr": "E   OSError: no", "$report_type": "CollectReport"}
    reported = read(START, failed, {**FINISH, "exitstatus": 2})
    assert reported.failing == ()
    assert not reported.complete
    assert any("OSError: no" in note for note in reported.notes)


@pytest.mark.parametrize(
    "line",
    [b"\n", b"not json\n", b"[1]\n", b"null\n", b"[" * 100_000 + b"\n", b"\xff\xfe{}\n", b'{"$report_type": 3}\n'],
)
def test_lines_that_are_no_reports_are_passed_over(line: bytes) -> None:
    reported = read(START, line, report("a.py::t", "call", "failed", "E   KeyError: 1"), FINISH)
    assert [test.exception for test in reported.failing] == ["KeyError"]


@pytest.mark.parametrize(
    "longrepr",
    [
        None,
        3,
        [],
        {},
        {"reprcrash": None},
        {"reprcrash": {"message": 3}, "chain": 5},
        {"reprcrash": {"message": ""}, "chain": [[1, 2], [{"reprentries": [{"data": None}, 3]}, None, None]]},
        {"reprcrash": {}, "reprtraceback": {"reprentries": {"a": 1}}},
    ],
)
def test_a_longrepr_of_any_form_is_survived(longrepr: object) -> None:
    (test,) = read(START, report("a.py::t", "call", "failed", longrepr), FINISH).failing
    assert (test.nodeid, test.exception) == ("a.py::t", None)


def test_an_id_of_any_length_is_whole_or_none() -> None:
    whole, longer = (f"a.py::t[{'x' * size}]" for size in (3000, 5000))
    reported = read(START, report(whole, "call", "failed"), report(longer, "call", "failed"), FINISH)
    assert [test.nodeid for test in reported.failing] == [whole, None]


def test_a_line_that_is_too_long_is_passed_over_and_told() -> None:
    big = json.dumps(report("a.py::big", "call", "passed", sections=[["stdout", "x" * 9_000_000]])).encode() + b"\n"
    reported = read(START, big, report("a.py::t", "call", "failed"), FINISH)
    assert [(test.nodeid, test.evidence[0].line) for test in reported.failing] == [("a.py::t", 3)]
    assert any("longer than 8 MiB" in note for note in reported.notes)
    assert not reported.complete
