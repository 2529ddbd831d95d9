"""Whatever one iteration does to its process, every iteration has one record and the other tests are unharmed."""

import os
import random
import re
import signal
import time

import pytest
from account import (
    LONGEST,
    PLANT,
    bounded,
    check_account,
    is_running,
    isolations,
    line_of,
    notes,
    numbers,
    outcomes,
    planted,
    tracebacks,
    verdict,
)
from campaign import Lab, read_journal

MODES = {
    "auto": (),
    "fork": ("--repro-isolate=fork",),
    "workers": ("-n2",),
}
# The same deaths under workers are slow tests: each starts three processes.
every_mode = pytest.mark.parametrize("mode", ["auto", "fork", pytest.param("workers", marks=pytest.mark.slow)])
without_workers = pytest.mark.parametrize("mode", ["auto", "fork"])
# What follows is planted in forks all together, in one campaign, by a test of its own.
not_forked = pytest.mark.parametrize("mode", ["auto", pytest.param("workers", marks=pytest.mark.slow)])


def plugins_of(mode: str) -> tuple[str, ...]:
    """xdist where workers are asked for."""
    return ("xdist",) if mode == "workers" else ()


DEATHS = {
    "segfault": ("ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("os.abort()", "SIGABRT"),
    "exit 0": ("os._exit(0)", "exit code 0 before the test had ended"),
    "exit 1": ("os._exit(1)", "exit code 1 before the test had ended"),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
}


@not_forked
@pytest.mark.parametrize("death", DEATHS)
def test_a_death_costs_the_iteration_in_flight_and_says_how_it_died(lab: Lab, mode: str, death: str) -> None:
    body, told = DEATHS[death]
    lab.write(test_it=planted(body))
    run = bounded(lab, "--repro-stress=6", *MODES[mode], plugins=plugins_of(mode))
    check_account(run, 6, {"passed": 5, "crashed": 1})
    assert verdict(run, "test_planted").startswith("CRASHED")
    crash = next(line for line in run.iterations if line["outcome"] == "crashed")
    assert told in crash["message"]


@not_forked
@pytest.mark.parametrize("death", ["segfault", "abort"])
def test_the_stack_of_a_fatal_error_is_kept(lab: Lab, mode: str, death: str) -> None:
    body = DEATHS[death][0]
    lab.write(test_it=planted(body))
    run = bounded(lab, "--repro-stress=4", *MODES[mode], plugins=plugins_of(mode))
    assert f'test_it.py", line {line_of(lab, body)} in test_planted' in tracebacks(run), run.out + run.err
    assert "repro: stress" in run.out
    assert "test_planted" in run.out.partition("repro: stress")[0]  # pytest's own report of the failure


@without_workers
def test_a_death_without_faulthandler_is_accounted_for_too(lab: Lab, mode: str) -> None:
    lab.write(test_it=planted("os.abort()"))
    run = bounded(lab, "--repro-stress=4", "-p", "no:faulthandler", *MODES[mode])
    check_account(run, 4, {"passed": 3, "crashed": 1})


@without_workers
@pytest.mark.parametrize("where", ["setup", "teardown", "first", "last", "every"])
def test_a_death_is_accounted_for_wherever_it_comes(lab: Lab, mode: str, where: str) -> None:
    condition = {"first": "== 1", "last": "== 4", "every": "> 0"}.get(where, "== 2")
    early, late = [f"if count() {condition}: os.abort()" if where == one else "pass" for one in ("setup", "teardown")]
    body = "pass" if where in ("setup", "teardown") else f"if count() {condition}: os.abort()"
    lab.write(
        test_it=f"""{PLANT}
@pytest.fixture
def around():
    {early}
    yield
    {late}
def test_before(): pass
def test_planted(around):
    {body}
def test_after(): pass
"""
    )
    run = bounded(lab, "--repro-stress=4", *MODES[mode])
    check_account(run, 4, {"crashed": 4} if where == "every" else {"passed": 3, "crashed": 1})


EXCEPTIONS = {
    "sys.exit": "sys.exit()",
    "sys.exit 0": "sys.exit(0)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
}


@not_forked
@pytest.mark.parametrize("raised", EXCEPTIONS)
def test_an_exception_that_would_end_a_process_fails_its_iteration(lab: Lab, mode: str, raised: str) -> None:
    lab.write(test_it=planted(EXCEPTIONS[raised]))
    run = bounded(lab, "--repro-stress=5", *MODES[mode], plugins=plugins_of(mode))
    check_account(run, 5, {"passed": 4, "failed": 1})
    assert f"test_it.py:{line_of(lab, EXCEPTIONS[raised])}" in run.out
    failure = next(line for line in run.iterations if line["outcome"] == "failed")
    assert failure["message"].startswith("SystemExit" if "exit" in raised else raised)


@without_workers
def test_a_memory_balloon_under_a_limit_is_accounted_for(lab: Lab, mode: str) -> None:
    lab.write(
        conftest="""
        import resource
        used = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmSize"))
        resource.setrlimit(resource.RLIMIT_AS, (used + 400 * 2**20, resource.RLIM_INFINITY))
    """
    )
    lab.write(test_it=planted("hold = [bytearray(2**22) for _ in range(10**6)]"))
    run = bounded(lab, "--repro-stress=4", *MODES[mode])
    how = "failed" if outcomes(run, "test_planted").get("failed") else "crashed"
    check_account(run, 4, {"passed": 3, how: 1})


def test_a_test_that_closes_the_files_of_its_process_costs_its_own_iterations_only(lab: Lab) -> None:
    lab.write(test_it=planted("os.closerange(3, 500)", at=2))
    run = lab.run("--repro-stress=4")
    check_account(run, 4, {"passed": 3, "crashed": 1})


def test_a_journal_that_one_test_closes_in_its_process_goes_on_in_the_next(lab: Lab) -> None:
    close = """for file in os.listdir("/proc/self/fd"):
            where = f"/proc/self/fd/{file}"
            if os.path.lexists(where) and os.readlink(where).endswith(".jsonl"): os.close(int(file))"""
    lab.write(test_it=planted(close, at=2))
    run = lab.run("--repro-stress=4")
    check_account(run, 4, {"passed": 3, "crashed": 1})


def test_a_disk_that_fills_while_a_child_loops_is_a_clear_error_and_what_was_written_counts(lab: Lab) -> None:
    lab.write(conftest="import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))")
    lab.write(test_it="def test_it(): pass")
    run = bounded(lab, "--repro-stress=500", "--repro-journal=j.jsonl", "-p", "no:cacheprovider")
    assert run.code == 4, run.out + run.err
    assert "Traceback" not in run.out + run.err
    assert "free some space" in run.out + run.err
    kept = sum(line["kind"] == "iteration" for line in read_journal(lab.path / "j.jsonl"))
    assert kept > 5
    assert run.section[0].startswith(f"broken off: 500 asked, {kept} run")


HARMLESS = {
    "closes its output": "os.close(1); os.close(2)",
    "closes all it has": "os.closerange(0, 3)",
    "forks and waits": "child = os.fork(); child and os.waitpid(child, 0)",
    "starts a thread": "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
    "starts a thread that is no daemon": "threading.Thread(target=time.sleep, args=(600,)).start()",
    "deletes its folder": "os.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd())",
    "ignores signals": "[signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]",
    "ignores its children": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "handles an alarm": "signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.001)",
    "blocks signals": "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
    "joins another group": "os.setpgid(0, os.getpgid(os.getppid()))",
    "registers an exit": "import atexit; atexit.register(os._exit, 9)",
}


@pytest.mark.parametrize("harm", HARMLESS)
def test_what_plain_pytest_survives_passes(lab: Lab, harm: str) -> None:
    lab.write(test_it=planted(HARMLESS[harm], at=2))
    run = bounded(lab, "--repro-stress=4")
    check_account(run, 4, {"passed": 4})


def as_name(*words: str) -> str:
    """Words as a part of a function's name."""
    return re.sub(r"\W", "_", "_".join(words))


def test_whatever_one_fork_does_to_itself_no_other_iteration_of_any_test_is_harmed(lab: Lab) -> None:
    deaths = {as_name("death", name): (body, told) for name, (body, told) in DEATHS.items()}
    raised = {as_name("raised", name): (body, name) for name, body in EXCEPTIONS.items()}
    harmless = {as_name("harm", name): (body, "") for name, body in HARMLESS.items()}
    tests = {**deaths, **harmless, **raised}
    texts = [f"def test_{name}():\n    if count('{name}') == 2:\n        {tests[name][0]}\n" for name in tests]
    lab.write(test_it=PLANT + "".join(texts))
    run = bounded(lab, "--repro-stress=3", *MODES["fork"])
    assert numbers(run) == {f"test_{name}": [1, 2, 3] for name in tests}, run.out + run.err
    for name, (body, told) in deaths.items():
        assert outcomes(run, f"test_{name}") == {"passed": 2, "crashed": 1}
        assert verdict(run, f"test_{name}").startswith("CRASHED")
        assert any(told in line.get("message", "") for line in run.iterations if line["nodeid"].endswith(f"_{name}"))
        if told in ("SIGSEGV", "SIGABRT"):
            assert f'test_it.py", line {line_of(lab, body)} in test_{name}' in tracebacks(run), run.out
    for name, (_, told) in raised.items():
        assert outcomes(run, f"test_{name}") == {"passed": 2, "failed": 1}
        (failure,) = [line for line in run.iterations if line["nodeid"].endswith(f"_{name}") and "message" in line]
        assert failure["message"].startswith("SystemExit" if "exit" in told else told)
    assert all(outcomes(run, f"test_{name}") == {"passed": 3} for name in harmless)
    assert any(f"{3 * len(tests)} run, 0 lost" in line for line in run.section)
    assert run.journal[-1]["reason"] == "complete"


@without_workers
def test_a_process_that_is_stopped_on_its_way_out_is_ended(lab: Lab, mode: str) -> None:
    lab.write(
        conftest="""
import os, signal
leave = os._exit
def stopped(status): os.kill(os.getpid(), signal.SIGSTOP); leave(status)
os._exit = stopped
""",
        test_it="def test_it(): pass",
    )
    run = lab.run_process("--repro-stress=2", f"--repro-isolate={mode}")
    assert (run.code, run.outcomes, run.of_kind("remark")) == (0, {"passed": 2}, [])


@without_workers
def test_uncaptured_output_that_a_test_closes_is_the_campaigns_no_more(lab: Lab, mode: str) -> None:
    lab.write(test_it=planted("os.close(1); os.close(2)", at=2))
    run = bounded(lab, "--repro-stress=4", "-s", *MODES[mode])
    check_account(run, 4, {"passed": 4})


@without_workers
def test_a_failure_in_a_folder_that_is_gone_is_reported(lab: Lab, mode: str) -> None:
    lab.write(test_it=planted("os.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd()); assert False, 'gone'", at=2))
    run = bounded(lab, "--repro-stress=4", *MODES[mode])
    check_account(run, 4, {"passed": 3, "failed": 1})
    assert run.line("1x  AssertionError: gone")


@without_workers
@pytest.mark.parametrize("limit", [1 << 20, 1 << 12])
def test_a_test_that_fills_its_temp_folder_is_accounted_for(lab: Lab, mode: str, limit: int) -> None:
    fill = f"""resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
        with open(tmp_path / "big", "wb", 0) as file:
            while file.write(b"x" * 4096): pass"""
    lab.write(test_it=planted(fill, at=2, arguments="tmp_path"))
    run = bounded(lab, "--repro-stress=4", *MODES[mode])
    check_account(run, 4, {"passed": 3, "failed": 1})


LEFT = {
    "child": 'left = subprocess.Popen(["sleep", "600"]).pid',
    "child in a session of its own": 'left = subprocess.Popen(["sleep", "600"], start_new_session=True).pid',
    "daemon": 'left = int(subprocess.run(["sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!"], '
    "stdout=-1).stdout)",
    "fork": """left = os.fork()
        if not left:
            time.sleep(600)
            return""",
}


@every_mode
@pytest.mark.parametrize("left", LEFT)
def test_a_process_that_a_test_leaves_running_is_ended_and_named(lab: Lab, mode: str, left: str) -> None:
    lab.write(test_it=planted(f"{LEFT[left]}\n        say(left)", at=2))
    run = bounded(lab, "--repro-stress=4", *MODES[mode], plugins=plugins_of(mode))
    (pid,) = map(int, run.events)
    try:
        assert not is_running(pid)
    finally:
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)
    check_account(run, 4, {"passed": 4})
    # In a loop nobody looks after each iteration: there the campaign names what was left.
    told = notes(run) if mode == "fork" else " ".join(line["text"] for line in run.of_kind("remark"))
    assert "left running" in told, run.out
    assert ("python" if left == "fork" else "sleep 600") in told


