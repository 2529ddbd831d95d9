"""With -n every iteration is run once by one worker, and none is lost or counted twice, whatever dies."""

import re
from collections import Counter

import pytest
from campaign import Lab, Run

pytestmark = pytest.mark.usefixtures("in_one_process")

SIX = """
    import itertools, pytest
    numbers = itertools.count(1)
    @pytest.mark.parametrize("x", range(5))
    def test_clean(x): say("clean", x)
    def test_flaky():
        say("flaky")
        assert next(numbers) != 4, "the fourth"
"""


def check_all_accounted_for(run: Run, asked: dict[str, int]) -> None:
    """Each iteration of each test exactly once, numbered from 1."""
    found: dict[str, list[int]] = {}
    for line in run.iterations:
        found.setdefault(line["nodeid"].partition("::")[2], []).append(line["iteration"])
    assert {name: sorted(numbers) for name, numbers in found.items()} == {
        name: list(range(1, count + 1)) for name, count in asked.items()
    }


ASKED = {**{f"test_clean[{x}]": 20 for x in range(5)}, "test_flaky": 20}


@pytest.mark.parametrize("options", [["-n2"], ["-n2", "--dist=loadscope"], ["-n1"]], ids=" ".join)
def test_every_iteration_is_accounted_for_and_each_test_is_reported_once(lab: Lab, options: list[str]) -> None:
    lab.write(test_it=SIX)
    run = lab.run_process("--repro-stress=20", *options, plugins=("xdist",))
    assert run.code == 1
    check_all_accounted_for(run, ASKED)
    assert run.counts == {**{f"clean {x}": 20 for x in range(5)}, "flaky": 20}
    assert re.search(r"1 failed, 5 passed", run.closing)
    workers = int(options[0][2])
    plural = "s" if workers > 1 else ""
    assert f"  ·  6 tests x 20  ·  {workers} worker{plural}  ·  isolate none  ·  " in run.section[0]
    assert run.section[0].endswith("120 run, 0 lost")
    assert re.search(r" [12]/20 ", run.line("FLAKY"))  # each worker has a count of its own
    assert {line["worker"] for line in run.iterations} <= {"gw0", "gw1"}
    assert run.journal[-1]["kind"] == "end"
    again = lab.paste(run.replays[0])
    assert "-n" not in run.replays[0].replace("no:", "")
    assert again.line("not replayed")  # it depends on a count in the process, and not on the seed


def test_a_file_that_cannot_be_collected_leaves_the_others_to_the_workers_as_without_us(lab: Lab) -> None:
    lab.write(test_broken="import nothing_of_that_name", test_it="def test_it(): pass")
    plain = lab.run_process("-n2", plugins=("xdist",))
    run = lab.run_process("--repro-stress=6", "-n2", plugins=("xdist",))
    check_all_accounted_for(run, {"test_it": 6})
    assert re.sub(" in .*", "", run.closing) == re.sub(" in .*", "", plain.closing) == "1 passed, 1 error"
    assert run.code == plain.code == 1


def test_where_nothing_can_be_collected_the_workers_end(lab: Lab) -> None:
    lab.write(test_broken="import nothing_of_that_name")
    run = lab.run_process("--repro-stress=6", "-n2", plugins=("xdist",))
    assert (run.code, run.iterations) == (1, [])
    assert "1 error" in run.closing


def test_seeds_are_those_of_a_run_without_workers(lab: Lab) -> None:
    lab.write(test_it=SIX)
    alone = lab.run_process("--repro-stress=4", "--repro-seed=3")
    fanned = lab.run_process("--repro-stress=4", "--repro-seed=3", "-n2", plugins=("xdist",))

    def seeds(run: Run) -> set[tuple[str, int, int]]:
        return {(line["nodeid"], line["iteration"], line["seed"]) for line in run.iterations}

    assert seeds(alone) == seeds(fanned)


@pytest.mark.parametrize("death", ["os._exit(9)", "os.kill(os.getpid(), signal.SIGSEGV)"], ids=["exit", "signal"])
def test_a_worker_that_dies_costs_one_iteration_which_is_recorded(lab: Lab, death: str) -> None:
    lab.write(
        test_it=f"""
        import itertools, os, signal, pytest, resource
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        numbers = itertools.count(1)
        def test_a(): pass
        def test_deadly():
            if next(numbers) == 4: {death}
        def test_z(): pass
    """
    )
    run = lab.run_process("--repro-stress=10", "-n2", plugins=("xdist",))
    assert run.code == 1
    check_all_accounted_for(run, {"test_a": 10, "test_deadly": 10, "test_z": 10})
    outcomes = Counter((line["nodeid"].partition("::")[2], line["outcome"]) for line in run.iterations)
    assert outcomes["test_a", "passed"] == outcomes["test_z", "passed"] == 10
    assert outcomes["test_deadly", "passed"] + outcomes["test_deadly", "crashed"] == 10
    deaths = outcomes["test_deadly", "crashed"]  # each worker dies at its own fourth run of the test
    assert deaths in (1, 2)
    assert f"{deaths}/10" in run.line("CRASHED test_it.py::test_deadly")
    assert run.section[0].endswith("30 run, 0 lost")


