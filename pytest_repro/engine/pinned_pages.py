"""Pages that each fork copies at once, since its child would write to them anyway.

A page that is pinned for a device is never shared with a child: the kernel copies it as it forks, which takes half as
long as the page faults of the child and of this process would. What pins pages here is an io_uring that is never used.
"""

import os
import re
import sys
from collections.abc import Callable
from functools import cache
from struct import Struct
from typing import Final

from pytest_repro.engine.memory_map import MemoryMap, Pages

_MOST: Final = 16 << 20  # bytes that are pinned: each child that waits has a copy of them
_OLDEST: Final = (5, 12)  # Linux before it may share pinned pages with children, and counts the ring itself as locked
_MACHINES: Final = ("x86_64", "aarch64")  # where the system calls have these numbers
_SETUP: Final = 425
_REGISTER: Final = 427
_BUFFERS, _NO_BUFFERS = 0, 1
_PARAMETERS: Final = 120  # bytes of struct io_uring_params
_VECTOR: Final = Struct("=QQ")
_close = os.close  # kept, since a fixture may have put a false one in its place


class PinnedPages:
    """Pages of this process that are pinned, `share` of what one user may pin. Where none may be, nothing happens."""

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._ring = -1
        self._map: MemoryMap | None = None

    def prepare(self) -> None:
        """Look at the memory there is, before a child is forked that will be asked what it has `written`."""
        self._map = MemoryMap()

    def written(self) -> list[Pages]:
        """Return, in a child that has done its work, the pages to pin in its parent.

        That it can be done is tried here: a system may answer such a call by ending the process.
        """
        pages = self._map.unshared() if self._map is not None else []
        trial = PinnedPages()
        possible = trial._hold(pages[:1])
        trial.release()
        return pages if possible else []

    def pin(self, pages: list[Pages]) -> int:
        """Pin, in place of others, what a child has written to as far as it is memory here; return how many bytes.

        Where not all may be pinned, the shortest neighbourhoods are: they are the interpreter's, long ones are data.
        """
        self.release()
        rest, chosen = _budget() * self._share, list[Pages]()
        for one in sorted(self._map.present(pages) if self._map is not None else (), key=lambda one: one.size):
            rest -= one.size
            if rest < 0:
                break
            chosen.append(one)
        # Before Linux 6.5 copies of files cannot be pinned.
        return self._hold(chosen) or self._hold([one for one in chosen if not one.of_file])

    def _hold(self, pages: list[Pages]) -> int:
        """Pin all `pages` or none; return how many bytes."""
        if not pages:
            return 0
        call, vectors = _system_call(), b"".join(_VECTOR.pack(one.start, one.size) for one in pages)
        self._ring = call(_SETUP, 1, bytes(_PARAMETERS))
        if self._ring >= 0 and call(_REGISTER, self._ring, _BUFFERS, vectors, len(pages)) == 0:
            return sum(one.size for one in pages)
        self.leave()
        return 0

    def release(self) -> None:
        """Let forks share all pages again."""
        if self._ring >= 0:
            _system_call()(_REGISTER, self._ring, _NO_BUFFERS)  # else they stay until no child has the descriptor
        self.leave()

    def leave(self) -> None:
        """Have nothing to do, in a child, with what its parent has pinned."""
        if self._ring >= 0:
            _close(self._ring)
            self._ring = -1


def _budget() -> int:
    """Return how many bytes may be pinned; a quarter of what is allowed is left to others, such as a test."""
    import resource  # not there on every system

    allowed, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return _MOST if allowed == resource.RLIM_INFINITY else min(_MOST, allowed // 4 * 3)


@cache
def _system_call() -> Callable[..., int]:
    """Return what makes a system call; where it would be of no use or mean something else, it always fails."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return _fail
    system = os.uname()
    version = tuple(map(int, re.findall(r"\d+", system.release)[:2]))
    if system.machine not in _MACHINES or version < _OLDEST:
        return _fail
    import ctypes

    function = ctypes.CDLL(None).syscall
    function.restype = ctypes.c_long

    def call(*arguments: int | bytes) -> int:
        given = (*arguments, 0, 0)[:5]  # those that a call does not have are not looked at
        # Plain numbers would be passed as shorter ones, and to a buffer the kernel may write.
        return int(
            function(
                *(ctypes.c_long(one) if isinstance(one, int) else ctypes.create_string_buffer(one) for one in given)
            )
        )

    return call


def _fail(*_: int | bytes) -> int:
    return -1
