"""Children that are forked in advance: whatever becomes of them, no iteration is lost, added or changed."""

import re

import pytest
from account import PLANT, bounded, is_running, notes, numbers, outcomes
from campaign import Lab, Run

FORK = "--repro-isolate=fork"
# Every fork of pytest's own process is told there, and by the child, whether it comes to an iteration or not.
TOLD = """
    import os
    PYTEST = os.getpid()
    def tell():
        if os.getppid() == PYTEST: say("forked", os.getpid())
    os.register_at_fork(after_in_child=tell, after_in_parent=lambda: os.getpid() == PYTEST and say("fork"))
"""
OTHERS = '''
def others():
    """Return the ids of children that have not begun an iteration."""
    folder = os.path.dirname(os.path.abspath(__file__))
    lines = [line.split() for line in open(os.path.join(folder, "events"))]
    begun = {line[1] for line in lines if line[0] == "began"}
    return {line[1] for line in lines if line[0] == "forked"} - begun
'''
jobs = pytest.mark.parametrize("jobs", ["--repro-jobs=1", "--repro-jobs=2"])


def forked(run: Run) -> list[int]:
    """Return the ids of all processes that were forked from pytest's."""
    return [int(event.split()[1]) for event in run.events if event.startswith("forked ")]


@jobs
@pytest.mark.parametrize("stop", ["-x", "--repro-stop=1"])
def test_when_a_failure_stops_the_test_children_that_waited_are_gone_and_never_counted(
    lab: Lab, stop: str, jobs: str
) -> None:
    lab.write(conftest=TOLD)
    lab.write(test_it=f"{PLANT}\ndef test_it():\n    say('ran')\n    assert count() != 3, 'third'\n")
    run = bounded(lab, "--repro-stress=40", stop, FORK, jobs)
    ran = run.events.count("ran")
    assert 3 <= ran < 40
    assert outcomes(run, "test_it") == {"passed": ran - 1, "failed": 1}
    assert numbers(run) == {"test_it": list(range(1, ran + 1))}
    assert any(f"{ran} run" in line for line in run.section), run.out
    assert jobs != "--repro-jobs=1" or run.events.count("fork") > ran  # some did wait
    assert not [pid for pid in forked(run) if is_running(pid)]


def test_an_interrupt_ends_children_that_wait_and_loses_none_but_the_iteration_in_flight(lab: Lab) -> None:
    lab.write(conftest=TOLD)
    lab.write(
        test_it=f"""{PLANT}
def test_it():
    if count() == 3:
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)
"""
    )
    run = bounded(lab, "--repro-stress=40", FORK)
    assert run.code == 2
    assert run.section[0] == "interrupted: 40 asked, 2 run, 37 not run, 1 lost"
    assert run.events.count("fork") > 3
    assert not [pid for pid in forked(run) if is_running(pid)]


def twelve_runs(lab: Lab, act: str) -> Run:
    """Run a test whose third iteration does `act` to each process `pid` that waits; all twelve pass nevertheless."""
    lab.write(conftest=TOLD)
    lab.write(
        test_it=f"""{PLANT}
{OTHERS}def test_it():
    say("began", os.getpid())
    if count() == 3:
        end = time.monotonic() + 30
        while len(others()) < 2: assert time.monotonic() < end, "nobody waits"
        for pid in others(): {act}
"""
    )
    run = bounded(lab, "--repro-stress=12", FORK)
    assert outcomes(run, "test_it") == {"passed": 12}, run.out
    assert numbers(run) == {"test_it": list(range(1, 13))}
    return run


def test_a_waiting_child_that_is_killed_costs_nothing(lab: Lab) -> None:
    run = twelve_runs(lab, 'say("killed", pid); os.kill(int(pid), signal.SIGKILL)')
    killed = {event.split()[1] for event in run.events if event.startswith("killed")}
    assert len(killed) >= 2
    assert not killed & {event.split()[1] for event in run.events if event.startswith("began")}
    assert notes(run) == ""


def test_a_waiting_child_that_was_stopped_goes_on_when_its_turn_comes(lab: Lab) -> None:
    twelve_runs(lab, "os.kill(int(pid), signal.SIGSTOP)")


@jobs
def test_what_a_test_leaves_running_is_told_apart_from_children_that_wait(lab: Lab, jobs: str) -> None:
    lab.write(test_it=f"{PLANT}\ndef test_it(): subprocess.Popen(['sleep', '61'], start_new_session=True)\n")
    run = bounded(lab, "--repro-stress=6", FORK, jobs)
    assert outcomes(run, "test_it") == {"passed": 6}
    told = re.compile(r"sleep 61(?: \((\d+) times\))?")
    assert sum(int(times or 1) for times in told.findall(notes(run))) == 6
    assert set(re.split(r"[,;:\n]", told.sub("", notes(run)))) <= {"left running", " ended", " ", ""}


def test_shared_fixtures_come_and_go_while_nobody_waits(lab: Lab) -> None:
    text = """
    import os, pytest
    def alone():
        try: return os.waitpid(-1, os.WNOHANG) and "not alone"
        except ChildProcessError: return "alone"
    @pytest.fixture(scope="module")
    def shared():
        say("up", alone())
        yield
        say("down", alone())
    def test_fails(shared): assert False
    def test_passes(shared): pass
    """
    lab.write(conftest=TOLD, test_one=text, test_two=text)
    run = bounded(lab, "--repro-stress=6", "--repro-stop=1", FORK)
    assert run.events.count("fork") > len(run.iterations)
    changes = [event for event in run.events if not event.startswith("fork")]
    assert changes == ["up alone", "down alone"] * 2
