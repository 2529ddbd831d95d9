"""Step 7: the proof. The test stays clean as often as the baseline demands, nothing else breaks, and the failure comes
back without the fix.
"""

from dataclasses import replace
from typing import Final

from harness.domain.attempt import Fix
from harness.domain.checkout import Checkout
from harness.domain.demand import Demand, demand, iterations_to_show
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.verification import SuiteComparison, Verification
from harness.ports import Worktree
from harness.steps.context import Context
from harness.steps.gathering import Gathering
from harness.steps.measure import Plan, cannot_run, measure
from harness.steps.suite import compare
from pytest_repro.core.interval import fisher_one_sided

STEP: Final = "verify"
_NAMED: Final = 5


def run(ctx: Context, checkout: Checkout | None, test: ReproductionTest, branch: FixBranch, fix: Fix) -> Verification:
    """Return what was shown of the fix; its shortfalls say what was not."""
    started = ctx.clock.monotonic()
    needed = demand(branch.baseline, ctx.spec.verify.confidence, ctx.spec.verify.max_rate)
    tree = ctx.tree("fix", fix.commit, branch.branch)
    ctx.fresh(tree, fix.commit)
    found = _stress(ctx, tree, branch, needed)
    shown = _verdict(branch, found, needed, ctx)
    if found.failures or not found.runs:
        return replace(shown, seconds=ctx.clock.monotonic() - started)
    check = ctx.tree("check", branch.commit)
    check.restore(branch.commit)
    shown = _with_suite(ctx, shown, check, tree, checkout, test)
    shown = _with_revert(ctx, shown, check, branch)
    return replace(shown, seconds=ctx.clock.monotonic() - started)


def rejects(verification: Verification) -> bool:
    """Whether the fix itself is wrong, so that another attempt makes sense: the test failed, or others broke."""
    suite = verification.suite
    return bool(verification.failures or (suite and (suite.broken or suite.newly_skipped or suite.gone)))


def _stress(ctx: Context, tree: Worktree, branch: FixBranch, needed: Demand) -> Gathering:
    baseline = branch.baseline
    plan = Plan(STEP, "after the fix", tree.path, branch.nodeid, baseline.chunk, baseline.cores, ctx.total)

    def enough(found: Gathering) -> bool:
        return bool(found.failures) or _reached(found, needed)

    return measure(ctx, plan, enough)[0]


def _reached(found: Gathering, needed: Demand) -> bool:
    return found.runs >= needed.runs and found.processes - found.empty - found.cut >= needed.processes


def _verdict(branch: FixBranch, found: Gathering, needed: Demand, ctx: Context) -> Verification:
    result = branch.baseline.reproduction
    same = found.matching(result.signature.same_failure) if result.signature else found.failures
    gaps: list[str] = []
    if not found.runs:
        gaps.append(f"with the fix the test could not be run: {cannot_run(found)}")
    elif same:
        gaps.append(f"the same failure came again with the fix: {same} of {found.runs} iterations")
    elif found.failures:
        names = "; ".join(name for name, _ in found.others(lambda _: False)[:3])
        gaps.append(
            f"with the fix the test failed in another way, {found.failures} of {found.runs} iterations: {names}"
        )
    elif not _reached(found, needed):
        cause = "the budget was spent" if ctx.total.spent else "the runs ended early"
        gaps.append(
            f"only {found.runs} clean iterations of {needed.runs} in {found.processes} processes of "
            f"{needed.processes}: {cause}"
        )
    p_value = fisher_one_sided((result.failures, result.runs), (found.failures, found.runs)) if found.runs else 1.0
    return Verification(
        needed=needed.runs,
        rule=needed.rule,
        runs=found.runs,
        failures=found.failures,
        same_signature=same,
        p_value=p_value,
        suite=None,
        reverted_runs=0,
        reverted_failures=0,
        seconds=0.0,
        shortfalls=tuple(gaps),
    )


def _with_suite(
    ctx: Context,
    shown: Verification,
    check: Worktree,
    tree: Worktree,
    checkout: Checkout | None,
    test: ReproductionTest,
) -> Verification:
    if ctx.total.spent:
        return _short(shown, "the other tests were not compared: the budget was spent")
    file = (checkout.nodeid if checkout else test.nodeid).partition("::")[0]
    found = compare(ctx, check, tree, test, (file,))
    shown = replace(shown, suite=found.suite)
    gaps = [*found.gaps, *_suite_gaps(found.suite)]
    original = found.outcomes.get(checkout.nodeid) if checkout else "passed"
    if original != "passed":
        gaps.append(f"the failing test of the log did not pass with the fix: {original or 'it did not run'}")
    return _short(shown, *gaps)


def _suite_gaps(suite: SuiteComparison) -> list[str]:
    gaps = [
        f"{len(names)} test{'s' if len(names) > 1 else ''} {words}: {', '.join(names[:_NAMED])}"
        for names, words in (
            (suite.broken, "passed without the fix and fail with it"),
            (suite.newly_skipped, "ran without the fix and are skipped with it"),
            (suite.gone, "ran without the fix and are gone with it"),
        )
        if names
    ]
    if not suite.after.get("passed"):
        gaps.append("no other test passed with the fix, so nothing shows that it does no harm")
    return gaps


def _with_revert(ctx: Context, shown: Verification, check: Worktree, branch: FixBranch) -> Verification:
    """Run the test without the fix once more: it must fail again."""
    if ctx.total.spent:
        return _short(shown, "the revert check was not run: the budget was spent")
    baseline = branch.baseline
    result = baseline.reproduction
    wanted = result.signature
    deterministic = result.deterministic
    most = 1 if deterministic else 2 * iterations_to_show(baseline)
    ctx.prepare(check, branch.commit)
    plan = Plan(STEP, "revert check", check.path, branch.nodeid, baseline.chunk, baseline.cores, ctx.total)

    def matching(found: Gathering) -> int:
        return found.matching(wanted.same_failure) if wanted else found.failures

    def enough(found: Gathering) -> bool:
        return found.processes >= most if deterministic else bool(matching(found)) or found.runs >= most

    found = measure(ctx, plan, enough)[0]
    shown = replace(shown, reverted_runs=found.runs, reverted_failures=matching(found))
    if matching(found) and (not deterministic or matching(found) == found.runs):
        return shown
    return _short(
        shown,
        f"without the fix the failure came in only {matching(found)} of {found.runs} iterations of the "
        "revert check, so the fix may not be what made it go",
    )


def _short(shown: Verification, *gaps: str) -> Verification:
    return replace(shown, shortfalls=(*shown.shortfalls, *gaps))
