"""The phases of a report, each made from the facts of its steps."""

from harness.domain.attempt import Attempt
from harness.domain.baseline import Baseline
from harness.domain.counted import counted_words, plural, rate_words
from harness.domain.ending import Ending
from harness.domain.facts import Facts
from harness.domain.intake import Intake
from harness.domain.report import (
    AttemptRow,
    BranchRow,
    CausePart,
    FixPart,
    LogCause,
    LogPart,
    MeasuredRow,
    ReproductionPart,
)
from harness.domain.reproduction import Reproduction
from harness.domain.verification import LogOther, SuiteComparison, Verification
from harness.logs.publish_mask import for_publication
from harness.render.analysis_words import cause_words, class_words, line_words, named_tests, place_words, sure_words
from harness.render.escape import as_unicode
from pytest_repro.core.rate import FailureRate
from pytest_repro.core.record import FAILING

_CAUSES = 5  # causes of the log that a report shows: it follows one of them


def log_part(intake: Intake | None) -> LogPart | None:
    """Return what the log said, or None where none was read (by this version)."""
    if intake is None or intake.verdict is None:
        return None
    verdict, causes = intake.verdict, intake.causes
    tests = plural(len(intake.failing), "failing test")
    return LogPart(
        verdict=class_words(verdict),
        sure=sure_words(verdict),
        quoted=for_publication(line_words(verdict.quoted)) if verdict.quoted else "",
        quoted_at=place_words(verdict.quoted) if verdict.quoted else "",
        counts=f"{tests}, {plural(len(causes), 'cause')}" + ("" if intake.complete else ", and there may be more"),
        causes=tuple(
            LogCause(for_publication(cause_words(one)), one.signature, len(one.tests), named_tests(one)[0])
            for one in causes[:_CAUSES]
        ),
        more_causes=max(0, len(causes) - _CAUSES),
        advice=tuple(for_publication(one) for one in verdict.advice),
    )


def reproduction_part(facts: Facts) -> ReproductionPart | None:
    """Return phase 1, or None where nothing was measured."""
    baseline = facts.reproduce or (facts.fix_branch.baseline if facts.fix_branch else None)
    if baseline is None:
        return None
    result, checkout, test = baseline.reproduction, facts.checkout, facts.write_test
    return ReproductionPart(
        nodeid=result.nodeid,
        why=checkout.why if checkout else "named by `existing-test-path`",
        log_line=checkout.log_line if checkout else "",
        commit=(checkout.commit if checkout else facts.fix_branch.base if facts.fix_branch else ""),
        counts=result.rate.counts,
        rate=result.rate.describe(),
        processes=processes_words(baseline),
        basis=result.basis,
        command=result.command,
        failure=baseline.failure,
        others=result.others,
        log_others=checkout.others if checkout else (),
        notes=(
            *filter(None, [baseline.process_words]),
            *(facts.intake.notes if facts.intake else ()),
            *(checkout.notes if checkout else ()),
        ),
        test=test.files[0] if test and test.files else "",
        test_notes=tuple(note for note in test.notes if not note.startswith("kept ")) if test else (),
    )


def processes_words(baseline: Baseline) -> str:
    """Return how the iterations were run."""
    at_once = f", {baseline.cores} at once" if baseline.cores > 1 else ", one after the other"
    each = f", each ended at its first failure or after {baseline.chunk} iterations" if baseline.chunk > 1 else ""
    cut = f"; {baseline.cut} were ended at their time limit" if baseline.cut else ""
    return f"{baseline.processes} processes{at_once}{each}{cut}"


def cause_part(facts: Facts) -> CausePart | None:
    """Return phase 2: what the evidence shows, and apart from it the fixer's own words."""
    baseline = facts.fix_branch.baseline if facts.fix_branch else facts.reproduce
    if baseline is None or baseline.reproduction.signature is None:
        return None
    result = baseline.reproduction
    assert result.signature is not None
    original = facts.reproduce.reproduction if facts.reproduce else result
    signature = original.signature or result.signature
    place = f"{signature.path}:{original.crash_line}" if signature.path else ""
    line = f"{place}  {signature.code}".strip()
    shown = [f"every counted failure ends in the same line with the same exception: {baseline.failure}"]
    verified = facts.verify
    if verified and verified.runs and facts.fix:
        after = counted_words(verified.failures, verified.runs, result.deterministic)
        shown.append(f"without the fix {rate_words(result)}; with it {after}")
    if verified and verified.reverted_failures:
        shown.append(
            f"taken out as a whole, the failure is back ({verified.reverted_failures} of "
            f"{plural(verified.reverted_runs, 'iteration')}); which of its lines matter was not examined"
        )
    notes = facts.fix.last.notes if facts.fix else ""
    return CausePart(
        for_publication(line),
        for_publication(original.traceback or result.traceback),
        tuple(shown),
        for_publication(notes),
    )


