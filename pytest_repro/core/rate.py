"""A failure rate with its exact interval, and how it is said."""

from dataclasses import dataclass

from pytest_repro.core.interval import clopper_pearson, rate_excluded


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
        sure = f"{self.confidence * 100:g} %"
        if self.failures == 0:
            return f"below {bound(self.excluded)} % ({sure})"
        low, high = self.interval
        note = "" if self.confidence == 0.95 else f" ({sure})"
        return f"{percent(self.value)} %  [{percent(low)}, {percent(high)}]{note}"


def percent(fraction: float) -> str:
    """Return `fraction` in per cent with one decimal (two below 1 %); 0 and 100 only where it is exactly that."""
    if fraction in (0.0, 1.0):
        return "0" if fraction == 0.0 else "100"
    value = fraction * 100
    text = f"{value:.1f}" if value >= 1 else f"{value:.2f}"
    if text == "100.0":
        return "99.9"
    return "0.01" if text == "0.00" else text


def bound(fraction: float) -> str:
    """Return an upper bound in per cent, rounded so that it still holds to the digits shown."""
    value = fraction * 100
    if value >= 1:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"
