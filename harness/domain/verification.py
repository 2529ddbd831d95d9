"""What verifying a fix came to."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class SuiteComparison:
    """Outcomes of the same tests without and with the fix; each tuple names tests."""

    scope: str  # in words: the whole suite, or which files and why
    before: dict[str, int]  # outcome -> count
    after: dict[str, int]
    broken: tuple[str, ...] = ()  # passed before, fail now
    newly_skipped: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # ran before, are not collected now

    @property
    def unharmed(self) -> bool:
        """Whether every test that passed before still passes and none was skipped or lost."""
        return bool(self.before.get("passed")) and not (self.broken or self.newly_skipped or self.gone)


@dataclass(frozen=True, slots=True)
class Verification:
    """The proof of a fix, or what is missing from it.

    `needed` clean runs were demanded by the baseline (`rule` says how), `runs` ran with `failures`; `p_value` is
    Fisher's, of "the rate did not fall"; `reverted_failures` of `reverted_runs` failed again without the fix.
    """

    needed: int
    rule: str
    runs: int
    failures: int
    same_signature: int
    p_value: float
    suite: SuiteComparison | None
    reverted_runs: int
    reverted_failures: int
    seconds: float
    shortfalls: tuple[str, ...] = ()  # in words; empty exactly when the fix is shown

    @property
    def shown(self) -> bool:
        """Whether everything that was asked for was shown."""
        return not self.shortfalls

    def to_json(self) -> dict[str, Any]:
        """Return the verification as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        suite = data["suite"]
        if suite:
            names = {key: tuple(suite[key]) for key in ("broken", "newly_skipped", "gone")}
            suite = SuiteComparison(**suite | names)
        return cls(**data | {"suite": suite, "shortfalls": tuple(data["shortfalls"])})
