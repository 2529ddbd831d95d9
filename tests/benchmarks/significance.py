"""When a measured difference is more than noise."""

from collections.abc import Sequence
from math import comb


def median_shown_above(values: Sequence[float], bar: float, false_alarms: float) -> bool:
    """Whether `values`, independent of each other, show that their median is above `bar` (sign test, one sided).

    `false_alarms` is the probability of True, at most, where the median is `bar` or less. Source: Conover, Practical
    Nonparametric Statistics, section 3.4; exact, whatever the distribution.
    """
    above, n = sum(value > bar for value in values), len(values)
    return sum(comb(n, k) for k in range(above, n + 1)) <= false_alarms * 2**n
