"""--repro-prove ends as soon as the rate is excluded, or refuted, and says what is not shown."""

import pytest
from campaign import Lab


def test_clean_runs_show_the_rate_and_no_more_are_made(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("--repro-prove=10%")
    assert run.code == 0
    assert run.outcomes == {"passed": 29}  # the table of statistics.md
    assert {line["isolation"] for line in run.iterations} == {"fork"}
    assert run.line("SHOWN") == "SHOWN  below 10.0 % (95 %), at any time of looking"


def test_a_failure_refutes_at_once(lab: Lab) -> None:
    lab.write(test_it="import random\ndef test_it(): assert random.random() > 0.2")
    run = lab.run_process("--repro-prove=0.01", "--repro-seed=1")
    assert run.code == 1
    assert run.outcomes["failed"] == 1
    assert run.iterations[-1]["outcome"] == "failed"
    assert run.line("REFUTED").startswith("REFUTED  below 1.0 % (95 %): it failed")


def test_a_budget_that_is_too_small_is_no_success(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("--repro-prove=0.01", "--repro-stress=50", "--repro-confidence=0.99")
    assert run.code == 1
    assert run.outcomes == {"passed": 50}
    said = run.line("NOT SHOWN")
    assert "excluded so far: 8.8 % and more" in said
    assert "459 clean runs are needed" in said


def test_another_failure_than_the_watched_one_neither_refutes_nor_shows(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        def test_sometimes():
            if random.random() < 0.5: raise KeyError("other")
        def test_always():
            raise KeyError("other")
    """
    )
    run = lab.run("--repro-prove=0.5", "--repro-watch=00000000", "--repro-stress=20", "--repro-seed=5")
    assert run.code == 1
    assert "REFUTED" not in run.out
    sometimes = [line["outcome"] for line in run.iterations if line["nodeid"].endswith("sometimes")]
    assert 5 <= sometimes.count("passed") < len(sometimes) == 20  # 5 clean ones show it
    assert run.line("SHOWN")
    assert "excluded so far: nothing" in run.line("NOT SHOWN")


@pytest.mark.parametrize("rate", ["0", "1", "2", "x", "100%"])
def test_a_rate_that_cannot_be_excluded_is_a_usage_error(lab: Lab, rate: str) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.run(f"--repro-prove={rate}")
    assert run.code == 4
    assert "--repro-prove" in run.out + run.err
