"""Files for machines: checked before any time is spent, written whole or not at all, appended to within a limit."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pytest_repro.core.errors import ReproError


def check_output(path: Path) -> None:
    """Raise ReproError("output-unwritable") if `path` plainly cannot be written, before any time is spent."""
    if path.is_dir():
        raise _unwritable(path, "it is a folder")
    if not path.parent.is_dir():
        raise _unwritable(path, f"there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _unwritable(path, "you may not write there")


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


def write_whole(path: Path, text: str) -> None:
    """Replace what `path` holds by `text` in one go, with the access rights that it had.

    What is no ordinary file (a pipe, a terminal), or the one that this process prints to, is written to as it is. Half
    characters, as in names that are no UTF-8, become escapes, which JSON reads back. Raises
    ReproError("output-unwritable"), and leaves the file as it was.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        if (printed := _printed_to(path)) is not None:
            with os.fdopen(os.dup(printed), "wb") as file:
                file.write(data)
        elif path.exists() and not path.is_file():  # before realpath, which makes no path of a pipe
            path.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _replace(path: Path, data: bytes) -> None:
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
        printed = _printed_to(path)
        with path.open("ab") if printed is None else os.fdopen(os.dup(printed), "ab") as file:
            size = os.fstat(file.fileno()).st_size
            gap = b"\n\n" if size else b""
            if not (text := text_for(max(0, most - size - len(gap))).encode("utf-8", "backslashreplace")):
                raise _unwritable(path, f"it holds {size} bytes already, and {most} are the most")
            file.write(gap + text)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _printed_to(path: Path) -> int | None:
    """Return the descriptor by which this process prints to `path`: only there does what it prints next come behind."""
    for number in (1, 2):
        with suppress(OSError):
            if path.is_file() and os.path.samestat(os.fstat(number), path.stat()):
                return number
    return None


def _unwritable(path: Path, reason: str) -> ReproError:
    return ReproError(
        f"{path} cannot be written: {reason}", "output-unwritable", "name a file in a folder that you may write to"
    )
