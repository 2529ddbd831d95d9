"""An attempt at a fix, examined: what it touches, and what the test says of it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.domain.attempt import Attempt
from harness.domain.counted import plural
from harness.domain.diff_guard import (
    SETTINGS_FILES,
    changed_counts,
    looks_like_test_file,
    refusals,
    without_files,
)
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.ports import Worktree
from harness.steps.attempts import STEP, attempts_so_far, patch_file, read_patch, store_patch
from harness.steps.context import Context
from harness.steps.gathering import Gathering
from harness.steps.measure import Plan, cannot_run, measure

_STORED: Final = "before-the-fix.json"


@dataclass(frozen=True, slots=True)
class Before:
    """The tree as a fixer finds it: texts of the configuration files at its root, the files that hold tests, and
    what the set-up commands left in it, which is no part of a fix.
    """

    settings: dict[str, str]
    test_files: frozenset[str]
    leftovers: frozenset[str]


def look_before(ctx: Context, tree: Worktree, branch: FixBranch) -> Before:
    """Return what `tree`, prepared and not yet worked on, looks like; kept, so that it is known after a pause."""
    stored = ctx.file(_STORED)
    if not stored.is_file():
        data = {
            "settings": _settings(tree.path),
            "test_files": sorted(_test_files(ctx, tree, branch)),
            "leftovers": sorted(tree.changed_files(branch.commit)),
        }
        stored.write_text(json.dumps(data), encoding="utf-8")
    return known_before(ctx)


def known_before(ctx: Context) -> Before:
    """Return what `look_before` kept."""
    data = json.loads(ctx.file(_STORED).read_text(encoding="utf-8"))
    return Before(data["settings"], frozenset(data["test_files"]), frozenset(data["leftovers"]))


def change_of(tree: Worktree, branch: FixBranch, before: Before) -> tuple[tuple[str, ...], str]:
    """Return the files that a fixer changed and the difference, without what the set-up left."""
    files = tuple(file for file in tree.changed_files(branch.commit) if file not in before.leftovers)
    return files, without_files(tree.diff(branch.commit), before.leftovers)


def examine(
    ctx: Context, tree: Worktree, test: ReproductionTest, branch: FixBranch, attempt: Attempt, before: Before
) -> Attempt:
    """Return the attempt with what became of it: refused for what it touches, or decided by the test."""
    files, diff = change_of(tree, branch, before)
    store_patch(patch_file(ctx, attempt.number), diff)
    added, removed = changed_counts(diff)
    attempt = replace(attempt, files=tuple(_printable(file) for file in files), added=added, removed=removed)
    if not files:
        return replace(attempt, state="unchanged", seen="no file was changed")
    after = _settings(tree.path)
    if reasons := refusals(files, diff, test.folder, before.test_files, before.settings, after):
        return replace(attempt, state="refused", seen="; ".join(reasons))
    if twin := _twin(ctx, attempt.number, diff):
        seen = f"the same change as attempt {twin.number} ({twin.state}), so it was not measured again"
        return replace(attempt, state="identical", seen=seen)
    ctx.prepare(tree, f"attempt {attempt.number}")
    return _decided(attempt, _quick(ctx, tree, branch, attempt.number))


def _twin(ctx: Context, number: int, diff: str) -> Attempt | None:
    """Return the earlier attempt that was measured with the same difference, or None."""
    earlier = [
        one for one in attempts_so_far(ctx) if one.number < number and one.state in ("still failing", "rejected")
    ]
    return next((one for one in earlier if read_patch(patch_file(ctx, one.number)) == diff), None)


def _decided(attempt: Attempt, found: Gathering) -> Attempt:
    if not found.runs:
        return replace(attempt, state="still failing", seen=f"the test no longer runs: {cannot_run(found)}")
    if found.failures:
        names = "; ".join(f"{count}x {name}" for name, count in found.others(lambda _: False)[:3])
        seen = f"{found.failures} of {plural(found.runs, 'iteration')} failed: {names}"
        return replace(attempt, state="still failing", seen=seen)
    return replace(attempt, state="passed", seen=f"{plural(found.runs, 'iteration')} passed in a first look")


def _quick(ctx: Context, tree: Worktree, branch: FixBranch, number: int) -> Gathering:
    """Return one round of processes: enough to send an attempt back, never enough to call it a fix."""
    baseline = branch.baseline
    deadline = ctx.total.within(ctx.spec.budget.reproduce, "reproduce")
    plan = Plan(STEP, f"attempt {number}", tree.path, branch.nodeid, baseline.chunk, baseline.cores, deadline)
    return measure(ctx, plan, lambda _: True)[0]


def _settings(folder: Path) -> dict[str, str]:
    found = {name: folder / name for name in SETTINGS_FILES}
    return {name: path.read_text(encoding="utf-8", errors="replace") for name, path in found.items() if path.is_file()}


def _test_files(ctx: Context, tree: Worktree, branch: FixBranch) -> set[str]:
    """Return the files that hold tests: those that collect, and those named like tests."""
    named = {str(path.relative_to(tree.path)) for path in tree.path.rglob("*.py") if looks_like_test_file(path.name)}
    collected = {nodeid.partition("::")[0] for nodeid in ctx.runner.collect(tree.path, [])}
    return named | collected | {branch.nodeid.partition("::")[0]}


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
