"""What ends a whole run from within a test does so under stress too, with nothing forgotten."""

import pytest
from campaign import Lab


@pytest.mark.parametrize("options", [(), ("--repro-isolate=fork",), ("--repro-isolate=none",), ("-n2",)], ids=str)
def test_pytest_exit_ends_the_run_with_its_code(lab: Lab, options: tuple[str, ...]) -> None:
    lab.write(test_it="import pytest\ndef test_it(): pytest.exit('stop now', returncode=7)")
    run = lab.run_process("--repro-stress=5", *options, plugins=("xdist",) if "-n2" in options else ())
    assert run.code == 7, run.out + run.err
    assert "stop now" in run.out + run.err


def test_the_iteration_at_which_a_debugger_is_quit_is_kept(lab: Lab) -> None:
    lab.write(test_it="import random\ndef test_it(): assert random.random() > 0.4")
    run = lab.run_process("--repro-stress=8", "--repro-seed=1", "--pdb")
    assert run.code != 0
    assert run.outcomes["failed"] == 1
    assert run.signatures == 1
    assert "1 failed" in run.closing


def test_a_failure_that_lies_in_its_seed_is_not_called_not_idempotent(lab: Lab) -> None:
    lab.write(test_it="import random\ndef test_it(): assert random.random() > 0.03")
    run = lab.run_process("--repro-stress=40", "--repro-seed=10")
    assert run.outcomes["failed"] == 1
    assert run.line("FLAKY").split()[2] == "1/40"
    assert "NIO" not in run.out
