"""`repro run` on a log whose failure is no test's: an honest end with the class, the line and what to do."""

import json
import re

from ci_logs import PASSING, WORDS
from repro_process import LEAST, repro

RULE = """\
[[tool.pytest-repro.rules]]
name = "our-mirror"
class = "network_error"
pattern = 'mirror answered 50\\d'
advice = "Restart the job."
"""
LOG = """\
##[group]Run make deps
##[endgroup]
the mirror answered 503
##[error]Process completed with exit code 2.
"""


def ended(project, log):
    """Return what `repro run` prints on `log`, and its report."""
    (project / "ci.log").write_text(log)
    (project / "info.json").write_text(json.dumps(LEAST))
    done = repro(project, "run", "info.json")
    assert (done.returncode, done.stderr) == (1, "")
    (report,) = (project / "outputs").glob("*.md")
    return done.stdout, report.read_text()


def test_a_failure_of_another_kind_is_told_by_class_line_and_advice(project):
    (project / "pyproject.toml").write_text(RULE)
    printed, report = ended(project, LOG)

    assert "failed: no failing test." in printed
    assert re.search(r"network_error: something could not be reached or fetched \(\d\d % sure\)", printed), printed
    assert "line 3: the mirror answered 503" in printed
    assert "  next      Restart the job.\n" in printed
    assert "line 3: the mirror answered 503" in report
    assert "1. Restart the job." in report


def test_a_log_that_does_not_tell_is_not_called_a_job_that_passed(project):
    printed, _ = ended(project, WORDS)
    assert "failed: no failing test." in printed
    assert "unknown: don't know, the log does not show why" in printed


def test_a_passing_log_ends_with_nothing_failed(project):
    printed, _ = ended(project, PASSING)
    assert "failed: nothing failed." in printed
    assert "2 passed" in printed
