"""The JUnit files that real pytest writes are read back: every failure, and a node id that is exact or none."""

import subprocess
import sys
from pathlib import Path

import pytest
from report_project import CRASHING, DOCTESTS, PROJECT, RENAMED, RERUN, all_failures, failures, make, read, run_pytest

from harness.domain.failing_test import FailingTest
from harness.logs.reports.junit_identity import as_testcase
from harness.logs.reports.reports import Reported


def by_id(reported: Reported) -> dict[tuple[str | None, str], FailingTest]:
    return {(test.nodeid, test.phase): test for test in reported.failing}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("project"), PROJECT)


@pytest.mark.parametrize(
    ("family", "options"),
    [
        pytest.param("xunit1", "-p xdist -n2", marks=pytest.mark.slow),
        ("xunit1", "--tb=short"),
        ("xunit1", "--tb=no"),
        ("xunit2", "--tb=short"),
        ("xunit2", "--tb=native"),
        ("xunit2", "--tb=line"),
        ("legacy", ""),
    ],
)
def test_every_failure_is_found_and_no_node_id_is_wrong(project: Path, family: str, options: str) -> None:
    run_pytest(project, *DOCTESTS, f"-ojunit_family={family}", "-ojunit_logging=all", *options.split())
    reported = read(project, "junit")
    truth = failures(project)
    named = {(test.nodeid, test.phase) for test in reported.failing if test.nodeid is not None}
    assert named <= truth
    if "xdist" not in options:  # there a testcase cannot be renamed
        assert not {nodeid for nodeid, _ in named} & set(RENAMED)
    missing = {(as_testcase(nodeid), phase) for nodeid, phase in truth - named}
    unnamed = {(test.printed, test.phase) for test in reported.failing if test.nodeid is None}
    renamed = {("tests.test_many.nice name", "call"), ("tests.test_many.test_passes", "call")}
    assert unnamed - renamed == missing - {(as_testcase(nodeid), "call") for nodeid in RENAMED} - renamed
    assert reported.complete
    assert reported.tally["failed"] + reported.tally["errors"] == len(all_failures(project))


def test_with_files_all_ids_are_told_but_those_of_renamed_testcases(project: Path) -> None:
    run_pytest(project, *DOCTESTS, "-ojunit_family=xunit1")
    named = {(test.nodeid, test.phase) for test in read(project, "junit").failing if test.nodeid is not None}
    unclear = {*RENAMED, "tests/rows.yaml::a :: b, c.d"}
    assert named == {found for found in failures(project) if found[0] not in unclear}


def test_in_the_default_family_tracebacks_settle_all_ids_but_few(project: Path) -> None:
    run_pytest(project, *DOCTESTS)
    named = {(test.nodeid, test.phase) for test in read(project, "junit").failing if test.nodeid is not None}
    lost = {nodeid for nodeid, _ in failures(project) - named}
    assert lost == {*RENAMED, *(nodeid for nodeid in lost if ".yaml::" in nodeid)}


def test_phase_outcome_exception_message_and_place_are_those_of_the_failure(project: Path) -> None:
    run_pytest(project, *DOCTESTS, "-ojunit_family=xunit1", "-ojunit_logging=all")
    found = by_id(read(project, "junit"))
    file = "tests/test_many.py"

    def told(name: str, phase: str = "call") -> tuple[object, ...]:
        test = found[(f"{file}::{name}", phase)]
        return test.outcome, test.exception, test.message

    assert told("TestDerived::test_inherited") == ("failed", "KeyError", "'base'")
    assert told("TestOuter::TestInner::test_deep") == ("failed", "ValueError", "deep")
    assert told("test_setup", "setup") == ("error", "RuntimeError", "no database")
    assert told("test_far_setup", "setup") == ("error", "ConnectionError", "refused")
    assert told("test_both") == ("failed", "AssertionError", "assert 0")
    assert told("test_both", "teardown") == ("error", "OSError", "cannot clean")
    assert told("TornDown::test_eq", "teardown") == ("error", "RuntimeError", "class down")
    assert told("test_spaces[x\\ny]") == ("failed", "ValueError", "bad text: x")
    assert told("test_imitates") == ("failed", "AssertionError", "said a lot ]]> <failure>")
    assert told("test_unexpected") == ("failed", None, "[XPASS(strict)]")
    assert told("test_chained") == ("failed", "LookupError", "gone")
    assert found[(f"{file}::test_chained", "call")].chain == ("KeyError",)
    assert (found[(f"{file}::test_both", "call")].location or "").startswith(f"{file}:")
    assert (found[(f"{file}::TestDerived::test_inherited", "call")].location or "") == "base_cases.py:3"
    broken = found[("tests/sub/test_broken.py", "collect")]
    assert (broken.outcome, broken.exception, broken.message) == (
        "error",
        "ModuleNotFoundError",
        "No module named 'not_there_at_all'",
    )
    assert found[("tests/sub/test_syntax.py", "collect")].exception == "SyntaxError"
    assert found[("tests/mod.py::tests.mod.f", "call")].exception == "DocTestFailure"
    assert found[("tests/rows.yaml::plain row", "call")].message == "row 3 is wrong"


