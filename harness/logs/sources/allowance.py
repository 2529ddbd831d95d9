"""How much a packed source may unpack to: a few kilobytes must not become a full disk or an endless run."""

from typing import Final

from pytest_repro.core.errors import ReproError

MOST_UNPACKED: Final = 2 * 1024**3  # bytes, of all members together
MOST_MEMBERS: Final = 10_000
MOST_RATIO: Final = 500  # a log packs to a tenth or a fiftieth; deflate ends at 1032
RATIO_FROM: Final = 64 * 1024**2  # bytes from which on the ratio counts: little text of one kind packs well
MOST_HEADERS: Final = 32 * 1024**2  # bytes of all headers of a tar together; 10,000 members need two thirds of it
MOST_AT_ONCE: Final = 4 * 1024**2  # bytes of one header or table of contents; 10,000 members need half of it


class Allowance:
    """Counts what one source has unpacked to; raises ReproError("raw-logs-too-large") when it is too much."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._packed = 0
        self._unpacked = 0
        self._members = 0

    def packed(self, size: int) -> None:
        """Take note of `size` bytes as they lie on the disk."""
        self._packed += size

    def member(self) -> None:
        """Take note of one more file."""
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise self._refused(f"holds more than {MOST_MEMBERS:,} files", f"at most {MOST_MEMBERS:,}")

    def spend(self, size: int) -> None:
        """Take note of `size` bytes that came out of the packing."""
        self._unpacked += size
        if self._unpacked > MOST_UNPACKED:
            seen = f"unpacks to more than {_amount(MOST_UNPACKED)}"
            raise self._refused(seen, f"at most {_amount(MOST_UNPACKED)} in all")
        if self._unpacked > RATIO_FROM and self._unpacked > MOST_RATIO * self._packed:
            seen = f"is {_amount(self._packed)} packed and more than {_amount(self._unpacked)} unpacked"
            raise self._refused(seen, f"at most {MOST_RATIO} times the packed size")

    def refuse_table(self) -> ReproError:
        """Return the error for headers, or a table of contents, that alone would fill the memory."""
        seen = f"has a header or a table of contents of more than {_amount(MOST_AT_ONCE)}, or too many of them"
        return self._refused(seen, f"at most {_amount(MOST_AT_ONCE)} each, {_amount(MOST_HEADERS)} in all")

    def _refused(self, seen: str, expected: str) -> ReproError:
        return ReproError(
            f"{self._source} {seen}; expected {expected}",
            "raw-logs-too-large",
            "unpack it yourself and give the log of the job that failed",
        )


def _amount(size: int) -> str:
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} bytes"
