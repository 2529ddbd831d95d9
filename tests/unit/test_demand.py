"""How much must stay clean."""

from dataclasses import replace

import pytest

from harness.domain.baseline import Baseline
from harness.domain.demand import demand, iterations_to_show
from harness.domain.reproduction import Reproduction
from pytest_repro.core.interval import fisher_one_sided


def baseline(failures: int, runs: int, processes: int, deterministic: bool = False) -> Baseline:
    result = Reproduction("t", deterministic, runs, failures, None, "", "", 1.0)
    return Baseline(result, 25, 2, processes, failures)


def test_a_deterministic_failure_needs_five_of_five_processes() -> None:
    needed = demand(baseline(3, 3, 3, deterministic=True), 0.95)
    assert (needed.runs, needed.processes) == (5, 5)


@pytest.mark.parametrize(("failures", "runs", "processes"), [(5, 60, 7), (12, 62, 13), (50, 50, 50), (2, 5000, 200)])
def test_the_runs_demanded_are_the_fewest_that_fishers_test_accepts(failures: int, runs: int, processes: int) -> None:
    needed = demand(baseline(failures, runs, processes), 0.95)
    assert fisher_one_sided((failures, runs), (0, needed.runs)) <= 0.05
    assert fisher_one_sided((failures, runs), (0, needed.runs - 1)) > 0.05


def test_a_failure_that_comes_only_as_a_process_begins_is_also_demanded_by_process() -> None:
    # 25 of 50 processes fail in their first iteration, the others run 25 clean ones: by iteration, four clean
    # processes would do, and an unfixed program gives those in one case of sixteen.
    needed = demand(baseline(25, 650, 50), 0.95)
    assert needed.processes >= 5
    assert fisher_one_sided((25, 50), (0, needed.processes)) <= 0.05


def test_a_rate_that_is_asked_for_raises_the_demand() -> None:
    assert demand(baseline(12, 62, 13), 0.95, max_rate=0.01).runs == 299


@pytest.mark.parametrize(("failures", "runs"), [(5, 60), (12, 62), (50, 50), (1, 5000)])
def test_the_printed_iterations_show_the_failure_with_95_percent_at_the_low_end(failures: int, runs: int) -> None:
    measured = baseline(failures, runs, runs)
    low = measured.reproduction.rate.interval[0]
    number = iterations_to_show(measured)
    assert 1 - (1 - low) ** number >= 0.95


def test_more_failures_never_demand_more_iterations() -> None:
    demands = [iterations_to_show(replace(baseline(k, 60, 60))) for k in range(1, 61)]
    assert demands == sorted(demands, reverse=True)
