"""Step 4 where a person names the test: it is used as it is, and committed only if git does not know it yet."""

import shutil
from dataclasses import replace
from pathlib import PurePosixPath

from harness.domain.ending import Ending
from harness.domain.reproduction_test import ReproductionTest
from harness.ports import RunRequest, Worktree
from harness.render.readme import portable_command
from harness.steps.context import Context, Ended
from harness.steps.gathering import Gathering
from harness.steps.measure import CHUNK
from harness.steps.names import free_name
from harness.steps.write_test import STEP, commit_test, unfinished
from pytest_repro.core.errors import ReproError

_ROUNDS = 4  # of the whole path, to see which of its tests fails


def run(ctx: Context, target: str) -> ReproductionTest:
    """Return the test that `target` (a node id, file or folder, relative to the repository) names."""
    if done := unfinished(ctx):
        return done
    base = ctx.repository.latest(ctx.spec.base or ctx.repository.default_branch())
    tree = ctx.tree("reproduce", base)
    ctx.fresh(tree, base)
    path = PurePosixPath(target.partition("::")[0])
    copied = _copy_if_untracked(ctx, tree, path)
    nodeid, notes = _choose(ctx, tree, target)
    name = free_name(ctx, STEP, nodeid)
    stress = 0 if ctx.spec.deterministic else CHUNK
    test = ReproductionTest(
        name=name,
        branch="",
        commit="",
        folder="",
        nodeid=nodeid,
        level=0,
        stress=stress,
        command=portable_command(ctx.spec.pytest_args, nodeid, stress, (tree.path / "src").is_dir()),
        tries=(0, 0),
        signature=None,
        notes=(*_modified(ctx, tree, path, copied), *notes),
        files=(str(path),),
    )
    if not copied:
        return test
    return commit_test(ctx, tree, replace(test, branch=f"repro/{name}"), f"Reproduction test {nodeid}")


def _copy_if_untracked(ctx: Context, tree: Worktree, path: PurePosixPath) -> bool:
    """Copy the path from the user's folder where the checkout has none; whether it was copied."""
    if (tree.path / path).exists():
        return False
    source = (ctx.repository.root / path).resolve()
    if not source.is_relative_to(ctx.repository.root.resolve()) or not source.exists():
        raise ReproError(
            f"existing-test-path is {str(path)!r}, but neither the base branch nor {ctx.repository.root} has it",
            "existing-test-missing",
            "give a path or node id relative to the repository's root",
        )
    target = tree.path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)
    return True


def _modified(ctx: Context, tree: Worktree, path: PurePosixPath, copied: bool) -> tuple[str, ...]:
    yours, ours = ctx.repository.root / path, tree.path / path
    if copied or not yours.is_file() or not ours.is_file() or yours.read_bytes() == ours.read_bytes():
        return ()
    return (f"{path} in your folder differs from the base branch: the committed version was used",)


def _choose(ctx: Context, tree: Worktree, target: str) -> tuple[str, tuple[str, ...]]:
    """Return the one test that is followed up: the only one, or the first that fails."""
    ids = ctx.runner.collect(tree.path, [target])
    if not ids:
        raise ReproError(
            f"pytest collects no test for existing-test-path {target!r}",
            "existing-test-missing",
            f"see why: {ctx.runner.command([target], '--collect-only', tree=tree.path)}",
        )
    if len(ids) == 1:
        return (target if "::" in target else ids[0]), ()
    found = Gathering()
    for _ in range(1 if ctx.spec.deterministic else _ROUNDS):
        stress = 1 if ctx.spec.deterministic else CHUNK
        limit = ctx.total.within(ctx.spec.budget.reproduce, "reproduce").remaining
        result = ctx.runner.run([RunRequest(tree.path, (target,), stress, limit, seconds=limit)])[0]
        found.add(result)
        failing = [nodeid for nodeid, test in result.tally.tests.items() if test.failures]
        if failing:
            rest = f"; {len(failing) - 1} more of them fail too" if len(failing) > 1 else ""
            return failing[0], (f"{target} holds {len(ids)} tests; this is the first that fails{rest}",)
    raise Ended(
        Ending(
            "not reproduced",
            STEP,
            f"{target} holds {len(ids)} tests, and none of them failed in {found.runs} iterations together.",
            ("name the one test that you mean as `existing-test-path`",),
        )
    )
