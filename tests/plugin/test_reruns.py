"""pytest-rerunfailures runs a failing iteration again inside that iteration: attempts, which never change a rate."""

import json
from pathlib import Path

import pytest
import pytest_rerunfailures
from account import bounded, isolations, verdict
from campaign import Lab, Run

WITH = ("rerunfailures",)
looped = pytest.mark.usefixtures("in_one_process")

# The first attempt of each iteration with an even number fails, later ones pass from `{good}` on.
EVERY_SECOND = """
    import itertools, os, random, pytest
    numbers = itertools.count(1)
    {mark}
    def test_it(request):
        attempt = request.node.execution_count
        say("attempt", attempt)
        if attempt == 1:
            request.config.number = next(numbers)
        assert request.config.number % 2 or attempt >= {good}, "even"
"""


def attempts(run: Run) -> list[list[str]]:
    """What the further attempts of each iteration came to."""
    return [line.get("attempts", []) for line in run.iterations]


@looped
@pytest.mark.parametrize("how", ["option", "marker", "ini"])
def test_a_failing_iteration_is_run_again_and_stays_a_failure(lab: Lab, how: str) -> None:
    lab.write(test_it=EVERY_SECOND.format(mark="@pytest.mark.flaky(reruns=3)" if how == "marker" else "", good=3))
    options = {"option": ("--reruns=3",), "marker": (), "ini": ("-o", "reruns=3")}[how]
    run = lab.run("--repro-stress=4", *options, plugins=WITH)
    assert run.code == 1
    assert [line["outcome"] for line in run.iterations] == ["passed", "failed"] * 2
    assert attempts(run) == [[], ["failed", "passed"]] * 2
    assert run.events == ["attempt 1", "attempt 1", "attempt 2", "attempt 3"] * 2
    assert "2/4" in verdict(run, "test_it")
    assert run.line("reruns: ") == (
        "reruns: 2 failing iterations were run again by pytest-rerunfailures: 2 passed at last; "
        "all count as failures here"
    )
    assert "are off" not in run.out
    assert "1 failed" in run.closing


@looped
def test_machine_outputs_tell_how_attempts_ended(lab: Lab) -> None:
    lab.write(test_it=EVERY_SECOND.format(mark="", good=3))
    outputs = ("--repro-json=r.json", "--junitxml=r.xml", "--repro-summary=r.md")
    lab.run("--repro-stress=4", "--reruns=2", *outputs, plugins=WITH)
    (test,) = json.loads((lab.path / "r.json").read_text())["tests"]
    assert test["rerun"] == {"passed": 2}
    assert test["failures"] == test["rate"]["failures"] == 2
    assert test["signatures"][0]["first"]["attempts"] == ["failed", "passed"]
    assert '<property name="repro.rerun.passed" value="2"' in (lab.path / "r.xml").read_text()
    assert "- reruns: 2 failing iterations were run again" in (lab.path / "r.md").read_text()


@looped
def test_attempts_end_when_their_number_is_used_up(lab: Lab) -> None:
    lab.write(test_it=EVERY_SECOND.format(mark="", good=9))
    run = lab.run("--repro-stress=2", "--reruns=3", plugins=WITH)
    assert attempts(run) == [[], ["failed"] * 3]
    assert ": 1 failed at last; it counts as a failure here" in run.line("reruns: ")


MARKED = {
    "condition=False": 0,
    "condition='1 +'": 0,
    "condition='os.sep'": 2,
    "only_rerun='OSError'": 0,
    "only_rerun=['OSError', 'planted']": 2,
    "rerun_except='planted'": 0,
}


