"""Which memory this process has to itself, as Linux tells; elsewhere none is known."""

import os
import re
from bisect import bisect_left
from functools import cache
from io import FileIO
from itertools import accumulate
from mmap import PAGESIZE, mmap
from typing import Final, NamedTuple

_LARGEST: Final = 1 << 30  # bytes of a mapping that is looked through
_LARGE_PAGES: Final = "/sys/kernel/mm/transparent_hugepage"
# What counts of /proc/self/smaps: a mapping's first and last line, and that of its large pages.
_SMAPS: Final = re.compile(rb"(?m)^(?:([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+)|AnonHugePages: +(\d+)|VmFlags:(.*))")
# What /proc/self/pagemap tells of a page that is no file's: it is present; it is, and mapped by this process alone.
_PRESENT: Final = re.compile(rb"[\x80\x81]+")
_ALONE: Final = re.compile(rb"\x81+")


class Pages(NamedTuple):
    """Neighbouring pages: where they start, their length in bytes, and whether they are a process's copy of a file."""

    start: int
    size: int
    of_file: bool = False


class MemoryMap:
    """The private writable mappings of this process, those with large pages left out, as they are when this is made."""

    def __init__(self) -> None:
        self._mappings = _mappings()

    def present(self, pages: list[Pages]) -> list[Pages]:
        """Return what of `pages`, which are in order, is memory of this process, and no shared one."""
        return self._found(_PRESENT, pages)

    def unshared(self) -> list[Pages]:
        """Return the memory that no other process has, in order: in a child, what it has written to since its fork."""
        return self._found(_ALONE, self._mappings)

    def _found(self, wanted: "re.Pattern[bytes]", pages: list[Pages]) -> list[Pages]:
        found = []
        for (start, size, of_file), kinds in zip(self._mappings, self._kinds(), strict=False):
            for one in pages[bisect_left(pages, (start,)) : bisect_left(pages, (start + size,))]:
                first = (one.start - start) // PAGESIZE
                for run in wanted.finditer(kinds, first, first + one.size // PAGESIZE):
                    found.append(Pages(start + run.start() * PAGESIZE, len(run[0]) * PAGESIZE, of_file))
        return found

    def _kinds(self) -> list[bytes]:
        """Return, for each page of each mapping, the highest byte of what is told of it; nothing if nothing is.

        That is read into new memory before anything is made of it: what is looked at is not written to meanwhile.
        """
        sizes = [size // PAGESIZE * 8 for _, size, _ in self._mappings]
        if not sizes:
            return []
        with mmap(-1, sum(sizes)) as entries:
            at = 0
            try:
                with FileIO("/proc/self/pagemap") as file:
                    for (start, _, _), size in zip(self._mappings, sizes, strict=True):
                        file.seek(start // PAGESIZE * 8)
                        with memoryview(entries)[at : at + size] as part:
                            file.readinto(part)
                        at += size
            except OSError:
                return []
            return [entries[end - size + 7 : end : 8] for end, size in zip(accumulate(sizes), sizes, strict=True)]


def _mappings() -> list[Pages]:
    found, start, size, of_file, wanted = [], 0, 0, False, False
    try:
        text = _content("/proc/self/smaps") if _pages_are_small() else b""
    except OSError:
        return []
    for first, end, rights, inode, large, flags in _SMAPS.findall(text):
        if first:
            start, of_file = int(first, 16), inode != b"0"
            size = int(end, 16) - start
            wanted = rights == b"rw-p" and size <= _LARGEST
        elif large:
            wanted = wanted and large == b"0"
        elif wanted and not {b"hg", b"ht"} & set(flags.split()):
            found.append(Pages(start, size, of_file))
    return found


@cache
def _pages_are_small() -> bool:
    """Whether the kernel makes pages large only where it is asked to."""
    try:
        folders = [_LARGE_PAGES, *(entry.path for entry in os.scandir(_LARGE_PAGES) if entry.is_dir())]
        settings = [f"{folder}/enabled" for folder in folders if os.path.exists(f"{folder}/enabled")]
        return bool(settings) and not any(b"[always]" in _content(setting) for setting in settings)
    except OSError:
        return False


def _content(path: str) -> bytes:
    with FileIO(path) as file:  # `open` may be a fixture's own
        return file.readall()
