"""The files below a folder, as a CI's archive was unpacked into it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.logs.sources.allowance import Allowance
from harness.logs.sources.archive import Member
from harness.logs.sources.skipped import Skipped

_NO_LOGS_BELOW: Final = frozenset(("node_modules", "__pycache__"))


def files_below(folder: Path, allowance: Allowance, skipped: Skipped) -> list[Member]:
    """Return the files below `folder`, hidden ones apart, each once; links that lead out of it go to `skipped`.

    A link to a folder is never followed: what is inside is read anyway, and a loop has no end.
    """
    members: list[Member] = []
    links: list[tuple[str, Path]] = []
    seen: set[tuple[int, int]] = set()
    for name, path in _walked(folder, skipped):
        allowance.member()
        try:
            status = path.lstat()
        except OSError:
            continue  # gone meanwhile
        if stat.S_ISLNK(status.st_mode):
            links.append((name, path))
        elif stat.S_ISREG(status.st_mode):
            seen.add((status.st_dev, status.st_ino))
            members.append(Member.at(path, name))
        else:
            skipped.add("Not read, a pipe or a device", name)
    root = folder.resolve()
    for name, path in links:
        try:
            target = path.resolve(strict=True)
            status = target.stat()
        except (OSError, RuntimeError):  # leads nowhere, or in a circle
            skipped.add("Not read, a link that leads nowhere", name)
            continue
        if not target.is_relative_to(root):
            skipped.add("Not read, a link that leads out of the folder", name)
        elif stat.S_ISREG(status.st_mode) and (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            members.append(Member.at(target, name))
    return members


def _walked(folder: Path, skipped: Skipped) -> Iterator[tuple[str, Path]]:
    """Yield what is below `folder` and no folder itself; links to folders are yielded, not followed."""

    def refused(error: OSError) -> None:
        skipped.add(f"Not read, {error.strerror}", os.path.relpath(str(error.filename), folder))

    for place, folders, files in os.walk(folder, onerror=refused):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [n for n in folders if not n.startswith(".") and n not in _NO_LOGS_BELOW and n not in links]
        for name in (*files, *links):
            if not name.startswith("."):
                yield (here / name).relative_to(folder).as_posix(), here / name
