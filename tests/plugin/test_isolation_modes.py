"""How a test's iterations are kept apart: in one process while it passes, then forked, or each in a fresh process."""

import random
import re
import tempfile

import pytest
from account import PLANT, bounded, check_account, isolations, numbers, outcomes, planted, verdict
from campaign import Lab

from pytest_repro.core.seed import derive_seed

SESSION = """
import os
def pytest_sessionstart(session): say("session", os.getpid())
"""


def pids(events: list[str], word: str) -> list[int]:
    """Return the process of each event `word PID`, in order."""
    return [int(event.split()[1]) for event in events if event.split()[0] == word]


# -- auto


def test_a_test_that_passes_stays_in_one_process(lab: Lab) -> None:
    lab.write(conftest=SESSION, test_it=f"{PLANT}\ndef test_it(): say('body', os.getpid())\n")
    run = bounded(lab, "--repro-stress=20")
    assert run.code == 0
    assert isolations(run, "test_it") == [""] * 20
    assert len(pids(run.events, "body")) == 20
    assert len(set(pids(run.events, "body"))) == 1
    assert "isolate auto" in run.section[0]


@pytest.mark.parametrize("fails_at", [1, 3, 8])
def test_from_the_first_failure_on_the_rest_is_forked(lab: Lab, fails_at: int) -> None:
    lab.write(test_it=planted("assert False, 'planted'", at=fails_at))
    run = bounded(lab, "--repro-stress=8")
    check_account(run, 8, {"passed": 7, "failed": 1})
    assert isolations(run, "test_planted") == [""] * fails_at + ["fork"] * (8 - fails_at)
    assert isolations(run, "test_after") == [""] * 8


def test_a_crash_moves_a_test_to_forks_too(lab: Lab) -> None:
    lab.write(test_it=planted("os.abort()", at=2))
    run = bounded(lab, "--repro-stress=5")
    check_account(run, 5, {"passed": 4, "crashed": 1})
    assert isolations(run, "test_planted") == ["", "", "fork", "fork", "fork"]


NIO = """
    SEEN = []
    def test_it():
        say("body")
        SEEN.append("again")
        assert len(SEEN) == 1, "not empty"
    def test_other(): pass
"""


def test_a_test_that_fails_on_its_second_run_in_one_process_is_told_from_a_flaky_one(lab: Lab) -> None:
    lab.write(test_it=NIO)
    run = bounded(lab, "--repro-stress=10")
    assert run.code == 1, run.out
    assert numbers(run)["test_it"] == list(range(1, 11))
    assert outcomes(run, "test_it") == {"passed": 9, "failed": 1}
    assert isolations(run, "test_it") == ["", ""] + ["fork"] * 8
    line = verdict(run, "test_it")
    assert line.startswith("NIO"), run.out
    assert "fails when run again in the same process" in line
    assert "0/8 isolated" in line
    assert "SEEN" in run.line("leaves behind:")
    assert verdict(run, "test_other").startswith("STABLE")
    assert "1 not idempotent, 1 stable" in run.section[-1]


@pytest.mark.parametrize("workers", [False, True], ids=["shard", "workers"])
def test_its_command_repeats_it_where_the_surroundings_ask_for_a_shard_or_workers(lab: Lab, workers: bool) -> None:
    (lab.path / "pytest.ini").write_text(f"[pytest]\naddopts = {'-p xdist.plugin -n1' * workers}\n")
    lab.monkeypatch.setenv("REPRO_SHARD", "2/3")
    lab.write(test_it=NIO)
    run = bounded(lab, "--repro-stress=30", "--repro-seed=4", "test_it.py::test_it")
    assert verdict(run, "test_it").startswith("NIO"), run.out
    assert (" -n0 " in run.replays[0]) == workers
    again = lab.paste(run.replays[0])
    assert again.code == 1, again.out
    assert again.line("1x  AssertionError: not empty")