@looped
def test_the_plugins_own_rules_say_which_failure_is_run_again(lab: Lab) -> None:
    tests = [
        f"@pytest.mark.flaky(reruns=2, {words})\ndef test_{at}(): assert 0, 'planted'\n"
        for at, words in enumerate(MARKED)
    ]
    more = {"flaky(reruns=0)": 0, "flaky": 1, "xfail": 0, "xfail(strict=True)": 3, "usefixtures()": 3}
    others = [
        f"@pytest.mark.{mark}\ndef test_more_{at}(): assert {int('strict' in mark)}\n" for at, mark in enumerate(more)
    ]
    lab.write(test_it="import os, pytest\n" + "".join([*tests, *others]))
    run = lab.run("--repro-stress=1", "--reruns=3", plugins=WITH)
    assert attempts(run) == [["failed"] * count for count in (*MARKED.values(), *more.values())], run.out


@looped
@pytest.mark.parametrize(("option", "further"), [("--rerun-except=planted", 0), ("--only-rerun=planted", 2)])
def test_the_plugins_options_say_which_failure_is_run_again(lab: Lab, option: str, further: int) -> None:
    lab.write(test_it="def test_it(): assert 0, 'planted'")
    run = lab.run("--repro-stress=1", "--reruns=2", option, plugins=WITH)
    assert attempts(run) == [["failed"] * further]


@looped
def test_the_plugins_delay_lies_between_attempts(lab: Lab) -> None:
    waits: list[float] = []
    lab.monkeypatch.setattr("pytest_repro.engine.reruns._sleep", waits.append)
    lab.write(test_it=EVERY_SECOND.format(mark="", good=9))
    lab.run("--repro-stress=2", "--reruns=2", "--reruns-delay=7.5", plugins=WITH)
    assert waits == [7.5, 7.5]


@looped
def test_folders_of_attempts_do_not_pile_up(lab: Lab) -> None:
    lab.monkeypatch.setattr("pytest_repro.engine.tmp_folders._MOST_KEPT", 1)
    lab.write(test_it="def test_it(tmp_path): assert say(tmp_path)")
    run = lab.run("--repro-stress=2", "--reruns=2", plugins=WITH)
    assert len(set(run.events)) == 6
    assert [at for at, folder in enumerate(run.events) if Path(folder).exists()] == [0, 5]  # pytest's policy: the last


@looped
def test_each_attempt_is_a_fresh_copy_with_its_own_folder_and_goes_on_with_the_seed(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        class TestIt:
            def test_it(self, request, tmp_path, capsys):
                assert not hasattr(self, "mark") and not list(tmp_path.iterdir())
                self.mark = request.node.mark = (tmp_path / "mark").touch()
                say("drew", random.random())
                print("out of", request.node.execution_count)
                assert capsys.readouterr().out == "out of 3\\n"
        """
    )
    run = lab.run("--repro-stress=2", "--reruns=2", "--repro-seed=1", plugins=WITH)
    assert attempts(run) == [["failed", "passed"]] * 2
    assert len(set(run.events)) == 6
    again = lab.run("--repro-stress=2", "--reruns=2", "--repro-seed=1", plugins=WITH)
    assert again.events == run.events


PHASES = """
    import pytest
    @pytest.fixture
    def around(request):
        first = request.node.execution_count == 1
        assert not (first and request.node.name == "test_up"), "up"
        yield
        assert not (first and request.node.name == "test_down"), "down"
    def test_up(around): pass
    def test_down(around): pass
"""
SUBTESTS = """
    def test_it(subtests, request):
        for one in range(3):
            with subtests.test(one=one):
                assert request.node.execution_count > 1 or one != 1
"""


@looped
def test_a_setup_and_a_teardown_that_fail_are_run_again_too(lab: Lab) -> None:
    lab.write(test_it=PHASES)
    run = lab.run("--repro-stress=2", "--reruns=1", plugins=WITH)
    assert attempts(run) == [["passed"]] * 4, run.out
    assert run.outcomes == {"error": 4}


@looped
@pytest.mark.skipif(
    not hasattr(pytest, "Subtests") or not hasattr(pytest_rerunfailures, "_get_num_failed_subtests"),
    reason="pytest or pytest-rerunfailures is of a version without subtests",
)
def test_a_subtest_that_fails_is_run_again_too(lab: Lab) -> None:
    lab.write(test_it=SUBTESTS)
    run = lab.run("--repro-stress=3", "--reruns=1", plugins=WITH)
    assert attempts(run) == [["passed"]] * 3, run.out
    assert "contains 1 failed subtest" in run.out
    assert run.closing.startswith("2 failed in"), run.out  # the subtest and the test around it


@looped
def test_fixtures_of_a_longer_scope_stay_unless_their_setup_failed(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        tries = []
        @pytest.fixture(scope="module")
        def stands():
            say("stands")
            yield
            say("falls")
        @pytest.fixture(scope="module")
        def shaky(stands):
            tries.append(1)
            assert len(tries) > 1, "shaky"
            say("holds")
            yield
            say("ends")
        def test_it(shaky): say("body")
        def test_next(stands): say("next")
    """
    )
    run = lab.run("--repro-stress=2", "--reruns=2", plugins=WITH)
    assert [line["outcome"] for line in run.iterations] == ["error", *["passed"] * 3], run.out
    assert attempts(run) == [["passed"], [], [], []]
    assert run.events == ["stands", "holds", "body", "body", "next", "next", "ends", "falls"], run.out


