"""Rounds of pytest processes: the one way of running that is used before and after a fix.

A process ends at its first failing iteration, because what a failure leaves behind spoils the iterations after it;
`cores` processes run at once, before a fix and after it, so that the load on the machine is the same in both.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.ports import RunRequest
from harness.steps.budget import Deadline
from harness.steps.context import Context
from harness.steps.gathering import Gathering
from pytest_repro.core.seed import LARGEST_ROOT, derive_seed

CHUNK: Final = 25  # iterations of one process: enough to hide its start-up, few enough to see a result soon
_LARGEST_CHUNK: Final = 1000
_SLICE: Final = 20.0  # seconds after which a process begins no further iteration, so that progress can be seen
_PATIENCE: Final = 60.0  # seconds beyond the slice, and ten iterations more, before a process counts as hanging


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run: `nodeid` in `tree`, `cores` processes at once of `chunk` iterations each, until `deadline`.

    step: whose progress this is; purpose: sets its seeds apart from those of other plans; grow: double the chunk while
    nothing fails, for rare failures in quick tests.
    """

    step: str
    purpose: str
    tree: Path
    nodeid: str
    chunk: int
    cores: int
    deadline: Deadline
    grow: bool = False


def measure(ctx: Context, plan: Plan, enough: Callable[[Gathering], bool]) -> tuple[Gathering, Plan]:
    """Return what was gathered when `enough` said so, the deadline came or a round ran nothing; and the last plan.

    The chunk of the returned plan is the one to run with after a fix.
    """
    found = Gathering(plan.nodeid)
    started = ctx.clock.monotonic()
    while not plan.deadline.spent:
        results = ctx.runner.run([_request(ctx, plan, found, index) for index in range(plan.cores)])
        before = (found.runs, found.failures)
        for result in results:
            found.add(result)
        found.seconds = ctx.clock.monotonic() - started
        _tell(ctx, plan, found)
        if enough(found) or found.runs == before[0]:
            break
        if plan.grow and not found.failures and max(result.seconds for result in results) < _SLICE / 4:
            plan = replace(plan, chunk=min(plan.chunk * 2, _LARGEST_CHUNK))
    return found, plan


def _request(ctx: Context, plan: Plan, found: Gathering, index: int) -> RunRequest:
    remaining = plan.deadline.remaining
    root = derive_seed(ctx.root, plan.nodeid, found.processes + index, plan.purpose) & LARGEST_ROOT
    limit = remaining
    if found.runs:
        each = found.seconds * plan.cores / found.runs
        limit = min(remaining, _SLICE + _PATIENCE + 10 * each)
    return RunRequest(
        tree=plan.tree,
        targets=(plan.nodeid,),
        stress=plan.chunk,
        limit=limit,
        seconds=min(_SLICE, remaining) if plan.chunk > 1 else None,
        stop=1 if plan.chunk > 1 else None,
        root=root,
    )


def _tell(ctx: Context, plan: Plan, found: Gathering) -> None:
    ctx.journal.progress(
        plan.step,
        {"purpose": plan.purpose, "runs": found.runs, "failures": found.failures, "processes": found.processes},
    )
    ctx.console.live(f"{plan.step}: {plan.purpose}: {found.failures} failures in {found.runs} iterations")


def cannot_run(found: Gathering) -> str:
    """Return in words why nothing could be counted."""
    if found.uncounted:
        return f"pytest skipped it or expected it to fail in all {found.uncounted} iterations, so none says anything"
    if found.cut:
        return "its process was ended at the time limit before one iteration had ended"
    last = "\n".join(found.output.strip().splitlines()[-12:])
    return f"pytest ran no test (exit code {found.exit_code}); its last words:\n{last}"
