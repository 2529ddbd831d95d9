"""Iterations of one test run on several processes at once, each number once, whatever stops or dies."""

import random

import pytest
from account import PLANT, bounded, isolations, numbers, outcomes, rate_words, verdict
from campaign import Lab

from pytest_repro.core.seed import derive_seed

BOTH = ["--repro-jobs=2", "-n2"]
at_once = pytest.mark.parametrize("many", BOTH)


def plugins_of(option: str) -> tuple[str, ...]:
    """xdist where workers are asked for."""
    return ("xdist",) if option.startswith("-n") else ()


# Goes on when two of its iterations are there at once, and fails if the other one does not come.
MEETING = f"""{PLANT}
def test_it():
    folder = os.path.dirname(os.path.abspath(__file__))
    here = [name for name in os.listdir(folder) if name.startswith("here.")]
    if len(here) >= 2: return
    open(os.path.join(folder, f"here.{{os.getpid()}}"), "w").close()
    until = time.monotonic() + 30
    while len([name for name in os.listdir(folder) if name.startswith("here.")]) < 2:
        assert time.monotonic() < until, "nobody came"
        time.sleep(0.005)
"""


@pytest.mark.parametrize(
    "options",
    [["-n2"], ["-n2", "--repro-isolate=fork"], ["--repro-jobs=2", "--repro-isolate=fork"], ["--repro-jobs=2"]],
    ids=" ".join,
)
def test_two_iterations_of_one_test_run_at_once(lab: Lab, options: list[str]) -> None:
    lab.write(test_it=MEETING)
    run = bounded(lab, "--repro-stress=10", *options, plugins=plugins_of(options[0]))
    assert numbers(run) == {"test_it": list(range(1, 11))}
    assert outcomes(run, "test_it") == {"passed": 10}, run.out
    assert run.section[0].endswith("10 run, 0 lost")


def test_two_fresh_processes_run_at_once(lab: Lab) -> None:
    lab.write(test_it=MEETING)
    run = bounded(lab, "--repro-stress=2", "--repro-isolate=fresh", "--repro-jobs=2")
    assert outcomes(run, "test_it") == {"passed": 2}, run.out


def test_one_tests_iterations_are_spread_over_all_workers(lab: Lab) -> None:
    lab.write(
        test_it=f"""{PLANT}
def test_it():
    folder = os.path.dirname(os.path.abspath(__file__))
    open(os.path.join(folder, "at." + os.environ["PYTEST_XDIST_WORKER"]), "w").close()
    until = time.monotonic() + 30
    while len([name for name in os.listdir(folder) if name.startswith("at.")]) < 3:
        assert time.monotonic() < until, "not all workers came"
        time.sleep(0.005)
"""
    )
    run = bounded(lab, "--repro-stress=40", "-n3", plugins=("xdist",))
    assert numbers(run) == {"test_it": list(range(1, 41))}
    assert outcomes(run, "test_it") == {"passed": 40}
    assert {line["worker"] for line in run.iterations} == {"gw0", "gw1", "gw2"}
    assert "3 workers" in run.section[0]


def test_a_failing_test_is_spread_too(lab: Lab) -> None:
    every = list(range(1, 31))
    draws = [random.Random(derive_seed(7, "test_it.py::test_flaky", number)).random() for number in every]
    lab.write(
        test_it="""
import random
def test_flaky(): assert random.random() > 0.2, "a fifth"
def test_other(): pass
"""
    )
    run = bounded(lab, "--repro-stress=30", "--repro-seed=7", "-n2", plugins=("xdist",))
    assert numbers(run) == {"test_flaky": every, "test_other": every}
    assert outcomes(run, "test_other") == {"passed": 30}
    failed = sorted(line["iteration"] for line in run.iterations if line["outcome"] == "failed")
    assert failed == [number for number, draw in zip(every, draws, strict=True) if draw <= 0.2]
    assert "fork" in isolations(run, "test_flaky")
    assert run.code == 1
    assert "1 failed, 1 passed" in run.closing


ALONE = f"""{PLANT}
def test_it():
    lock = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lock")
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    time.sleep(0.01)  # held long enough for another to come, if another may
    os.unlink(lock)
    if count() == 5: assert False, "planted"
"""


@pytest.mark.parametrize(("many", "mode"), [("-n2", "auto"), ("--repro-jobs=2", "auto"), ("--repro-jobs=2", "fork")])
def test_exclusive_iterations_of_one_test_never_overlap(lab: Lab, many: str, mode: str) -> None:
    lab.write(test_it=ALONE)
    options = ("--repro-exclusive", f"--repro-isolate={mode}", many)
    run = bounded(lab, "--repro-stress=20", *options, plugins=plugins_of(many))
    assert numbers(run) == {"test_it": list(range(1, 21))}
    assert outcomes(run, "test_it") == {"passed": 19, "failed": 1}, run.out
    assert run.line("1x  AssertionError: planted")