@looped
@pytest.mark.skipif(
    not hasattr(pytest_rerunfailures, "_is_rerun_path_excluded"),
    reason="this version of pytest-rerunfailures has no --max-suite-reruns",
)
def test_reruns_that_the_suite_may_have_are_those_of_one_iteration_and_cost_no_fixture_its_end(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def stands():
            say("stands")
            yield
            say("falls")
        def test_it(stands): assert 0
    """
    )
    run = lab.run("--repro-stress=2", "--reruns=4", "--max-suite-reruns=1", plugins=WITH)
    assert attempts(run) == [["failed"]] * 2, run.out
    assert run.events == ["stands", "falls"]


@looped
def test_hooks_of_others_see_the_count_and_reports_of_the_first_attempt(lab: Lab) -> None:
    lab.write(
        conftest="""
        def pytest_runtest_setup(item): say("setup", item.execution_count)
        def pytest_runtest_teardown(item): say("teardown", item.execution_count)
        def pytest_runtest_logreport(report): say(report.when, report.outcome, report.rerun)
        """,
        test_it=EVERY_SECOND.format(mark="", good=2),
    )
    run = lab.run("--repro-stress=2", "--reruns=1", plugins=WITH)
    hooks = [event for event in run.events if not event.startswith("attempt")]
    assert hooks == [
        *["setup 1", "teardown 1"] * 2,
        *["setup 2", "teardown 2"],
        *["setup passed 0", "call failed 0", "teardown passed 0"],
    ]


SEEDED = """
    import random
    def test_it(request):
        say(request.node.execution_count if hasattr(request.node, "execution_count") else 1, value := random.random())
        assert value < 0.6, "high"
"""


@looped
def test_the_replay_command_repeats_the_first_attempt_that_failed(lab: Lab) -> None:
    lab.write(test_it=SEEDED)
    run = lab.run("--repro-stress=20", "--repro-seed=3", "--reruns=2", plugins=WITH)
    ends = [line["outcome"] for line in run.iterations]
    firsts = [event for event in run.events if event.startswith("1 ")]
    again = lab.paste(run.replays[0])
    assert again.line("replayed: the same failure in 1 of 1"), again.out + again.err
    assert again.events == [firsts[ends.index("failed")]]


@looped
def test_beside_a_debugger_there_are_no_attempts_and_this_is_said(lab: Lab) -> None:
    lab.write(test_it=EVERY_SECOND.format(mark="@pytest.mark.flaky(reruns=3)", good=2).replace(
        "request.node.execution_count", "1"))  # fmt: skip
    lab.write(quiet="import pdb\nclass Quiet(pdb.Pdb):\n    def interaction(self, *_): pass\n")
    lab.monkeypatch.syspath_prepend(lab.path)
    run = lab.run("--repro-stress=2", "--pdb", "--pdbcls=quiet:Quiet", plugins=WITH)
    assert attempts(run) == [[], []], run.out
    assert run.line("pytest-rerunfailures' reruns are off: each iteration counts as it ended")


@looped
def test_a_plugin_that_we_cannot_ask_leaves_reruns_off_and_this_is_said(lab: Lab) -> None:
    lab.write(test_it="def test_it(): assert 0")
    lab.write(conftest="import pytest_rerunfailures\ndel pytest_rerunfailures._should_not_rerun\n")
    run = lab.run_process("--repro-stress=2", "--reruns=3", plugins=WITH)
    assert attempts(run) == [[], []], run.out
    assert run.line("pytest-rerunfailures' reruns are off: each iteration counts as it ended")


def test_nothing_is_said_of_reruns_where_none_were_asked(lab: Lab) -> None:
    lab.write(test_it="def test_it(): assert 0")
    run = lab.run("--repro-stress=2", "--repro-isolate=none", plugins=WITH)
    assert not [line for line in run.section if "reruns" in line], run.section
    assert all("attempts" not in line for line in run.iterations)


# -- in every kind of process

IN_CHILD = """
    import os
    def test_it(request):
        attempt = request.node.execution_count
        say(os.getpid(), attempt)
        if attempt == 2: {second}
        assert attempt > 1, "first"
"""


@pytest.mark.parametrize(
    ("options", "isolation"),
    [((), ["", "fork", "fork"]), (("--repro-isolate=fork",), ["fork"] * 3), (("--repro-isolate=fresh",), ["fresh"])],
    ids=["auto", "fork", "fresh"],
)
def test_attempts_run_in_the_process_of_their_iteration(
    lab: Lab, options: tuple[str, ...], isolation: list[str]
) -> None:
    lab.write(test_it=IN_CHILD.format(second="pass"))
    run = bounded(lab, f"--repro-stress={len(isolation)}", "--reruns=2", *options, plugins=WITH)
    assert isolations(run, "test_it") == isolation
    assert attempts(run) == [["passed"]] * len(isolation), run.out
    pairs = [run.events[at : at + 2] for at in range(0, len(run.events), 2)]
    assert all([event.split()[1] for event in pair] == ["1", "2"] for pair in pairs), run.events
    assert all(pair[0].split()[0] == pair[1].split()[0] for pair in pairs)
    assert verdict(run, "test_it").startswith("FAILS")


def test_workers_run_attempts_too(lab: Lab) -> None:
    lab.write(test_it=IN_CHILD.format(second="pass"))
    run = lab.run_process("--repro-stress=6", "--reruns=2", "-n2", plugins=(*WITH, "xdist"))
    assert attempts(run) == [["passed"]] * 6, run.out
    assert "6 failing iterations were run again" in run.line("reruns: ")


def test_a_process_that_dies_in_a_further_attempt_makes_its_iteration_a_crash(lab: Lab) -> None:
    lab.write(test_it=IN_CHILD.format(second="os.abort()"))
    run = bounded(lab, "--repro-stress=2", "--reruns=2", plugins=WITH)
    assert run.outcomes == {"crashed": 2}, run.out
    assert attempts(run) == [[], []]


def test_the_time_limit_of_an_iteration_holds_for_all_its_attempts_together(lab: Lab) -> None:
    lab.write(test_it=IN_CHILD.format(second="__import__('time').sleep(600)"))
    run = bounded(lab, "--repro-stress=1", "--reruns=2", "--repro-timeout=1s", plugins=WITH)
    assert run.outcomes == {"timed out": 1}, run.out


def test_a_test_that_fails_only_in_company_is_still_found_out(lab: Lab) -> None:
    lab.write(
        test_it="""
        SEEN = []
        def test_it():
            SEEN.append("again")
            assert len(SEEN) != 2, "not empty"
    """
    )
    run = bounded(lab, "--repro-stress=6", "--reruns=2", plugins=WITH)
    assert verdict(run, "test_it").startswith("NIO"), run.out
    assert attempts(run) == [[], ["passed"], [], [], [], []]