def test_evidence_is_the_line_of_the_testcase(project: Path) -> None:
    run_pytest(project, *DOCTESTS)
    lines = (project / "junit.xml").read_text(encoding="utf-8").split("\n")
    for test in read(project, "junit").failing:
        item = test.evidence[0]
        assert (item.kind, item.file) == ("junit", "junit.xml")
        assert "<testcase " in lines[item.line - 1]
        name = item.text.partition(' name="')[2].removesuffix('">')
        assert name.partition("[")[0] in lines[item.line - 1]


def test_a_prefix_before_the_class_names_leaves_the_ids_open(project: Path) -> None:
    run_pytest(project, "-ojunit_family=xunit1", "--junitprefix=py311", "tests/test_many.py")
    reported = read(project, "junit")
    assert {test.nodeid for test in reported.failing} == {None}
    assert "py311.tests.test_many.test_both" in {test.printed for test in reported.failing}


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_run_in_a_folder_below_the_rootdir_no_id_is_wrong(project: Path, family: str) -> None:
    options = ("-c", "../pytest.ini", "--rootdir=..", f"-ojunit_family={family}", "--junitxml=../junit.xml")
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ".."}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_many.py"]
    subprocess.run(command, cwd=project / "tests", env=env, capture_output=True, check=False, timeout=120)
    (project / "report.jsonl").write_bytes((project / "tests" / "report.jsonl").read_bytes())
    named = {(test.nodeid, test.phase) for test in read(project, "junit").failing if test.nodeid is not None}
    assert named <= failures(project)
    assert (named != set()) is (family == "xunit1")


def test_a_crashed_worker_names_the_test_that_it_ran(tmp_path: Path) -> None:
    make(tmp_path, CRASHING)
    run_pytest(tmp_path, "-p", "xdist", "-n1")
    (test,) = read(tmp_path, "junit").failing
    assert (test.nodeid, test.phase, test.outcome) == ("test_crash.py::test_bad", "call", "crashed")


def test_a_test_that_prints_a_crash_of_another_test_does_not_accuse_it(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "test_liar.py": "def test_good():\n    pass\ndef test_liar():\n"
            "    import pytest\n"
            "    pytest.fail(\"worker 'gw0' crashed while running 'test_liar.py::test_good'\", False)\n"
        },
    )
    run_pytest(tmp_path)
    (test,) = read(tmp_path, "junit").failing
    assert (test.printed, test.nodeid, test.outcome) == ("test_liar.test_liar", None, "failed")


def test_a_test_that_passes_on_a_rerun_is_not_failing(tmp_path: Path) -> None:
    pytest.importorskip("pytest_rerunfailures", reason="pytest-rerunfailures is not installed here")
    make(tmp_path, RERUN)
    run_pytest(tmp_path, "-p", "rerunfailures", "--reruns=1")
    reported = read(tmp_path, "junit")
    assert [test.nodeid for test in reported.failing] == ["test_re.py::test_never"]
    assert reported.complete


def test_a_test_that_a_time_limit_ended_is_timed_out(tmp_path: Path) -> None:
    pytest.importorskip("pytest_timeout", reason="pytest-timeout is not installed here")
    make(tmp_path, {"test_slow.py": "import threading\ndef test_waits():\n    threading.Event().wait(30)\n"})
    run_pytest(tmp_path, "-p", "timeout", "--timeout=0.2", "--timeout-method=signal")
    (test,) = read(tmp_path, "junit").failing
    assert (test.nodeid, test.outcome) == ("test_slow.py::test_waits", "timed out")


def test_an_internal_error_of_pytest_is_no_test(tmp_path: Path) -> None:
    make(tmp_path, {"test_a.py": "def test_a():\n    pass\n"})
    hook = "def pytest_collection_modifyitems():\n    raise RuntimeError('hook broke')\n"
    (tmp_path / "conftest.py").write_text(hook)
    run_pytest(tmp_path)
    reported = read(tmp_path, "junit")
    assert reported.failing == ()
    assert not reported.complete
    assert any("hook broke" in note for note in reported.notes)


def test_a_passing_run_has_no_failing_test(tmp_path: Path) -> None:
    make(tmp_path, {"test_a.py": "def test_a():\n    print('<failure/> 1 failed')\n"})
    run_pytest(tmp_path, "-ojunit_logging=all")
    reported = read(tmp_path, "junit")
    assert (reported.failing, reported.tally, reported.complete) == ((), {"passed": 1}, True)


def test_properties_of_the_suite_and_its_time_zone_are_told(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"test_a.py": "def test_a(record_testsuite_property):\n    record_testsuite_property('ARCH', 'ppc')\n"},
    )
    run_pytest(tmp_path)
    reported = read(tmp_path, "junit")
    assert "junit.xml: properties of the suite: ARCH=ppc" in reported.notes
    assert reported.circumstances.timezone is not None


def test_secrets_in_messages_and_names_are_masked(tmp_path: Path) -> None:
    secret = "ghp_" + "a1" * 18
    make(
        tmp_path,
        {
            "test_a.py": f"import pytest\n@pytest.mark.parametrize('t', ['{secret}'])\n"
            "def test_a(t):\n    raise ValueError(t)\n"
        },
    )
    run_pytest(tmp_path)
    (test,) = read(tmp_path, "junit").failing
    assert secret not in (test.message or "")
    assert all(secret not in item.text for item in test.evidence)
