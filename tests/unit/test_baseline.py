"""A baseline tells a failure of the iteration from one of the process."""

import pytest

from harness.domain.baseline import Baseline
from harness.domain.reproduction import Reproduction


def baseline(runs: int, failures: int, positions: dict[int, int], chunk: int = 25) -> Baseline:
    """Failures at the given iterations of their processes."""
    reproduction = Reproduction("t.py::test", False, runs, failures, None, "", "", 0.0)
    return Baseline(reproduction, chunk, 2, max(failures, 1) + 2, failures, positions=tuple(positions.items()))


def test_failures_that_all_come_first_belong_to_the_process() -> None:
    found = baseline(106, 5, {1: 5})
    assert found.process_bound == 1
    assert "by process 5/7" in found.process_words


def test_failures_that_all_come_second_come_from_running_again() -> None:
    found = baseline(52, 26, {2: 26})
    assert found.process_bound == 2
    assert "a plain run may never show it" in found.process_words


@pytest.mark.parametrize(
    ("runs", "failures", "positions"),
    [
        (106, 5, {1: 4, 7: 1}),  # spread out
        (50, 49, {1: 49}),  # nearly always: then the first iteration is where it must come
        (60, 1, {1: 1}),  # one failure shows nothing
        (5, 5, {1: 5}),  # every iteration failed
    ],
)
def test_what_may_be_an_accident_is_not_called_a_matter_of_the_process(
    runs: int, failures: int, positions: dict[int, int]
) -> None:
    found = baseline(runs, failures, positions)
    assert found.process_bound == 0
    assert found.process_words == ""
