"""The commands that a report offers; each works when pasted, from any folder."""

import shlex
from pathlib import Path

from harness.domain.ending import Ending
from harness.domain.facts import Facts
from harness.domain.report import ReportCommand
from harness.domain.reproduction_test import ReproductionTest
from harness.logs.redact import redact
from harness.steps.context import Context


def commands(ctx: Context, facts: Facts, ending: Ending) -> tuple[ReportCommand, ...]:
    """Return the commands that fit what the run made."""
    repository = shlex.quote(str(ctx.repository.root))
    found: list[ReportCommand] = []
    test, branch = facts.write_test, facts.fix_branch
    if branch and facts.remove_test:
        git = f"git -C {repository} --no-pager"
        found.append(
            ReportCommand(
                "Look at the fix",
                (
                    f"{git} log --oneline {branch.base[:12]}..{branch.branch}",
                    f"{git} diff {branch.base[:12]} {branch.branch}",
                ),
            )
        )
    if test and (test.commit or branch):
        start = test.branch if test.commit else (branch.base if branch else "HEAD")
        found.append(ReportCommand("See the test fail without the fix", _in_worktree(ctx, test, start, "")))
    if test and branch and facts.remove_test:
        extra = test.commit if test.commit and not facts.remove_test.kept else ""
        found.append(ReportCommand("See it pass with the fix", _in_worktree(ctx, test, branch.branch, extra)))
    found.append(ReportCommand("See where this run stands", (ctx.resume_command.replace(" resume ", " status ", 1),)))
    if ending.resumable:
        found.append(ReportCommand("Go on with this run", (ctx.resume_command,), safe=False))
    remote = ctx.repository.remote() if facts.remove_test else None
    if remote and branch:
        push = f"git -C {repository} push {shlex.quote(remote)} {branch.branch}"
        found.append(ReportCommand("Publish the fix, when you have read it", (push,), safe=False))
    return tuple(found)


def _in_worktree(ctx: Context, test: ReproductionTest, start: str, test_commit: str) -> tuple[str, ...]:
    """Return the lines that run the test in a worktree of its own beside the repository, and remove that again."""
    root = ctx.repository.root
    folder = shlex.quote(str(Path(root).parent / f"{root.name}-{test.name}"))
    repository = shlex.quote(str(root))
    options = (f"--repro-stress={test.stress}", "--repro-stop=1") if test.stress else ()
    taken = [f"git -C {folder} checkout --quiet {test_commit[:12]} -- {_paths(test)} &&"] if test_commit else []
    setup = [f"(cd {folder} && {redact(shlex.join(argv))}) &&" for argv in ctx.spec.setup]
    return (
        # Chained, so that a folder that is somebody else's is neither used nor removed.
        f"git -C {repository} worktree add --quiet --detach {folder} {start} &&",
        *taken,
        *setup,
        f'(cd {folder} && {ctx.runner.command([test.nodeid], *options, tree=root)}; echo "pytest\'s exit code: $?") &&',
        f"git -C {repository} worktree remove --force {folder}",
    )


def _paths(test: ReproductionTest) -> str:
    return shlex.quote(test.folder) if test.folder else shlex.join(test.files)
