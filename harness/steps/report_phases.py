"""The phases of a report, each made from the facts of its steps."""

from harness.domain.attempt import Attempt
from harness.domain.baseline import Baseline
from harness.domain.facts import Facts
from harness.domain.report import AttemptRow, BranchRow, CausePart, FixPart, MeasuredRow, ReproductionPart
from harness.domain.verification import SuiteComparison, Verification
from harness.logs.redact import redact
from pytest_repro.core.rate import FailureRate


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
        notes=(*(facts.intake.notes if facts.intake else ()), *(checkout.notes if checkout else ())),
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
        shown.append(
            f"without the fix {result.rate.counts} iterations fail, with it {verified.failures}/{verified.runs}"
        )
    if verified and verified.reverted_failures:
        shown.append(
            f"taken out again, the failure is back ({verified.reverted_failures}/{verified.reverted_runs}): "
            "the lines that the fix changes decide it"
        )
    notes = facts.fix.last.notes if facts.fix else ""
    return CausePart(line, redact(original.traceback or result.traceback), tuple(shown), redact(notes))


def fix_part(facts: Facts, attempts: tuple[Attempt, ...], by: str, diff: str) -> FixPart | None:
    """Return phase 3, or None where no attempt was made."""
    if not attempts:
        return None
    rows = tuple(AttemptRow(one.number, one.state, redact(one.seen), _changed(one), one.seconds) for one in attempts)
    part = FixPart(by, rows, redact(diff.encode("utf-8", "surrogateescape").decode("utf-8", "replace")))
    return _with_proof(part, facts.fix_branch.baseline, facts.verify) if facts.verify and facts.fix_branch else part


def _changed(attempt: Attempt) -> str:
    return f"{', '.join(attempt.files)} (+{attempt.added} -{attempt.removed})" if attempt.files else "nothing"


def _with_proof(part: FixPart, baseline: Baseline, shown: Verification) -> FixPart:
    result = baseline.reproduction
    after = FailureRate(shown.failures, shown.runs)
    rows = [
        MeasuredRow("before the fix, on the base", result.rate.counts, result.rate.describe()),
        MeasuredRow("with the fix", after.counts, after.describe()),
    ]
    suite = shown.suite
    return FixPart(
        part.by,
        part.attempts,
        part.diff,
        tuple(rows),
        p_value=f"{shown.p_value:.2g}",
        rule=f"{shown.needed} clean iterations were needed: {shown.rule}",
        suite_scope=suite.scope if suite else "",
        suite_rows=_suite_rows(suite),
        suite_words=_suite_words(suite),
        revert=f"{shown.reverted_failures}/{shown.reverted_runs} iterations failed again without the fix"
        if shown.reverted_runs
        else "",
    )


def _suite_rows(suite: SuiteComparison | None) -> tuple[tuple[str, int, int], ...]:
    if suite is None:
        return ()
    outcomes = sorted({*suite.before, *suite.after}, key=lambda one: (one != "passed", one))
    return tuple((one, suite.before.get(one, 0), suite.after.get(one, 0)) for one in outcomes)


def _suite_words(suite: SuiteComparison | None) -> tuple[str, ...]:
    if suite is None:
        return ()
    groups = (("broken", suite.broken), ("newly skipped", suite.newly_skipped), ("gone", suite.gone))
    return tuple(f"{word}: {', '.join(names) if names else 'none'}" for word, names in groups)


def branch_rows(facts: Facts) -> tuple[BranchRow, ...]:
    """Return phase 4: the branches that the run made."""
    rows = []
    test, branch = facts.write_test, facts.fix_branch
    if test and test.branch:
        rows.append(BranchRow(test.branch, "the reproduction test"))
    if branch:
        rows.append(BranchRow(branch.branch, _fix_holds(facts)))
    return tuple(rows)


def _fix_holds(facts: Facts) -> str:
    if facts.remove_test:
        last = facts.fix.last if facts.fix else None
        counts = f", +{last.added} -{last.removed}" if last else ""
        return "the fix and the reproduction test" if facts.remove_test.kept else f"the fix alone{counts}"
    return "the latest base with the reproduction test, no fix" if not facts.fix else "an unfinished fix"
