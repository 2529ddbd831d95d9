"""When a benchmark with a bar in milliseconds fails a build."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from significance import median_shown_above


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=200), st.sampled_from([0.05, 0.001]))
def test_the_verdict_is_that_of_a_sign_test(values: list[float], false_alarms: float) -> None:
    above = sum(value > 5 for value in values)
    p = binomtest(above, len(values), alternative="greater").pvalue

    assert median_shown_above(values, 5, false_alarms) is bool(p <= false_alarms)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        pytest.param([4.9, 5.3] * 15, False, id="a median that noise carried over the bar"),
        pytest.param([5.1] * 6, False, id="too few to tell"),
        pytest.param([5.1] * 30, True, id="always a little more"),
        pytest.param([-20.0] * 4 + [9.0] * 26, True, id="nearly always more"),
    ],
)
def test_only_what_is_shown_fails(values: list[float], verdict: bool) -> None:
    assert median_shown_above(values, 5, 0.001) is verdict
