"""An attempt at a fix, examined: what it touches, and what the test says of it."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.domain.attempt import Attempt
from harness.domain.counted import plural
from harness.domain.diff_guard import (
    SETTINGS_FILES,
    Judges,
    changed_counts,
    doctest_examples,
    doctest_files,
    folders_of_tests,
    judging_files,
    looks_like_test_file,
    refusals,
    without_files,
)
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.ports import Worktree
from harness.render.escape import as_unicode
from harness.steps.attempts import STEP, attempts_so_far, patch_file, read_patch, store_patch
from harness.steps.context import Context
from harness.steps.gathering import Gathering
from harness.steps.measure import Plan, cannot_run, measure

_STORED: Final = "before-the-fix.json"
_NO_SOURCES: Final = frozenset({".git", "__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Before:
    """The tree as a fixer finds it: what judges the fix, and what the set-up commands left, which is no part of one."""

    judges: Judges
    leftovers: frozenset[str]


def look_before(ctx: Context, tree: Worktree, branch: FixBranch) -> Before:
    """Return what `tree`, prepared and not yet worked on, looks like; kept, so that it is known after a pause."""
    stored = ctx.file(_STORED)
    if not stored.is_file():
        judges = _judges(ctx, tree.path, branch)
        data = {
            "settings": judges.settings,
            "test_files": sorted(judges.test_files),
            "helpers": sorted(judges.helpers),
            "test_folders": sorted(judges.test_folders),
            "names": sorted(judges.names),
            "doctests": judges.doctests,
            "leftovers": sorted(tree.changed_files(branch.commit)),
        }
        stored.write_text(json.dumps(data), encoding="utf-8")
    return known_before(ctx)


def known_before(ctx: Context) -> Before:
    """Return what `look_before` kept."""
    data = json.loads(ctx.file(_STORED).read_text(encoding="utf-8"))
    sets = {name: frozenset(data[name]) for name in ("test_files", "helpers", "test_folders", "names")}
    return Before(Judges(settings=data["settings"], doctests=data["doctests"], **sets), frozenset(data["leftovers"]))


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
    attempt = replace(attempt, files=tuple(as_unicode(file) for file in files), added=added, removed=removed)
    if not files:
        return replace(attempt, state="unchanged", seen="no file was changed")
    judges = before.judges
    after = _settings(tree.path, {*SETTINGS_FILES, *judges.settings, *files})
    if reasons := refusals(files, diff, test.folder, judges, after, _doctests(tree.path, judges.doctests)):
        return replace(attempt, state="refused", seen="; ".join(reasons))
    if twin := _twin(ctx, attempt.number, diff):
        seen = f"the same change as attempt {twin.number} ({twin.state}), so it was not measured again"
        return replace(attempt, state="identical", seen=seen)
    ctx.prepare(tree, f"attempt {attempt.number}")
    decided = _decided(attempt, _quick(ctx, tree, branch, attempt.number))
    kept = "; ".join(
        f"{file} holds doctests, and all of them are still there" for file in files if file in judges.doctests
    )
    return replace(decided, seen=f"{decided.seen}; {as_unicode(kept)}") if kept else decided


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


def _judges(ctx: Context, root: Path, branch: FixBranch) -> Judges:
    files = list(_files(root))
    nodeids = {*ctx.runner.collect(root, []), branch.nodeid}
    tests = judging_files(nodeids) | {file for file in files if looks_like_test_file(file)}
    folders = folders_of_tests(files, tests, _code_folders(root, files))
    below = frozenset(file for file in files if any(str(one) in folders for one in Path(file).parents))
    return Judges(
        _settings(root, files),
        tests,
        below - tests,
        folders,
        _names(files),
        _doctests(root, doctest_files(nodeids) - tests),
    )


def _files(root: Path) -> Iterator[str]:
    """Yield the files of the tree, relative to it, without those of environments and caches."""
    for folder, folders, names in os.walk(root):
        folders[:] = [one for one in folders if one not in _NO_SOURCES and not Path(folder, one, "pyvenv.cfg").exists()]
        yield from (Path(folder, name).relative_to(root).as_posix() for name in names)


def _code_folders(root: Path, files: Iterable[str]) -> frozenset[str]:
    """Return the packages whose __init__.py is not empty, as that of a folder of tests mostly is."""
    starts = [Path(file) for file in files if Path(file).name == "__init__.py"]
    return frozenset(one.parent.as_posix() for one in starts if _text(root / one).strip())


def _names(files: Iterable[str]) -> frozenset[str]:
    """Return the names of what lies at the root and in `src`: what can be imported from there, and more."""
    parts = [Path(file).parts for file in files]
    tops = [one[1] if one[0] == "src" and len(one) > 1 else one[0] for one in parts]
    return frozenset(one.partition(".")[0] for one in tops)


def _settings(root: Path, files: Iterable[str]) -> dict[str, str]:
    return {file: _text(root / file) for file in files if Path(file).name in SETTINGS_FILES and (root / file).is_file()}


def _doctests(root: Path, files: Iterable[str]) -> dict[str, list[str]]:
    return {file: doctest_examples(_text(root / file)) for file in sorted(files)}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
