"""A failure rate with its exact interval, and how it is said."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final

from pytest_repro.core.interval import clopper_pearson, rate_excluded

_FLOAT_ERROR: Final = Decimal("1e-13")  # a bound of exactly 3 % must not be said as 3.1 for its last bit


@dataclass(frozen=True, slots=True)
class FailureRate:
    """`failures` of `runs` at `confidence`; counts add up elsewhere, rates never merge."""

    failures: int
    runs: int
    confidence: float = 0.95

    @property
    def value(self) -> float:
        """The observed fraction; raises ZeroDivisionError without runs."""
        return self.failures / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        """The exact two-sided Clopper-Pearson interval, as fractions."""
        return clopper_pearson(self.failures, self.runs, self.confidence)

    @property
    def excluded(self) -> float:
        """For no failures only: the one-sided bound below which the true rate lies, as a fraction."""
        return rate_excluded(self.runs, self.confidence)

    @property
    def counts(self) -> str:
        """`7/100`."""
        return f"{self.failures}/{self.runs}"

    def describe(self) -> str:
        """Return `7.0 %  [2.9, 13.9]`, or for no failures `below 3.0 % (95 %)`; `no run counted` without runs."""
        if self.runs == 0:
            return "no run counted"
        sure = confidence_words(self.confidence)
        if self.failures == 0:
            return f"below {bound(self.excluded)} % ({sure})"
        low, high = self.interval
        note = "" if self.confidence == 0.95 else f" ({sure})"
        return f"{percent(self.value)} %  [{percent(low)}, {percent(high)}]{note}"


def confidence_words(confidence: float) -> str:
    """Return `95 %` for 0.95, with as many digits as it has."""
    return f"{Decimal(str(confidence)) * 100:f}".rstrip("0").rstrip(".") + " %"


def percent(fraction: float) -> str:
    """Return `fraction` in per cent, rounded to the nearest; 0 and 100 only where it is exactly that.

    One decimal, two below 1 %, two digits that count below 0.1 %, and as many as it takes to stay below 100.
    """
    return _written(Decimal(str(fraction)) * 100, ROUND_HALF_EVEN)


def bound(fraction: float) -> str:
    """Return an upper bound in per cent with the digits of `percent`, rounded up: what it excludes stays excluded."""
    value = Decimal(str(fraction)) * 100
    return _written(value - value * _FLOAT_ERROR if value < 100 else value, ROUND_CEILING)


def _written(value: Decimal, rounding: str) -> str:
    if value in (0, 100):
        return f"{value:.0f}"
    places = 1 if value >= 1 else 2 if value >= Decimal("0.1") else 1 - value.adjusted()
    while (text := value.quantize(Decimal(1).scaleb(-places), rounding)) >= 100:
        places += 1
    return f"{text:f}"
