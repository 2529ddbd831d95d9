"""Step 7: the proof. The test stays clean as often as the baseline demands, nothing else breaks, and the failure comes
back without the fix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from harness.domain.attempt import Fix
from harness.domain.checkout import Checkout
from harness.domain.demand import Demand, demand, iterations_to_show
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.resolved_test import fitting_label
from harness.domain.verification import LogOther, SuiteComparison, Verification
from harness.ports import Worktree
from harness.steps.context import Context
from harness.steps.gathering import Gathering
from harness.steps.measure import Plan, cannot_run, measure
from harness.steps.suite import Compared, compare
from pytest_repro.core.interval import fisher_one_sided
from pytest_repro.core.record import FAILING

STEP: Final = "verify"
_NAMED: Final = 5
_ORIGINAL: Final = "the failing test of the log"


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
    against: list[str] = []
    if not found.runs:
        gaps.append(f"with the fix the test could not be run: {cannot_run(found)}")
    elif same:
        against.append(f"the same failure came again with the fix: {same} of {found.runs} iterations")
    elif found.failures:
        names = "; ".join(name for name, _ in found.others(lambda _: False)[:3])
        against.append(
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
        objections=tuple(against),
        deterministic=result.deterministic,
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
    found = compare(ctx, check, tree, test, _files(tree, checkout, test))
    shown = replace(
        shown,
        suite=found.suite,
        objections=(*shown.objections, *_harm(found.suite)),
        log_others=_log_others(checkout, found),
    )
    gaps = list(found.gaps)
    if not found.suite.after.get("passed"):
        gaps.append("that it does no harm: no other test passed with the fix")
    original = found.after.get(checkout.nodeid, "") if checkout else "passed"
    if original in FAILING:
        objections = (*shown.objections, f"{_ORIGINAL} {original} with the fix")
        return replace(_short(shown, *gaps), objections=objections, original_fails=True)
    if original != "passed":
        gaps.append(f"{_ORIGINAL} did not pass with the fix: {original or 'it did not run'}")
    return _short(shown, *gaps)


def _files(tree: Worktree, checkout: Checkout | None, test: ReproductionTest) -> tuple[str, ...]:
    """Return the files of the failing tests, which are compared where the whole suite takes too long."""
    named = (checkout.nodeid, *checkout.others) if checkout else (test.nodeid,)
    files = dict.fromkeys(one.partition("::")[0] for one in named)
    return tuple(file for file in files if file.endswith(".py") and (tree.path / file).is_file())


def _log_others(checkout: Checkout | None, found: Compared) -> tuple[LogOther, ...]:
    others = checkout.others if checkout else ()
    return tuple(LogOther(one, _outcome(one, found.before), _outcome(one, found.after)) for one in others)


def _outcome(label: str, outcomes: Mapping[str, str]) -> str:
    fits = (label,) if label in outcomes else fitting_label(label, outcomes)
    return outcomes[fits[0]] if len(fits) == 1 else ""


def _harm(suite: SuiteComparison) -> tuple[str, ...]:
    """Return what the fix does to other tests, in words."""
    groups = (
        ([one for one in suite.broken if one not in suite.expected], "fail with the fix and did not fail without it"),
        (suite.expected, "fail with the fix and were only expected to fail without it (a strict xfail mark?)"),
        (suite.newly_skipped, "are skipped with the fix and ran without it"),
        (suite.gone, "are gone with the fix and ran without it"),
    )
    return tuple(f"tests that {words} ({len(names)}): {_named(names)}" for names, words in groups if names)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


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
