"""A forked iteration is a pytest test like any other: fixtures, capture, seeds, other plugins, reports."""

import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from account import PLANT, bounded, isolations
from campaign import Lab, Run

FORK = "--repro-isolate=fork"
LOOPS = ("-o", "asyncio_default_fixture_loop_scope=function")
SCOPES = """
    import os, pytest
    def pytest_sessionstart(session): say("parent", os.getpid())
    def fixture(scope):
        @pytest.fixture(scope=scope, name=scope)
        def made():
            say(scope, "up", os.getpid())
            yield []
            say(scope, "down", os.getpid())
        return made
    session, package, module, klass, function = map(fixture, ("session", "package", "module", "class", "function"))
"""
SHARED = ("session", "package", "module", "class")


@pytest.mark.parametrize("jobs", ["--repro-jobs=1", "--repro-jobs=2"])
def test_shared_fixtures_are_made_once_in_the_parent_and_function_fixtures_in_each_child(lab: Lab, jobs: str) -> None:
    lab.write(conftest=SCOPES)
    lab.write(
        test_it="""
        import os, pytest
        @pytest.mark.usefixtures("class")
        class TestIt:
            def test_it(self, session, package, module, function):
                say("body", os.getpid())
                for made in (session, package, module, function):
                    made.append(1)
                    assert len(made) == 1
    """
    )
    run = bounded(lab, "--repro-stress=4", FORK, jobs)
    assert run.outcomes == {"passed": 4}, run.out
    (parent,) = [event.split()[1] for event in run.events if event.startswith("parent")]
    for scope in SHARED:
        assert [event for event in run.events if event.startswith(f"{scope} ")] == [
            f"{scope} up {parent}",
            f"{scope} down {parent}",
        ]
    bodies = {event.split()[1] for event in run.events if event.startswith("body")}
    assert len(bodies) == 4
    assert parent not in bodies
    for child in bodies:
        assert [event for event in run.events if event.endswith(f" {child}")] == [
            f"function up {child}",
            f"body {child}",
            f"function down {child}",
        ]
    assert run.events[-4:] == [f"{scope} down {parent}" for scope in ("class", "module", "package", "session")]


def test_in_auto_shared_fixtures_are_torn_down_as_often_as_they_are_made(lab: Lab) -> None:
    lab.write(conftest=SCOPES)
    lab.write(test_it=f"{PLANT}\ndef test_it(session, module, function): assert count() % 3, 'third'\n")
    run = bounded(lab, "--repro-stress=7")
    assert isolations(run, "test_it") == [""] * 3 + ["fork"] * 4
    for scope in ("session", "module", "function"):
        ups = Counter(event.split()[2] for event in run.events if event.startswith(f"{scope} up"))
        downs = Counter(event.split()[2] for event in run.events if event.startswith(f"{scope} down"))
        assert ups == downs, run.events
    made = sum(event.startswith("module up") for event in run.events)
    assert made <= 3  # for the loop, for the forks, and for one that looks again


