"""The attempts of a run so far, from its journal, and the files that each is given."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from harness.domain.attempt import Attempt
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.render.prompt import Prompt, prompt_text
from harness.steps.context import Context
from harness.steps.intake import EXCERPT

STEP: Final = "fix"


def attempts_so_far(ctx: Context) -> list[Attempt]:
    """Return the attempts that ended, in order; the last word on each counts, since a verification may reject one."""
    found: dict[int, Attempt] = {}
    for data in ctx.journal.earlier(STEP):
        if "attempt" in data:
            attempt = TypeAdapter(Attempt).validate_python(data["attempt"])
            found[attempt.number] = attempt
    return [found[number] for number in sorted(found)]


def record(ctx: Context, attempt: Attempt, again: bool = False, commit: str = "") -> None:
    """Write down an attempt, or what became of it; `again`: another one follows a rejection by the verification.

    `commit` is that of an attempt that passed: one event tells both, so a kill leaves no passed one without it.
    """
    ctx.journal.progress(STEP, {"attempt": asdict(attempt), "again": again, "commit": commit})
    text = f"attempt {attempt.number}: {attempt.state}\n\n{attempt.seen}\n"
    ctx.file(f"attempts/{attempt.number}/result.txt").write_text(text, encoding="utf-8", errors="replace")


def patch_file(ctx: Context, number: int) -> Path:
    """Return where the difference that an attempt made is kept."""
    return ctx.file(f"attempts/{number}/change.patch")


def store_patch(path: Path, diff: str) -> None:
    """Write a difference as git gave it, bytes that are no UTF-8 included."""
    path.write_bytes(diff.encode("utf-8", "surrogateescape"))


def read_patch(path: Path) -> str:
    """Return a stored difference; empty where there is none."""
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""


def write_evidence(
    ctx: Context, test: ReproductionTest, branch: FixBranch, tree: Path, number: int, seconds: float
) -> Path:
    """Write what a fixer is told and return the prompt's path; its folder holds the evidence besides."""
    result = branch.baseline.reproduction
    ctx.file("failure.txt").write_text(
        result.traceback or "no traceback was recorded\n", encoding="utf-8", errors="replace"
    )
    earlier = attempts_so_far(ctx)
    files = ["failure.txt", *([EXCERPT] if (ctx.folder / EXCERPT).is_file() else [])]
    files += [f"attempts/{one.number}/{name}" for one in earlier for name in ("result.txt", "change.patch")]
    prompt = ctx.file("prompt.md")
    text = prompt_text(
        Prompt(
            wanted=ctx.spec.prompt,
            tree=str(tree),
            nodeid=test.nodeid,
            command=ctx.runner.command([test.nodeid], tree=tree),
            stress=test.stress,
            counts=result.rate.counts,
            rate=result.rate.describe(),
            traceback=result.traceback,
            folder=test.folder,
            evidence=tuple(str(ctx.folder / name) for name in files if (ctx.folder / name).exists()),
            earlier=tuple((one.number, one.state, one.seen) for one in earlier),
            number=number,
            attempts=ctx.spec.attempts,
            seconds=seconds,
        )
    )
    prompt.write_text(text, encoding="utf-8", errors="replace")
    os.chmod(prompt, 0o600)
    return prompt