def test_a_test_that_only_the_iterations_of_its_shard_make_fail_is_not_called_not_idempotent(lab: Lab) -> None:
    """No command could repeat them in one process: that of an NIO test has the campaign's first ones."""
    lab.write(
        test_it="""
        import random
        SEEN = []
        def test_it():
            SEEN.append(random.random())
            assert all(value > 0.2 for value in SEEN[:-1]), "a low one before"
    """
    )
    run = bounded(lab, "--repro-stress=40", "--repro-seed=42", "--repro-shard=2/2")
    assert outcomes(run, "test_it")["failed"] == 1
    assert verdict(run, "test_it").startswith("FLAKY"), run.out
    alone = "run again alone, under the same seed, it passed"
    assert run.line(f"{alone}, after as many runs in one process in 0 of 3 tries")


@pytest.mark.parametrize(
    ("setup", "dirty", "check", "named"),
    [
        ("import os", "os.environ['LEFT'] = 'x'", "'LEFT' not in os.environ", "LEFT"),
        ("class Registry: handlers = {}", "Registry.handlers['x'] = 1", "not Registry.handlers", "handlers"),
        ("flag = None", "global flag; flag = 1", "flag is None", "flag"),
    ],
    ids=["environment", "class attribute", "global"],
)
def test_what_a_first_run_leaves_behind_is_named(lab: Lab, setup: str, dirty: str, check: str, named: str) -> None:
    dirty, first = dirty.rpartition("; ")[2], dirty.rpartition("; ")[0] or "pass"
    lab.write(test_it=f"{setup}\ndef test_it():\n    {first}\n    assert {check}, 'dirty'\n    {dirty}\n")
    run = bounded(lab, "--repro-stress=6")
    assert verdict(run, "test_it").startswith("NIO"), run.out
    assert named in run.line("leaves behind:")


def test_a_random_failure_is_flaky_with_its_rate(lab: Lab) -> None:
    lab.write(test_it="import random\ndef test_it(): assert random.random() >= 0.3, 'unlucky'\n")
    run = bounded(lab, "--repro-stress=60", "--repro-seed=5")
    failed = outcomes(run, "test_it")["failed"]
    assert 8 <= failed <= 30
    line = verdict(run, "test_it")
    assert line.startswith("FLAKY")
    assert f"{failed}/60" in line
    assert "leaves behind" not in run.out
    again = lab.paste(run.replays[0])
    assert again.line("replayed: the same failure in 1 of 1")