UNSAFE = {
    "thread": """
        asked, answered = queue.Queue(), queue.Queue()
        thread = threading.Thread(target=lambda: [answered.put(one + 1) for one in iter(asked.get, None)], daemon=True)
        thread.start()
        yield lambda: (asked.put(1), answered.get(timeout=20))
        asked.put(None)
        thread.join()""",
    "socket": """
        server = socket.create_server(("127.0.0.1", 0))
        def ask():
            with socket.create_connection(server.getsockname(), 20), server.accept()[0]: pass
        yield ask
        server.close()""",
    "process": """
        child = subprocess.Popen(["cat"], stdin=-1, stdout=-1, bufsize=0)
        def ask():
            child.stdin.write(b"x")
            assert child.stdout.read(1) == b"x"
        yield ask
        child.kill()
        child.wait()""",
    "event loop": """
        loop = asyncio.new_event_loop()
        yield lambda: loop.run_until_complete(asyncio.sleep(0))
        loop.close()""",
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_a_fixture_that_cannot_be_forked_is_made_in_each_child_and_the_report_says_why(lab: Lab, kind: str) -> None:
    lab.write(
        test_it=f"""{PLANT}
import asyncio, queue, socket
@pytest.fixture(scope="session")
def safe():
    say("safe", "up", os.getpid())
    yield
    say("safe", "down", os.getpid())
@pytest.fixture(scope="session")
def backend(safe):
    if True:
        say("backend", "up", os.getpid())
        {UNSAFE[kind].strip()}
        say("backend", "down", os.getpid())
def test_it(backend):
    say("body", "in", os.getpid())
    backend()
"""
    )
    run = bounded(lab, "--repro-stress=3", FORK)
    assert run.outcomes == {"passed": 3}, run.out
    bodies = {event.split()[2] for event in run.events if event.startswith("body")}
    assert len(bodies) == 3
    for child in bodies:
        assert f"backend up {child}" in run.events
    ups = sorted(event.replace(" up ", " ") for event in run.events if " up " in event)
    assert ups == sorted(event.replace(" down ", " ") for event in run.events if " down " in event)
    said = [line for line in run.section if "backend" in line]
    assert len(said) == 1, run.out
    assert kind in said[0]
    assert not [line for line in run.section if re.search(r"\bsafe\b", line)]


def test_each_failure_shows_the_whole_output_of_its_own_process(lab: Lab) -> None:
    lab.write(
        test_it=f"""{PLANT}
def test_it():
    number = count()
    for line in range(200):
        print(f"line {{line}} of {{os.getpid()}}")
        if line % 20 == 0: os.write(2, f"error {{line}} of {{os.getpid()}}\\n".encode())
    assert False, "abcdefgh"[number - 1]
"""
    )
    run = bounded(lab, "--repro-stress=4", FORK, "--repro-jobs=2")
    assert run.outcomes == {"failed": 4}
    shown = run.out.partition("repro: stress")[0]
    for name, pattern, count in [("out", r"^line (\d+) of (\d+)$", 200), ("err", r"^error (\d+) of (\d+)$", 10)]:
        parts = re.findall(rf"-+ Captured std{name} call -+\n(.*?)(?=^[-=_]{{3,}})", shown, re.S | re.M)
        assert parts, run.out
        for part in parts:
            lines = re.findall(pattern, part, re.M)
            assert [int(number) for number, _ in lines] == list(range(0, 200, 200 // count))
            assert len({process for _, process in lines}) == 1


SEEDED = """
    import random
    import numpy as np
    own = random.Random()
    class Holder: inner = random.Random()
    def test_it():
        first = random.random()
        say(first, np.random.random(), own.random(), Holder.inner.random())
        assert first < 0.6, "seeded"
"""


def test_every_generator_has_a_value_of_its_own_in_each_child_and_the_same_when_replayed(lab: Lab) -> None:
    lab.write(test_it=SEEDED)
    run = bounded(lab, "--repro-stress=10", FORK, "--repro-seed=4")
    assert 0 < run.outcomes["failed"] < 10
    columns = list(zip(*(event.split() for event in run.events), strict=True))
    assert [len(set(column)) for column in columns] == [10, 10, 10, 10]
    first = next(event for event in run.events if float(event.split()[0]) >= 0.6)
    again = lab.paste(run.replays[0])
    assert again.line("replayed: the same failure in 1 of 1"), again.out
    assert again.events == [first]


def test_generators_give_the_same_values_looped_and_forked(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        import numpy as np
        def test_it(): say(random.random(), np.random.random())
    """
    )
    seen = [bounded(lab, "--repro-stress=4", "--repro-seed=4", f"--repro-isolate={mode}") for mode in ("none", "fork")]
    assert len(set(seen[0].events)) == 4
    assert seen[1].events == seen[0].events


FIXTURES = """
    import logging, os, warnings
    def test_tmp(tmp_path):
        assert not list(tmp_path.iterdir())
        (tmp_path / "file").touch()
        say(tmp_path)
    def test_factory(tmp_path_factory):
        folder = tmp_path_factory.mktemp("made", numbered=True)
        assert not list(folder.iterdir())
        (folder / "file").touch()
    def test_log(caplog):
        logging.warning("hello")
        assert caplog.messages == ["hello"]
    def test_fd(capfd):
        os.write(1, b"one")
        print("two", flush=True)
        assert sorted(capfd.readouterr().out.split("two")) == sorted(["one", "\\n"])
    def test_sys(capsys):
        print("three")
        assert capsys.readouterr() == ("three\\n", "")
    def test_patch(monkeypatch, tmp_path):
        assert "LEFT" not in os.environ
        monkeypatch.setenv("LEFT", "x")
        monkeypatch.chdir(tmp_path)
    def test_warned(recwarn):
        warnings.warn("careful")
        assert len(recwarn) == 1
"""


@pytest.mark.parametrize("jobs", ["--repro-jobs=1", "--repro-jobs=2"])
def test_pytests_own_fixtures_are_new_in_each_child(lab: Lab, jobs: str) -> None:
    lab.write(test_it=FIXTURES)
    run = bounded(lab, "--repro-stress=4", FORK, jobs)
    assert run.code == 0, run.out
    assert run.outcomes == {"passed": 28}
    assert len(run.events) == len(set(run.events)) == 4


REPORTED = """
    import logging, sys, warnings
    import pytest
    def test_fails(record_property, record_xml_attribute):
        record_property("answer", 42)
        print("to stdout")
        print("to stderr", file=sys.stderr)
        logging.warning("to the log")
        warnings.warn("careful")
        assert False, "planted"
    def test_warns():
        warnings.warn("careful too")
    @pytest.mark.xfail
    def test_expected(): assert False
    @pytest.mark.xfail(strict=False)
    def test_unexpected(): pass
    @pytest.mark.xfail(strict=True)
    def test_strict(): pass
    @pytest.mark.skip(reason="not here")
    def test_skipped(): pass
    @pytest.fixture
    def broken():
        yield
        raise ValueError("late")
    def test_teardown(broken): pass
"""


def told(run: Run) -> list[str]:
    """Return what pytest itself told, without what differs from run to run."""
    before = run.out.partition("repro: stress")[0].partition("collected")[2]
    return [re.sub(r"0x[0-9a-f]+", "0x", line) for line in before.splitlines()]


def test_what_pytest_tells_of_forked_iterations_is_what_it_tells_of_looped_ones(lab: Lab) -> None:
    lab.write(test_it=REPORTED)
    looped, forked = (
        bounded(lab, "--repro-stress=3", f"--repro-isolate={mode}", "-rA", "--junitxml=report.xml")
        for mode in ("none", "fork")
    )
    assert told(forked) == told(looped)
    assert re.sub(r" in [\d.]+s.*", "", forked.closing) == re.sub(r" in [\d.]+s.*", "", looped.closing)
    assert forked.outcomes == looped.outcomes
    assert {"xfailed", "xpassed", "skipped", "failed", "error"} <= set(forked.outcomes)
    for section in ("stdout call", "stderr call", "log call"):
        assert f"Captured {section}" in forked.out
    for text in ("to stdout", "to stderr", "to the log"):
        assert text in forked.out
    assert forked.out.count("UserWarning: careful\n") == 1
    assert forked.out.count("UserWarning: careful too\n") == 1
    properties = ET.parse(lab.path / "report.xml").iter("property")
    assert {"name": "answer", "value": "42"} in [one.attrib for one in properties]


def test_a_coroutine_runs_in_each_child(lab: Lab) -> None:
    lab.write(
        test_it="""
        import asyncio, os, pytest, pytest_asyncio
        @pytest_asyncio.fixture
        async def loop():
            yield asyncio.get_running_loop()
            say("down", os.getpid())
        @pytest.mark.asyncio
        async def test_it(loop):
            assert asyncio.get_running_loop() is loop
            await asyncio.sleep(0)
            say("body", os.getpid())
    """
    )
    run = bounded(lab, "--repro-stress=3", FORK, *LOOPS, plugins=("asyncio",))
    assert run.outcomes == {"passed": 3}, run.out
    assert [event.split()[0] for event in run.events] == ["body", "down"] * 3
    assert len(set(run.events)) == 6


def test_a_hypothesis_test_tells_its_example_from_a_child(lab: Lab) -> None:
    lab.write(
        test_it="""
        from hypothesis import given, settings, strategies as st
        @settings(database=None, deadline=None)
        @given(st.integers())
        def test_it(number): assert number < 100
    """
    )
    run = bounded(lab, "--repro-stress=3", FORK, plugins=("hypothesis",))
    assert run.outcomes == {"failed": 3}, run.out
    assert all("number=100" in line["example"] for line in run.iterations)
    assert "number=100" in run.out
    assert lab.paste(run.replays[0]).line("replayed: the same failure in 1 of 1")


def test_subtests_of_a_child_arrive(lab: Lab) -> None:
    pytest.importorskip("_pytest.subtests", reason="pytest 8 has no subtests")
    lab.write(
        test_it="""
        def test_it(subtests):
            for part in range(3):
                with subtests.test(part=part):
                    assert part != 1, "the middle"
    """
    )
    looped = bounded(lab, "--repro-stress=3", "--repro-isolate=none")
    forked = bounded(lab, "--repro-stress=3", FORK)
    assert forked.outcomes == looped.outcomes == {"failed": 3}
    assert re.sub(r" in [\d.]+s.*", "", forked.closing) == re.sub(r" in [\d.]+s.*", "", looped.closing)
    assert "contains 1 failed subtest" in forked.out
    assert "the middle" in forked.out.partition("repro: stress")[0]


def test_unittest_cases_run_in_children(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, unittest
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls): say("class up", os.getpid())
            @classmethod
            def tearDownClass(cls): say("class down", os.getpid())
            def setUp(self): self.made = []
            def test_it(self):
                self.made.append(1)
                self.assertEqual(len(self.made), 1)
    """
    )
    run = bounded(lab, "--repro-stress=3", FORK)
    assert run.outcomes == {"passed": 3}, run.out
    assert [event.rpartition(" ")[0] for event in run.events] == ["class up", "class down"]
    assert len({event.split()[-1] for event in run.events}) == 1


def test_lines_that_only_children_execute_are_covered(lab: Lab) -> None:
    pytest.importorskip("pytest_cov", reason="pytest-cov is not installed here")
    lab.write(
        covered="def by_child(x):\n    if x:\n        return 1\n    return 2\ndef by_nobody():\n    return 3\n",
        test_it="import covered\ndef test_it(): assert covered.by_child(1) == 1\n"
        "def test_other(): assert covered.by_child(0) == 2\n",
    )
    cov = ("-p", "pytest_cov", "--cov=covered", "--cov-report=term-missing")
    run = bounded(lab, "--repro-stress=2", FORK, *cov)
    assert run.outcomes == {"passed": 4}, run.out
    lines = (lab.path / "covered.py").read_text().splitlines()
    missing = lines.index("    return 3") + 1
    (line,) = [line for line in run.out.splitlines() if line.startswith("covered.py")]
    assert re.search(rf" \d+%   (?:[\d-]+, )*{missing}$", line), line  # say's own lines are not run either
    for run_by_a_child in (missing - 2, missing - 3):
        assert not re.search(rf"\b{run_by_a_child}\b", line.partition("%")[2])
