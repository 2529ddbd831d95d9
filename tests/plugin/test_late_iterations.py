"""An iteration that is over its limit counts as timed out, however it ends; what comes before it does not count."""

import pytest
from campaign import Lab


@pytest.mark.parametrize("mode", ["auto", "fork", "fresh"])
def test_a_call_that_the_signal_for_the_stacks_wakes_is_timed_out_all_the_same(lab: Lab, mode: str) -> None:
    lab.write(test_it="import ctypes\ndef test_it(): ctypes.PyDLL(None).sleep(600)")
    run = lab.run_process("--repro-stress=2", "--repro-timeout=300ms", f"--repro-isolate={mode}")
    assert run.outcomes == {"timed out": 2}


def test_the_start_of_a_fresh_process_is_no_part_of_an_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import time
        time.sleep(2.2)
        def test_it(): pass
    """
    )
    run = lab.run_process("--repro-stress=1", "--repro-timeout=2s", "--repro-isolate=fresh")
    assert run.outcomes == {"passed": 1}
