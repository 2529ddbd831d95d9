"""Reports among the logs of a source take part in the analysis of the whole."""

import zipfile
from pathlib import Path

import pytest
from report_project import failures, make, run_pytest

from harness.logs.analyze import analyze

FILES = {
    "tests/test_cart.py": (
        "class TestSum:\n    def test_sum(self):\n        assert 1 == 2\n    def test_fine(self): pass\n"
    ),
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    root = make(tmp_path / "project", FILES)
    output = run_pytest(root, "-rN", "--tb=short", "-ojunit_family=xunit1")
    (root / "build.log").write_text(output)
    return root


@pytest.mark.parametrize("name", ["junit.xml", "report.jsonl"])
def test_a_report_alone_is_a_source(run: Path, name: str) -> None:
    found = analyze(str(run / name))
    assert {(test.nodeid, test.phase) for test in found.reading.failing} == failures(run)
    assert found.reading.complete
    assert found.reading.tally == {"failed": 1, "passed": 1}
    assert found.verdict.failure_class == "test_failure"
    assert found.reading.failing[0].evidence[0].file == name


def test_log_and_reports_in_one_archive_name_each_test_once(run: Path) -> None:
    archive = run.parent / "logs.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("build.log", "junit.xml", "report.jsonl"):
            packed.write(run / name, f"artifacts/{name}")
    (test,) = analyze(str(archive)).reading.failing
    assert test.nodeid == "tests/test_cart.py::TestSum::test_sum"
    assert {item.kind for item in test.evidence} == {"header", "junit", "reportlog"}


def test_a_passing_report_is_no_failure(tmp_path: Path) -> None:
    said = "def test_a():\n    print('FAILED test_a.py::test_a - docker timeout 137')\n"
    root = make(tmp_path, {"test_a.py": said})
    run_pytest(root, "-ojunit_logging=all")
    found = analyze(str(root / "junit.xml"))
    assert found.reading.failing == ()
    assert found.verdict.failure_class == "none"


@pytest.mark.parametrize("name", ["junit.xml", "report.jsonl"])
def test_a_report_that_broke_off_before_any_failure_does_not_say_that_the_job_passed(tmp_path: Path, name: str) -> None:
    root = make(tmp_path, {"test_a.py": "def test_a(): pass\ndef test_b(): pass\n"})
    run_pytest(root)
    whole = (root / name).read_text()
    cut = tmp_path / f"cut-{name}"
    cut.write_text(whole[: whole.rindex("test_b")])

    found = analyze(str(cut))

    assert found.verdict.failure_class == "unknown"
    assert any("truncated" in note for note in found.reading.notes)
    assert analyze(str(root / name)).verdict.failure_class == "none"


def test_a_test_that_a_cut_file_does_not_finish_is_not_counted_as_passed(tmp_path: Path) -> None:
    cut = tmp_path / "junit.xml"
    first = '<testcase name="test_a"><failure message="assert 0"/></testcase>'
    cut.write_text(f'<testsuite failures="2">{first}<testcase classname="test_k" name="test_b"><failure mess')

    assert analyze(str(cut)).reading.tally == {"failed": 1}


def test_a_green_log_beside_a_report_that_broke_off_does_not_say_that_the_job_passed(tmp_path: Path) -> None:
    root = make(tmp_path, {"test_a.py": "def test_a(): pass\ndef test_b(): pass\n"})
    run_pytest(root)
    both = tmp_path / "both"
    both.mkdir()
    (both / "job.log").write_text(
        f"{' test session starts ':=^80}\nplatform linux -- Python 3.11.9\n\na.py ..\n\n{' 2 passed in 0.01s ':=^80}\n"
    )
    assert analyze(str(both)).verdict.failure_class == "none"
    (both / "junit.xml").write_text((root / "junit.xml").read_text().partition("test_b")[0])
    assert analyze(str(both)).verdict.failure_class == "unknown"
