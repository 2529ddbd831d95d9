"""Beside the plugins that people have installed, and with pytest's own switched off, iterations stay what they are."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from campaign import PLUGINS, Lab, Run
from hypothesis import settings

assert np.__version__  # imported here, so that no inner run has to import it again


@pytest.fixture(autouse=True)
def _profile() -> Iterator[None]:
    """The Hypothesis profile that an inner run loads is taken back."""
    before = settings.get_current_profile_name()
    yield
    settings.load_profile(before)


# -- pytest-asyncio

LOOPS = ("-o", "asyncio_default_fixture_loop_scope=function")
ASYNCIO = """
    import asyncio, pytest, pytest_asyncio
    @pytest_asyncio.fixture
    async def loop():
        await asyncio.sleep(0)
        yield asyncio.get_running_loop()
        say("down")
    {mark}
    async def test_it(loop):
        assert asyncio.get_running_loop() is loop
        await asyncio.sleep(0)
        say("body")
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_coroutines_run_in_every_iteration(lab: Lab, mode: str) -> None:
    lab.write(test_it=ASYNCIO.format(mark="@pytest.mark.asyncio" if mode == "strict" else ""))
    run = lab.run("--repro-stress=3", "-o", f"asyncio_mode={mode}", *LOOPS, plugins=("asyncio",))
    assert run.outcomes == {"passed": 3}
    assert run.events == ["body", "down"] * 3


def test_two_thousand_iterations_of_a_coroutine_do_not_nest_wrappers(lab: Lab) -> None:
    lab.write(
        test_it="""
        import sys, pytest
        @pytest.mark.asyncio(loop_scope="session")
        async def test_it():
            frame, depth = sys._getframe(), 0
            while frame is not None:
                frame, depth = frame.f_back, depth + 1
            assert depth < 200
    """
    )
    options = ("-o", "asyncio_default_test_loop_scope=session", "-o", "asyncio_default_fixture_loop_scope=session")
    run = lab.run("--repro-stress=2000", *options, plugins=("asyncio",))
    assert run.outcomes == {"passed": 2000}


def test_a_hypothesis_test_that_is_a_coroutine_does_not_nest_wrappers(lab: Lab) -> None:
    lab.write(
        test_it="""
        import inspect, pytest
        from hypothesis import given, settings, strategies as st
        @pytest.mark.asyncio
        @settings(max_examples=2)
        @given(st.integers())
        async def test_it(i):
            say(len(inspect.stack(0)))
    """
    )
    run = lab.run("--repro-stress=30", *LOOPS, plugins=("asyncio", "hypothesis"))
    assert run.outcomes == {"passed": 30}
    assert max(map(int, run.events)) <= min(map(int, run.events)) + 5


# -- Hypothesis

PROFILE = "--hypothesis-profile=default"  # on a CI machine Hypothesis chooses another one by itself
HYPOTHESIS = """
    from hypothesis import given, settings, strategies as st
    @settings(max_examples=5)
    @given(st.integers(min_value=10**6))
    def test_it(i):
        say(i)
"""


def examples(run: Run, each: int) -> list[tuple[str, ...]]:
    """The examples, iteration by iteration."""
    return [tuple(run.events[start : start + each]) for start in range(0, len(run.events), each)]


def test_hypothesis_draws_other_examples_in_every_iteration(lab: Lab) -> None:
    lab.write(test_it=HYPOTHESIS)
    run = lab.run("--repro-stress=6", PROFILE, plugins=("hypothesis",))
    assert len(set(examples(run, 5))) == 6


def test_it_draws_other_examples_also_under_the_derandomizing_profile_for_ci(lab: Lab) -> None:
    lab.write(test_it=HYPOTHESIS)
    run = lab.run("--repro-stress=6", "--hypothesis-profile=ci", plugins=("hypothesis",))
    assert len(set(examples(run, 5))) == 6


def test_a_test_that_asks_to_be_derandomized_stays_so(lab: Lab) -> None:
    lab.write(test_it=HYPOTHESIS.replace("max_examples=5", "max_examples=5, derandomize=True"))
    run = lab.run("--repro-stress=6", PROFILE, plugins=("hypothesis",))
    assert len(set(examples(run, 5))) == 1


