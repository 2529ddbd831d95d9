"""What a person is told whose turn it is."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instructions:
    """tree: where to work; command: runs the test there; folder: of the reproduction test; resume: goes on."""

    tree: str
    nodeid: str
    command: str
    folder: str
    evidence: str
    resume: str


def instructions(it: Instructions) -> tuple[str, ...]:
    """Return the steps, one a line, each command pasteable after a colon."""
    kept = f"{it.folder}/, other" if it.folder else "the"
    return (
        f"go to the worktree on the fix branch: cd {shlex.quote(it.tree)}",
        f"see the test fail: {it.command}",
        f"mend the program there; no commit is needed; leave {kept} tests, conftest.py, pytest settings and CI alone",
        f"read what is known, if it helps: ls {shlex.quote(it.evidence)}",
        f"go on, from any folder: {it.resume}",
    )
