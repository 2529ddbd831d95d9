"""Step 2: a worktree at the CI's commit, and the choice of the test that is followed up."""

from collections.abc import Sequence

from harness.domain.checkout import Checkout
from harness.domain.ending import Ending
from harness.domain.failing_test import FailingTest
from harness.domain.intake import Intake
from harness.domain.resolved_test import ResolvedTest, fitting_ids
from harness.ports import Worktree
from harness.steps.context import Context, Ended

_ASKED_FIRST = 5  # tests asked for one by one before the whole suite is collected once


def run(ctx: Context, intake: Intake) -> Checkout:
    """Return the commit and the first failing test that collects there; raises Ended where none does."""
    base_name = ctx.spec.base or ctx.repository.default_branch()
    base = ctx.repository.latest(base_name)
    commit = ctx.repository.resolve(ctx.spec.commit) if ctx.spec.commit else base
    tree = ctx.tree("reproduce", commit)
    ctx.journal.progress("checkout", {"tree": str(tree.path)})
    ctx.fresh(tree, commit)
    chosen, notes = _choose(ctx, tree, intake.failing)
    if chosen is None:
        raise Ended(_none(intake.failing, notes, ctx.spec.commit is None))
    test = chosen.test
    return Checkout(
        commit=commit,
        revision=ctx.spec.commit or base_name,
        base=base,
        base_name=base_name,
        nodeid=chosen.nodeid,
        why=chosen.why,
        exception=test.exception,
        message=test.message,
        log_line=_log_line(test),
        others=tuple(other.label for other in intake.failing if other is not test),
        notes=tuple(notes),
    )


def _choose(ctx: Context, tree: Worktree, failing: Sequence[FailingTest]) -> tuple[ResolvedTest | None, list[str]]:
    notes: list[str] = []
    known = [test for test in failing if test.nodeid and test.phase != "collect"]
    for test in known[:_ASKED_FIRST]:
        ids = ctx.runner.collect(tree.path, [test.nodeid or ""])
        if test.nodeid in ids:
            return ResolvedTest(test, test.nodeid or "", _why(test, failing)), notes
        if len(ids) == 1:
            return ResolvedTest(test, ids[0], f"it collects here as {ids[0]}"), notes
        notes.append(f"{test.label} {'collects as ' + str(len(ids)) + ' tests' if ids else 'does not collect'} here")
    everything = ctx.runner.collect(tree.path, [])
    for test in failing:
        fits = fitting_ids(test, everything)
        if len(fits) == 1:
            return ResolvedTest(test, fits[0], f"of all tests here only {fits[0]} fits {test.printed!r}"), notes
        if not test.nodeid:
            notes.append(f"{test.printed!r} fits {len(fits)} of the {len(everything)} tests that collect here")
    return None, notes


def _why(test: FailingTest, failing: Sequence[FailingTest]) -> str:
    if len(failing) == 1:
        return "the only failing test of the log"
    place = "the first" if test is failing[0] else f"number {failing.index(test) + 1}"
    return f"{place} of the log's {len(failing)} failing tests, and it collects here"


def _none(failing: Sequence[FailingTest], notes: Sequence[str], guessed: bool) -> Ending:
    advice = ["check that `repository`, `python` and `setup` are those of the failing job, then: repro validate FILE"]
    if guessed:
        advice.append("name the commit that the job ran on as `commit`: the tests may have changed since")
    if any(test.phase == "collect" for test in failing):
        advice.append("a file that cannot be imported is no test that could be repeated: see the log for its reason")
    names = ", ".join(test.label for test in failing[:5])
    return Ending(
        "no test to run",
        "checkout",
        f"None of the {len(failing)} failing tests of the log ({names}) could be found in the checkout. "
        + " ".join(f"{note}." for note in notes[:6]),
        tuple(advice),
    )


def _log_line(test: FailingTest) -> str:
    """Return the line of the log that says most: that of the summary where there is one.

    Where pytest has cut that line, the error as its traceback tells it stands in place of the cut part.
    """
    found = next((item for item in test.evidence if item.kind == "summary"), test.evidence[0])
    text = found.text.strip()
    message = test.message or ""
    if text.endswith("...") and test.printed in text and message and not message.endswith("..."):
        named = text[: text.index(test.printed) + len(test.printed)]
        text = f"{named}  E  {': '.join(filter(None, (test.exception, message)))}"
    return f"line {found.line}: {text}"