def test_a_test_with_a_flake_and_dirt_has_the_rate_of_its_isolated_iterations(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        SEEN = []
        def test_it():
            SEEN.append(1)
            assert random.random() >= 0.2, "unlucky"
            assert len(SEEN) == 1, "not empty"
    """
    )
    run = bounded(lab, "--repro-stress=100", "--repro-seed=2")
    isolated = [line for line in run.iterations if line.get("isolation") == "fork"]
    failed = sum(line["outcome"] == "failed" for line in isolated)
    assert {line["message"] for line in isolated if line["outcome"] == "failed"} == {"AssertionError: unlucky"}
    assert 8 <= failed <= 35
    assert f"{failed}/{len(isolated)}" in run.out, run.out


def test_a_failure_that_an_earlier_test_causes_is_not_called_its_own(lab: Lab) -> None:
    lab.write(
        test_it="""
        SEEN = []
        def test_a(): SEEN.append(1)
        def test_b(): assert not SEEN, "polluted"
    """
    )
    run = bounded(lab, "--repro-stress=6")
    assert outcomes(run, "test_a") == {"passed": 6}
    assert outcomes(run, "test_b") == {"failed": 1, "passed": 5}
    assert isolations(run, "test_b") == ["", *["fork"] * 5]
    assert not verdict(run, "test_b").startswith("NIO"), run.out
    assert "0/5" in verdict(run, "test_b")
    assert "isolated" in verdict(run, "test_b")
    assert "fails when run again" not in run.out


def test_several_failing_tests_are_each_measured_in_forks(lab: Lab) -> None:
    lab.write(
        test_it=f"""{PLANT}
@pytest.mark.parametrize("x", range(4))
def test_it(x): assert count(f"count{{x}}") % 3, "a third"
"""
    )
    run = bounded(lab, "--repro-stress=9")
    assert numbers(run) == {f"test_it[{x}]": list(range(1, 10)) for x in range(4)}
    for x in range(4):
        assert isolations(run, f"test_it[{x}]") == [""] * 3 + ["fork"] * 6
        assert verdict(run, f"test_it[{x}]").startswith("FLAKY"), run.out
    assert "4 failed" in run.closing


# -- none


def test_none_never_forks(lab: Lab) -> None:
    lab.write(
        conftest=SESSION,
        test_it=f"{PLANT}\ndef test_it():\n    say('body', os.getpid())\n    assert count() % 3, 'third'\n",
    )
    run = bounded(lab, "--repro-stress=9", "--repro-isolate=none")
    assert numbers(run) == {"test_it": list(range(1, 10))}
    assert outcomes(run, "test_it") == {"passed": 6, "failed": 3}
    assert isolations(run, "test_it") == [""] * 9
    assert pids(run.events, "body") == pids(run.events, "session") * 9


# -- fork


def test_fork_runs_each_iteration_in_a_process_of_its_own(lab: Lab) -> None:
    lab.write(
        conftest=SESSION,
        test_it=f"{PLANT}\nSEEN = []\ndef test_it():\n    say('body', os.getpid())\n    SEEN.append(1)\n"
        "    assert len(SEEN) == 1\n",
    )
    run = bounded(lab, "--repro-stress=8", "--repro-isolate=fork")
    assert run.code == 0
    assert isolations(run, "test_it") == ["fork"] * 8
    bodies = pids(run.events, "body")
    assert len(bodies) == len(set(bodies)) == 8
    assert not set(bodies) & set(pids(run.events, "session"))
    assert verdict(run, "test_it").startswith("STABLE")


def test_the_interpreter_is_started_and_modules_are_imported_once_for_all_forks(lab: Lab) -> None:
    lab.write(conftest="say('conftest')", test_it="say('module')\ndef test_it(): pass\n")
    run = bounded(lab, "--repro-stress=5", "--repro-isolate=fork")
    assert run.outcomes == {"passed": 5}
    assert run.counts == {"conftest": 1, "module": 1}


def test_a_failing_shared_fixture_fails_each_iteration_without_harm_to_others(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def broken(): raise ValueError("no backend")
        def test_it(broken): pass
        def test_other(): pass
    """
    )
    run = bounded(lab, "--repro-stress=3", "--repro-isolate=fork")
    assert numbers(run) == {"test_it": [1, 2, 3], "test_other": [1, 2, 3]}, run.out
    assert run.outcomes == {"error": 3, "passed": 3}
    assert "3/3" in verdict(run, "test_it")


# -- fresh

HASHED = f"{PLANT}\ndef test_it(): say('hash', hash('x'), os.getpid())\n"


def test_fresh_runs_each_iteration_in_its_own_interpreter_with_its_own_hash_seed(lab: Lab) -> None:
    lab.write(test_it=HASHED)
    run = bounded(lab, "--repro-stress=3", "--repro-isolate=fresh")
    assert run.code == 0
    assert isolations(run, "test_it") == ["fresh"] * 3
    hashes, processes = zip(*(event.split()[1:] for event in run.events), strict=True)
    assert len(set(hashes)) == len(set(processes)) == 3


@pytest.mark.slow
def test_a_failure_that_depends_on_the_hash_seed_fails_again_when_replayed(lab: Lab) -> None:
    lab.write(
        test_it="""
        def test_it():
            say("hash", hash("x"))
            assert hash("x") % 3, "hash"
    """
    )
    run = bounded(lab, "--repro-stress=12", "--repro-isolate=fresh", "--repro-seed=1")
    failed = [line["iteration"] for line in run.iterations if line["outcome"] == "failed"]
    assert 0 < len(failed) < 12
    first = next(event for event in run.events if int(event.split()[1]) % 3 == 0)
    for _ in range(2):
        again = lab.paste(run.replays[0])
        assert again.code == 1
        assert again.line("replayed: the same failure in 1 of 1"), again.out
        assert set(again.events) == {first}


