"""Lines that only children run are in the coverage report, and children leave no data files."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from campaign import Lab

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
pytest.importorskip("pytest_cov", reason="needs pytest-cov")

LIB = """
def choose(flag):
    if flag:
        return "yes"
    return "no"

def never():
    return "never"
"""

TESTS = """
import lib

def test_yes():
    assert lib.choose(True) == "yes"

def test_no():
    assert lib.choose(False) == "no"
"""

# Every test runs twice, each time in a child of its own, and never in the parent.
CONFTEST = """
import os
from hashlib import sha256
from _pytest.runner import runtestprotocol
from pytest_repro.engine.coverage_data import CoverageAdoption, child_coverage, own_coverage_data

adoption = CoverageAdoption()

def measured(item):
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            own_coverage_data()
            if all(one.passed for one in runtestprotocol(item, log=False)):
                with open(write, "wb") as pipe:
                    pipe.write(child_coverage())
                os._exit(0)
        finally:
            os._exit(1)
    os.close(write)
    with open(read, "rb") as pipe:
        data = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    return data

def pytest_runtest_protocol(item):
    for _ in range(2):
        data = measured(item)
        adoption.adopt(data)
        say(item.name, sha256(data).hexdigest(), len(data) > 0)
    return True
"""


def project(lab: Lab) -> None:
    lab.write(lib="", conftest=CONFTEST, test_lib=TESTS)
    (lab.path / "lib.py").write_text(LIB.lstrip())  # without `say`, for the sake of its line numbers


def report(lab: Lab, *args: str, plugins: tuple[str, ...] = ()) -> dict[str, Any]:
    project(lab)
    done = lab.run_process(
        "-p", "pytest_cov.plugin", "--cov=lib", "--cov-report=json", "-Wdefault", *args, plugins=plugins
    )
    assert done.code == 0, done.out + done.err
    assert "Coverage.py warning" not in done.out + done.err
    assert data_files(lab) == [".coverage"]
    return lib_in_report(lab)


def data_files(lab: Lab) -> list[str]:
    return [file.name for file in lab.path.glob(".coverage*") if file.name != ".coveragerc"]


def coverage(lab: Lab, *args: str) -> None:
    argv = [sys.executable, "-m", "coverage", *args]
    done = subprocess.run(argv, cwd=lab.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def lib_in_report(lab: Lab) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((lab.path / "coverage.json").read_text())["files"]["lib.py"]
    return found


SYSMON = pytest.param("sysmon", marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring"))


@pytest.mark.parametrize("core", ["ctrace", "pytrace", SYSMON])
def test_lines_that_only_children_run_are_in_the_report(lab: Lab, core: str) -> None:
    lab.monkeypatch.setenv("COVERAGE_CORE", core)
    found = report(lab)
    assert (found["executed_lines"], found["missing_lines"]) == ([1, 2, 3, 4, 6], [7])


def test_branches_that_only_children_take_are_in_the_report(lab: Lab) -> None:
    found = report(lab, "--cov-branch")
    assert (found["executed_branches"], found["missing_branches"]) == ([[2, 3], [2, 4]], [])
    assert found["missing_lines"] == [7]


def test_each_line_keeps_the_test_that_ran_it_as_its_context(lab: Lab) -> None:
    (lab.path / ".coveragerc").write_text("[json]\nshow_contexts = True\n")
    lab.monkeypatch.setenv("COVERAGE_CORE", "ctrace")  # Python 3.14's default core knows no contexts
    contexts = report(lab, "--cov-context=test")["contexts"]
    assert contexts["3"] == ["test_lib.py::test_yes|run"]
    assert contexts["4"] == ["test_lib.py::test_no|run"]
    assert sorted(contexts["2"]) == ["test_lib.py::test_no|run", "test_lib.py::test_yes|run"]
    assert contexts["1"] == [""]


def test_children_of_xdist_workers_are_in_the_report(lab: Lab) -> None:
    found = report(lab, "-n2", plugins=("xdist",))
    assert (found["executed_lines"], found["missing_lines"]) == ([1, 2, 3, 4, 6], [7])


@pytest.mark.parametrize("settings", ["", "dynamic_context = test_function\n", "branch = True\n"])
def test_children_below_coverage_run_are_in_the_report(lab: Lab, settings: str) -> None:
    project(lab)
    (lab.path / ".coveragerc").write_text(f"[run]\ninclude = lib.py\n{settings}")
    coverage(lab, "run", "-m", "pytest", "-p", "pytest_repro.plugin")
    assert data_files(lab) == [".coverage"]
    coverage(lab, "json")
    found = lib_in_report(lab)
    assert (found["executed_lines"], found["missing_lines"]) == ([1, 2, 3, 4, 6], [7])


def test_coverage_that_starts_itself_again_in_children_is_carried_over_too(lab: Lab) -> None:
    project(lab)
    (lab.path / ".coveragerc").write_text("[run]\ninclude = lib.py\nparallel = True\npatch = fork\n")
    coverage(lab, "run", "-m", "pytest", "-p", "pytest_repro.plugin")
    assert len(data_files(lab)) == 1
    coverage(lab, "combine")
    coverage(lab, "json")
    found = lib_in_report(lab)
    assert (found["executed_lines"], found["missing_lines"]) == ([1, 2, 3, 4, 6], [7])


ALONE = """
import coverage, lib, os
from pytest_repro.engine.coverage_data import CoverageAdoption, child_coverage, own_coverage_data

