"""The ends of the fix step: not fixed, budget spent, and a person's turn."""

from harness.domain.attempt import Attempt
from harness.domain.ending import Ending
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.ports import Worktree
from harness.render.instructions import Instructions, instructions
from harness.steps.attempts import STEP, attempts_so_far
from harness.steps.context import Context
from pytest_repro.core.duration import format_duration


def not_fixed(ctx: Context, branch: FixBranch) -> Ending:
    """Return the ending when no attempt is left."""
    attempts = attempts_so_far(ctx)
    last = attempts[-1]
    tries = "the one attempt" if len(attempts) == 1 else f"all {len(attempts)} attempts"
    return Ending(
        "not fixed",
        STEP,
        f"Not fixed: {tries} by {ctx.spec.fix.by} left {branch.nodeid} failing or could not stand. "
        f"Last: {last.state}: {last.seen}",
        ("read the evidence of the attempts (below), mend `fix` in the input file and run it again",),
    )


def spent(ctx: Context, branch: FixBranch) -> Ending:
    """Return the ending when no time is left for another attempt."""
    attempts = attempts_so_far(ctx)
    last = f" Last attempt: {attempts[-1].state}: {attempts[-1].seen}" if attempts else ""
    budget = f"{format_duration(ctx.spec.budget.fix)}, in all {format_duration(ctx.spec.budget.total)}"
    count = "1 attempt" if len(attempts) == 1 else f"{len(attempts)} attempts"
    return Ending(
        "budget spent",
        STEP,
        f"The budget for the fix ({budget}) is spent after {count}; {branch.nodeid} is not fixed.{last}",
        ("raise `budget.fix` and `budget.total` in the input file and run it again",),
    )


def your_turn(
    ctx: Context, tree: Worktree, test: ReproductionTest, branch: FixBranch, last: Attempt | None, unchanged: bool
) -> Ending:
    """Return the pause for a person, with everything that is needed to go on; `unchanged`: since the last look."""
    rate = branch.baseline.reproduction.rate
    stress = (f"--repro-stress={test.stress}", "--repro-stop=1") if test.stress else ()
    lines = instructions(
        Instructions(
            tree=str(tree.path),
            nodeid=branch.nodeid,
            command=ctx.runner.command([branch.nodeid], *stress, tree=tree.path),
            folder=test.folder,
            evidence=str(ctx.folder),
            resume=ctx.resume_command,
        )
    )
    seen = f"The failure is reproduced ({rate.counts}, {rate.describe()}) and waits for a person to fix it."
    if unchanged:
        seen = f"Nothing has changed in the worktree since the last look. {seen}"
    elif last:
        seen = f"Your change was tried: {last.state}: {last.seen}. {seen}"
    return Ending("your turn", STEP, seen, lines)
