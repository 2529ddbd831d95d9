"""Step 6: attempts at a fix, by a person, a command or a patch; after each, the test decides."""

from dataclasses import replace

from harness.domain.attempt import Attempt, Fix
from harness.domain.ending import Ending
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.verification import Verification
from harness.logs.publish_mask import for_publication
from harness.ports import Fixer, FixOutcome, FixTask, Worktree
from harness.steps.attempts import STEP, attempts_so_far, patch_file, read_patch, record, write_evidence
from harness.steps.context import Context, Ended
from harness.steps.examine import change_of, examine, known_before, look_before
from harness.steps.fix_endings import not_fixed, spent, your_turn
from pytest_repro.core.errors import ReproError

_LEAST = 1.0  # seconds of the budget without which no attempt begins
_LONGEST_NOTES = 20_000  # characters of a fixer's own words that are kept


def run(ctx: Context, test: ReproductionTest, branch: FixBranch, name: str) -> Fix:
    """Return the first fix that the test lets pass; raises Ended when none is left, or on a person's turn.

    name: the node id under which a person knows the failing test.
    """
    tree = ctx.tree("fix", branch.commit, branch.branch)
    if done := _unfinished(ctx, tree):
        return done
    while True:
        number = len(attempts_so_far(ctx)) + 1
        if ctx.fixer is None:
            attempt = _by_person(ctx, tree, test, branch, number)
        else:
            attempt = _by_fixer(ctx, ctx.fixer, tree, test, branch, number, name)
        if attempt.state == "passed":
            return _keep(ctx, tree, branch, attempt)
        record(ctx, attempt)


def reject(ctx: Context, fix: Fix, verification: Verification, again: bool) -> None:
    """Write down that the verification did not let `fix` stand; the next attempt, if `again`, gets that as evidence."""
    seen = "the verification rejected it: " + "; ".join(verification.gaps)
    record(ctx, replace(fix.last, state="rejected", seen=seen), again=again)


def may_try_again(ctx: Context) -> bool:
    """Whether another attempt may follow: a person always gets one, a patch never."""
    if ctx.spec.fix.by == "person":
        return True
    return ctx.spec.fix.by == "command" and len(attempts_so_far(ctx)) < ctx.spec.attempts


def _unfinished(ctx: Context, tree: Worktree) -> Fix | None:
    """Return the fix that a killed beginning had committed, if its branch still stands there."""
    attempts = attempts_so_far(ctx)
    commits = [str(data["commit"]) for data in ctx.journal.earlier(STEP) if data.get("commit")]
    if attempts and attempts[-1].state == "passed" and commits and tree.head() == commits[-1]:
        tree.restore(commits[-1])
        return Fix(
            commits[-1],
            str(patch_file(ctx, attempts[-1].number).relative_to(ctx.folder)),
            ctx.spec.fix.by,
            tuple(attempts),
        )
    return None


def _by_fixer(
    ctx: Context, fixer: Fixer, tree: Worktree, test: ReproductionTest, branch: FixBranch, number: int, name: str
) -> Attempt:
    """Make one attempt from the clean branch; raises Ended when none is left."""
    limit = min(ctx.spec.budget.fix - sum(one.seconds for one in attempts_so_far(ctx)), ctx.total.remaining)
    most = 1 if ctx.spec.fix.by == "patch" else ctx.spec.attempts
    if number > most:
        raise Ended(not_fixed(ctx, name))
    if limit < _LEAST:
        raise Ended(spent(ctx, name))
    ctx.fresh(tree, branch.commit)
    before = look_before(ctx, tree, branch)
    notes = ctx.file(f"attempts/{number}/notes.md")
    prompt = write_evidence(ctx, test, branch, tree.path, number, limit)
    ctx.journal.progress(STEP, {"begun": number})
    ctx.console.live(f"fix: attempt {number} of {most} by {ctx.spec.fix.by}")
    outcome = _outcome(ctx, fixer, FixTask(tree.path, prompt, ctx.folder, notes, number, limit))
    said = (
        for_publication(notes.read_text(encoding="utf-8", errors="replace"))[:_LONGEST_NOTES] if notes.is_file() else ""
    )
    attempt = Attempt(number, "", "", outcome.seconds, notes=said)
    if outcome.state != "done":
        return _undone(ctx, attempt, outcome)
    return examine(ctx, tree, test, branch, attempt, before)


def _outcome(ctx: Context, fixer: Fixer, task: FixTask) -> FixOutcome:
    """Return how the attempt went; raises Ended where the fixer cannot be started, as it could not the next time."""
    try:
        return fixer.attempt(task)
    except ReproError as error:
        if error.slug != "cannot-start":
            raise
        record(ctx, Attempt(task.attempt, "failed", error.message, 0.0))
        seen = f"Attempt {task.attempt} could not be made: {error.message}"
        raise Ended(Ending("not fixed", STEP, seen, (error.hint,))) from None


def _undone(ctx: Context, attempt: Attempt, outcome: FixOutcome) -> Attempt:
    words = "it was ended at the limit" if outcome.state == "cut" else "the fixer failed"
    state = "not applied" if ctx.spec.fix.by == "patch" else outcome.state
    return replace(attempt, state=state, seen=f"{words}: {outcome.detail}" if outcome.detail else words)


def _by_person(ctx: Context, tree: Worktree, test: ReproductionTest, branch: FixBranch, number: int) -> Attempt:
    """Examine what a person left in the worktree; raises Ended("your turn") where there is nothing new."""
    earlier = attempts_so_far(ctx)
    last = earlier[-1] if earlier else None
    if not any(data.get("waiting") == number for data in ctx.journal.earlier(STEP)):
        if last is None:
            ctx.fresh(tree, branch.commit)
        look_before(ctx, tree, branch)
        write_evidence(ctx, test, branch, tree.path, number, ctx.spec.budget.fix)
        ctx.journal.progress(STEP, {"waiting": number})
        raise Ended(your_turn(ctx, tree, test, branch, last, unchanged=False))
    before = known_before(ctx)
    files, diff = change_of(tree, branch, before)
    if not files or (last and diff == read_patch(patch_file(ctx, last.number))):
        raise Ended(your_turn(ctx, tree, test, branch, last, unchanged=True))
    return examine(ctx, tree, test, branch, Attempt(number, "", "", 0.0), before)


def _keep(ctx: Context, tree: Worktree, branch: FixBranch, attempt: Attempt) -> Fix:
    """Commit the fix as one commit of ours on its branch, whatever the fixer did with git."""
    diff = read_patch(patch_file(ctx, attempt.number))
    tree.restore(branch.commit)
    if words := tree.apply(diff):
        raise Ended(
            Ending("not fixed", STEP, f"the change of attempt {attempt.number} cannot be applied again: {words}")
        )
    first = ctx.spec.prompt.strip().splitlines()[0][:70]
    commit = tree.commit(f"Fix: {first}\n\nFor the failure of {branch.nodeid}")
    record(ctx, attempt, commit=commit)
    attempts = (*attempts_so_far(ctx)[: attempt.number - 1], attempt)
    return Fix(commit, str(patch_file(ctx, attempt.number).relative_to(ctx.folder)), ctx.spec.fix.by, attempts)