@pytest.mark.slow
def test_fresh_reports_failures_crashes_and_output(lab: Lab) -> None:
    lab.write(test_it=planted("print('words of it'); os.abort()", at=2))
    run = bounded(lab, "--repro-stress=3", "--repro-isolate=fresh")
    check_account(run, 3, {"passed": 2, "crashed": 1})
    lab.write(test_it=planted("print('words of it'); assert False, 'planted'", at=5))
    run = bounded(lab, "--repro-stress=3", "--repro-isolate=fresh")
    check_account(run, 3, {"passed": 2, "failed": 1})
    before = run.out.partition("repro: stress")[0]
    assert "words of it" in before
    assert "AssertionError: planted" in before


def test_a_crash_after_the_temporary_folder_was_emptied_is_told_without_output(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lab.path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it is looked up again
    empty = f"""import pathlib, shutil
        for one in pathlib.Path({str(folder)!r}).glob("repro-fresh-*"): shutil.rmtree(one)
        os._exit(3)"""
    lab.write(test_it=PLANT + f"def test_it():\n    if count() == 1:\n        {empty}\n")
    run = lab.run("--repro-stress=2", "--repro-isolate=fresh")
    assert run.outcomes == {"crashed": 1, "passed": 1}, run.out + run.err


# -- no fork

NO_FORK = "import os\ndel os.fork\n"


@pytest.mark.parametrize("mode", ["auto", "fork"])
def test_without_fork_fresh_processes_are_used_and_one_line_says_so(lab: Lab, mode: str) -> None:
    lab.write(conftest=NO_FORK, test_it=planted("assert False, 'planted'", at=2))
    run = bounded(lab, "--repro-stress=3", f"--repro-isolate={mode}")
    check_account(run, 3, {"passed": 2, "failed": 1})
    loops = mode == "auto"
    assert isolations(run, "test_planted") == (["", "", "fresh"] if loops else ["fresh"] * 3)
    assert isolations(run, "test_before") == ([""] if loops else ["fresh"]) * 3
    said = [line for line in run.out.splitlines() if re.search(r"\bfork\b", line) and "fresh" in line]
    assert len(said) == 1, run.out


# -- options


@pytest.mark.parametrize("value", ["forked", "", "yes"])
def test_an_isolation_that_is_none_of_ours_is_a_usage_error(lab: Lab, value: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run("--repro-stress=3", f"--repro-isolate={value}")
    assert (run.code, run.events) == (4, [])
    assert "fresh" in run.err + run.out  # what would have been one


@pytest.mark.parametrize("mode", ["auto", "fork", "fresh", "none"])
def test_the_journal_says_how_it_was_isolated(lab: Lab, mode: str) -> None:
    lab.write(test_it="def test_it(): pass")
    run = bounded(lab, "--repro-stress=2", f"--repro-isolate={mode}")
    assert run.of_kind("campaign")[0].get("isolate") == mode
    assert run.outcomes == {"passed": 2}


def test_with_two_jobs_it_is_the_iteration_that_failed_that_is_run_again_alone(lab: Lab) -> None:
    draws = [random.Random(derive_seed(4, "test_it.py::test_it", number)).random() for number in range(1, 61)]
    lab.write(
        test_it=f"""
        import random, time
        from pytest_repro.engine.ledger_entry import ISOLATED
        DRAWS = {draws!r}
        def test_it(request):
            number = DRAWS.index(random.random()) + 1
            assert number != 40
            # The other job goes no further before the rest is to be isolated.
            ledger = request.config.pluginmanager.getplugin("repro-mode").campaign.ledger
            until = time.monotonic() + 30
            while number > 40 and not ledger.has(0, ISOLATED): assert time.monotonic() < until
    """
    )
    run = lab.run("--repro-stress=60", "--repro-seed=4", "--repro-jobs=2")
    assert [line["iteration"] for line in run.iterations if line["outcome"] == "failed"] == [40]
    assert [(line["runs"], bool(line.get("signature"))) for line in run.of_kind("probe")] == [(1, True)]
