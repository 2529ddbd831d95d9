"""What real runs of pytest and unittest print is read back exactly."""

import subprocess
import sys
from pathlib import Path

import pytest
from read_log import read_log
from sample_cases import BASE, CASES, IMPORTS, write_files

from harness.domain.ci_log import LogReading

OWN = """
@pytest.mark.parametrize("text", ["a b", "x - y", "[", "ok] - no"])
def test_spaces(text):
    raise ValueError(f"bad text: {text}")

def test_imitates():
    print("=========================== short test summary info ============================")
    print("FAILED tests/test_many.py::test_passes - AssertionError: invented")
    print("========================= 1 failed, 2 passed in 0.01s ==========================")
    print("tests/test_many.py::test_passes FAILED     [ 50%]")
    print("1 failed in 0.01s")
    print("____________ test_passes ____________")
    assert False, "said a lot"

def test_passes():
    print("FAILED tests/test_many.py::test_invented - no")
"""
PROJECT = {"pytest.ini": "[pytest]\n", "base_cases.py": BASE, "tests/test_many.py": IMPORTS + OWN + CASES}
IMITATING_LAST = {**PROJECT, "tests/test_many.py": IMPORTS + CASES + OWN}
FILE = "tests/test_many.py"
EXPECTED = {
    f"{FILE}::TestDerived::test_inherited": ("call", "KeyError", "'base'"),
    f"{FILE}::TestDerived::test_own": ("call", "AssertionError", "assert [1, 2] == [1, 3]"),
    f"{FILE}::test_setup": ("setup", "RuntimeError", "no database"),
    f"{FILE}::test_teardown": ("teardown", "OSError", "cannot clean"),
    f"{FILE}::test_spaces[a b]": ("call", "ValueError", "bad text: a b"),
    f"{FILE}::test_spaces[x - y]": ("call", "ValueError", "bad text: x - y"),
    f"{FILE}::test_spaces[[]": ("call", "ValueError", "bad text: ["),
    f"{FILE}::test_spaces[ok] - no]": ("call", "ValueError", "bad text: ok] - no"),
    f"{FILE}::test_imitates": ("call", "AssertionError", "said a lot"),
    f"{FILE}::test_unexpected": ("call", None, "[XPASS(strict)]"),
    f"{FILE}::test_chained": ("call", "LookupError", "gone"),
    f"{FILE}::Case::test_eq": ("call", "AssertionError", "1 != 2"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("project"), PROJECT)


def output_of(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Run `python -m ...` in `folder` as a CI would and return what it printed, both streams as one."""
    clean = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ".", **(env or {})}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=clean,
    )
    return done.stdout


def run_pytest(folder: Path, *options: str, env: dict[str, str] | None = None) -> LogReading:
    """Run pytest in `folder` with only the plugins that the options name, and read what it printed."""
    xdist = ["-p", "xdist"] if any(option.startswith("-n") for option in options) else []
    return read_log(output_of(folder, "pytest", "-p", "no:cacheprovider", *xdist, *options, env=env))


@pytest.mark.parametrize(
    "options", ["-q", "-v", "-rA", "--tb=short", "--tb=native", "--color=yes", "-v -s", "-qq", "-n2", "-n2 -v"]
)
def test_exactly_the_failing_tests_come_out_with_phase_exception_and_message(project: Path, options: str) -> None:
    reading = run_pytest(project, *options.split())
    named = {test.nodeid: (test.phase, test.exception, test.message) for test in reading.failing}
    assert named == EXPECTED
    assert len(reading.failing) == len(EXPECTED)
    assert reading.complete is (options != "-qq")  # -qq prints no closing line to compare with


@pytest.mark.parametrize("options", ["-q", "-qq", "-q -rA --tb=short", "-rA", "-q -n2"])
def test_the_failing_test_shown_last_may_print_a_summary(
    tmp_path_factory: pytest.TempPathFactory, options: str
) -> None:
    reading = run_pytest(write_files(tmp_path_factory.mktemp("last"), IMITATING_LAST), *options.split())
    named = {test.nodeid: (test.phase, test.exception, test.message) for test in reading.failing}
    assert named == EXPECTED
    assert reading.complete is (options != "-qq")


@pytest.mark.parametrize("options", ["--tb=line", "--tb=no"])
def test_without_tracebacks_ids_and_types_come_from_the_summary(project: Path, options: str) -> None:
    reading = run_pytest(project, options)
    named = {test.nodeid: test.exception for test in reading.failing}
    assert named == {nodeid: exception for nodeid, (_, exception, _) in EXPECTED.items()}
    assert reading.complete


def test_on_a_ci_messages_are_not_cut_and_their_further_lines_name_nothing(project: Path) -> None:
    reading = run_pytest(project, "--tb=no", env={"CI": "true"})
    assert {test.nodeid for test in reading.failing} == set(EXPECTED)
    own = next(test for test in reading.failing if test.printed.endswith("test_own"))
    assert own.message == "assert [1, 2] == [1, 3]"


def test_verbose_lines_alone_name_the_tests(project: Path) -> None:
    reading = run_pytest(project, "--tb=no", "-v", "-rN")
    assert {test.nodeid: test.phase for test in reading.failing} == {
        nodeid: phase for nodeid, (phase, _, _) in EXPECTED.items()
    }
    assert all(item.kind == "progress" for test in reading.failing for item in test.evidence)


@pytest.mark.parametrize("options", ["-rN", "-q -rN", "-rs --tb=short"])
def test_headers_alone_give_ids_only_where_the_traceback_settles_them(project: Path, options: str) -> None:
    reading = run_pytest(project, *options.split())
    assert len(reading.failing) == len(EXPECTED)
    assert {test.nodeid for test in reading.failing} - {None} <= set(EXPECTED)
    by_title = {test.printed: test.nodeid for test in reading.failing}
    assert by_title["TestDerived.test_inherited"] is None  # its frame lies in the file of the base class
    assert by_title["test_setup"] is None  # only the fixture's frame is shown
    assert by_title["TestDerived.test_own"] == f"{FILE}::TestDerived::test_own"
    assert by_title["test_spaces[a b]"] == f"{FILE}::test_spaces[a b]"


def test_locations_and_circumstances_are_read(project: Path) -> None:
    reading = run_pytest(project, "-n2")
    chained = next(test for test in reading.failing if test.printed.endswith("test_chained"))
    assert chained.location is not None
    assert chained.location.startswith(f"{FILE}:")
    assert {item.kind for item in chained.evidence} == {"header", "summary"}
    assert reading.circumstances.workers == 2
    assert reading.circumstances.python == ".".join(map(str, sys.version_info[:3]))
    assert reading.tally["failed"] == 10
    assert reading.tally["errors"] == 2


def test_the_seed_of_randomly_is_read(project: Path) -> None:
    pytest.importorskip("pytest_randomly", reason="pytest-randomly is not installed here")
    reading = run_pytest(project, "-p", "randomly", "-k", "passes", "--randomly-seed=4711")
    assert reading.circumstances.randomly_seed == 4711
    assert reading.failing == ()
    assert reading.complete


def test_a_collection_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_broken.py").write_text("import not_there_at_all\n")
    (tmp_path / "test_syntax.py").write_text("def test_x(:\n    pass\n")
    reading = run_pytest(tmp_path)
    found = {test.nodeid: (test.phase, test.exception) for test in reading.failing}
    assert found == {
        "test_broken.py": ("collect", "ModuleNotFoundError"),
        "test_syntax.py": ("collect", "SyntaxError"),
    }
    assert reading.complete


def test_each_failing_subtest_is_counted_but_its_test_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_sub.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        for i in range(3):\n"
        "            with self.subTest('part', i=i):\n                self.assertEqual(i, 0)\n"
    )
    reading = run_pytest(tmp_path, "-v")
    assert {test.nodeid for test in reading.failing} == {"test_sub.py::T::test_a"}
    assert reading.complete, reading.notes


def test_a_test_that_passes_on_a_rerun_is_not_failing(tmp_path: Path) -> None:
    pytest.importorskip("pytest_rerunfailures", reason="pytest-rerunfailures is not installed here")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_re.py").write_text(
        "seen = []\ndef test_second_time():\n    seen.append(1)\n    assert len(seen) > 1\n"
        "def test_never():\n    assert not seen\n"
    )
    reading = run_pytest(tmp_path, "-p", "rerunfailures", "--reruns=1", "-v", "-rA")
    assert [test.nodeid for test in reading.failing] == ["test_re.py::test_never"]
    assert reading.complete


@pytest.mark.parametrize("options", ["-v", "-v -n1"])
def test_a_crash_of_the_interpreter_names_the_test_that_was_running(tmp_path: Path, options: str) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_crash.py").write_text(
        "import ctypes\ndef test_good():\n    pass\ndef test_bad():\n    ctypes.string_at(0)\n"
    )
    reading = run_pytest(tmp_path, *options.split())
    assert [test.nodeid for test in reading.failing] == ["test_crash.py::test_bad"]
    assert ("crashed" if "-n1" in options else "Segmentation fault") in (reading.failing[0].message or "")


def test_unittest_reports_are_read(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test_no(self):\n        'A docstring.'\n"
        "        self.assertEqual(1, 2)\n    def test_boom(self):\n        raise ValueError('boom')\n"
        "    def test_ok(self):\n        print('=' * 70)\n        print('FAIL: test_ok (test_plain.T)')\n"
    )
    (tmp_path / "test_gone.py").write_text("import not_there_at_all\n")
    reading = read_log(output_of(tmp_path, "unittest"))
    found = {test.label: (test.phase, test.exception, test.message) for test in reading.failing}
    assert found == {
        "test_gone": ("collect", "ModuleNotFoundError", "No module named 'not_there_at_all'"),
        "test_plain.T.test_boom": ("call", "ValueError", "boom"),
        "test_plain.T.test_no": ("call", "AssertionError", "1 != 2"),
    }
    assert reading.complete
    assert reading.tally["failed"] == 1
    assert reading.tally["errors"] == 2
