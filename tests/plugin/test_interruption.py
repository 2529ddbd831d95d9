"""Ctrl-C keeps pytest's exit code and tells what was asked, run and not run, with the failures so far."""

import os
import re
import signal
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from campaign import Lab, read_journal

pytestmark = pytest.mark.usefixtures("in_one_process")

SEVENTH = """
    import itertools, os, signal
    numbers = itertools.count(1)
    def test_it():
        number = next(numbers)
        assert number != 3, "the third"
        if number == 7: os.kill(os.getpid(), signal.SIGINT)
    def test_other(): pass
"""


def test_an_interrupt_in_an_iteration_shows_what_there_is(lab: Lab) -> None:
    lab.write(test_it=SEVENTH)
    run = lab.run_process("--repro-stress=50")
    assert run.code == 2
    assert run.section[0] == "interrupted: 100 asked, 6 run, 93 not run, 1 lost"
    assert re.match(r"seed \d+  ·  2 tests x 50  ·  isolate none  ·  [\d.]+ s$", run.section[1])
    assert "1/6" in run.line("FLAKY")
    assert run.line("1x  AssertionError: the third")
    assert run.line("NOT RUN  test_it.py::test_other")
    assert "AssertionError: the third" in run.out.partition("repro: stress")[0]  # pytest's own traceback
    assert run.of_kind("end")[0]["reason"] == "interrupted"
    assert lab.paste(run.replays[0]).code in (0, 1)


def test_an_interrupt_tears_the_fixtures_down_as_pytest_does(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def module():
            yield
            say("module down")
        @pytest.fixture
        def function():
            yield
            say("function down")
        def test_it(module, function):
            import os, signal
            os.kill(os.getpid(), signal.SIGINT)
    """
    )
    run = lab.run_process("--repro-stress=5")
    assert run.events == ["function down", "module down"]


def test_a_quiet_run_is_headed_by_the_interruption_too(lab: Lab) -> None:
    lab.write(test_it=SEVENTH)
    run = lab.run_process("--repro-stress=50", "-q")
    assert next(line for line in run.section if line) == "interrupted: 100 asked, 6 run, 93 not run, 1 lost"


WAITING = """
    import os, time
    def test_it():
        print("x")
        time.sleep(0.01)
    def test_other():
        time.sleep(0.01)
"""


def wait_for(journal: Path, enough: Any) -> None:
    """Return when the journal's lines are `enough`; only its content is waited for, and a deadline ends the test."""
    end = time.monotonic() + 60
    while not (journal.exists() and enough(read_journal(journal))):
        assert time.monotonic() < end, "the journal did not grow"
        time.sleep(0.01)


def test_an_interrupt_from_the_keyboard_ends_workers_with_everything_accounted_for(lab: Lab) -> None:
    lab.write(test_it=WAITING)
    journal = lab.path / "j.jsonl"
    process = lab.start("-n2", "--repro-stress=100000", f"--repro-journal={journal}", plugins=("xdist",))
    workers = {"gw0", "gw1"}
    wait_for(journal, lambda lines: {line.get("worker") for line in lines} >= workers)
    os.killpg(process.pid, signal.SIGINT)
    run = lab.finish(process)
    assert run.code == 2, run.out + run.err
    lines = read_journal(journal)
    done = len([line for line in lines if line["kind"] == "iteration"])
    head = re.match(r"interrupted: 200000 asked, (\d+) run, (\d+) not run, (\d+) lost$", run.section[0])
    assert head, run.section
    assert int(head[1]) == done
    assert sum(map(int, head.groups())) == 200000
    assert lines[-1]["kind"] == "end"
    assert lines[-1]["reason"] == "interrupted"


@pytest.mark.parametrize("options", [("--repro-isolate=auto",), ("--repro-isolate=fork",)], ids=["auto", "fork"])
def test_a_second_signal_as_ci_services_send_it_still_leaves_everything_complete(
    lab: Lab, options: tuple[str, ...]
) -> None:
    lab.write(test_it=WAITING)
    journal, summary = lab.path / "j.jsonl", lab.path / "summary.md"
    process = lab.start("--repro-stress=100000", f"--repro-journal={journal}", f"--repro-summary={summary}",
                        "--junitxml=junit.xml", *options)  # fmt: skip
    wait_for(journal, lambda lines: sum(line["kind"] == "iteration" for line in lines) >= 5)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    run = lab.finish(process)
    assert run.code == 2, run.out + run.err
    lines = read_journal(journal)
    assert lines[-1]["kind"] == "end"
    done = len([line for line in lines if line["kind"] == "iteration"])
    head = re.match(r"interrupted: 200000 asked, (\d+) run, (\d+) not run, (\d+) lost$", run.section[0])
    assert head, run.section
    assert int(head[1]) == done
    assert sum(map(int, head.groups())) == 200000
    assert ElementTree.parse(lab.path / "junit.xml").getroot().tag == "testsuites"
    assert "interrupted" in summary.read_text()


def test_an_interrupt_that_reaches_a_child_between_its_iteration_and_its_end_is_no_fault_of_ours(lab: Lab) -> None:
    lab.write(
        conftest="""
        import os, signal, pytest
        PYTEST = os.getpid()
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol():
            result = yield
            if os.getpid() != PYTEST: os.kill(os.getpid(), signal.SIGINT)
            return result
    """,
        test_it="def test_it(): pass",
    )
    run = lab.run("--repro-stress=4", "--repro-isolate=fork")
    assert "INTERNALERROR" not in run.out + run.err
    assert run.outcomes == {"passed": 4}
