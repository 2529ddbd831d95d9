"""Step 8: the reproduction test leaves the fix branch, which then differs from the base by the fix alone."""

from harness.domain.attempt import Fix, Removal
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.render.escape import as_unicode
from harness.steps.context import Context
from pytest_repro.core.errors import ReproError


def run(ctx: Context, test: ReproductionTest, branch: FixBranch, fix: Fix) -> Removal:
    """Return what the fix branch is in the end; raises ReproError("test-left-behind") if a file of the test stayed."""
    tree = ctx.tree("fix", fix.commit, branch.branch)
    kept = ctx.spec.keep_test or branch.commit == branch.base
    if not kept and tree.head() == fix.commit:
        tree.restore(fix.commit)
        tree.replay_without(branch.commit, branch.base)
    files = tree.changed_files(branch.base)
    left = [file for file in files if _of_test(file, test)]
    if left and not kept:
        raise ReproError(
            f"the branch {branch.branch} still holds the reproduction test: {', '.join(left)}",
            "test-left-behind",
            "start the run again",
        )
    return Removal(tree.head(), ctx.spec.keep_test, tuple(as_unicode(file) for file in files))


def _of_test(file: str, test: ReproductionTest) -> bool:
    return file.startswith(f"{test.folder}/") if test.folder else file in test.files
