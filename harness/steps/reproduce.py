"""Step 3: make it fail here, and measure how often it does."""

import re
from dataclasses import replace
from typing import Final

from harness.domain.baseline import Baseline
from harness.domain.checkout import Checkout
from harness.domain.ending import Ending
from harness.steps.context import Context, Ended
from harness.steps.gathering import Gathering, Match, baseline_of
from harness.steps.measure import CHUNK, Plan, cannot_run, measure
from pytest_repro.core.duration import format_duration
from pytest_repro.core.rate import FailureRate
from pytest_repro.core.signature import Signature, matches_text

RUNS_DETERMINISTIC: Final = 3
ENOUGH_FAILURES: Final = 5
ENOUGH_RUNS: Final = 50
_RAISE: Final = "raise `budget.reproduce` (and `budget.total`) in the input file and run it again"
_FOLDERS: Final = re.compile(r"(?<![\w.])/(?:[^\s/'\":,;()]+/)+")


def run(ctx: Context, checkout: Checkout) -> Baseline:
    """Return how often the log's failure happens at its commit; raises Ended where it does not."""
    tree = ctx.tree("reproduce", checkout.commit)
    ctx.prepare(tree, checkout.commit)
    match = _match(checkout)
    deterministic = ctx.spec.deterministic
    deadline = ctx.total.within(ctx.spec.budget.reproduce, "reproduce")
    plan = Plan(
        "reproduce",
        "original test",
        tree.path,
        checkout.nodeid,
        chunk=1 if deterministic else CHUNK,
        cores=1 if deterministic else ctx.cores,
        deadline=deadline,
        grow=not deterministic,
    )
    found, plan = measure(
        ctx, plan, deterministic_enough if deterministic else lambda so_far: rate_enough(so_far, match)
    )
    baseline = baseline_of(found, checkout.nodeid, deterministic, _basis(checkout), match, plan.chunk, plan.cores)
    _check(ctx, checkout, found, baseline, deadline.spent)
    return baseline


def deterministic_enough(found: Gathering) -> bool:
    """Whether three processes ran, or passes and failures are mixed already."""
    return found.processes >= RUNS_DETERMINISTIC or found.runs > found.failures > 0


def rate_enough(found: Gathering, match: Match) -> bool:
    """Whether the rate is known well enough to prove a fix against it."""
    return found.matching(match) >= ENOUGH_FAILURES and found.runs >= ENOUGH_RUNS


def _match(checkout: Checkout) -> Match:
    def match(signature: Signature) -> bool:
        # The job's checkout lay in another folder. Both messages are redacted, the log's and ours.
        elsewhere = replace(signature, message=_without_folders(signature.message))
        wanted = _without_folders(checkout.message) if checkout.message else None
        return matches_text(signature, checkout.exception, checkout.message) or (
            matches_text(elsewhere, checkout.exception, wanted)
        )

    return match


def _without_folders(message: str) -> str:
    """Return `message` with the folders of absolute paths left out."""
    return _FOLDERS.sub("<folder>/", message)


def _basis(checkout: Checkout) -> str:
    if checkout.exception and checkout.message:
        return f"the log's exception and message: {checkout.exception}: {checkout.message}"
    if checkout.exception or checkout.message:
        return f"what the log says of it: {checkout.exception or checkout.message}"
    return "the node id alone: the log shows neither exception nor message"


def _check(ctx: Context, checkout: Checkout, found: Gathering, baseline: Baseline, spent: bool) -> None:
    """Raise Ended unless the failure was reproduced."""
    if not found.runs:
        kind = "budget spent" if spent else "no test to run"
        raise Ended(Ending(kind, "reproduce", f"{checkout.nodeid} could not be run: {cannot_run(found)}", _mend(ctx)))
    result = baseline.reproduction
    if not result.failures:
        raise Ended(_missing(ctx, checkout, found, baseline, spent))
    if not result.deterministic:
        return
    if result.failures == result.runs < RUNS_DETERMINISTIC and spent:
        seen = f"{checkout.nodeid} failed as in the log in {result.failures} of {result.runs} runs; three are needed,"
        raise Ended(Ending("budget spent", "reproduce", f"{seen} but the budget is spent.", (_RAISE,)))
    if result.failures < RUNS_DETERMINISTIC:
        raise Ended(_unsteady(ctx, checkout, baseline))


def _missing(ctx: Context, checkout: Checkout, found: Gathering, baseline: Baseline, spent: bool) -> Ending:
    result = baseline.reproduction
    tried = f"{checkout.nodeid} ran {found.runs} times in {found.processes} processes at {checkout.commit[:12]}"
    if not result.others:
        bound = FailureRate(0, found.runs).describe()
        limit = f" The budget of {format_duration(ctx.spec.budget.reproduce)} is spent." if spent else ""
        return Ending(
            "not reproduced",
            "reproduce",
            f"{tried} and never failed: here its failure rate is {bound}.{limit}",
            _not_here(ctx),
        )
    words = "; ".join(f"{count}x {name}" for name, count in result.others[:4])
    return Ending(
        "other signature",
        "reproduce",
        f"{tried} and failed, but never as in the log ({_basis(checkout)}). Seen instead: {words}. "
        "That is another failure, so it is not counted as the reproduction.",
        (
            "if this is the failure you care about, give its log as `raw-logs`, or the test as `existing-test-path`",
            *_mend(ctx),
        ),
    )


def _unsteady(ctx: Context, checkout: Checkout, baseline: Baseline) -> Ending:
    result = baseline.reproduction
    return Ending(
        "not reproduced",
        "reproduce",
        f"{checkout.nodeid} was said to be deterministic, but failed as in the log in only {result.failures} of "
        f"{result.runs} runs ({result.rate.describe()}).",
        ('set "deterministic": false in the input file and run it again: the rate is then measured',),
    )


def _not_here(ctx: Context) -> tuple[str, ...]:
    first = ('set "deterministic": false if it fails only now and then',) if ctx.spec.deterministic else (_RAISE,)
    alone = (
        "it ran alone here, several processes at once: if it fails only after other tests, or only on a busy or slow "
        "machine, this was not tried"
    )
    return (*first, alone, *_mend(ctx))


def _mend(ctx: Context) -> tuple[str, ...]:
    advice = ["compare `python`, `setup`, `env` and `pytest-args` with those of the failing job"]
    if not ctx.spec.commit:
        advice.append("name the commit that the job ran on as `commit`")
    return tuple(advice)
