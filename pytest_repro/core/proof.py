"""The sequential verdict behind `--repro-prove=RATE`: shown, refuted or open, valid whenever one looks.

The e-process for "the rate is at least p0" with the largest bet multiplies its wealth by 1 / (1 - p0) at each clean run
and loses all at a failure. By Ville's inequality it ever reaches 1 / alpha with a chance of at most alpha, so it may be
looked at and stopped at any moment; it gets there after ceil(ln alpha / ln(1 - p0)) clean runs. Why this bet and not a
smaller one: docs/explanation/statistics.md. Source: Ramdas, Grünwald, Vovk and Shafer 2023, Game-theoretic statistics
and safe anytime-valid inference.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from pytest_repro.core.errors import ReproError
from pytest_repro.core.interval import clean_runs_for_rate, rate_excluded

_NUMBER: Final = r"([0-9]{0,12}\.?[0-9]{1,25}(?:[eE]-[0-9]{1,2})?)\s*(%?)"
_SMALLEST_RATE: Final = Decimal("1e-9")  # three thousand million clean runs: nobody waits for more
_LEAST_CONFIDENCE: Final = Decimal("0.5")  # less is mostly the chance of an error, meant as its opposite
_MOST_CONFIDENCE: Final = 1 - Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the runs so far say: `excluded` is the rate, a fraction, that the true one lies below; 1 excludes nothing.

    `needed` clean runs in all show the wanted rate.
    """

    state: Literal["shown", "refuted", "open"]
    excluded: float
    needed: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The claim "the failure rate lies below `rate`", to be shown at `confidence`; both fractions."""

    rate: float
    confidence: float = 0.95

    @property
    def needed(self) -> int:
        """How many clean runs show it, not one of which may fail."""
        return clean_runs_for_rate(self.rate, self.confidence)

    def verdict(self, clean: int, watched_failures: int) -> Verdict:
        """Return what `clean` counted runs without, and `watched_failures` with, the watched failure say.

        One failure refutes: it is still there, however rare. Runs in flight must have ended before "shown" is said, for
        those that fail may take longer than those that pass.
        """
        if watched_failures:
            return Verdict("refuted", 1.0, self.needed)
        excluded = rate_excluded(clean, self.confidence) if clean else 1.0
        if clean < self.needed:
            return Verdict("open", excluded, self.needed)
        # At the boundary the last bit of a float must not make the bound larger than the rate that it shows.
        return Verdict("shown", min(excluded, self.rate), self.needed)


def parse_rate(text: str) -> float:
    """Return the fraction that `text`, such as `0.01` or `1%`, means; raises ReproError("bad-rate").

    0 and 1 are refused, and so is less than one in a thousand million.
    """
    value = _fraction(text)
    if value is not None and _SMALLEST_RATE <= value < 1:
        return float(value)
    few = value is not None and 0 < value < _SMALLEST_RATE
    reason = "no campaign has the runs for it" if few else "expected more than 0 and less than 1, or less than 100%"
    raise ReproError(
        f"{text!r} is no rate that can be excluded: {reason}", "bad-rate", _hint(text, value, 1, "0.01 or 1%")
    )


def parse_confidence(text: str) -> float:
    """Return the fraction that `text`, such as `0.95` or `95%`, means; raises ReproError("bad-confidence").

    Less than a half is refused, and so is certainty.
    """
    value = _fraction(text)
    if value is not None and _LEAST_CONFIDENCE <= value <= _MOST_CONFIDENCE:
        return float(value)
    raise ReproError(
        f"{text!r} is no confidence: expected at least 0.5 and less than 1, or at least 50% and less than 100%",
        "bad-confidence",
        _hint(text, value, 50, "0.95 or 95%"),
    )


def _fraction(text: str) -> Decimal | None:
    match = re.fullmatch(_NUMBER, text.strip(), re.ASCII)
    return Decimal(match[1]) / (100 if match[2] else 1) if match else None


def _hint(text: str, value: Decimal | None, least: int, example: str) -> str:
    if value is not None and least <= value < 100 and "%" not in text:
        return f"write {text.strip()}% for per cent"
    return f"write for example {example}"
