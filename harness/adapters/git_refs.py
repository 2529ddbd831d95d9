"""Which branches may be written: `repro/*` and `fix/*`, by their plain names, and no other."""

import re
from typing import Final

from harness.adapters.git_calls import GitCalls
from pytest_repro.core.errors import ReproError

_OURS: Final = re.compile(r"(?:repro|fix)/[^\s/~^:?*\[\\\x00-\x20\x7f][^\s~^:?*\[\\\x00-\x20\x7f]*")


def check_branch_name(name: str) -> str:
    """Return `name` if it is one of ours; raises ReproError("forbidden-ref") for every other, tricks included.

    Refused besides: what git itself refuses in a branch name (`..`, `@{`, `.lock`, a part that begins with a dot).
    """
    parts = name.split("/")
    tricky = ".." in name or "@{" in name or name.endswith(".") or any(_odd(part) for part in parts)
    if not _OURS.fullmatch(name) or tricky:
        raise ReproError(
            f"branch {name!r} is not written: only repro/NAME and fix/NAME are",
            "forbidden-ref",
            "choose a plain name below repro/ or fix/",
        )
    return name


def _odd(part: str) -> bool:
    return not part or part.startswith((".", "-")) or part.endswith((".lock", ".")) or part == "@"


def check_not_symbolic(calls: GitCalls, name: str) -> None:
    """Raise ReproError("forbidden-ref") if branch `name` is an alias of another: writing it would write that one."""
    other = calls.maybe("symbolic-ref", "-q", f"refs/heads/{name}")
    if other is not None:
        raise ReproError(
            f"branch {name!r} is not written: it is a symbolic ref to {other}",
            "forbidden-ref",
            f"remove it: git symbolic-ref --delete refs/heads/{name}",
        )


def writable_head(calls: GitCalls) -> str | None:
    """Return the branch of ours on which a worktree stands, None where its HEAD is detached.

    Raises ReproError("forbidden-ref") where it stands on any other branch: a commit would move that one.
    """
    head = calls.maybe("symbolic-ref", "-q", "HEAD")
    if head is None:
        return None
    name = check_branch_name(head.removeprefix("refs/heads/"))
    check_not_symbolic(calls, name)
    return name
