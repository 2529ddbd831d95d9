"""Step 5: the branch for the fix, from the latest base, with the reproduction test on it, which must fail there."""

from typing import Final

from harness.domain.baseline import Baseline
from harness.domain.demand import Demand, demand
from harness.domain.ending import Ending
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.ports import Worktree
from harness.steps.context import Context, Ended
from harness.steps.gathering import Gathering, Match, baseline_of
from harness.steps.measure import CHUNK, Plan, cannot_run, measure
from harness.steps.reproduce import ENOUGH_FAILURES, RUNS_DETERMINISTIC, deterministic_enough, rate_enough
from pytest_repro.core.rate import FailureRate

STEP: Final = "fix_branch"
_STEADY: Final = 12  # failing processes that suffice where nearly every one fails: the rate is then beyond doubt


def run(ctx: Context, test: ReproductionTest, reproduced: Baseline | None) -> FixBranch:
    """Return the branch and how often the test fails on it: the rate that the fix must bring down.

    Raises Ended("already fixed") where the test passes on base, and where it fails in another way.
    """
    base = ctx.repository.latest(ctx.spec.base or ctx.repository.default_branch())
    tree, commit = on_base(ctx, test, base)
    ctx.prepare(tree, commit)
    clean = demand(reproduced, ctx.spec.verify.confidence) if reproduced else None
    found, plan = _measured(ctx, test, tree, reproduced, clean)
    match = _match(test)
    basis = "the failure that was reproduced" if test.signature else "its most frequent failure: no log was given"
    baseline = baseline_of(found, test.nodeid, ctx.spec.deterministic, basis, match, plan.chunk, plan.cores)
    _check(found, baseline, clean, base, plan.deadline.spent)
    branch = f"fix/{test.name}"
    ctx.journal.progress(STEP, {"branch": branch, "commit": commit})
    if ctx.repository.branch(branch) is None:
        ctx.repository.create_branch(branch, commit)
    return FixBranch(branch, base, commit, test.nodeid, baseline)


def on_base(ctx: Context, test: ReproductionTest, base: str) -> tuple[Worktree, str]:
    """Return the worktree "check" and its commit: `base` with the reproduction test on top, where it has a commit.

    A killed beginning that made the branch has journalled the commit: it is taken again, since another pick would
    have another id.
    """
    for earlier in ctx.journal.earlier(STEP):
        if "commit" in earlier and ctx.repository.branch(str(earlier["branch"])) == earlier["commit"]:
            tree = ctx.tree("check", earlier["commit"])
            tree.restore(earlier["commit"])
            return tree, str(earlier["commit"])
    tree = ctx.tree("check", base)
    tree.restore(base)
    if not test.commit:
        return tree, base
    commit = tree.cherry_pick(test.commit)
    if commit is None:
        raise Ended(
            Ending(
                "not cut",
                STEP,
                f"the reproduction test ({test.commit[:12]}) conflicts with {base[:12]}, the latest commit of the base",
                ("give `commit` the commit of the failing job, and `base` a branch that has the test's folder",),
            )
        )
    return tree, commit


def _measured(
    ctx: Context, test: ReproductionTest, tree: Worktree, reproduced: Baseline | None, clean: Demand | None
) -> tuple[Gathering, Plan]:
    deterministic, match = ctx.spec.deterministic, _match(test)
    chunk = 1 if deterministic else (reproduced.chunk if reproduced else CHUNK)
    plan = Plan(
        STEP,
        "before the fix",
        tree.path,
        test.nodeid,
        chunk,
        1 if deterministic else ctx.cores,
        ctx.total.within(ctx.spec.budget.reproduce, "reproduce"),
        grow=not deterministic and reproduced is None,
    )

    def enough(found: Gathering) -> bool:
        if deterministic:
            return deterministic_enough(found)
        gone = clean is not None and not found.failures and found.runs >= clean.runs
        steady = found.matching(match) >= ENOUGH_FAILURES and found.failing_processes >= _STEADY
        return steady or rate_enough(found, match) or (gone and found.processes >= (clean.processes if clean else 0))

    return measure(ctx, plan, enough)


def _match(test: ReproductionTest) -> Match:
    signature = test.signature
    return signature.same_failure if signature else lambda _: True


def _check(found: Gathering, baseline: Baseline, clean: Demand | None, base: str, spent: bool) -> None:
    """Raise Ended unless the test fails on base as it must."""
    result = baseline.reproduction
    where = f"the base ({base[:12]})"
    if not found.runs:
        kind = "budget spent" if spent else "no test to run"
        raise Ended(Ending(kind, STEP, f"On {where} {result.nodeid} could not be run: {cannot_run(found)}", _ADVICE))
    if result.failures and (not result.deterministic or result.failures >= RUNS_DETERMINISTIC):
        return
    if result.others:
        words = "; ".join(f"{count}x {name}" for name, count in result.others[:3])
        raise Ended(
            Ending("other signature", STEP, f"On {where} {result.nodeid} fails, but in another way: {words}.", _ADVICE)
        )
    if result.failures:
        raise Ended(
            Ending(
                "not reproduced",
                STEP,
                f"On {where} it failed in only {result.rate.counts} runs, so it is not deterministic there.",
                ('set "deterministic": false and run it again',),
            )
        )
    raise Ended(_passes(found, result.nodeid, where, clean, spent))


def _passes(found: Gathering, nodeid: str, where: str, clean: Demand | None, spent: bool) -> Ending:
    bound = FailureRate(0, found.runs).describe()
    ran = f"On {where} {nodeid} passed in all {found.runs} iterations (failure rate {bound})"
    if clean is None:
        return Ending("not reproduced", STEP, f"{ran}: there is nothing to fix that could be shown.", _ADVICE)
    if spent and found.runs < clean.runs:
        return Ending(
            "budget spent",
            STEP,
            f"{ran}, but {clean.runs} clean ones were needed to call it fixed there.",
            ("raise `budget.reproduce` and `budget.total` and run it again",),
        )
    return Ending(
        "already fixed",
        STEP,
        f"{ran}, although the same test fails at the commit of the log: the base holds a fix already.",
        ("bring the branch of the failing job up to date with the base",),
    )


_ADVICE: Final = ("look at `base`, `commit` and `setup` in the input file, then run it again",)
