"""How the failing run was started and where it ran, as far as its log says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Of the first run that failed (else the first); None, or empty, is what the log does not tell.

    command_line, python, platform, timezone, rootdir: as printed; packages: versions by name, of pytest and its
    plugins too; randomly_seed: of pytest-randomly; hash_seed: PYTHONHASHSEED; hypothesis: what replays Hypothesis's
    examples (`@reproduce_failure(...)`, `--hypothesis-seed=...`); workers: of xdist; worker_of: the worker that ran a
    failing test; before: the tests which that worker ended before it, the last of them nearest; environment: names of
    variables that the log shows, values only where the log prints them and they are no secret; matrix: the job's.
    """

    command_line: str | None = None
    python: str | None = None
    platform: str | None = None
    timezone: str | None = None
    rootdir: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    randomly_seed: int | None = None
    hash_seed: str | None = None
    hypothesis: tuple[str, ...] = ()
    workers: int | None = None
    worker_of: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    matrix: Mapping[str, str] = field(default_factory=dict)
    job: str | None = None
    step: str | None = None
    commit: str | None = None
    branch: str | None = None
    attempt: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into equal Circumstances; what is not told is left out."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in told.items()}
        return {name: value for name, value in plain.items() if value not in (None, (), {})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Circumstances":
        """Return the Circumstances that `to_json` described."""
        told = dict(data)
        if "hypothesis" in told:
            told["hypothesis"] = tuple(told["hypothesis"])
        if "before" in told:
            told["before"] = {test: tuple(earlier) for test, earlier in told["before"].items()}
        return cls(**told)
