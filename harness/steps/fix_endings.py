"""The ends of the fix step: not fixed, budget spent, and a person's turn."""

import json
import shlex

from harness.domain.attempt import Attempt
from harness.domain.counted import plural, rate_words
from harness.domain.ending import DONE, Ending
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.verification import Verification
from harness.ports import Worktree
from harness.render.instructions import Instructions, instructions
from harness.steps.attempts import STEP, attempts_so_far
from harness.steps.context import Context
from pytest_repro.core.duration import format_duration


def held(shown: Verification, branch: str, spent: bool) -> Ending:
    """Return the ending for a fix that the verification let stand; `spent`: the total budget is."""
    if shown.gaps:
        return Ending(
            "not fully shown",
            "verify",
            f"A fix is there and the test passes with it, but not everything was shown: {'; '.join(shown.gaps)}.",
            ("raise `budget.total` in the input file and run it again for the full proof",)
            if spent
            else ("look at what is missing, in the report, before you take the fix",),
        )
    left = shown.still_failing
    if not left:
        return Ending(DONE, "verify", "The fix holds.")
    named = next((one for one in left if "::" in one), "")
    advice = f"go on with the next one: write {_json('existing-test-path', named)} and {_json('base', branch)}"
    return Ending(
        "partly fixed",
        "verify",
        f"The fix holds for the test that was followed up, but {shown.others_words}.",
        (f"{advice} in place of `raw-logs` and `base` in the input file, and run it again",) if named else (),
    )


def did_not_stand(ctx: Context, name: str, shown: Verification) -> Ending:
    """Return the ending for a change that the verification rejected when no attempt is left."""
    return Ending(
        "not fixed",
        "verify",
        f"The change for {name} did not stand: {'; '.join(shown.gaps)}.",
        (f"mend `fix` in the input file and run it again; {_kept(ctx)}",),
    )


def not_fixed(ctx: Context, name: str) -> Ending:
    """Return the ending when no attempt is left; `name`: the failing test as a person knows it."""
    attempts = attempts_so_far(ctx)
    last = attempts[-1]
    return Ending(
        "not fixed",
        STEP,
        f"{_tries(len(attempts), ctx.spec.fix.by)} left {name} failing or could not stand. "
        f"Last: {last.state}: {last.seen}",
        (f"mend `fix` in the input file and run it again; {_kept(ctx)}",),
    )


def _tries(count: int, by: str) -> str:
    if count == 1:
        return f"The one attempt by {by}"
    return f"Both attempts by {by}" if count == 2 else f"All {count} attempts by {by}"


def _kept(ctx: Context) -> str:
    return f"the changes and what was seen of them are kept in {shlex.quote(str(ctx.folder / 'attempts'))}"


def _json(key: str, value: str) -> str:
    return f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"


def spent(ctx: Context, name: str) -> Ending:
    """Return the ending when no time is left for another attempt."""
    attempts = attempts_so_far(ctx)
    last = f" Last attempt: {attempts[-1].state}: {attempts[-1].seen}" if attempts else ""
    budget = f"{format_duration(ctx.spec.budget.fix)}, in all {format_duration(ctx.spec.budget.total)}"
    return Ending(
        "budget spent",
        STEP,
        f"The budget for the fix ({budget}) is spent after {plural(len(attempts), 'attempt')}; "
        f"{name} is not fixed.{last}",
        ("raise `budget.fix` and `budget.total` in the input file and run it again",),
    )


def your_turn(
    ctx: Context, tree: Worktree, test: ReproductionTest, branch: FixBranch, last: Attempt | None, unchanged: bool
) -> Ending:
    """Return the pause for a person, with everything that is needed to go on; `unchanged`: since the last look."""
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
    seen = f"The failure is reproduced ({rate_words(branch.baseline.reproduction)}) and waits for a person to fix it."
    if unchanged:
        seen = f"Nothing has changed in the worktree since the last look. {seen}"
    elif last:
        seen = f"Your change was tried: {last.state}: {last.seen}. {seen}"
    return Ending("your turn", STEP, seen, lines)