@pytest.mark.parametrize(
    ("death", "words"),
    [("os._exit(9)", "exit code 9 before the test had ended"), ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL")],
    ids=["exit", "signal"],
)
def test_the_record_says_how_the_worker_itself_died(lab: Lab, death: str, words: str) -> None:
    lab.write(test_it=f"import os, signal\ndef test_it(): {death}\n")
    run = lab.run_process("--repro-stress=2", "--repro-isolate=none", "-n1", plugins=("xdist",))
    assert [line["message"] for line in run.iterations] == [f"the worker died: {words}"] * 2
    assert f"crashed while running test_it.py::test_it: {words}" in run.out


def test_exitfirst_ends_all_workers(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", range(4))
        def test_it(x): assert 0
    """
    )
    run = lab.run_process("--repro-stress=1000", "-n2", "-x", plugins=("xdist",))
    assert run.code in (1, 2)
    assert len(run.iterations) <= 4
    assert re.match(r"stopped by -x or --maxfail: 4000 asked, \d run, \d+ not run, 0 lost$", run.section[0])


def test_maxfail_counts_failing_iterations(lab: Lab) -> None:
    lab.write(test_it="def test_a(): assert 0\ndef test_b(): assert 0")
    assert len(lab.run("--repro-stress=10", "--maxfail=3").iterations) == 3
    run = lab.run_process("--repro-stress=10", "--maxfail=3", "-n2", plugins=("xdist",))
    assert 3 <= len(run.iterations) <= 6
    assert run.section[0].startswith("stopped by -x or --maxfail: 20 asked")


# In the controller: files may not grow beyond 10 MB, and the run tells at its end what it has done to SIGTERM.
PRYING = """
    import os, resource, signal
    if "PYTEST_XDIST_WORKER" not in os.environ: resource.setrlimit(resource.RLIMIT_FSIZE, (10**7, 10**7))
    def pytest_terminal_summary(): print("SIGTERM ends it:", signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
"""
MARKED = """
    import pytest
    @pytest.mark.repro(stress=8)
    @pytest.mark.parametrize("x", range(3))
    def test_marked(x): say("body")
    def test_plain(): pass
"""


def test_a_marker_alone_is_enough(lab: Lab) -> None:
    lab.write(conftest=PRYING, test_it=MARKED)
    run = lab.run_process("-n2", plugins=("xdist",))
    assert run.code == 0
    assert "SIGTERM ends it: False" in run.out  # it is told of as an interrupt
    check_all_accounted_for(run, {f"test_marked[{x}]": 8 for x in range(3)})
    assert "3 tests x 8  ·  2 workers" in run.section[0]
    assert run.journal[0]["kind"] == "campaign"


@pytest.mark.parametrize(("chosen", "code"), [("test_marked", 4), ("test_plain", 0)])
def test_a_journal_that_was_there_before_is_refused_if_a_marker_asks_and_stays_as_it_was(
    lab: Lab, chosen: str, code: int
) -> None:
    lab.write(test_it=MARKED)
    (lab.path / "earlier.jsonl").write_text("not ours to touch\n")
    run = lab.run_process("-n2", "--repro-journal=earlier.jsonl", "-k", chosen, plugins=("xdist",))
    assert (run.code, run.events, run.section) == (code, [], [])
    assert ("earlier.jsonl exists already" in run.out + run.err) == bool(code)
    assert (lab.path / "earlier.jsonl").read_text() == "not ours to touch\n"


def test_a_crash_of_a_test_that_is_not_stressed_is_none_of_our_records(lab: Lab) -> None:
    lab.write(test_it=MARKED + "    def test_deadly():\n        import os; os._exit(3)\n")
    run = lab.run_process("-n2", plugins=("xdist",))
    check_all_accounted_for(run, {f"test_marked[{x}]": 8 for x in range(3)})
    assert "crashed" not in "".join(run.section)


def test_a_run_with_workers_and_nothing_of_ours_prints_writes_and_changes_nothing(lab: Lab) -> None:
    lab.write(conftest=PRYING, test_it="def test_it(): pass")
    run = lab.run_process("-n2", plugins=("xdist",))
    assert run.code == 0, run.out + run.err
    assert "SIGTERM ends it: True" in run.out
    assert "repro" not in run.out.replace(str(lab.path), "")
    assert not (lab.path / ".pytest_cache" / "d" / "repro").exists()


def test_a_campaign_of_workers_without_room_for_what_they_share_is_refused_in_words(lab: Lab) -> None:
    lab.write(conftest=PRYING, test_it="def test_it(): say('body')")
    run = lab.run_process("--repro-stress=3", "-n2", plugins=("xdist",))
    assert (run.code, run.events) == (4, [])
    assert "the file that workers share cannot be made" in run.err
    assert "ulimit -f" in run.err
    assert "Traceback" not in run.out + run.err


@pytest.mark.parametrize("plugins", [("xdist",), ()], ids=["-n0", "without xdist"])
def test_no_workers_is_a_run_in_this_process(lab: Lab, plugins: tuple[str, ...]) -> None:
    lab.write(test_it=SIX)
    options = ["-n0"] if plugins else ["-p", "no:xdist"]
    run = lab.run("--repro-stress=20", *options, plugins=plugins)
    check_all_accounted_for(run, ASKED)
    assert "isolate none" in run.section[0]


@pytest.mark.parametrize(("marker", "options"), [("stress=0", ["-n2"]), ("count=3", ["-n2", "--repro-stress=3"])])
def test_a_bad_marker_is_a_usage_error_under_workers_too(lab: Lab, marker: str, options: list[str]) -> None:
    lab.write(
        test_it=f"""
        import pytest
        @pytest.mark.repro({marker})
        def test_it(): say("body")
    """
    )
    run = lab.run_process(*options, plugins=("xdist",))
    assert run.code == 4
    assert "ERROR: test_it.py::test_it: marker repro" in run.out + run.err
    assert "Traceback" not in run.out + run.err
    assert "INTERNALERROR" not in run.out + run.err
    assert run.events == []


def test_a_replay_runs_under_workers(lab: Lab) -> None:
    lab.write(test_it="import random\ndef test_it(): assert random.random() < 0.6\ndef test_other(): pass")
    run = lab.run("--repro-stress=20", "--repro-seed=1")
    again = lab.paste(f"{run.replays[0]} -p xdist.plugin -n2")
    assert again.code == 1
    assert again.line("replayed: the same failure in 1 of 1")


def test_a_full_disk_under_workers_is_a_clear_error(lab: Lab) -> None:
    lab.write(
        test_it="""
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        def test_a(): pass
        def test_b(): pass
    """
    )
    run = lab.run_process("--repro-stress=500", "-n2", "--repro-journal=j.jsonl", "-p", "no:cacheprovider",
                          plugins=("xdist",))  # fmt: skip
    assert run.code == 4
    assert "Traceback" not in run.out + run.err
    assert "cannot be written" in run.out + run.err
    assert re.match(r"broken off: 1000 asked, \d+ run, \d+ not run, \d+ lost", run.section[0])


# In the controller: at the end nothing more fits into the journal.
FULL_AT_THE_END = """
    import os, pytest, resource
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(session):
        if not hasattr(session.config, "workerinput"):
            size = os.stat("j.jsonl").st_size + 10
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
"""


@pytest.mark.parametrize("in_workers", [True, False], ids=["in workers too", "at the end alone"])
def test_a_disk_that_is_full_for_the_controller_is_told_once(lab: Lab, in_workers: bool) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n" if in_workers else ""
    lab.write(conftest=FULL_AT_THE_END, test_it=f"{limit}def test_it(): pass")
    run = lab.run_process("--repro-stress=200", "-n2", "--repro-journal=j.jsonl", "-p", "no:cacheprovider",
                          plugins=("xdist",))  # fmt: skip
    assert run.code == 4
    assert "Traceback" not in run.out + run.err
    assert (run.out + run.err).count("cannot be written") == 1
    assert not in_workers or run.section[0].startswith("broken off: 200 asked, ")


@pytest.mark.parametrize("marker", ["stress=5", ""])
def test_a_disk_too_full_for_the_record_of_a_dead_worker_is_told_in_the_same_way(lab: Lab, marker: str) -> None:
    lab.write(
        conftest="""
        import os, pytest, resource
        @pytest.hookimpl(tryfirst=True)
        def pytest_testnodedown():
            size = os.stat("j.jsonl").st_size + 10
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    """,
        test_it=f"import os, pytest\n@pytest.mark.repro({marker})\ndef test_it(): os._exit(3)",
    )
    run = lab.run_process("-n1", "--repro-journal=j.jsonl", "-p", "no:cacheprovider",
                          *(() if marker else ("--repro-stress=5",)), plugins=("xdist",))  # fmt: skip
    assert run.code == 4
    assert "INTERNALERROR" not in run.out + run.err
    assert (run.out + run.err).count("cannot be written") == 1
    assert run.section[0] == "broken off: 5 asked, 0 run, 4 not run, 1 lost"


def test_more_children_than_the_workers_have_room_for_are_refused_with_the_most_that_fit(lab: Lab) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run_process("--repro-stress=3", "-n3", "--repro-jobs=100", plugins=("xdist",))
    assert (run.code, run.events, lab.journals()) == (4, [], [])
    assert "--repro-jobs=100 in each of 3 workers: expected at most 120 together" in run.err
    assert "hint: write --repro-jobs=40\n" in run.err


def test_time_is_shared_among_the_tests_of_all_workers(lab: Lab) -> None:
    lab.write(
        conftest="""
        import itertools
        from pytest_repro.engine.clock import now
        looks = itertools.count()
        now.__closure__[0].cell_contents = lambda: next(looks) / 1000  # each process has its own even clock
    """,
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", range(4))
        def test_it(x): pass
    """,
    )
    run = lab.run_process("--repro-time=2s", "-n2", plugins=("xdist",))
    assert run.code == 0
    assert len({line["nodeid"] for line in run.iterations}) == 4
    assert "interrupted" not in "".join(run.section)
