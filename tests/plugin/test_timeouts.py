"""An iteration that takes longer than --repro-timeout is ended, its stacks are kept, and the campaign goes on."""

import pytest
from account import PLANT, bounded, check_account, line_of, outcomes, planted, rate_words, tracebacks, verdict
from campaign import Lab

MODES = {"auto": (), "fork": ("--repro-isolate=fork",)}
# Each waits for its time limit; that forks end alike is for the slow tests to show.
in_both = pytest.mark.parametrize("mode", ["auto", pytest.param("fork", marks=pytest.mark.slow)])
LOOPS = ("-o", "asyncio_default_fixture_loop_scope=function")

# Each hangs in its last line; the third call of the test does.
HANGS = {
    "lock taken twice": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "regular expression": "import re; re.match(r'(a|aa|a)+$', 'a' * 60 + 'b')",
    "loop in C": "sum(range(10**12))",
    "sleep that holds the interpreter": "while True: ctypes.PyDLL(None).usleep(900_000)",
    "mutex": "lock = ctypes.create_string_buffer(64); [ctypes.PyDLL(None).pthread_mutex_lock(lock) for _ in '12']",
    "all signals ignored": "[signal.signal(n, signal.SIG_IGN) for n in "
    "signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, 32, 33}]; time.sleep(600)",
    "all signals blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); time.sleep(600)",
    "watchdog called off": "import faulthandler; faulthandler.cancel_dump_traceback_later(); time.sleep(600)",
    "everything swallowed": "exec('while True:\\n try: time.sleep(600)\\n except BaseException: pass')",
    "in another group": "os.setpgid(0, os.getpgid(os.getppid())); time.sleep(600)",
    "stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
}
# A process that takes no signal, or that is stopped, can be ended but cannot tell where it was.
WITHOUT_STACK = {"all signals ignored", "all signals blocked", "stopped"}


@in_both
@pytest.mark.parametrize("hang", HANGS)
def test_a_hanging_iteration_is_ended_with_its_stack_kept(lab: Lab, mode: str, hang: str) -> None:
    lab.write(test_it=planted(HANGS[hang]))
    run = bounded(lab, "--repro-stress=4", "--repro-timeout=1s", *MODES[mode])
    check_account(run, 4, {"passed": 3, "timed out": 1})
    late = next(line for line in run.iterations if line["outcome"] == "timed out")
    assert late["duration"] >= 1
    assert late["message"].startswith("no end after 1.0 s")
    if hang not in WITHOUT_STACK:
        assert f'test_it.py", line {line_of(lab, HANGS[hang])} in test_planted' in tracebacks(run), run.out


DEADLOCK = f"""{PLANT}
one, two = threading.Lock(), threading.Lock()
both = threading.Barrier(2)
def lock(first, second):
    with first:
        both.wait()
        with second: pass
def test_before(): pass
def test_planted():
    if count() == 2:
        thread = threading.Thread(target=lock, args=(one, two), daemon=True)
        thread.start()
        lock(two, one)
def test_after(): pass
"""


@in_both
def test_the_stacks_of_both_threads_of_a_deadlock_are_kept(lab: Lab, mode: str) -> None:
    lab.write(test_it=DEADLOCK)
    run = bounded(lab, "--repro-stress=3", "--repro-timeout=1s", *MODES[mode])
    check_account(run, 3, {"passed": 2, "timed out": 1})
    waits = f'test_it.py", line {line_of(lab, "with second")} in lock'
    assert tracebacks(run).count(waits) == 2, tracebacks(run)


@in_both
def test_the_tasks_of_a_coroutine_that_waits_for_ever_are_kept(lab: Lab, mode: str) -> None:
    lab.write(
        test_it=f"""{PLANT}
import asyncio
async def waits_for_ever():
    await asyncio.Event().wait()
def test_before(): pass
@pytest.mark.asyncio
async def test_planted():
    if count() == 2:
        await asyncio.create_task(waits_for_ever())
def test_after(): pass
"""
    )
    run = bounded(lab, "--repro-stress=3", "--repro-timeout=1s", *LOOPS, *MODES[mode], plugins=("asyncio",))
    check_account(run, 3, {"passed": 2, "timed out": 1})
    assert f"line {line_of(lab, 'Event().wait()')}, in waits_for_ever" in tracebacks(run), tracebacks(run)


