"""Step 4: the reproduction test, a file of its own that fails with the same failure, committed on `repro/<name>`."""

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from harness.domain.baseline import Baseline
from harness.domain.checkout import Checkout
from harness.domain.cut import CutTest, cut_test
from harness.domain.cut_move import PATH_NAME
from harness.domain.demand import iterations_to_show
from harness.domain.ending import Ending
from harness.domain.facts import fact_json, read_fact
from harness.domain.reproduction_test import ReproductionTest
from harness.logs.publish_mask import for_publication
from harness.ports import RunRequest, Worktree
from harness.render.readme import Readme, portable_command, readme_text
from harness.steps.context import Context, Ended
from harness.steps.gathering import Gathering
from harness.steps.intake import EXCERPT
from harness.steps.measure import cannot_run
from harness.steps.names import free_name
from pytest_repro.core.errors import ReproError
from pytest_repro.core.message import normalise
from pytest_repro.core.signature import Signature

STEP: Final = "write_test"
_LEVELS: Final = (1, 2)
_TRIES: Final = 3  # runs of the printed command before it counts as not failing


def run(ctx: Context, checkout: Checkout, baseline: Baseline) -> ReproductionTest:
    """Return the committed reproduction test; raises Ended("not cut") where no cut fails with the same failure."""
    if done := unfinished(ctx):
        return done
    tree = ctx.tree("reproduce", checkout.commit)
    name = free_name(ctx, STEP, checkout.nodeid)
    reasons: list[str] = []
    for level in _LEVELS:
        ctx.fresh(tree, checkout.commit)
        found = _cut_at(ctx, tree, checkout, baseline, name, level)
        if isinstance(found, ReproductionTest):
            return commit_test(ctx, tree, found, f"Reproduction test for {checkout.nodeid}")
        reasons.append(found)
    raise Ended(
        Ending(
            "not cut",
            STEP,
            f"{checkout.nodeid} was reproduced, but cut out into a file of its own it does not fail in the same way. "
            + " ".join(reasons),
            (
                "name the test as it is: replace `raw-logs` by "
                f'"existing-test-path": "{checkout.nodeid}" and run it again',
            ),
        )
    )


def unfinished(ctx: Context) -> ReproductionTest | None:
    """Return the test that a killed beginning of this step had committed already, its branch made where missing."""
    for earlier in ctx.journal.earlier(STEP):
        if "test" in earlier:
            test: ReproductionTest = read_fact(STEP, earlier["test"])
            ctx.repository.create_branch(test.branch, test.commit)
            return test
    return None


def commit_test(ctx: Context, tree: Worktree, test: ReproductionTest, message: str) -> ReproductionTest:
    """Commit the files of `test` on its branch and return it with its commit.

    The journal knows the commit before the branch exists, so a kill between the two leaves no branch unknown.
    """
    commit = tree.commit(message, [test.folder] if test.folder else list(test.files))
    done = replace(test, commit=commit)
    ctx.journal.progress(STEP, {"test": fact_json(done)})
    ctx.repository.create_branch(done.branch, commit)
    return done


def _cut_at(
    ctx: Context, tree: Worktree, checkout: Checkout, baseline: Baseline, name: str, level: int
) -> ReproductionTest | str:
    """Return the test cut at `level` if it fails as it must, else the reason in words."""
    path = PurePosixPath(checkout.nodeid.partition("::")[0])
    original = tree.path / path
    try:
        source = original.read_text(encoding="utf-8")
        cut = cut_test(
            source,
            checkout.nodeid,
            original=str(path),
            depth_has_init=(original.parent / "__init__.py").is_file(),
            level=level,
            siblings=_siblings(original.parent),
        )
    except (ReproError, OSError, ValueError, SyntaxError) as error:
        return f"Level {level}: {error}."
    folder, file = _places(tree, path, name)
    stress = 0 if ctx.spec.deterministic else iterations_to_show(baseline)
    nodeid = f"{folder / file}{cut.nodeid_suffix}"
    command = portable_command(ctx.spec.pytest_args, nodeid, stress, (tree.path / "src").is_dir())
    test = ReproductionTest(
        name=name,
        branch=f"repro/{name}",
        commit="",
        folder=str(folder),
        nodeid=nodeid,
        level=level,
        stress=stress,
        command=command,
        tries=(0, 0),
        signature=baseline.reproduction.signature,
        notes=tuple(cut.notes),
        files=(str(folder / file),),
    )
    _write_files(ctx, tree, checkout, baseline, test, cut)
    failed, ran, why = _tried(ctx, tree, test, baseline.reproduction.signature, path.stem)
    if not failed:
        return f"Level {level}: {why}"
    return replace(test, tries=(1, ran), signature=failed)


