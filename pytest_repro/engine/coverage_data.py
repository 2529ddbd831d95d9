"""What coverage.py measures in a forked child, carried over to the parent: children end without their exit handlers.

coverage.py is never imported from here: where it is not at work already, all of this does nothing. Its public methods
would write data files, erase the parent's, or walk the source tree in each child, hence the private names.
"""

import sys
from hashlib import blake2b
from typing import Any


def own_coverage_data() -> None:
    """Let this process, just forked, measure into memory: only what it does itself, and without a data file."""
    if (coverage := _current()) is not None:
        collector, inherited = coverage._collector, coverage._data
        collector._clear_data()  # the parent has the same and keeps it
        own = _empty_data()
        own.set_context(inherited._current_context)
        coverage._data = collector.covdata = own


def child_coverage() -> bytes:
    """Return what was measured since `own_coverage_data`, b"" if nothing was; for a process that is about to end.

    Children that did the same give equal bytes.
    """
    if (coverage := _current()) is None:
        return b""
    # It is not stopped: pytest-cov before 7 starts a coverage.py of its own in a fork, and this one cannot stop then.
    coverage._collector.flush_data()
    data = coverage._data
    dumped: bytes = data.dumps() if data else b""
    return dumped


class CoverageAdoption:
    """Adds the data of children to what the coverage.py of this process has measured."""

    def __init__(self) -> None:
        self._adopted: set[bytes] = set()

    def adopt(self, data: bytes) -> None:
        """Add what `child_coverage` returned; data that was added before costs nothing.

        What comes after coverage.py has stopped here has no place to go and is dropped.
        """
        digest = blake2b(data, digest_size=16).digest()
        if not data or digest in self._adopted or (coverage := _current()) is None:
            return
        self._adopted.add(digest)
        child, own = _empty_data(), coverage._data
        child.loads(data)
        own.update(child)
        if hasattr(child, "close"):  # else, with an older coverage.py, it goes with the object
            child.close(force=True)
        # Data files with equal hashes in their names are taken for copies when they are combined, and `update` leaves
        # the hash alone: without this, of two xdist workers one would lose what its children did.
        if hasattr(own, "_hasher"):
            own._hasher.update(digest)


def _current() -> Any:
    """Return the coverage.Coverage that measures this process, or None."""
    cls = getattr(sys.modules.get("coverage"), "Coverage", None)
    return None if cls is None else cls.current()


def _empty_data() -> Any:
    """Return a coverage.CoverageData in memory, without the time and the arguments that named files would hold."""
    module: Any = sys.modules["coverage"]
    return module.CoverageData(no_disk=True)
