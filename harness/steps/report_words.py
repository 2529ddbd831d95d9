"""What a report says in sentences: the summary, and what was not shown."""

from harness.domain.checkout import Checkout
from harness.domain.counted import counted_words
from harness.domain.ending import DONE, Ending
from harness.domain.facts import Facts
from harness.domain.own_things import OwnThings
from harness.domain.reproduction import Reproduction
from harness.domain.verification import Verification
from harness.logs.publish_mask import for_publication
from harness.steps.suite import WHOLE
from pytest_repro.core.rate import FailureRate, bound


def summary(facts: Facts, ending: Ending, own: OwnThings) -> tuple[str, ...]:
    """Return what a tired person understands: what came of it, and what there is now; `own`: what became of theirs."""
    return (for_publication(_outcome(facts, ending)), for_publication(_left(facts, own)))


def changed_meanwhile(facts: Facts, ending: Ending, own: OwnThings) -> Ending:
    """Return the ending of a fix that holds, but whose fixer may have written beside its worktree."""
    return Ending(
        "not fully shown",
        ending.step,
        f"{_outcome(facts, ending)} But {own.changed_words}.",
        ("look at what changed besides the fix before you take it",),
    )


def _outcome(facts: Facts, ending: Ending) -> str:
    branch, shown = facts.fix_branch, facts.verify
    if branch is None or shown is None or not facts.remove_test:
        return ending.seen
    others = shown.others_words
    if ending.kind not in (DONE, "partly fixed"):
        return f"{ending.seen} Besides, {others}." if others and "\n" not in ending.seen else ending.seen
    name = facts.checkout.nodeid if facts.checkout else branch.nodeid
    proof = f"{_proof(branch.baseline.reproduction, shown)}, and it fails again when the fix is taken out."
    if ending.kind == DONE:
        return f"The fix holds: {name}: {proof}" + (f" {others[0].upper()}{others[1:]}." if others else "")
    return f"The fix holds for one test, but {others} with it. For {name}: {proof}"


def _proof(result: Reproduction, shown: Verification) -> str:
    if result.deterministic:
        passes = counted_words(shown.failures, shown.runs, deterministic=True)
        return f"{result.failures} of {result.runs} runs failed without the fix, {passes} with it"
    after = FailureRate(shown.failures, shown.runs)
    return (
        f"{result.rate.counts} iterations failed without the fix ({result.rate.describe()}), "
        f"{after.counts} with it ({after.describe()})"
    )


def next_steps(ending: Ending, asked: bool) -> tuple[str, ...]:
    """Return what to do next, one each; `asked`: the report names developers to ask."""
    if ending.advice:
        return ending.advice
    if ending.status == "failed":
        return ("look at what was found, mend the input file and run it again",)
    show = "show it to the developers to ask, then publish it" if asked else "then publish it"
    return ("read the difference and decide whether it is the fix that you want", show)


def _left(facts: Facts, things: OwnThings) -> str:
    blame = " (repro does not write them: it was the fixer, a test or command of the project, or you)"
    own = f"nothing has left this machine, and {things.words}{blame if things.changed else ''}"
    if facts.remove_test and facts.fix_branch:
        what = "The fix and its reproduction test are" if facts.remove_test.kept else "The fix alone is"
        return f"{what} on the branch {facts.fix_branch.branch}; {own}."
    made = [fact.branch for fact in (facts.write_test, facts.fix_branch) if fact and fact.branch]
    if made:
        return f"What there is so far is on {' and '.join(made)}; {own}."
    return f"No branch was made; {own}."


def remote_words(remote: str | None) -> str:
    """Return whether anything could be published, and that nothing was."""
    if remote is None:
        return "Nothing has left this machine, and the repository has no remote to which it could be pushed."
    return "Nothing has left this machine: publishing is your decision."


def not_shown(facts: Facts, ending: Ending) -> tuple[str, ...]:
    """Return what this run did not show, one sentence each."""
    found = [for_publication(gap) for gap in facts.verify.shortfalls] if facts.verify else []
    if facts.verify and facts.verify.runs and not facts.verify.rejected and facts.fix_branch:
        found += _limits(facts)
    if facts.fix and facts.fix.last.notes:
        found.append("that the cause is what the fixer wrote: its words are its own")
    if facts.checkout and facts.checkout.others:
        found += _others(facts.checkout, facts.verify)
    if facts.reproduce is None and facts.fix_branch is None:
        found.append("that the failure happens here: nothing was reproduced")
    if ending.kind == "not fixed":
        found.append("a fix: no change that was tried stood")
    elif not facts.fix:
        found.append("a fix: none was tried to the end")
    return tuple(dict.fromkeys(found))


def _others(checkout: Checkout, shown: Verification | None) -> list[str]:
    count, one = len(checkout.others), f"only {checkout.nodeid} was followed up"
    others = shown.others_words if shown else ""
    if shown is None or not others:
        return [f"anything about the log's other failing tests ({count}): {one}"]
    why = f"why the log's other failing tests ({count}) failed: {one}"
    if shown.still_failing:
        return [f"that the log is green: {others} with the fix", why]
    unknown = [other.label for other in shown.log_others if not other.after]
    gone = [f"how these tests of the log go with the fix: {', '.join(unknown)}"] if unknown else []
    return [*gone, f"{why}; {others}"]


def _limits(facts: Facts) -> list[str]:
    shown = facts.verify
    assert shown is not None
    after = FailureRate(0, shown.runs)
    found = [
        f"that the failure never comes again: {shown.runs} clean iterations leave room for a rate up to "
        f"{bound(after.excluded)} %"
    ]
    found.append("how it behaves elsewhere: all numbers are from this machine, this interpreter and this load")
    if shown.suite and shown.suite.scope != WHOLE:
        found.append(f"that no other test breaks: compared were {shown.suite.scope}")
    return found
