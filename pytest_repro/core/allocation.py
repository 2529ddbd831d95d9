"""How the time of a campaign is divided over its tests: evenly, or more to where failures were seen or nearly seen."""

import math
from bisect import insort
from collections.abc import Sequence
from typing import Final, NamedTuple

ASSURED: Final = 0.25  # of its even share, which every test has whatever is seen
_MOST: Final = 15.0  # as many tests' weight a test can gain by what was seen of it
_NEAR: Final = 0.25  # of a failure, which a near-failure counts for
_COST: Final = (0.5, 2.0)  # bounds of what an iteration's cost may do to the gain


class Evidence(NamedTuple):
    """What was seen of one test: counted iterations, failures, near-failures, and the seconds they took together.

    A near-failure passed, but took unusually long or gave a warning.
    """

    done: int
    failures: int
    near: int
    seconds: float


def shares(evidence: Sequence[Evidence], adaptive: bool) -> list[float]:
    """Return each test's fraction of the time that is left; they sum to 1.

    Adaptive: a quarter is divided evenly, the rest by weight. A test without failure or near-failure weighs 1; what was
    seen adds up to 15, in proportion to the standard deviation of one iteration, for there is most left to be learnt:
    a test that has always failed holds little news. What an iteration costs counts by its square root (Neyman's
    allocation, which gives the smallest sum of the estimates' variances), kept between a half and two.
    """
    if not evidence:
        return []
    if not adaptive:
        return [1 / len(evidence)] * len(evidence)
    ran = [one.seconds / one.done for one in evidence if one.done]
    usual = math.fsum(ran) / len(ran) if ran else 0.0
    weights = [1 + _MOST * _news(one) * _cost(one, usual) for one in evidence]
    total = math.fsum(weights)
    return [ASSURED / len(weights) + (1 - ASSURED) * weight / total for weight in weights]


def _news(seen: Evidence) -> float:
    """Return twice the standard deviation of the next iteration, 0 to 1, as smoothed towards "passes"."""
    failing = min(seen.done, seen.failures + _NEAR * seen.near)
    return 2 * math.sqrt(failing * (seen.done + 1 - failing)) / (seen.done + 1)


def _cost(seen: Evidence, usual: float) -> float:
    if not seen.done or usual <= 0:
        return 1.0
    low, high = _COST
    return min(high, max(low, math.sqrt(seen.seconds / seen.done / usual)))


class DurationOutliers:
    """Says of one test's durations which lie far above those before, in memory that does not grow.

    Far: at least 5 ms and above four times the median, once ten are known. The median of those ten is exact; from then
    on it moves by 2 % towards each duration, so that it follows a drift and no single one can move it far.
    """

    __slots__ = ("_first", "_median")
    _LEARN: Final = 10
    _FAR: Final = 4.0
    _LEAST: Final = 0.005
    _STEP: Final = 1.02
    _RESOLUTION: Final = 1e-9  # a median of 0 could not move

    def __init__(self) -> None:
        self._first: list[float] = []
        self._median = 0.0  # 0 while it is not known

    def is_outlier(self, seconds: float) -> bool:
        """Return whether `seconds` lies far above what was seen before, and learn it."""
        if not self._median:
            insort(self._first, seconds)
            if len(self._first) == self._LEARN:
                self._median = max(self._RESOLUTION, sum(self._first[4:6]) / 2)
                self._first.clear()
            return False
        median = self._median
        if seconds > median:
            self._median = median * self._STEP
        elif seconds < median:
            self._median = max(self._RESOLUTION, median / self._STEP)
        return seconds >= self._LEAST and seconds > self._FAR * median
