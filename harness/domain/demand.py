"""How much must stay clean before a fix counts as shown."""

from dataclasses import dataclass
from typing import Final

from harness.domain.baseline import Baseline
from pytest_repro.core.interval import clean_runs_for_rate, clean_runs_needed

DETERMINISTIC_RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class Demand:
    """`runs` iterations in at least `processes` fresh processes, all of them clean; `rule` says why, in words."""

    runs: int
    processes: int
    rule: str


def demand(baseline: Baseline, confidence: float, max_rate: float | None = None) -> Demand:
    """Return what shows that the rate of `baseline` fell, at `confidence` by Fisher's exact test.

    It is asked twice: by iteration, and by process (where a failure may come only early in a process, iterations alone
    would prove too easily). `max_rate` asks for a bound on the rate after the fix besides.
    """
    result = baseline.reproduction
    if result.deterministic:
        return Demand(
            DETERMINISTIC_RUNS,
            DETERMINISTIC_RUNS,
            f"deterministic: {DETERMINISTIC_RUNS} of {DETERMINISTIC_RUNS} separate processes",
        )
    runs = clean_runs_needed(result.failures, result.runs, confidence)
    processes = clean_runs_needed(*baseline.process_counts, confidence)
    rule = (
        f"Fisher's exact test against {result.rate.counts} at {confidence * 100:g} % "
        f"(and against {baseline.process_counts[0]}/{baseline.process_counts[1]} processes: {processes} clean ones)"
    )
    if max_rate is not None:
        bound = clean_runs_for_rate(max_rate, confidence)
        rule += f"; {bound} for a rate below {max_rate * 100:g} %"
        runs = max(runs, bound)
    return Demand(runs, processes, rule)


def iterations_to_show(baseline: Baseline, chance: float = 0.95) -> int:
    """Return how many iterations fail at least once with `chance`, by the low end of the interval of the rate."""
    low = baseline.reproduction.rate.interval[0]
    return 1 if low >= 1.0 else clean_runs_for_rate(low, chance)