def test_a_seed_that_the_person_forced_wins(lab: Lab) -> None:
    lab.write(test_it=HYPOTHESIS)
    run = lab.run("--repro-stress=6", "--hypothesis-seed=1", PROFILE, plugins=("hypothesis",))
    assert len(set(examples(run, 5))) == 1


FALSIFIABLE = """
    from hypothesis import given, settings, strategies as st
    from hypothesis.database import DirectoryBasedExampleDatabase
    @settings(max_examples=30, database=DirectoryBasedExampleDatabase("examples"))
    @given(st.integers(min_value=0))
    def test_it(i):
        assert i < 1000
"""


def test_a_falsifying_example_is_in_the_record_and_the_database_is_untouched(lab: Lab) -> None:
    lab.write(test_it=FALSIFIABLE)
    run = lab.run("--repro-stress=3", PROFILE, plugins=("hypothesis",))
    assert run.outcomes.keys() <= {"failed", "passed"}
    failing = [line for line in run.iterations if line["outcome"] == "failed"]
    assert failing
    assert all("i=1000" in line["example"] for line in failing)
    assert not list(lab.path.glob("examples/*"))
    assert any("i=1000" in line for line in run.section)


def test_the_database_is_used_again_by_the_next_plain_run(lab: Lab) -> None:
    lab.write(test_it=FALSIFIABLE)
    lab.run_process("--repro-stress=3", PROFILE, plugins=("hypothesis",))
    assert not list(lab.path.glob("examples/*"))
    lab.run_process(PROFILE, plugins=("hypothesis",))
    assert list(lab.path.glob("examples/*"))


def test_given_on_a_method_accepts_the_fresh_instance_of_each_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import unittest
        from hypothesis import given, settings, strategies as st
        class TestIt:
            @settings(max_examples=3)
            @given(st.integers())
            def test_it(self, i): pass
        class TestCase(unittest.TestCase):
            @settings(max_examples=3)
            @given(st.integers())
            def test_it(self, i): pass
    """
    )
    assert lab.run("--repro-stress=3", PROFILE, plugins=("hypothesis",)).outcomes == {"passed": 6}


def test_a_replay_gives_hypothesis_the_same_examples(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pathlib
        from hypothesis import given, settings, strategies as st
        @settings(max_examples=5, phases=["generate"])
        @given(st.integers(min_value=0))
        def test_it(i):
            say(i)
            assert i % 7
    """.replace('["generate"]', "[__import__('hypothesis').Phase.generate]")
    )
    run = lab.run("--repro-stress=12", "--repro-stop=1", "--repro-seed=4", PROFILE, plugins=("hypothesis",))
    last = run.iterations[-1]
    assert last["outcome"] == "failed"
    again = lab.paste(run.replays[0])
    assert again.line("replayed:") == "replayed: the same failure in 1 of 1"
    assert again.events == run.events[-len(again.events) :]


# -- seeds

DRAWS = """
    import random, pytest
    import numpy.random
    @pytest.fixture
    def drawn():
        say("setup", random.random(), numpy.random.random())
        yield
        say("teardown", random.random(), numpy.random.random())
    def test_it(drawn):
        say("call", random.random(), numpy.random.random())
        assert random.random() < 0.5
"""


@pytest.mark.parametrize("plugins", [(), ("randomly",)], ids=["alone", "beside pytest-randomly"])
def test_every_iteration_draws_its_own_values_and_a_replay_the_same_ones(lab: Lab, plugins: tuple[str, ...]) -> None:
    lab.write(test_it=DRAWS)
    run = lab.run("--repro-stress=8", "--repro-seed=6", plugins=plugins)
    assert len(set(run.events)) == 24
    first = next(line["iteration"] for line in run.iterations if line["outcome"] == "failed")
    assert first > 1
    again = lab.paste(run.replays[0])
    assert again.events == run.events[3 * (first - 1) : 3 * first]
    assert again.code == 1
    assert again.line("replayed:") == "replayed: the same failure in 1 of 1"