@in_both
@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_a_fixture_that_hangs_is_timed_out_too(lab: Lab, mode: str, phase: str) -> None:
    hang = "if count() == 2: time.sleep(600)"
    early, late = (hang, "pass") if phase == "setup" else ("pass", hang)
    lab.write(
        test_it=f"""{PLANT}
@pytest.fixture
def around():
    {early}
    yield
    {late}
def test_before(): pass
def test_planted(around): pass
def test_after(): pass
"""
    )
    run = bounded(lab, "--repro-stress=3", "--repro-timeout=1s", *MODES[mode])
    check_account(run, 3, {"passed": 2, "timed out": 1})


def test_workers_go_on_after_a_timeout(lab: Lab) -> None:
    lab.write(test_it=planted("time.sleep(600)"))
    run = bounded(lab, "--repro-stress=6", "--repro-timeout=1s", "-n2", plugins=("xdist",))
    check_account(run, 6, {"passed": 5, "timed out": 1})


def test_two_that_hang_at_once_are_both_ended(lab: Lab) -> None:
    lab.write(test_it=f"{PLANT}\ndef test_it():\n    if count() <= 2: time.sleep(600)\n")
    run = bounded(lab, "--repro-stress=4", "--repro-timeout=1s", "--repro-isolate=fork", "--repro-jobs=2")
    assert outcomes(run, "test_it") == {"passed": 2, "timed out": 2}


@pytest.mark.parametrize("mode", ["auto", "fork", "none", "fresh"])
def test_an_iteration_in_time_is_left_alone(lab: Lab, mode: str) -> None:
    lab.write(test_it=planted("assert False, 'planted'", at=2))
    run = bounded(lab, "--repro-stress=2", "--repro-timeout=60s", f"--repro-isolate={mode}")
    check_account(run, 2, {"passed": 1, "failed": 1})


@pytest.mark.slow
def test_a_fresh_process_that_hangs_is_ended(lab: Lab) -> None:
    lab.write(test_it=planted("time.sleep(600)", at=2))
    run = bounded(lab, "--repro-stress=2", "--repro-timeout=5s", "--repro-isolate=fresh")
    check_account(run, 2, {"passed": 1, "timed out": 1})
    assert f'test_it.py", line {line_of(lab, "time.sleep(600)")} in test_planted' in tracebacks(run), run.out


@pytest.mark.parametrize("hang", ["lock taken twice", "loop in C"])
def test_without_isolation_the_process_ends_after_the_record(lab: Lab, hang: str) -> None:
    lab.write(test_it=planted(HANGS[hang]))
    run = bounded(lab, "--repro-stress=4", "--repro-timeout=1s", "--repro-isolate=none")
    assert outcomes(run, "test_planted") == {"passed": 2, "timed out": 1}
    assert run.code != 0
    assert "timed out" in run.out + run.err
    assert f'test_it.py", line {line_of(lab, HANGS[hang])} in test_planted' in tracebacks(run) + run.out + run.err


def test_a_timeout_is_shown_with_the_seconds_and_the_place(lab: Lab) -> None:
    lab.write(test_it=planted("time.sleep(600)", at=1))
    run = bounded(lab, "--repro-stress=2", "--repro-timeout=1")
    assert rate_words(run, "test_planted") == {"(1 of 1)", "0/1 isolated"}
    assert "(1 of 1), 0/1 isolated" in verdict(run, "test_planted")

    assert "no end after 1.0 s" in run.line("1x  ")


@pytest.mark.parametrize("value", ["soon", "-1", "0", ""])
def test_a_time_that_is_none_is_a_usage_error(lab: Lab, value: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run("--repro-stress=3", f"--repro-timeout={value}")
    assert (run.code, run.events) == (4, [])
    assert "--repro-timeout" in run.err + run.out
    assert "Traceback" not in run.err + run.out
