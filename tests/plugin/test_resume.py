"""An interrupted campaign goes on where it was: same plan and seeds, each iteration once; anything else is refused."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from campaign import Lab, read_journal
from test_interruption import wait_for

# After twelve iterations the others wait until the campaign has been cut, however late who cuts it comes.
TESTS = """
    import os, random, time
    FOLDER = os.path.dirname(os.path.abspath(__file__))
    def hold():
        with open(os.path.join(FOLDER, "begun"), "ab", 0) as begun:
            begun.write(b"x")
            late = begun.tell() > 12
        while late and not os.path.exists(os.path.join(FOLDER, "cut")): time.sleep(0.01)
    def test_flaky():
        hold()
        assert random.random() > 0.1
    def test_clean(): hold()
"""


def cut(lab: Lab, journal: Path, *options: str, number: int = signal.SIGINT) -> None:
    """Begin a campaign and end it when its journal holds 8 iterations."""
    plugins = ("xdist",) if "-n2" in options else ()
    process = lab.start("--repro-stress=40", "--repro-seed=7", f"--repro-journal={journal}", *options, plugins=plugins)
    wait_for(journal, lambda lines: sum(line["kind"] == "iteration" for line in lines) >= 8)
    os.kill(process.pid, number)
    (lab.path / "cut").touch()
    lab.finish(process)


def identities(journal: Path) -> Counter[tuple[str, int, int]]:
    return Counter(
        (line["nodeid"], line["iteration"], line["seed"])
        for line in read_journal(journal)
        if line["kind"] == "iteration"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("options", [(), ("--repro-isolate=fork",), ("-n2",)], ids=["auto", "fork", "workers"])
def test_it_runs_what_is_left_once_and_under_the_same_seeds(lab: Lab, options: tuple[str, ...], number: int) -> None:
    lab.write(test_it=TESTS)
    journal, whole = lab.path / "cut.jsonl", lab.path / "whole.jsonl"
    cut(lab, journal, *options, number=number)
    plugins = ("xdist",) if "-n2" in options else ()
    workers = tuple(one for one in options if one == "-n2")
    run = lab.run_process(f"--repro-resume={journal}", *workers, plugins=plugins)
    assert "80 run, 0 lost" in run.out, run.out + run.err
    lab.run("--repro-stress=40", "--repro-seed=7", f"--repro-journal={whole}", "--repro-isolate=none")
    assert identities(journal) == identities(whole)
    assert set(identities(journal).values()) == {1}


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "workers"])
def test_other_tests_are_refused_and_the_journal_stays_as_it_was(lab: Lab, workers: tuple[str, ...]) -> None:
    lab.write(test_it=TESTS)
    journal = lab.path / "one.jsonl"
    lab.run("--repro-stress=5", "--repro-isolate=none", f"--repro-journal={journal}", "-k", "clean")
    before = journal.read_bytes()
    run = lab.run_process(f"--repro-resume={journal}", *workers, plugins=("xdist",) if workers else ())
    assert run.code == 4
    assert "test_it.py::test_flaky was not part of it" in run.out + run.err
    assert journal.read_bytes() == before
    assert run.section == []


def test_another_plan_is_refused_with_the_difference(lab: Lab) -> None:
    lab.write(test_it=TESTS)
    journal = lab.path / "one.jsonl"
    lab.run("--repro-stress=5", "--repro-isolate=none", f"--repro-journal={journal}")
    before = journal.read_bytes()
    run = lab.run(f"--repro-resume={journal}", "--repro-stress=9")
    assert run.code == 4
    assert "--repro-stress is 9 here, but the campaign" in run.out + run.err
    assert "was begun with 5" in run.out + run.err
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after", "here", "there"),
    [
        ("--repro-stress=5", "--repro-time=2s", "--repro-time is 2s", "without it"),
        ("--repro-time=0.1s", "--repro-time=1m", "--repro-time is 60s", "with 0.1s"),
        ("--repro-time=0.1s", "--repro-stress=3", "--repro-stress is 3", "without it"),
        ("--repro-stress=5", "--repro-stress=inf", "--repro-stress is inf", "with 5"),
        ("--repro-stress=5", "--repro-timeout=3", "--repro-timeout is 3s", "without it"),
        ("--repro-stress=5", "--repro-isolate=fork", "--repro-isolate is fork", "with none"),
    ],
)
def test_the_difference_is_said_as_one_would_type_it(lab: Lab, before: str, after: str, here: str, there: str) -> None:
    lab.write(test_it="def test_it(): pass")
    lab.run(before, "--repro-isolate=none", "--repro-journal=one.jsonl")
    run = lab.run("--repro-resume=one.jsonl", after)

    assert run.code == 4
    assert f"{here} here, but the campaign in one.jsonl was begun {there}\n" in run.err


def test_a_campaign_that_still_runs_is_not_taken_over(lab: Lab) -> None:
    lab.write(test_it=TESTS)
    journal = lab.path / "busy.jsonl"
    process = lab.start("--repro-stress=100000", f"--repro-journal={journal}")
    try:
        wait_for(journal, lambda lines: any(line["kind"] == "iteration" for line in lines))
        run = lab.run_process(f"--repro-resume={journal}")
        assert run.code == 4
        assert "is still running" in run.out + run.err
    finally:
        process.kill()
        process.communicate()


MERGED = '{"kind":"campaign","schema":1,"root":7,"started":1.0,"stress":9,"shard":"1,3/3"}\n'


@pytest.mark.parametrize("content", ["", "no journal\n", '{"kind":"test","nodeid":"x","asked":1,"root":1}\n', MERGED])
def test_what_is_no_journal_of_a_campaign_is_refused(lab: Lab, content: str) -> None:
    lab.write(test_it=TESTS)
    (lab.path / "odd.jsonl").write_text(content)
    run = lab.run("--repro-resume=odd.jsonl")
    assert run.code == 4, run.out
    assert "hint: " in run.out + run.err
    assert "Traceback" not in run.out + run.err


def test_the_printed_command_goes_on(lab: Lab) -> None:
    lab.write(test_it=TESTS)
    journal = lab.path / "cut.jsonl"
    plan = ["--repro-stress=40", "--repro-seed=7", f"--repro-journal={journal}"]
    process = lab.start(*plan)
    wait_for(journal, lambda lines: sum(line["kind"] == "iteration" for line in lines) >= 8)
    process.send_signal(signal.SIGINT)
    (lab.path / "cut").touch()
    command = lab.finish(process).line("go on: ").removeprefix("go on: ")
    run = lab.paste(command)
    assert "80 run, 0 lost" in run.out
    assert json.loads(journal.read_text().splitlines()[-1])["kind"] == "end"
