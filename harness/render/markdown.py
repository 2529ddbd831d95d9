"""The report as Markdown."""

from harness.domain.report import ReportModel
from harness.render.template import render
from pytest_repro.core.duration import format_duration


def markdown(model: ReportModel) -> str:
    """Return the report in Markdown; commands that change nothing stand in `sh` fences, others in `shell` fences."""
    return render("report.md.j2", it=model, duration=format_duration)
