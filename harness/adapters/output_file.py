"""Files that other programs read: replaced as a whole, or appended to within a limit."""

import os
from collections.abc import Callable
from pathlib import Path

from pytest_repro.core.errors import ReproError


def check_output(path: Path) -> None:
    """Raise ReproError("output-unwritable") if `path` plainly cannot be written, before any work is done."""
    reason = ""
    if path.is_dir():
        reason = "it is a folder"
    elif not path.parent.is_dir():
        reason = f"there is no folder {path.parent}"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        reason = "you may not write there"
    if reason:
        raise _unwritable(path, reason)


def write_whole(path: Path, text: str) -> None:
    """Replace what `path` holds by `text` in one go, with the access rights that it had.

    Half characters, as in names that are no UTF-8, become escapes, which JSON reads back. Raises
    ReproError("output-unwritable") and leaves it as it was.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _replace(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():  # a pipe or a terminal
        path.write_bytes(data)
        return
    fresh = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
    try:
        with fresh.open("xb") as file:
            file.write(data)
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o7777)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def append_within(path: Path, most: int, text_for: Callable[[int], str]) -> None:
    """Append `text_for(free bytes)` to `path`, which is not to exceed `most` bytes, after a blank line.

    Raises ReproError("output-unwritable"), also where nothing fits.
    """
    try:
        with path.open("ab+") as file:
            size = file.seek(0, os.SEEK_END) if file.seekable() else 0
            gap = b"\n\n" if size else b""
            if not (text := text_for(max(0, most - size - len(gap))).encode("utf-8", "backslashreplace")):
                raise _unwritable(path, f"it holds {size} bytes already, and {most} are the most")
            file.write(gap + text)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _unwritable(path: Path, reason: str) -> ReproError:
    return ReproError(
        f"{path} cannot be written: {reason}", "output-unwritable", "name a file in a folder that you may write to"
    )
