"""Attempts at a fix, and the fix that came of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """state: passed (the quick test), still failing, refused, unchanged, identical (to an earlier attempt, so not
    measured again), not applied, failed (the fixer), cut, or rejected (by the verification); seen: why, in words;
    files: what it changed; notes: the fixer's own words.
    """

    number: int
    state: str
    seen: str
    seconds: float
    files: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """The last attempt that the test let pass: commit: on the fix branch; diff: without the test; by: who fixed."""

    commit: str
    diff: str
    by: str
    attempts: tuple[Attempt, ...]

    @property
    def last(self) -> Attempt:
        """The attempt that holds."""
        return self.attempts[-1]


@dataclass(frozen=True, slots=True)
class Removal:
    """What the fix branch is in the end: head: its commit; kept: the test stays on demand; files: what it changes."""

    head: str
    kept: bool
    files: tuple[str, ...]