@without_workers
def test_a_process_that_a_plugin_starts_when_it_hears_of_a_test_goes_on(lab: Lab, mode: str) -> None:
    lab.write(
        conftest="""
        import subprocess
        started = []
        def pytest_runtest_logreport(report):
            if report.failed: started.append(subprocess.Popen(["sleep", "600"]))
        def pytest_unconfigure():
            for one in started:
                say("goes on" if one.poll() is None else "ended")
                one.kill()
                one.wait()
    """,
        test_it="def test_it(): assert False",
    )
    run = lab.run("--repro-stress=3", f"--repro-isolate={mode}")
    assert set(run.events) == {"goes on"}, run.events
    assert notes(run) == ""
    assert run.of_kind("remark") == []


def test_an_interrupt_ends_the_campaign_though_a_test_ignores_it(lab: Lab) -> None:
    lab.write(
        test_it=f"""{PLANT}
def test_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    say("ignores")
    while True: time.sleep(1)
"""
    )
    process = lab.start("--repro-stress=3")
    try:
        until = time.monotonic() + LONGEST
        while not (lab.path / "events").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        run = lab.finish(process)
    finally:
        process.kill()
    assert run.code == 2
    assert [line["reason"] for line in run.of_kind("end")] == ["interrupted"]
    assert run.section[0].startswith("interrupted: 3 asked, 0 run")


@pytest.mark.slow
@every_mode
def test_two_thousand_iterations_of_which_two_in_a_hundred_abort_are_all_recorded(lab: Lab, mode: str) -> None:
    lab.write(
        test_it=f"""{PLANT}
def test_it():
    if random.random() < 0.02: os.abort()
"""
    )
    run = bounded(lab, "--repro-stress=2000", "--repro-seed=1", *MODES[mode], plugins=plugins_of(mode))
    assert numbers(run) == {"test_it": list(range(1, 2001))}
    aborts = {line["iteration"] for line in run.iterations if random.Random(line["seed"]).random() < 0.02}
    assert {line["iteration"] for line in run.iterations if line["outcome"] == "crashed"} == aborts
    assert outcomes(run, "test_it") == {"passed": 2000 - len(aborts), "crashed": len(aborts)}
    assert len(aborts) > 20
    assert f"{len(aborts)}/2000" in verdict(run, "test_it")
    assert run.section[0].endswith("2000 run, 0 lost")
    assert run.journal[-1]["reason"] == "complete"
    assert set(isolations(run, "test_it")) <= {"", "fork"}
