"""Digests of what no fixer may touch: the repository's settings, hooks and refs, and the worktree's tie to it."""

from hashlib import sha256
from pathlib import Path
from typing import Final

_NOT_GUARDED: Final = ("refs/heads/fix/", "refs/heads/repro/", "refs/remotes/")


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
    files = {str(one): _digest(one) for one in named if one.is_symlink() or one.is_file()}
    return files | guarded_refs(common)


def guarded_refs(common: Path) -> dict[str, str]:
    """Return name -> commit of every ref that is not ours to write, of HEAD too; remote-tracking refs are left out.

    Read from files, loose ones over packed ones, so that packing them is no change.
    """
    found: dict[str, str] = {}
    packed = common / "packed-refs"
    for line in _bytes(packed).decode(errors="surrogateescape").splitlines():
        commit, _, name = line.partition(" ")
        if name.startswith("refs/"):
            found[name] = commit
    loose = [one for one in (common / "refs").rglob("*") if one.is_file() and one.suffix != ".lock"]
    for one in [*loose, common / "HEAD"]:
        found[one.relative_to(common).as_posix()] = _bytes(one).decode(errors="surrogateescape").strip()
    return {name: commit for name, commit in found.items() if not name.startswith(_NOT_GUARDED)}


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return the paths and refs that came, went or changed, sorted."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _digest(path: Path) -> str:
    link = str(path.readlink()) if path.is_symlink() else ""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0  # a hook runs only when it is executable
    return sha256(f"{link}\0{mode}\0".encode(errors="surrogateescape") + _bytes(path)).hexdigest()


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
