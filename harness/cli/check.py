"""One thing that `repro validate` looked at."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Self

from harness.adapters.git import GitRepository
from harness.domain.spec import Spec
from pytest_repro.core.errors import ReproError


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: the spec, and the interpreter and repository that it means (None where there is none)."""

    spec: Spec
    python: str | None
    repository: GitRepository | None


@dataclass(frozen=True, slots=True)
class Check:
    """`found` says what is there, or what is missing; `remedy` mends it, "" if all is fine."""

    name: str
    fine: bool
    found: str
    remedy: str = ""

    @classmethod
    def of(cls, name: str, look: Callable[[], str]) -> Self:
        """Return the check that `look` makes: its words if all is fine ("": nothing to look at), else its error."""
        try:
            return cls(name, True, look())
        except ReproError as error:
            return cls.missing(name, error)

    @classmethod
    def missing(cls, name: str, error: ReproError, remedy: str = "") -> Self:
        """Return the check that found `error`; `remedy` replaces its hint."""
        return cls(name, False, error.message, remedy or error.hint)

    def to_json(self) -> dict[str, object]:
        """Return the check as a JSON object."""
        return asdict(self)