def test_exclusive_leaves_different_tests_side_by_side(lab: Lab) -> None:
    lab.write(
        test_it=f"""{PLANT}
@pytest.mark.parametrize("me", range(2))
def test_it(me):
    folder = os.path.dirname(os.path.abspath(__file__))
    open(os.path.join(folder, f"came.{{me}}"), "w").close()
    until = time.monotonic() + 30
    while not os.path.exists(os.path.join(folder, f"came.{{1 - me}}")):
        assert time.monotonic() < until, "the other test never ran beside this one"
        time.sleep(0.005)
"""
    )
    run = bounded(lab, "--repro-stress=5", "--repro-exclusive", "-n2", plugins=("xdist",))
    assert run.outcomes == {"passed": 10}, run.out


# Whoever begins after the failure holds on until its process can know of it.
STOPS = f"""{PLANT}
FOLDER = os.path.dirname(os.path.abspath(__file__))
def test_it(request):
    campaign = request.config.pluginmanager.getplugin("repro-mode").campaign
    say("begin")
    if count() == 6:
        count("failed")
        say("fail")
        assert False
    if not os.path.exists(os.path.join(FOLDER, "failed")): return
    until = time.monotonic() + 30
    while campaign.rest(0) and not campaign.over:
        assert time.monotonic() < until, "nothing was heard of the failure"
        time.sleep(0.005)
"""


@pytest.mark.parametrize(
    "options",
    [["-n2", "-x"], ["-n2", "--repro-stop=1"], ["--repro-jobs=2", "--repro-isolate=fork", "-x"]],
    ids=" ".join,
)
def test_after_the_first_failure_at_most_one_more_iteration_a_process_begins(lab: Lab, options: list[str]) -> None:
    lab.write(test_it=STOPS)
    run = bounded(lab, "--repro-stress=1000", *options, plugins=plugins_of(options[0]))
    begun_after = run.events[run.events.index("fail") :].count("begin")
    assert begun_after <= 2, run.events
    assert run.outcomes["failed"] == 1
    assert len(run.iterations) == run.counts["begin"]
    ran = numbers(run)["test_it"]
    assert len(set(ran)) == len(ran)
    assert f"{len(run.iterations)} run, " in run.section[0]
    assert run.section[0].endswith("0 lost")


KILLS = f"""{PLANT}
def test_before(): pass
def test_it():
    if count() == 5:
        os.kill(int(os.environ["WORKER"]), signal.SIGKILL)
        time.sleep(600)
def test_after(): pass
"""


@pytest.mark.parametrize("options", [["-n2"], ["-n1"], ["-n2", "--repro-isolate=fork"]], ids=" ".join)
def test_a_killed_worker_loses_nothing(lab: Lab, options: list[str]) -> None:
    lab.write(conftest='import os; os.environ["WORKER"] = str(os.getpid())', test_it=KILLS)
    run = bounded(lab, "--repro-stress=30", *options, plugins=("xdist",))
    every = list(range(1, 31))
    assert numbers(run) == {"test_before": every, "test_it": every, "test_after": every}, run.out + run.err
    assert outcomes(run, "test_it") == {"passed": 29, "crashed": 1}
    assert outcomes(run, "test_before") == outcomes(run, "test_after") == {"passed": 30}
    assert set(isolations(run, "test_it")) <= ({"fork"} if "--repro-isolate=fork" in options else {"", "fork"})
    for words in rate_words(run, "test_it"):
        assert words in verdict(run, "test_it")
    assert run.code == 1
    assert run.journal[-1]["reason"] == "complete"


def test_there_is_no_cap_on_deaths(lab: Lab) -> None:
    lab.write(test_it=f"{PLANT}\ndef test_it(): os.abort()\n")
    run = bounded(lab, "--repro-stress=40", "-n2", plugins=("xdist",))
    assert numbers(run) == {"test_it": list(range(1, 41))}
    assert outcomes(run, "test_it") == {"crashed": 40}
    assert "40/40" in verdict(run, "test_it")
    assert run.journal[-1]["reason"] == "complete"


@at_once
def test_seeds_do_not_depend_on_who_runs_an_iteration(lab: Lab, many: str) -> None:
    lab.write(test_it=f"{PLANT}\ndef test_it(): assert random.random() < 0.7, 'seeded'\n")
    one = bounded(lab, "--repro-stress=20", "--repro-seed=3")
    two = bounded(lab, "--repro-stress=20", "--repro-seed=3", many, "--repro-isolate=fork", plugins=plugins_of(many))

    def told(lines: list[dict[str, object]]) -> set[tuple[object, ...]]:
        return {(line["iteration"], line["seed"], line["outcome"]) for line in lines}

    assert told(one.iterations) == told(two.iterations)
    assert 0 < one.outcomes["failed"] < 20


@pytest.mark.parametrize("value", ["0", "-2", "many", "1.5"])
def test_a_number_of_jobs_that_is_none_is_a_usage_error(lab: Lab, value: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run("--repro-stress=3", f"--repro-jobs={value}")
    assert (run.code, run.events) == (4, [])
    assert "--repro-jobs" in run.err + run.out