def test_numpy_that_the_test_itself_imports_is_seeded_in_the_first_iteration_and_in_a_replay(lab: Lab) -> None:
    lab.write(
        test_it="""
        def test_it():
            import numpy.random
            value = numpy.random.random()
            say(value)
            assert value < 0.6
    """
    )
    run = lab.run_process("--repro-stress=9", "--repro-seed=1")
    failing = [event for event, line in zip(run.events, run.iterations, strict=True) if line["outcome"] == "failed"]
    assert lab.paste(run.replays[0]).events == failing[:1]
    assert lab.run_process("--repro-stress=9", "--repro-seed=1").events == run.events


def test_a_test_that_is_not_stressed_keeps_the_seed_that_pytest_randomly_gives_it(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random, pytest
        @pytest.mark.repro(stress=3)
        def test_a(): pass
        def test_b(): say(random.random())
    """
    )
    options = ("--randomly-seed=3", "--randomly-dont-reorganize")
    marked = lab.run(*options, plugins=("randomly",))
    alone = lab.run(*options, "-k", "test_b", plugins=("randomly",))
    assert marked.events == alone.events
    assert len(marked.events) == 1


def test_generators_of_faker_and_others_follow_the_seed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab.path / "faker").mkdir()
    (lab.path / "faker" / "__init__.py").touch()
    (lab.path / "faker" / "generator.py").write_text("import random as r\nrandom = r.Random()\n")
    monkeypatch.syspath_prepend(lab.path)
    lab.write(
        test_it="""
        import faker.generator
        def test_it(): say(faker.generator.random.random())
    """
    )
    once = lab.run("--repro-stress=4", "--repro-seed=1")
    again = lab.run("--repro-stress=4", "--repro-seed=1")
    assert once.events == again.events
    assert len(set(once.events)) == 4


# -- pytest-timeout, pytest-rerunfailures


def test_a_time_limit_holds_for_each_iteration_and_not_for_their_sum(lab: Lab) -> None:
    lab.write(
        test_it="""
        import time, itertools
        numbers = itertools.count(1)
        def test_it():
            time.sleep(10 if next(numbers) == 5 else 0.3)
    """
    )
    run = lab.run("--repro-stress=6", "--timeout=1", "--timeout-method=signal", plugins=("timeout",))
    assert [line["outcome"] for line in run.iterations] == [*["passed"] * 4, "failed", "passed"]
    assert "Timeout" in run.iterations[4]["message"]


def test_the_faulthandler_timeout_holds_for_each_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import time, itertools
        numbers = itertools.count(1)
        def test_quick(): time.sleep(0.1)
        def test_slow(): time.sleep(0.1 if next(numbers) < 3 else 0.9)
    """
    )
    quick = lab.run_process("--repro-stress=8", "-o", "faulthandler_timeout=0.6", "-k", "quick")
    slow = lab.run_process("--repro-stress=3", "-o", "faulthandler_timeout=0.6", "-k", "slow")
    assert "Timeout" not in quick.err
    assert slow.err.count("Timeout (0:00:00.6") == 1


@pytest.mark.parametrize("how", ["option", "marker", "ini"])
def test_reruns_do_not_run_beside_us_and_this_is_said(lab: Lab, how: str) -> None:
    lab.write(
        test_it=f"""
        import pytest
        {"@pytest.mark.flaky(reruns=3)" if how == "marker" else ""}
        def test_it():
            say("body")
            assert 0
    """
    )
    options = {"option": ("--reruns=3",), "marker": (), "ini": ("-o", "reruns=3")}[how]
    run = lab.run("--repro-stress=2", *options, plugins=("rerunfailures",))
    assert run.counts == {"body": 2}
    assert run.outcomes == {"failed": 2}
    assert run.line("pytest-rerunfailures' reruns are off: each iteration counts as it ended")


