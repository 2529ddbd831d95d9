"""What verifying a fix came to."""

from dataclasses import dataclass

from harness.domain.counted import plural
from pytest_repro.core.record import FAILING


@dataclass(frozen=True, slots=True)
class SuiteComparison:
    """Outcomes of the same tests without and with the fix; each tuple names tests."""

    scope: str  # in words: the whole suite, or which files and why
    before: dict[str, int]  # outcome -> count
    after: dict[str, int]
    broken: tuple[str, ...] = ()  # did not fail before, fail now
    newly_skipped: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # ran before, are not collected now
    expected: tuple[str, ...] = ()  # of the broken: an expected failure (xfail) before

    @property
    def harmed(self) -> bool:
        """Whether the fix itself did harm.

        An expected failure that fails now is none: as a rule it passes, and its strict mark is what fails.
        """
        return bool(set(self.broken) - set(self.expected) or self.newly_skipped or self.gone)


@dataclass(frozen=True, slots=True)
class LogOther:
    """Another failing test of the log, by the log's name; its outcomes in the suite comparison, "" where unknown."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The proof of a fix, or what is missing from it.

    `needed` clean runs were demanded by the baseline (`rule` says how), `runs` ran with `failures`; `p_value` is
    Fisher's, of "the rate did not fall"; `reverted_failures` of `reverted_runs` failed again without the fix.
    `log_others` are the log's failing tests that were not followed up.
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
    shortfalls: tuple[str, ...] = ()  # what was not shown, in words
    objections: tuple[str, ...] = ()  # what was shown against the fix, in words
    log_others: tuple[LogOther, ...] = ()
    deterministic: bool = False
    original_fails: bool = False  # the log's own test, not only the one cut out of it

    @property
    def gaps(self) -> tuple[str, ...]:
        """All that keeps the fix from being shown, in words, what speaks against it first."""
        return (*self.objections, *self.shortfalls)

    @property
    def still_failing(self) -> tuple[str, ...]:
        """The log's other tests that fail with the fix."""
        return tuple(one.label for one in self.log_others if one.after in FAILING)

    @property
    def others_words(self) -> str:
        """What became of the log's other failing tests; "" where there are none, or they were not compared."""
        if not self.log_others or not self.suite:
            return ""
        count = len(self.still_failing)
        if count:
            return f"{plural(count, 'other test')} of the log still {'fails' if count == 1 else 'fail'}"
        passing, whole = sum(one.after == "passed" for one in self.log_others), len(self.log_others)
        if passing == whole == 1:
            return "the other failing test of the log passes with the fix, in one run"
        of = f"all {whole}" if passing == whole else f"{passing} of {whole}"
        return f"{of} other failing tests of the log pass with the fix, in one run each"

    @property
    def rejected(self) -> bool:
        """Whether the fix itself is wrong, so that another attempt makes sense: the test failed, or others broke."""
        return bool(self.failures or self.original_fails or (self.suite and self.suite.harmed))
