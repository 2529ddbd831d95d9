"""One cause behind one or many failing tests."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cause:
    """Failing tests that fail for the same reason: same exception, same message but for ids and numbers, same place.

    signature: 16 hex digits, the same in every log that shows this failure; exception, message, location: of the first
    of its tests, as printed; tests: labels in the order of the log.
    """

    signature: str
    exception: str | None
    message: str | None
    location: str | None
    tests: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal Cause."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Cause":
        """Return the Cause that `to_json` described."""
        return cls(**{**data, "tests": tuple(data["tests"])})
