"""The iteration that a dying worker was at is written down under its own test, number and time."""

import json

import pytest
from account import numbers, outcomes
from campaign import Lab, read_journal

pytestmark = pytest.mark.usefixtures("in_one_process")

DEADLY = "import os\ndef test_it(): os._exit(3)\n"


def test_a_shard_of_a_proof_names_the_iteration_that_died_and_so_does_its_replay(lab: Lab) -> None:
    lab.write(test_it=DEADLY)
    options = ("--repro-prove=0.5", "--repro-stress=1000", "--repro-seed=1", "--repro-shard=2/2")
    run = lab.run_process(*options, "-n1", plugins=("xdist",))
    assert numbers(run) == {"test_it": [3]}  # the shard has 3 to 5, and the first death refutes
    again = lab.paste(f"{run.replays[0]} -p xdist.plugin -n1")
    assert [(line["iteration"], line["seed"]) for line in again.iterations] == [
        (line["iteration"], line["seed"]) for line in run.iterations
    ]


def test_deaths_of_workers_count_against_the_failures_at_which_a_test_is_to_stop(lab: Lab) -> None:
    lab.write(test_it=f"{DEADLY}def test_other(): pass\n")
    run = lab.run_process("--repro-stress=10", "--repro-stop=2", "-n1", plugins=("xdist",))
    assert numbers(run) == {"test_it": [1, 2], "test_other": list(range(1, 11))}


def test_a_resumed_campaign_with_its_tests_in_another_order_blames_the_test_that_died(lab: Lab) -> None:
    lab.write(test_it="import os\ndef test_a(): pass\ndef test_b(): pass\ndef test_c(): os._exit(3)\n")
    begun = lab.run("--repro-stress=2", "--repro-seed=1", "-k", "nothing", "--repro-journal=j.jsonl")
    assert begun.iterations == []
    journal = lab.path / "j.jsonl"
    lines = [json.dumps({"kind": "test", "nodeid": f"test_it.py::test_{x}", "asked": 2, "root": 1}) for x in "cba"]
    lines.append(json.dumps({"kind": "end", "reason": "interrupted", "seconds": 5000.0}))
    head = journal.read_text().splitlines()[0]
    journal.write_text("\n".join([head, *lines]) + "\n")
    run = lab.run_process("--repro-resume=j.jsonl", "-n1", plugins=("xdist",))
    run.journal = read_journal(journal)
    assert numbers(run) == {"test_a": [1, 2], "test_b": [1, 2], "test_c": [1, 2]}, run.out + run.err
    assert outcomes(run, "test_c") == {"crashed": 2}
    assert "INTERNALERROR" not in run.out + run.err
    assert run.of_kind("end")[-1]["seconds"] > 5000  # with the time before


def test_a_worker_that_dies_after_the_last_iteration_of_a_marked_test_leaves_no_record_of_another_one(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, pytest
        @pytest.fixture(scope="module")
        def server():
            yield
            if not os.path.exists("died"):
                open("died", "w").close()
                os._exit(3)
        @pytest.mark.repro(stress=3)
        def test_it(server): pass
    """
    )
    run = lab.run_process("-n1", plugins=("xdist",))
    assert (numbers(run), outcomes(run, "test_it")) == ({"test_it": [1, 2, 3]}, {"passed": 3})
    assert run.code == 1  # as xdist tells of the worker
    assert "crashed while running 'test_it.py::test_it'" in run.out
