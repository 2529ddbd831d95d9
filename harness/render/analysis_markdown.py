"""What a CI log says, as Markdown."""

from collections.abc import Sequence

from harness.domain.analysis import Analysis
from harness.domain.report import ReportCommand
from harness.domain.verdict import NONE, UNKNOWN
from harness.render import analysis_words as words
from harness.render.template import render


def analysis_markdown(found: Analysis, commands: Sequence[ReportCommand]) -> str:
    """Return the analysis in Markdown; text of the log is shown as it is and makes no markup, mention or link."""
    text = render(
        "analysis.md.j2",
        it=found,
        words=words,
        claimed=found.verdict.failure_class not in (NONE, UNKNOWN),
        unknown=found.verdict.failure_class == UNKNOWN,
        circumstances=list(words.circumstance_rows(found.reading.circumstances)),
        in_checkout=list(words.checkout_rows(found)),
        commands=commands,
    )
    return text.rstrip("\n") + "\n"
