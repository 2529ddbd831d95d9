"""Beside the plugins that people have installed, and with pytest's own switched off, iterations stay what they are."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from campaign import PLUGINS, Lab, Run
from hypothesis import settings

pytestmark = pytest.mark.usefixtures("in_one_process")

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
        @settings(max_examples=2, deadline=None)
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
    @settings(max_examples=5, deadline=None)
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
    lab.write(test_it=HYPOTHESIS.replace("deadline=None", "deadline=None, derandomize=True"))
    run = lab.run("--repro-stress=6", PROFILE, plugins=("hypothesis",))
    assert len(set(examples(run, 5))) == 1


def test_a_seed_that_the_person_forced_wins(lab: Lab) -> None:
    lab.write(test_it=HYPOTHESIS)
    run = lab.run("--repro-stress=6", "--hypothesis-seed=1", PROFILE, plugins=("hypothesis",))
    assert len(set(examples(run, 5))) == 1


FALSIFIABLE = """
    from hypothesis import given, settings, strategies as st
    from hypothesis.database import DirectoryBasedExampleDatabase
    @settings(max_examples=30, database=DirectoryBasedExampleDatabase("examples"), deadline=None)
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
            @settings(max_examples=3, deadline=None)
            @given(st.integers())
            def test_it(self, i): pass
        class TestCase(unittest.TestCase):
            @settings(max_examples=3, deadline=None)
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
        @settings(max_examples=5, deadline=None, phases=["generate"])
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


# -- pytest-timeout


def test_a_time_limit_is_set_anew_for_each_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import signal
        def left(): return signal.getitimer(signal.ITIMER_REAL)[0]
        def test_it():
            begun = left()
            say(begun)
            while left() >= begun: pass
            say(left())
    """
    )
    run = lab.run("--repro-stress=6", "--timeout=60", "--timeout-method=signal", plugins=("timeout",))
    left = [float(word) for word in run.events]
    assert len(left) == 12
    assert all(ended < begun for begun, ended in zip(left[::2], left[1::2], strict=True))
    assert any(begun > ended for ended, begun in zip(left[1::2], left[2::2], strict=False))  # one limit would only fall


def test_a_time_limit_fails_the_iteration_that_hangs(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, time
        numbers = itertools.count(1)
        def test_it():
            if next(numbers) == 5: time.sleep(60)
    """
    )
    run = lab.run("--repro-stress=6", "--timeout=2", "--timeout-method=signal", plugins=("timeout",))
    assert [line["outcome"] for line in run.iterations] == [*["passed"] * 4, "failed", "passed"]
    assert "Timeout" in run.iterations[4]["message"]


def test_the_faulthandler_timeout_holds_for_each_iteration(lab: Lab) -> None:
    lab.write(
        conftest="""
        import faulthandler
        faulthandler.dump_traceback_later = lambda timeout, **_: say("from now on", timeout)
        faulthandler.cancel_dump_traceback_later = lambda: say("no more")
    """,
        test_it="def test_it(): say('body')",
    )
    run = lab.run_process("--repro-stress=3", "-o", "faulthandler_timeout=9")
    assert run.events == [*["from now on 9.0", "body"] * 3, "no more"]


def test_plugin_names_used_here_exist() -> None:
    names = repr(list(PLUGINS.values()))
    code = f"import importlib\nfor n in {names}: importlib.import_module(n)"
    subprocess.run([sys.executable, "-c", code], check=True)
