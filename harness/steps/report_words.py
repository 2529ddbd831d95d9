"""What a report says in sentences: the summary, and what was not shown."""

from harness.domain.ending import DONE, Ending
from harness.domain.facts import Facts
from harness.logs.redact import redact
from harness.steps.suite import WHOLE
from pytest_repro.core.rate import FailureRate, bound


def summary(facts: Facts, ending: Ending) -> tuple[str, ...]:
    """Return two sentences that a tired person understands: what came of it, and what there is now."""
    return (redact(_outcome(facts, ending)), _left(facts))


def _outcome(facts: Facts, ending: Ending) -> str:
    branch, shown = facts.fix_branch, facts.verify
    if ending.kind != DONE or branch is None or shown is None:
        return ending.seen
    before, after = branch.baseline.reproduction.rate, FailureRate(shown.failures, shown.runs)
    name = facts.checkout.nodeid if facts.checkout else branch.nodeid
    return (
        f"The fix holds: {name} failed in {before.counts} iterations without it ({before.describe()}) and in "
        f"{after.counts} with it ({after.describe()}), and fails again when it is taken out."
    )


def _left(facts: Facts) -> str:
    own = "nothing has left this machine, and your branches and files are as they were"
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
    found = [redact(gap) for gap in facts.verify.shortfalls] if facts.verify else []
    if facts.verify and facts.verify.runs and not facts.verify.failures and facts.fix_branch:
        found += _limits(facts)
    if facts.fix and facts.fix.last.notes:
        found.append("that the cause is what the fixer wrote: its words are its own")
    if facts.checkout and facts.checkout.others:
        found.append(
            f"anything about the log's other failing tests ({len(facts.checkout.others)}): "
            "only the first was followed up"
        )
    if facts.reproduce is None and facts.fix_branch is None:
        found.append("that the failure happens here: nothing was reproduced")
    if not facts.fix:
        found.append(
            "a fix: none was found that the test lets pass"
            if ending.kind == "not fixed"
            else "a fix: none was tried to the end"
        )
    return tuple(dict.fromkeys(found))


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
