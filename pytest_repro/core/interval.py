"""Exact binomial arithmetic: Clopper-Pearson intervals, Fisher's exact test, clean runs needed. Standard library only.

Sources: Clopper and Pearson 1934 (interval from the beta quantiles); Fisher 1922 (one-sided hypergeometric tail);
Lentz's continued fraction for the incomplete beta function as in Press et al., Numerical Recipes, section 6.4.
scipy agrees in the tests; it is 171 MB, so it stays there.
"""

import math
from typing import Final

_TINY: Final = 1e-300
_EPSILON: Final = 1e-15


def clopper_pearson(failures: int, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval (low, high), as fractions, for the rate behind `failures` of `runs`."""
    _check(failures, runs, confidence)
    alpha = 1.0 - confidence
    low = 0.0 if failures == 0 else _beta_quantile(alpha / 2, failures, runs - failures + 1)
    high = 1.0 if failures == runs else _beta_quantile(1 - alpha / 2, failures + 1, runs - failures)
    return low, high


def rate_excluded(runs: int, confidence: float = 0.95) -> float:
    """Return the rate that `runs` runs without a failure exclude: the true rate lies below it, one-sided and exact."""
    _check(0, runs, confidence)
    return float(-math.expm1(math.log(1.0 - confidence) / runs))


def clean_runs_for_rate(rate: float, confidence: float = 0.95) -> int:
    """Return how many runs without a failure show, at `confidence`, that the true rate lies below `rate`."""
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate must lie between 0 and 1, both excluded; got {rate}")
    return max(1, math.ceil(math.log(1.0 - confidence) / math.log1p(-rate)))


def fisher_one_sided(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return the p-value of "the rate did not fall": (failures, runs) before and after, Fisher's exact test.

    It is the chance, with all margins fixed, of at most the observed failures landing among the runs after.
    """
    (k_before, n_before), (k_after, n_after) = before, after
    failures = k_before + k_after
    total = math.comb(n_before + n_after, failures)
    fewest = max(0, failures - n_before)
    ways = sum(math.comb(n_after, k) * math.comb(n_before, failures - k) for k in range(fewest, k_after + 1))
    return ways / total


def clean_runs_needed(failures: int, runs: int, confidence: float = 0.95) -> int:
    """Return the smallest number of clean runs after a fix that Fisher's test accepts against `failures` of `runs`.

    Raises ValueError without a failure before: nothing can then be shown to have gone.
    """
    if failures < 1:
        raise ValueError("without a failure before the fix no number of clean runs shows anything")
    alpha = 1.0 - confidence
    high = 1
    while fisher_one_sided((failures, runs), (0, high)) > alpha:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if fisher_one_sided((failures, runs), (0, middle)) > alpha:
            low = middle
        else:
            high = middle
    return high


def _check(failures: int, runs: int, confidence: float) -> None:
    if not 0 <= failures <= runs or runs < 1:
        raise ValueError(f"expected 0 <= failures <= runs and at least one run; got {failures} of {runs}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, both excluded; got {confidence}")


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """Return x with I_x(a, b) = probability, by bisection down to neighbouring floats' size."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_cdf(x: float, a: float, b: float) -> float:
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # The fraction converges quickly only on this side of the mean; the other side follows by symmetry.
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _continued_fraction(x, a, b) / a
    return 1.0 - math.exp(log_front) * _continued_fraction(1 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _nonzero(1.0 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, 100_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _nonzero(1.0 + numerator * d)
            c = _nonzero(1.0 + numerator / c)
            result *= c * d
        if abs(c * d - 1.0) < _EPSILON:
            break
    return result


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
