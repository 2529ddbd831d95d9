"""The project's other tests, without the fix and with it."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from harness.domain.reproduction_test import ReproductionTest
from harness.domain.verification import SuiteComparison
from harness.ports import RunRequest, RunResult, Worktree
from harness.steps.context import Context
from pytest_repro.core.duration import format_duration
from pytest_repro.core.record import FAILING

WHOLE: Final = "the whole suite"
_SHARE: Final = 0.25  # of what is left of the total, for one run of the whole suite
_LONGEST: Final = 300.0  # seconds; beyond this only the files of the failing test are compared
_AGAIN: Final = 5  # iterations without the fix for tests that fail only with it
_MOST_AGAIN: Final = 50  # tests; more than that are not broken by chance


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison, the outcomes without and with the fix by node id, and in words what keeps it partial."""

    suite: SuiteComparison
    before: dict[str, str]
    after: dict[str, str]
    gaps: tuple[str, ...]


def compare(
    ctx: Context, before: Worktree, after: Worktree, test: ReproductionTest, files: tuple[str, ...]
) -> Compared:
    """Return the comparison of the whole suite, or of `files` (if any) where that takes too long or does not end.

    The reproduction test itself is left out: it is judged by itself.
    """
    limit = min(ctx.total.remaining * _SHARE, _LONGEST)
    scope = WHOLE
    targets: tuple[str, ...] = ()
    ctx.console.live(f"verify: {scope} without the fix")
    without = _run(ctx, before, (), limit)
    why = _unfinished(without, test, limit)
    if why and files:
        scope, targets = f"{', '.join(files)} only: {scope} {why}", files
        without = _run(ctx, before, targets, limit)
        why = _unfinished(without, test, limit)
    gaps = [f"{', '.join(targets) or scope} {why} without the fix"] if why else []
    ctx.console.live(f"verify: {scope} with the fix")
    limit = min(ctx.total.remaining, max(limit, 2 * without.seconds))
    with_fix = _run(ctx, after, targets, limit)
    why = _unfinished(with_fix, test, limit)
    gaps += [f"{scope} {why} with the fix"] if why else []
    old, new = _outcomes(without, test), _outcomes(with_fix, test)
    return Compared(_comparison(ctx, before, scope, old, new, complete=not why), old, new, tuple(gaps))


def _comparison(
    ctx: Context, before: Worktree, scope: str, old: dict[str, str], new: dict[str, str], complete: bool
) -> SuiteComparison:
    passed = [nodeid for nodeid, outcome in old.items() if outcome == "passed"]
    broken = [nodeid for nodeid, outcome in new.items() if outcome in FAILING and old.get(nodeid) not in FAILING]
    flaky = _flaky(ctx, before, [nodeid for nodeid in broken if nodeid in old])
    broken = [nodeid for nodeid in broken if nodeid not in flaky]
    return SuiteComparison(
        scope=scope,
        before=dict(Counter(old.values())),
        after=dict(Counter(new.values())),
        broken=tuple(broken),
        newly_skipped=tuple(nodeid for nodeid in passed if new.get(nodeid) in ("skipped", "xfailed")),
        gone=tuple(nodeid for nodeid in passed if complete and nodeid not in new),
        expected=tuple(nodeid for nodeid in broken if old.get(nodeid) == "xfailed"),
    )


def _unfinished(result: RunResult, test: ReproductionTest, limit: float) -> str:
    """Return in words why `result` does not speak for all its tests; "" where it does."""
    if result.cut:
        return f"did not end within {format_duration(limit)}"
    if result.exit_code not in (0, 1):
        return f"ended with pytest's exit code {result.exit_code}"
    return "" if _outcomes(result, test) else "ran no test"


def _run(ctx: Context, tree: Worktree, targets: tuple[str, ...], limit: float, stress: int = 1) -> RunResult:
    ctx.prepare(tree, tree.head())
    return ctx.runner.run([RunRequest(tree.path, targets, stress, limit=max(limit, 1.0))])[0]


def _outcomes(result: RunResult, test: ReproductionTest) -> dict[str, str]:
    """Return the outcome of each test but the reproduction; one that ran no iteration is left out."""
    return {
        nodeid: next(iter(tally.outcomes))
        for nodeid, tally in result.tally.tests.items()
        if tally.outcomes and not _ours(nodeid, test)
    }


def _ours(nodeid: str, test: ReproductionTest) -> bool:
    return nodeid.startswith(f"{test.folder}/") if test.folder else nodeid == test.nodeid


def _flaky(ctx: Context, before: Worktree, nodeids: list[str]) -> set[str]:
    """Return those of `nodeids`, which failed with the fix only, that fail without it as well, now and then."""
    if not nodeids or len(nodeids) > _MOST_AGAIN:
        return set()
    result = _run(ctx, before, tuple(nodeids), ctx.total.remaining * _SHARE, _AGAIN)
    return {nodeid for nodeid, test in result.tally.tests.items() if test.failures}
