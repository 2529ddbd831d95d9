"""Files for machines: checked before the first iteration, written whole or not at all, appended to within a limit."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pytest_repro.core.errors import ReproError


def check_output(path: Path) -> None:
    """Raise ReproError("output-unwritable") if `path` plainly cannot be written, before any time is spent."""
    if reason := _obstacle(path):
        raise ReproError(
            f"{path} cannot be written: {reason}", "output-unwritable", "name a file in a folder that you may write to"
        )


def check_distinct(files: Mapping[str, Path | None]) -> None:
    """Raise ReproError("one-file-twice") if two of `files`, by option, are one file: each would spoil the other.

    What is no ordinary file, as a terminal, takes them all.
    """
    seen: dict[str, str] = {}
    for option, path in files.items():
        if path is None or (path.exists() and not path.is_file()):
            continue
        before = seen.setdefault(os.path.realpath(path), option)
        if before != option:
            raise ReproError(
                f"{before} and {option} both name {path}", "one-file-twice", "give each output a file of its own"
            )


def _obstacle(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "you may not write there"
    return ""


def write_whole(path: Path, text: str) -> None:
    """Replace `path` by `text` in one go, with the access rights that it had; raises OSError, and leaves it as it was.

    What is no ordinary file (a pipe, a terminal), or the one that this process prints to, is written to as it is.
    """
    path = Path(os.path.realpath(path))
    if (printed := _printed_to(path)) is not None:
        with os.fdopen(os.dup(printed), "w", encoding="utf-8") as file:
            file.write(text)
        return
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    fresh = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
    try:
        with fresh.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o7777)
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def append_within(path: Path, most: int, text_for: Callable[[int], str]) -> bool:
    """Append `text_for(free bytes)` to `path`, which is not to exceed `most` bytes; False if nothing fitted.

    A blank line comes first where the file holds something. Raises OSError.
    """
    printed = _printed_to(path)
    with path.open("ab") if printed is None else os.fdopen(os.dup(printed), "ab") as file:
        size = os.fstat(file.fileno()).st_size
        gap = b"\n\n" if size else b""
        text = text_for(max(0, most - size - len(gap))).encode()
        if not text:
            return False
        file.write(gap + text)
    return True


def _printed_to(path: Path) -> int | None:
    """Return the descriptor by which this process prints to `path`: only there does what it prints next come behind."""
    for number in (1, 2):
        with suppress(OSError):
            if path.is_file() and os.path.samestat(os.fstat(number), path.stat()):
                return number
    return None