def sent_by_child():
    lib.choose(False)
    read, write = os.pipe()
    if not os.fork():
        own_coverage_data()
        lib.choose(True)
        os.write(write, child_coverage())
        os._exit(0)
    os.wait()
    return os.read(read, 1 << 20)
"""


def test_data_that_came_before_is_not_added_again(lab: Lab) -> None:
    test = """
def test_it():
    sent, adoption = sent_by_child(), CoverageAdoption()
    adoption.adopt(sent)
    data = coverage.Coverage.current().get_data()
    assert data.lines(lib.__file__)
    data.purge_files([lib.__file__])
    adoption.adopt(sent)
    assert not data.lines(lib.__file__)
    CoverageAdoption().adopt(sent)
    assert data.lines(lib.__file__)
"""
    passes(lab, test)


def test_a_child_sends_what_it_did_itself_in_the_context_that_it_was_forked_in(lab: Lab) -> None:
    lab.monkeypatch.setenv("COVERAGE_CORE", "ctrace")
    test = """
def test_it():
    data = coverage.CoverageData(no_disk=True)
    data.loads(sent_by_child())
    text = open(lib.__file__).read().splitlines()
    contexts = data.contexts_by_lineno(lib.__file__)
    assert [text[number - 1].strip() for number in sorted(contexts)] == ["if flag:", 'return "yes"']
    assert all(found == ["test_it.py::test_it|run"] for found in contexts.values())
"""
    passes(lab, test, "--cov-context=test")


def passes(lab: Lab, test: str, *args: str) -> None:
    lab.write(lib=LIB, test_it=ALONE + test)
    done = lab.run_process("-p", "pytest_cov.plugin", "--cov=lib", "-Wdefault", *args)
    assert done.code == 0, done.out + done.err


def test_children_that_do_the_same_send_the_same(lab: Lab) -> None:
    report(lab, "--cov-branch", "--cov-context=test")
    told = [line.split() for line in (lab.path / "events").read_text().splitlines()]
    assert [(name, measured) for name, _, measured in told] == [
        ("test_yes", "True"),
        ("test_yes", "True"),
        ("test_no", "True"),
        ("test_no", "True"),
    ]
    assert len({digest for _, digest, _ in told}) == 2


def test_without_coverage_nothing_is_sent(lab: Lab) -> None:
    project(lab)
    assert lab.run_process().code == 0
    told = [line.split()[2] for line in (lab.path / "events").read_text().splitlines()]
    assert told == ["False"] * 4


@pytest.mark.parametrize("by", ["command line", "configuration"])
def test_lines_that_only_fresh_processes_run_are_in_the_report(lab: Lab, by: str) -> None:
    lab.write(lib="", test_lib=TESTS)
    (lab.path / "lib.py").write_text(LIB.lstrip())
    asked = ["--cov=lib", "--cov-report=json", "--cov-fail-under=1"]
    if by == "configuration":
        (lab.path / "pytest.ini").write_text(f"[pytest]\naddopts = {' '.join(asked)}\n")
        asked = []

    done = lab.run_process("-p", "pytest_cov.plugin", *asked, "--repro-stress=1", "--repro-isolate=fresh")

    assert done.code == 0, done.out + done.err
    assert data_files(lab) == [".coverage"]
    found = lib_in_report(lab)
    assert (found["executed_lines"], found["missing_lines"]) == ([1, 2, 3, 4, 6], [7])


def test_without_coverage_neither_a_fresh_process_nor_a_replay_measures(lab: Lab) -> None:
    (lab.path / "pytest.ini").write_text("[pytest]\naddopts = --cov=. --cov-report=\n")
    lab.write(test_it="from coverage import Coverage\ndef test_it(): assert Coverage.current()")
    run = lab.run_process("-p", "pytest_cov.plugin", "--no-cov", "--repro-stress=1", "--repro-isolate=fresh")
    assert run.outcomes == {"failed": 1}
    assert lab.paste(run.replays[0]).line("replayed: the same failure in 1 of 1")
