"""What `repro run` prints: one line per step as it happens, and the closing block."""

from harness.domain.attempt import Fix, Removal
from harness.domain.baseline import Baseline
from harness.domain.checkout import Checkout
from harness.domain.counted import counted_words, files_words, plural, rate_words
from harness.domain.ending import DONE
from harness.domain.facts import Fact
from harness.domain.intake import Intake
from harness.domain.report import ReportModel
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.verification import Verification
from harness.render.escape import one_line, plain
from pytest_repro.core.duration import format_duration

_WIDTH = 11


def step_line(step: str, fact: Fact, seconds: float, budget: float | None) -> str:
    """Return the line of a finished step: symbol, step, what was found, seconds against its budget."""
    gap = isinstance(fact, Verification) and bool(fact.gaps or fact.still_failing)
    return _line("!" if gap else "✓", step, found_words(fact), seconds, budget)


def ended_line(step: str, kind: str, seconds: float) -> str:
    """Return the line of a step that ended the run."""
    symbol = {"your turn": "…", "not fully shown": "!", "partly fixed": "!"}.get(kind, "✗")
    return _line(symbol, step, kind, seconds, None)


def _line(symbol: str, step: str, words: str, seconds: float, budget: float | None) -> str:
    against = f" of {format_duration(budget)}" if budget else ""
    return f"{symbol} {step:<{_WIDTH}} {one_line(words, 160)}  ({format_duration(seconds)}{against})"


def found_words(fact: Fact) -> str:
    """Return what a step found, in one line."""
    match fact:
        case Intake():
            return f"{plural(len(fact.failing), 'failing test')} in {fact.lines} lines: {fact.failing[0].label}"
        case Checkout():
            return f"{fact.commit[:12]} ({fact.revision}); {fact.nodeid}"
        case Baseline():
            return rate_words(fact.reproduction)
        case ReproductionTest():
            place = fact.branch or "already in the repository"
            return f"{place}: {fact.folder or fact.nodeid}"
        case FixBranch():
            return f"{fact.branch} from {fact.base[:12]}; there {rate_words(fact.baseline.reproduction)}"
        case Fix():
            last = fact.last
            return f"by {fact.by}, attempt {last.number}: {files_words(last.files)} (+{last.added} -{last.removed})"
        case Verification():
            return _proof_words(fact)
        case Removal():
            return (
                "the test was kept in the fix branch"
                if fact.kept
                else f"the branch changes {files_words(fact.files)} alone"
            )


def _proof_words(shown: Verification) -> str:
    if shown.gaps:
        return "; ".join(shown.gaps)
    found = [
        counted_words(shown.failures, shown.runs, shown.deterministic),
        f"suite unharmed ({shown.suite.after.get('passed', 0)} passed)" if shown.suite else "",
        f"without the fix {shown.reverted_failures} of {plural(shown.reverted_runs, 'run')} failed",
        shown.others_words,
    ]
    return "; ".join(words for words in found if words)


def closing(model: ReportModel, report: str, publish: str) -> str:
    """Return the closing block: verdict, numbers, branches, and the command to paste."""
    lines = [f"{model.status}: {_verdict(model)}   report: {report}"]
    if model.ending != DONE:
        lines += [f"  {line}" for line in plain(model.summary[0]).splitlines()]
    if model.fix and model.fix.measured:
        before, after = model.fix.measured[:2]
        lines += [f"  before    {before.short}", f"  after     {after.short}"]
        if model.fix.log_others:
            lines.append(f"  log       {model.fix.log_others}")
    if model.branches:
        lines.append("  branches  " + "   ".join(f"{row.name} ({row.holds})" for row in model.branches))
    if model.ending != DONE:
        lines += [f"  next      {plain(one)}" for one in model.next_steps]
    lines.append(f"  publish   {publish}" if publish else "  nothing has left this machine")
    return "\n".join(lines)


def _verdict(model: ReportModel) -> str:
    return "the fix holds." if model.ending == DONE else f"{model.ending}."
