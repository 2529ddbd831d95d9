"""What one shape of a test module is, for the tests of the cutter."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """A module at `path`, its failing `test`, a `message` that is in the failure, words that level 1 must drop."""

    path: str
    test: str
    message: str
    source: str
    gone: tuple[str, ...] = ("test_other",)
