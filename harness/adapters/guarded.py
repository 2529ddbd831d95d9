"""Digests of what no fixer may touch: the repository's settings and hooks, and the worktree's tie to it."""

from hashlib import sha256
from pathlib import Path


def git_folders(tree: Path) -> tuple[Path, Path]:
    """Return a work tree's own git folder and the one that it shares with the others; read from files, no git run."""
    link = tree / ".git"
    own = link
    if link.is_file():
        own = (tree / link.read_text(errors="surrogateescape").removeprefix("gitdir:").strip()).resolve()
    shared = own / "commondir"
    common = (own / shared.read_text(errors="surrogateescape").strip()).resolve() if shared.is_file() else own
    return own, common


def guarded_files(tree: Path) -> dict[str, str]:
    """Return path -> digest of every guarded file of the repository to which the worktree `tree` belongs.

    Files that can run programs or hide changes: config, hooks, info/exclude, info/attributes, the .git link.
    """
    own, common = git_folders(tree)
    hooks = common / "hooks"
    named = [tree / ".git", own / "commondir", own / "config.worktree", common / "config", common / "config.worktree"]
    named += [common / "info" / "exclude", common / "info" / "attributes", common / "info" / "sparse-checkout"]
    named += sorted(hooks.rglob("*")) if hooks.is_dir() else []
    return {str(one): _digest(one) for one in named if one.is_symlink() or one.is_file()}


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return the paths that came, went or changed, sorted."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _digest(path: Path) -> str:
    link = str(path.readlink()) if path.is_symlink() else ""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0  # a hook runs only when it is executable
    return sha256(f"{link}\0{mode}\0".encode(errors="surrogateescape") + _bytes(path)).hexdigest()


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