def fix_part(facts: Facts, attempts: tuple[Attempt, ...], by: str, diff: str) -> FixPart | None:
    """Return phase 3, or None where no attempt was made."""
    if not attempts:
        return None
    rows = tuple(
        AttemptRow(one.number, one.state, for_publication(one.seen), _changed(one), one.seconds) for one in attempts
    )
    part = FixPart(by, rows, for_publication(as_unicode(diff)))
    return _with_proof(part, facts.fix_branch.baseline, facts.verify) if facts.verify and facts.fix_branch else part


def _changed(attempt: Attempt) -> str:
    return f"{', '.join(attempt.files)} (+{attempt.added} -{attempt.removed})" if attempt.files else "nothing"


def _with_proof(part: FixPart, baseline: Baseline, shown: Verification) -> FixPart:
    result = baseline.reproduction
    after = FailureRate(shown.failures, shown.runs)
    p_value = f"{shown.p_value:.2g}"
    rows = [
        MeasuredRow("before the fix, on the base", result.rate.counts, result.rate.describe(), _short(result)),
        MeasuredRow("with the fix", after.counts, after.describe(), _short_after(result, after, p_value)),
    ]
    suite = shown.suite
    return FixPart(
        part.by,
        part.attempts,
        part.diff,
        tuple(rows),
        p_value=p_value,
        rule=f"{shown.needed} clean iterations were needed: {shown.rule}",
        suite_scope=suite.scope if suite else "",
        suite_rows=_suite_rows(suite),
        suite_groups=_suite_groups(shown),
        log_others=shown.others_words,
        revert=f"{shown.reverted_failures}/{shown.reverted_runs} iterations failed again without the fix"
        if shown.reverted_runs
        else "",
    )


def _suite_rows(suite: SuiteComparison | None) -> tuple[tuple[str, int, int], ...]:
    if suite is None:
        return ()
    outcomes = sorted({*suite.before, *suite.after}, key=lambda one: (one != "passed", one))
    return tuple((one, suite.before.get(one, 0), suite.after.get(one, 0)) for one in outcomes)


def _suite_groups(shown: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
    suite = shown.suite
    if suite is None:
        return ()
    found = [("broken", suite.broken), ("newly skipped", suite.newly_skipped), ("gone", suite.gone)]
    others = [(_became(one), one.label) for one in shown.log_others]
    for word in dict.fromkeys(word for word, _ in others):
        found.append((f"of the log's other failing tests, {word}", tuple(name for one, name in others if one == word)))
    return tuple(found)


def _became(other: LogOther) -> str:
    if other.after in FAILING:
        return "still failing"
    if other.after == "passed":
        return "passing with the fix" + (" and without it too" if other.before == "passed" else "")
    return f"{other.after} with the fix" if other.after else "not compared"


def _short(result: Reproduction) -> str:
    return rate_words(result) if result.deterministic else f"{result.rate.counts}   {result.rate.describe()}"


def _short_after(result: Reproduction, after: FailureRate, p_value: str) -> str:
    if result.deterministic:
        return counted_words(after.failures, after.runs, deterministic=True)
    return f"{after.counts}   {after.describe()}   p = {p_value}"


def branch_rows(facts: Facts, ending: Ending) -> tuple[BranchRow, ...]:
    """Return phase 4: the branches that the run made."""
    rows = []
    test, branch = facts.write_test, facts.fix_branch
    if test and test.branch:
        rows.append(BranchRow(test.branch, "the reproduction test"))
    if branch:
        rows.append(BranchRow(branch.branch, _fix_holds(facts, ending)))
    return tuple(rows)


def _fix_holds(facts: Facts, ending: Ending) -> str:
    if facts.remove_test:
        last = facts.fix.last if facts.fix else None
        counts = f", +{last.added} -{last.removed}" if last else ""
        return "the fix and the reproduction test" if facts.remove_test.kept else f"the fix alone{counts}"
    # A change that did not stand was taken off the branch again.
    bare = not facts.fix or ending.kind == "not fixed"
    return "the latest base with the reproduction test, no fix" if bare else "an unfinished fix"
