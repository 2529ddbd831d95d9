"""The excerpt of a run that was told of its failing tests by a report."""

from pathlib import Path

from harness.domain.failing_test import Evidence, FailingTest
from harness.steps.excerpt import write_excerpt


def test_lines_of_a_report_are_told_as_such_and_never_taken_for_lines_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "ci.log"
    log.write_text("".join(f"line {number}\n" for number in range(1, 10)))
    told = (Evidence("junit", 4, '<testcase name="test_a">', "out.xml"), Evidence("summary", 9, "FAILED a.py::test_a"))
    test = FailingTest("a.py::test_a", "a.py::test_a", "call", None, None, None, told)
    write_excerpt(str(log), (test,), tmp_path / "excerpt")
    kept = (tmp_path / "excerpt").read_text().splitlines()
    assert kept == ["     7  line 7", "     8  line 8", "     9  line 9", 'out.xml:4  <testcase name="test_a">']
