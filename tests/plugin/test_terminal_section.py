"""The section says the verdict, the number with its interval, the evidence, the command, and what was not shown."""

import re

import pytest
from campaign import Lab, Run

pytestmark = pytest.mark.usefixtures("in_one_process")

THREE = """
    import itertools
    numbers = itertools.count(1)
    def test_clean(): pass
    def test_flaky():
        number = next(numbers)
        if number in (9, 20, 21): raise RuntimeError("pool is closed")
        assert number not in (40, 50), "gone"
    def test_broken(): assert 1 == 2
"""


@pytest.fixture
def three(lab: Lab) -> Run:
    """A clean, a flaky and a broken test, a hundred iterations of each."""
    lab.write(test_it=THREE)
    return lab.run("--repro-stress=100", "--repro-seed=7314")


def test_the_facts_stand_in_their_order(three: Run) -> None:
    text = "\n".join(three.section)
    facts = [
        r"^seed 7314  ·  3 tests x 100  ·  isolate none  ·  [\d.]+ s  ·  300 run, 0 lost$",
        r"^FLAKY   test_it\.py::test_flaky  +5/100  5\.0 %  \[1\.6, 11\.3\]$",
        r"^        3x  RuntimeError: pool is closed  test_it\.py:12  if number in \(9, 20, 21\): raise RuntimeError",
        r"^        2x  AssertionError: gone",
        r"^        first at iteration 9 \([\d.]+ s\)$",
        r"^        ▁{8}█▁{10}██▁+█▁",
        r"^        replay: .*test_it\.py::test_flaky --repro-replay=r1-\w+$",
        r"^FAILS   test_it\.py::test_broken  +100/100  100 %  \[96\.4, 100\]$",
        r"^STABLE  test_it\.py::test_clean  +0/100  below 3\.0 % \(95 %\)$",
        r"^1 flaky, 1 fails, 1 stable\.  journal: \.pytest_cache/d/repro/\d{8}-\d{6}-7314\.jsonl$",
    ]
    at = 0
    for fact in facts:
        found = re.compile(fact, re.MULTILINE).search(text, at)
        assert found, f"{fact} is not in what follows\n{text[at:]}"
        at = found.end()


def test_the_section_begins_on_a_line_of_its_own_with_its_first_fact(three: Run) -> None:
    assert three.section[0].startswith("seed 7314")


def test_the_first_failures_traceback_is_pytests_own(three: Run) -> None:
    assert three.out.index("RuntimeError: pool is closed") < three.out.index("repro: stress")
    assert "= FAILURES =" in three.out


def test_quiet_prints_one_line_a_test(lab: Lab) -> None:
    lab.write(test_it=THREE)
    run = lab.run("--repro-stress=100", "-q", "--tb=no", "-rN")
    assert [line.split()[0] for line in run.section if line.strip()][:3] == ["FLAKY", "FAILS", "STABLE"]
    assert len([line for line in run.section if "test_it.py" in line]) == 3
    assert not [line for line in run.section if line.startswith(" ") or "journal" in line]


def test_verbose_prints_the_whole_strip_and_the_traceback_of_every_signature(lab: Lab) -> None:
    lab.write(test_it=THREE)
    run = lab.run("--repro-stress=250", "-v", "--tb=short", "-k", "flaky")
    strip = "".join(line.strip() for line in run.section if re.fullmatch(r" +[▁█·]+", line))
    assert len(strip) == 250
    assert [at + 1 for at, mark in enumerate(strip) if mark == "█"] == [9, 20, 21, 40, 50]
    text = "\n".join(run.section)
    assert "E   RuntimeError: pool is closed" in text
    assert "E   AssertionError: gone" in text


def test_five_hundred_clean_tests_are_one_line(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", range(500))
        def test_it(x): pass
    """
    )
    run = lab.run("--repro-stress=2")
    assert len(run.section) < 10
    assert run.line("STABLE").startswith(
        "STABLE  500 tests, each without a failure in 2 iterations or more: each below 77.7 % (95 %)"
    )
    verbose = lab.run("--repro-stress=2", "-v")
    assert len([line for line in verbose.section if line.startswith("STABLE")]) == 500


def test_many_tests_that_were_not_run_are_one_line(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", range(30))
        def test_it(x): assert x
    """
    )
    run = lab.run("--repro-stress=2", "-x")
    assert run.line("NOT RUN") == "NOT RUN 29 tests, -v lists them"


