"""Exact binomial arithmetic: Clopper-Pearson intervals, Fisher's exact test, clean runs needed. Standard library only.

Sources: Clopper and Pearson 1934 (interval from the beta quantiles); Fisher 1922 (one-sided hypergeometric tail);
Lentz's continued fraction for the incomplete beta function as in Press et al., Numerical Recipes, section 6.4.
scipy agrees in the tests; it is 171 MB, so it stays there.
"""

import math
from typing import Final

_TINY: Final = 1e-300
_EPSILON: Final = 1e-15
_SLACK: Final = 1e-12  # rounding errors must not decide between n and n + 1 where both sides are equal


def clopper_pearson(failures: int, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval (low, high), as fractions, for the rate behind `failures` of `runs`."""
    _check(failures, runs, confidence)
    alpha = _alpha(confidence)
    low = 0.0 if failures == 0 else _beta_quantile(alpha / 2, failures, runs - failures + 1)
    high = 1.0 if failures == runs else _beta_quantile(1 - alpha / 2, failures + 1, runs - failures)
    return low, high


def rate_excluded(runs: int, confidence: float = 0.95) -> float:
    """Return the rate that `runs` runs without a failure exclude: the true rate lies below it, one-sided and exact."""
    _check(0, runs, confidence)
    return float(-math.expm1(math.log(_alpha(confidence)) / runs))


def clean_runs_for_rate(rate: float, confidence: float = 0.95) -> int:
    """Return how many runs without a failure show, at `confidence`, that the true rate lies below `rate`."""
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate must lie between 0 and 1, both excluded; got {rate}")
    _check(0, 1, confidence)
    return max(1, math.ceil(math.log(_alpha(confidence)) / math.log1p(-rate) * (1 - _SLACK)))


def fisher_one_sided(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return the p-value of "the rate did not fall": (failures, runs) before and after, Fisher's exact test.

    It is the chance, with all margins fixed, of at most the observed failures landing among the runs after.
    A chance too small for a float is returned as 0.
    """
    (k_before, n_before), (k_after, n_after) = before, after
    if not (0 <= k_before <= n_before and 0 <= k_after <= n_after):
        raise ValueError(f"expected 0 <= failures <= runs; got {k_before} of {n_before} and {k_after} of {n_after}")
    failures = k_before + k_after
    weights = _hypergeometric_weights(failures, n_after, n_before)
    few = math.fsum(weight for k, weight in weights if k <= k_after)
    return few / math.fsum(weight for _, weight in weights)


def _hypergeometric_weights(failures: int, n_after: int, n_before: int) -> list[tuple[int, float]]:
    """Return (k, chance of k of the `failures` among `n_after`), up to one common factor, wherever it is no zero.

    It walks from the likeliest k both ways by the ratio of neighbours, so no factorial is ever formed.
    """
    fewest, most = max(0, failures - n_before), min(failures, n_after)
    start = min(most, max(fewest, (failures + 1) * (n_after + 1) // (n_after + n_before + 2)))
    found = [(start, 1.0)]
    k, weight = start, 1.0
    while k < most and weight > _TINY:
        weight *= (failures - k) * (n_after - k) / ((k + 1) * (n_before - failures + k + 1))
        k += 1
        found.append((k, weight))
    k, weight = start, 1.0
    while k > fewest and weight > _TINY:
        weight *= k * (n_before - failures + k) / ((failures - k + 1) * (n_after - k + 1))
        k -= 1
        found.append((k, weight))
    return found


def clean_runs_needed(failures: int, runs: int, confidence: float = 0.95) -> int:
    """Return the smallest number of clean runs after a fix whose p-value against `failures` of `runs` is below alpha.

    The p-value is that of `fisher_one_sided`, alpha is 1 - confidence.
    Raises ValueError without a failure before: nothing can then be shown to have gone.
    """
    _check(failures, runs, confidence)
    if failures < 1:
        raise ValueError("without a failure before the fix no number of clean runs shows anything")
    low, high = 0, 1
    while not _accepted(failures, runs, high, confidence):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _accepted(failures, runs, middle, confidence):
            high = middle
        else:
            low = middle
    return high


def _accepted(failures: int, runs: int, clean: int, confidence: float) -> bool:
    return fisher_one_sided((failures, runs), (0, clean)) < _alpha(confidence) * (1 - _SLACK)


def _alpha(confidence: float) -> float:
    """Return 1 - confidence as a person would: 0.1 for 0.9, where floats give 0.09999999999999998."""
    return round(1.0 - confidence, 12) or 1.0 - confidence


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