def test_nothing_is_said_of_reruns_where_none_were_asked(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    assert "rerunfailures" not in "".join(lab.run("--repro-stress=2", plugins=("rerunfailures",)).section)


# -- pytest's own plugins and options

FLAKY = """
    import itertools, logging, warnings
    numbers = itertools.count(1)
    def test_it():
        print("printed"); logging.getLogger().warning("logged"); warnings.warn("warned")
        assert next(numbers) % 3
"""


@pytest.mark.parametrize(
    "options",
    [
        ["-p", "no:terminal"],
        ["-p", "no:cacheprovider"],
        ["-p", "no:logging"],
        ["-p", "no:warnings"],
        ["-p", "no:tmpdir"],
        ["-p", "no:faulthandler"],
        ["-p", "no:threadexception", "-p", "no:unraisableexception"],
        ["-p", "no:doctest", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise"],
        ["-s"],
        ["--capture=sys"],
        ["--capture=tee-sys"],
        ["--setup-show"],
        ["--durations=3", "-vv"],
        ["--tb=native"],
        ["--tb=no"],
        ["--assert=plain"],
        ["--lf"],
        ["--stepwise"],
        ["-W", "ignore"],
    ],
    ids=" ".join,
)
def test_iterations_count_the_same_whatever_is_on_or_off(lab: Lab, options: list[str]) -> None:
    lab.write(test_it=FLAKY)
    plain = lab.run(*options)  # passes, as the first iteration does
    run = lab.run("--repro-stress=6", "--repro-journal=j.jsonl", *options)
    assert plain.code == 0
    assert run.code == (2 if "--stepwise" in options else 1)
    lines = [json.loads(line) for line in (lab.path / "j.jsonl").read_text().splitlines()]
    assert [line["outcome"] for line in lines if line["kind"] == "iteration"] == ["passed", "passed", "failed"] * 2
    assert lines[-1]["kind"] == "end"
    if "no:terminal" not in options:
        assert "2/6" in run.line("FLAKY")


def test_without_the_cache_the_journal_goes_to_a_folder_of_the_persons_own(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(lab.path / "temporary"))
    (lab.path / "temporary").mkdir()
    lab.write(test_it="def test_it(): pass")
    lab.run("--repro-stress=2", "-p", "no:cacheprovider")
    (journal,) = (lab.path / "temporary").glob("pytest-repro-*/*.jsonl")
    assert journal.parent.stat().st_uid == os.getuid()
    assert journal.parent.stat().st_mode & 0o077 == 0


def test_a_warning_of_every_iteration_is_summed_up_once(lab: Lab) -> None:
    lab.write(test_it=FLAKY)
    run = lab.run("--repro-stress=20", "--repro-stop=99")
    assert run.out.count("UserWarning: warned") == 1
    assert run.closing.startswith("1 failed, 1 warning in")


def test_warnings_can_be_errors_in_every_iteration(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.write(test_it='import warnings\ndef test_it(): warnings.warn("warned")')
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    assert lab.run_process("--repro-stress=3").outcomes == {"failed": 3}
    monkeypatch.delenv("PYTHONWARNINGS")
    assert lab.run("--repro-stress=3", "-W", "error").outcomes == {"failed": 3}


def test_the_test_report_in_xml_has_one_case_a_test(lab: Lab) -> None:
    lab.write(test_it=FLAKY)
    lab.run("--repro-stress=6", "--junitxml=report.xml")
    text = (lab.path / "report.xml").read_text()
    assert text.count("<testcase") == 1
    assert 'tests="1"' in text
    assert 'failures="1"' in text


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan", "--collect-only"])
def test_what_runs_no_test_is_refused_with_stress(lab: Lab, option: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run("--repro-stress=3", option)
    assert run.code == 4
    assert f"ERROR: {option} runs no test" in run.err
    assert run.events == []
    assert lab.journals() == []


@pytest.mark.parametrize("option", ["--setup-only", "--collect-only"])
def test_what_runs_no_test_is_fine_where_only_the_ini_file_asks_for_stress(lab: Lab, option: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    (lab.path / "pytest.ini").write_text("[pytest]\nrepro_stress = 3\n")
    run = lab.run(option)
    assert run.code == 0
    assert run.section == []
    assert lab.journals() == []


def test_the_debugger_opens_before_the_teardown_and_once_for_each_failure(lab: Lab) -> None:
    lab.write(
        conftest="""
        def pytest_exception_interact(node, call, report):
            say("interact", report.when, call.excinfo.typename)
    """
    )
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture
        def thing():
            yield
            say("torn down")
        def test_it(thing): assert 0
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.events == ["interact call AssertionError", "torn down", "torn down", "torn down"]


def test_the_debugger_with_closed_standard_input_ends_the_run_without_a_traceback_of_ours(lab: Lab) -> None:
    lab.write(test_it="def test_it(): assert 0")
    run = lab.run_process("--repro-stress=5", "--pdb")
    plain = lab.run_process("--pdb")
    assert run.code == plain.code == 2
    assert "pytest_repro" not in run.out + run.err
    assert run.section[0].startswith("interrupted: 5 asked")


# -- tests that take the world apart


def test_a_test_that_replaces_the_clock_does_not_spoil_durations(lab: Lab) -> None:
    lab.write(
        test_it="""
        import sys, time
        def frozen(): return 1.0
        CLOCKS = ("time", "perf_counter", "monotonic")
        def test_it(monkeypatch):  # as tools that freeze time do: by identity, in every module
            originals = {id(getattr(time, name)) for name in CLOCKS}
            for module in [m for m in list(sys.modules.values()) if getattr(m, "__name__", "").startswith(
                ("pytest_repro", "test_it"))] + [time]:
                for name, value in list(vars(module).items()):
                    if id(value) in originals:
                        monkeypatch.setattr(module, name, frozen)
            assert time.perf_counter() == 1.0
            say("frozen")
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.counts == {"frozen": 3}
    assert all(0 <= line["duration"] < 5 for line in run.iterations)
    assert [line["at"] for line in run.iterations] == sorted(line["at"] for line in run.iterations)
    assert 0 <= run.of_kind("end")[0]["seconds"] < 60


def test_a_test_that_leaves_its_folder_or_deletes_it_does_not_stop_us(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, shutil, random
        def test_it(tmp_path):
            os.chdir(tmp_path)
            shutil.rmtree(tmp_path)
            assert random.random() < 0.5
    """
    )
    plain = lab.run_process("--tb=short")
    run = lab.run_process("--repro-stress=6", "--repro-seed=1", "--tb=short")
    assert plain.code in (0, 1)
    assert run.code == 1
    assert sum(run.outcomes.values()) == 6
    assert lab.paste(run.replays[0]).line("replayed:") == "replayed: the same failure in 1 of 1"


def test_a_hook_that_fails_in_setup_is_an_error_of_each_iteration(lab: Lab) -> None:
    lab.write(conftest='def pytest_runtest_setup(item): raise OSError("hook")')
    lab.write(test_it="def test_it(): pass")
    run = lab.run("--repro-stress=3")
    assert run.outcomes == {"error": 3}
    assert run.signatures == 1


def test_a_hook_that_breaks_pytest_itself_leaves_an_honest_section(lab: Lab) -> None:
    lab.write(
        conftest="""
        import itertools
        numbers = itertools.count(1)
        def pytest_runtest_makereport(item, call):
            if next(numbers) == 8: raise OSError("hook")
    """
    )
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("--repro-stress=5")
    assert run.code == 3
    assert "INTERNALERROR" in run.out
    assert run.of_kind("end")[0]["reason"] == "broken off"
    assert run.section[0] == "broken off: 5 asked, 2 run, 2 not run, 1 lost"


def test_a_plugin_that_ends_the_session_ends_the_loop(lab: Lab) -> None:
    lab.write(
        conftest="""
        import itertools
        numbers = itertools.count(1)
        def pytest_runtest_call(item):
            if next(numbers) == 3: item.session.shouldfail = "that is enough"
    """
    )
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def module():
            yield
            say("module down")
        def test_it(module): say("body")
    """
    )
    run = lab.run("--repro-stress=9")
    assert run.events == ["body"] * 3 + ["module down"]
    assert run.section[0] == "stopped: 9 asked, 3 run, 6 not run, 0 lost"


def test_a_test_that_leaves_pytest_is_told_as_an_interruption(lab: Lab) -> None:
    lab.write(test_it='import pytest\ndef test_it(): pytest.exit("enough", returncode=7)')
    run = lab.run("--repro-stress=9")
    assert run.code == 7
    assert run.section[0] == "interrupted: 9 asked, 0 run, 8 not run, 1 lost"


def test_plugin_names_used_here_exist() -> None:
    names = repr(list(PLUGINS.values()))
    code = f"import importlib\nfor n in {names}: importlib.import_module(n)"
    subprocess.run([sys.executable, "-c", code], check=True)