def test_many_signatures_are_cut_by_default_and_all_there_with_verbose(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        words = itertools.cycle("abcdefghijkl")
        def test_it(): raise ValueError("word " + next(words))
    """
    )
    run = lab.run("--repro-stress=12", "--tb=no")
    assert len([line for line in run.section if "1x" in line]) == 5
    assert run.line("… and 7 more signatures (all with -v)")
    assert len([line for line in lab.run("--repro-stress=12", "-v", "--tb=no").section if "1x  " in line]) == 12


def test_colour_only_where_it_is_asked_for(lab: Lab) -> None:
    lab.write(test_it=THREE)
    plain = lab.run_process("--repro-stress=3", "--color=no")
    coloured = lab.run_process("--repro-stress=3", "--color=yes")
    assert "\x1b" not in plain.out
    assert "\x1b[32mSTABLE  test_it.py::test_clean" in coloured.out
    strip = re.compile(r"\x1b\[[0-9;]*m")
    assert strip.sub("", coloured.out).count("STABLE") == plain.out.count("STABLE")


def test_a_narrow_terminal_gets_narrow_strips_and_whole_commands(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lab.write(test_it=THREE)
    for options in ([], ["-v"]):
        run = lab.run("--repro-stress=100", "--tb=no", *options)
        strips = [line for line in run.section if re.search("[▁█]", line)]
        assert strips
        assert all(len(line) <= 40 for line in strips)
        assert all(re.search(r"--repro-replay=r1-\w{29}$", command) for command in run.replays)


def test_a_long_campaign_folds_its_strip(lab: Lab) -> None:
    lab.write(test_it=THREE)
    run = lab.run("--repro-stress=600", "-k", "clean", "-v")
    assert "(a mark stands for 4 iterations)" in "\n".join(run.section)


def test_a_test_that_only_fails_after_its_first_failure_is_told_with_a_caveat(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count(1)
        def test_it(): assert next(numbers) < 5
    """
    )
    run = lab.run("--repro-stress=10", "--tb=no")
    assert run.line("it failed every time after its first failure")
    assert run.line("and then this is not the rate in a fresh process (--repro-stop=1 ends at the first)")


def test_a_stop_ends_one_test_and_the_others_go_on(lab: Lab) -> None:
    lab.write(test_it=THREE)
    run = lab.run("--repro-stress=100", "--repro-stop=2", "--tb=no")
    assert "2/20" in run.line("FLAKY")
    assert "2/2 " in run.line("FAILS")
    assert "0/100" in run.line("STABLE")
    assert not any("interrupted" in line for line in run.section)


@pytest.mark.usefixtures("even_clock")
def test_time_ends_the_campaign_and_what_was_not_run_is_told(lab: Lab) -> None:
    lab.write(
        test_it="""
        def test_a(): pass
        def test_b(): pass
    """
    )
    run = lab.run("--repro-stress=1000000", "--repro-time=1s", "--tb=no")
    assert re.match(r"time is up: 2000000 asked, (\d+) run, (\d+) not run, 0 lost$", run.section[0])
    assert len({line["nodeid"] for line in run.iterations}) == 2


@pytest.mark.usefixtures("even_clock")
def test_without_a_count_time_is_the_plan_and_no_interruption(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass\ndef test_b(): pass")
    run = lab.run("--repro-time=80ms")
    assert re.match(r"seed \d+  ·  2 tests  ·  isolate none  ·  [\d.]+ s  ·  \d+ run, 0 lost$", run.section[0])
    assert run.of_kind("end")[0]["reason"] == "time"


@pytest.mark.usefixtures("even_clock")
def test_time_that_is_over_before_any_iteration_is_no_success(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass")
    run = lab.run("--repro-time=1ms")
    assert run.iterations == []
    assert run.line("NOT RUN")
    assert run.code == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_section_without_a_selected_test_is_not_printed(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass")
    run = lab.run("--repro-stress=3", "-k", "nothing")
    assert run.code == 5
    assert run.section == []


@pytest.mark.usefixtures("even_clock")
def test_a_quiet_log_gets_no_progress_of_short_runs(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass")
    run = lab.run("--repro-stress=300")
    assert len(run.out.splitlines()) < 15