def _siblings(folder: Path) -> frozenset[str]:
    """Return the names that can be imported from `folder`."""
    return frozenset(one.stem for one in folder.iterdir() if one.suffix == ".py" or one.is_dir())


def _places(tree: Worktree, path: PurePosixPath, name: str) -> tuple[PurePosixPath, str]:
    plain = name.replace("-", "_")
    folder, number = path.parent / f"repro_{plain}", 1
    while (tree.path / folder).exists():
        number += 1
        folder = path.parent / f"repro_{plain}_{number}"
    return folder, f"test_repro_{plain}.py"


def _write_files(
    ctx: Context, tree: Worktree, checkout: Checkout, baseline: Baseline, test: ReproductionTest, cut: CutTest
) -> None:
    folder = tree.path / test.folder
    folder.mkdir(parents=True)
    (tree.path / test.files[0]).write_text(cut.text, encoding="utf-8")
    if cut.is_package:
        (folder / "__init__.py").write_text("", encoding="utf-8")
    excerpt = ctx.file(EXCERPT)
    has_log = excerpt.is_file()
    if has_log:
        shown = for_publication(excerpt.read_text(encoding="utf-8", errors="replace"))
        (folder / "log-excerpt.txt").write_text(shown, encoding="utf-8")
    result = baseline.reproduction
    readme = readme_text(
        Readme(
            nodeid=checkout.nodeid,
            commit=checkout.commit,
            prompt=ctx.spec.prompt,
            file=Path(test.files[0]).name,
            command=test.command,
            stress=test.stress,
            counts=result.rate.counts,
            rate=result.rate.describe(),
            failure=baseline.failure,
            log_line=checkout.log_line,
            has_log=has_log,
            environment=tuple(ctx.spec.env),
            process_words=baseline.process_words,
            notes=test.notes,
        )
    )
    (folder / "README.md").write_text(for_publication(readme), encoding="utf-8")


def _tried(
    ctx: Context, tree: Worktree, test: ReproductionTest, wanted: Signature | None, module: str
) -> tuple[Signature | None, int, str]:
    """Return (the failure that was wanted, times run, why not in words) for the command that the README prints.

    A message may name the test's module (`<test_x.TestCase object>`), which has another name now.
    """
    new = Path(test.files[0]).stem

    def as_wanted(signature: Signature) -> bool:
        return wanted is not None and wanted.same_failure(_renamed(signature, new, module))

    found = Gathering(test.nodeid)
    for number in range(1, _TRIES + 1):
        deadline = ctx.total.within(ctx.spec.budget.reproduce, "reproduce")
        request = RunRequest(
            tree=tree.path,
            targets=(test.nodeid,),
            stress=test.stress or 1,
            limit=deadline.remaining,
            seconds=deadline.remaining if test.stress else None,
            stop=1 if test.stress else None,
        )
        found.add(ctx.runner.run([request])[0])
        ctx.journal.progress(STEP, {"level": test.level, "tries": number, "failures": found.failures})
        if seen := found.commonest(as_wanted):
            return seen.signature, number, ""
        if ctx.spec.deterministic or not found.runs:
            break
    if not found.runs:
        return None, found.processes, cannot_run(found)
    others = "; ".join(name for name, _ in found.others(lambda _: False)[:3])
    return (
        None,
        found.processes,
        (f"it fails differently: {others}." if others else f"it passed in {found.runs} iterations."),
    )


def _renamed(signature: Signature, new: str, old: str) -> Signature:
    """Return `signature` with the module name `new` put back to `old`, masked as messages are."""
    pairs = ((new, old), (normalise(new), normalise(old)))

    def back(text: str) -> str:
        for one, other in pairs:
            text = text.replace(one, other)
        return text

    nested = tuple(_renamed(one, new, old) for one in signature.nested)
    code = signature.code.replace(PATH_NAME, "__file__")
    message = back(signature.message)
    return replace(signature, exception=back(signature.exception), message=message, code=code, nested=nested)
