"""Every iteration is a test of its own: what pytest promises a test holds for each of them."""

from unittest.mock import ANY

import pytest
from campaign import Lab

pytestmark = pytest.mark.usefixtures("in_one_process")

SCOPES = """
    import pytest

    def fixture(scope):
        @pytest.fixture(scope=scope, name=scope)
        def made():
            say(scope, "up")
            yield []
            say(scope, "down")
        return made

    session, package, module, klass, function = map(fixture, ("session", "package", "module", "class", "function"))
"""


def test_function_fixtures_are_made_anew_and_longer_lived_ones_once(lab: Lab) -> None:
    lab.write(conftest=SCOPES)
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.usefixtures("class")
        class TestIt:
            def test_it(self, session, package, module, function):
                say("body")
                function.append(1)
                assert len(function) == 1
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.code == 0
    assert run.counts == {
        "session up": 1, "package up": 1, "module up": 1, "class up": 1, "function up": 3,
        "body": 3,
        "function down": 3, "class down": 1, "module down": 1, "package down": 1, "session down": 1,
    }  # fmt: skip
    assert run.events[-5:] == ["function down", "class down", "module down", "package down", "session down"]


TWO_MODULES = """
    def test_{name}(module, function):
        say("body {name}")
        {last}
"""


def test_a_module_fixture_ends_before_the_next_module_begins(lab: Lab) -> None:
    lab.write(conftest=SCOPES)
    lab.write(test_a=TWO_MODULES.format(name="a", last=""), test_b=TWO_MODULES.format(name="b", last=""))
    run = lab.run("--repro-stress=2", "-v")
    a = ["module up", *["function up", "body a", "function down"] * 2, "module down"]
    assert run.events == a + [event.replace(" a", " b") for event in a]


@pytest.mark.parametrize(
    ("last", "options", "bodies"),
    [
        ("assert 0", ["--repro-stress=5", "--repro-stop=1"], 1),
        ("assert 0", ["--repro-stress=5", "--repro-stop=3"], 3),
        ("request.addfinalizer(lambda: 1 / 0)", ["--repro-stress=5", "--repro-stop=1"], 1),
        ("pass", ["--repro-stress=inf", "--repro-time=400ms"], None),
    ],
    ids=["stop after one", "stop after three", "stop at a failing teardown", "time"],
)
def test_longer_lived_fixtures_end_once_when_the_loop_ends_early(
    lab: Lab, last: str, options: list[str], bodies: int | None
) -> None:
    lab.write(conftest=SCOPES)
    for name in ("a", "b"):
        lab.write(
            **{
                f"test_{name}": f"""
            def test_it(module, function, request):
                say("body {name}")
                {last}
        """
            }
        )
    run = lab.run(*options)
    middle = run.events.index("module down")
    assert run.events[middle + 1] == "module up"
    # Where time is shared, tests take turns, and each turn sets up anew what only that test's module needs.
    assert run.counts["module up"] == run.counts["module down"] == (2 if bodies is not None else ANY)
    assert run.counts["function up"] == run.counts["function down"]
    if bodies is not None:
        assert run.counts["body a"] == run.counts["body b"] == bodies


@pytest.mark.parametrize("last", ["assert 0", "request.addfinalizer(lambda: 1 / 0)"], ids=["call", "teardown"])
def test_exitfirst_ends_the_campaign_with_every_fixture_torn_down_once(lab: Lab, last: str) -> None:
    lab.write(conftest=SCOPES)
    for name in ("a", "b"):
        lab.write(
            **{
                f"test_{name}": f"""
            def test_it(session, module, function, request):
                say("body")
                {last}
        """
            }
        )
    run = lab.run("--repro-stress=5", "-x")
    assert run.code == 1
    assert run.events == [
        "session up", "module up", "function up", "body", "function down", "module down", "session down"
    ]  # fmt: skip
    assert run.section[0].startswith("stopped by -x or --maxfail: 10 asked, 1 run, 9 not run, 0 lost")


def test_output_of_a_late_module_teardown_stays_captured(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def module():
            yield
            print("text of the module's teardown")
            raise OSError("module teardown")
        def test_it(module, request):
            request.addfinalizer(lambda: 1 / 0)
    """
    )
    run = lab.run("--repro-stress=5", "--repro-stop=1", "-rN")
    before, _, after = run.out.partition("= ERRORS =")
    assert "text of the module's teardown" not in before
    assert "text of the module's teardown" in after
    assert "OSError: module teardown" in after


def test_a_test_class_has_a_fresh_instance_each_time(lab: Lab) -> None:
    lab.write(
        test_it="""
        class TestIt:
            def setup_method(self, method): say("up", vars(self)); self.a = 1
            def teardown_method(self): say("down", vars(self))
            def test_it(self): self.x = 1
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.events == ["up {}", "down {'a': 1, 'x': 1}"] * 3


def test_xunit_setups_of_module_and_class_run_once(lab: Lab) -> None:
    lab.write(
        test_it="""
        def setup_module(): say("module up")
        def teardown_module(): say("module down")
        def setup_function(f): say("function up")
        def teardown_function(f): say("function down")
        class TestIt:
            @classmethod
            def setup_class(cls): say("class up")
            @classmethod
            def teardown_class(cls): say("class down")
            def test_in_class(self): say("in class")
        def test_it(): say("body")
    """
    )
    run = lab.run("--repro-stress=3")
    body = ["function up", "body", "function down"]
    assert run.events == ["module up", "class up", *["in class"] * 3, "class down", *body * 3, "module down"]


def test_a_unittest_case_is_really_repeated_on_fresh_instances(lab: Lab) -> None:
    lab.write(
        test_it="""
        import unittest
        class TestIt(unittest.TestCase):
            @classmethod
            def setUpClass(cls): say("class up"); cls.addClassCleanup(say, "class cleaned")
            @classmethod
            def tearDownClass(cls): say("class down")
            def setUp(self): say("up", hasattr(self, "x")); self.addCleanup(say, "cleaned")
            def tearDown(self): say("down")
            def test_it(self): self.x = 1; say("body")
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.events == [
        "class up", *["up False", "body", "down", "cleaned"] * 3, "class down", "class cleaned",
    ]  # fmt: skip
    assert run.outcomes == {"passed": 3}


def test_an_asynchronous_unittest_case_is_repeated(lab: Lab) -> None:
    lab.write(
        test_it="""
        import unittest
        class TestIt(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self): say("up", hasattr(self, "x"))
            async def test_it(self): self.x = 1; say("body")
    """
    )
    assert lab.run("--repro-stress=3").events == ["up False", "body"] * 3


def test_monkeypatch_is_undone_after_each_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os
        def test_it(monkeypatch):
            assert "PROBE" not in os.environ
            monkeypatch.setenv("PROBE", "1")
    """
    )
    assert lab.run("--repro-stress=3").outcomes == {"passed": 3}


@pytest.mark.parametrize("fixture", ["capsys", "capfd", "capsysbinary", "capfdbinary"])
def test_a_capture_fixture_sees_only_its_own_iteration(lab: Lab, fixture: str) -> None:
    wanted = 'b"hi\\n"' if "binary" in fixture else '"hi\\n"'
    lab.write(
        test_it=f"""
        def test_it({fixture}):
            print("hi")
            assert {fixture}.readouterr().out == {wanted}
            print("left behind")
    """
    )
    assert lab.run("--repro-stress=3").outcomes == {"passed": 3}


def test_caplog_sees_only_its_own_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import logging
        def test_it(caplog):
            caplog.set_level(logging.DEBUG)
            logging.getLogger("q").debug("w")
            assert [record.message for record in caplog.records] == ["w"]
            assert not caplog.get_records("setup")
    """
    )
    assert lab.run("--repro-stress=3").outcomes == {"passed": 3}


def test_the_shown_failure_has_the_output_of_its_own_iteration_only(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        import logging
        numbers = itertools.count(1)
        def test_it():
            number = next(numbers)
            print(f"printed in {number}.")
            logging.getLogger().warning(f"logged in {number}.")
            assert number != 3
    """
    )
    run = lab.run("--repro-stress=5")
    assert run.outcomes == {"passed": 4, "failed": 1}
    assert [n for n in range(1, 6) if f"printed in {n}." in run.out] == [3]
    assert [n for n in range(1, 6) if f"logged in {n}." in run.out] == [3]


def test_standard_input_is_refused_in_every_iteration_as_in_a_plain_run(lab: Lab) -> None:
    lab.write(
        test_it="""
        import sys, pytest
        def test_it():
            with pytest.raises(OSError):
                sys.stdin.read()
    """
    )
    assert lab.run("--repro-stress=3").outcomes == {"passed": 3}


def test_tmp_path_is_another_empty_folder_each_time(lab: Lab) -> None:
    lab.write(
        test_it="""
        def test_it(tmp_path):
            say(tmp_path)
            assert not list(tmp_path.iterdir())
            (tmp_path / "x").write_text("1")
    """
    )
    run = lab.run("--repro-stress=20")
    assert run.outcomes == {"passed": 20}
    assert len(set(run.events)) == 20


def test_folders_of_passing_iterations_do_not_pile_up_and_those_of_failing_ones_are_kept(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, pytest
        numbers = itertools.count(1)
        @pytest.fixture
        def folder(tmp_path):  # as tests often reach it
            return tmp_path
        def test_it(folder):
            number = next(numbers)
            (folder / str(number)).touch()
            assert number not in (7, 30)
        def test_plain(tmp_path):
            pass
    """
    )
    lab.run("--repro-stress=50", "--basetemp=kept")
    kept = lab.path / "kept"
    left = sorted(int(path.name) for path in kept.glob("test_it*/*") if not path.parent.is_symlink())
    assert left == [7, 30, 50]  # the last one stays as it does in a plain run
    assert len([path for path in kept.glob("test_plain*") if not path.is_symlink()]) == 1


def test_the_persons_own_retention_policy_holds_for_the_last_iteration_too(lab: Lab) -> None:
    lab.write(test_it="def test_it(tmp_path): say(tmp_path)")
    run = lab.run("--repro-stress=5", "-o", "tmp_path_retention_policy=failed", "--basetemp=kept")
    assert len(set(run.events)) == 5
    assert list((lab.path / "kept").glob("test_it*")) == []


def test_a_finalizer_of_the_request_runs_once_an_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        def test_it(request):
            say("body")
            request.addfinalizer(lambda: say("finalized"))
    """
    )
    assert lab.run("--repro-stress=3").events == ["body", "finalized"] * 3


def test_a_recorded_property_is_reported_once(lab: Lab) -> None:
    lab.write(test_it='def test_it(record_property): record_property("k", "v")')
    lab.run("--repro-stress=3", "--junitxml=report.xml", "-o", "junit_family=xunit1")
    assert (lab.path / "report.xml").read_text().count('name="k"') == 1


def test_each_parameter_set_is_repeated_and_module_parameters_are_set_up_once(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module", params="ab")
        def one(request):
            say(request.param, "up")
            yield request.param
            say(request.param, "down")
        @pytest.fixture
        def indirect(request):
            return request.param * 10
        @pytest.mark.parametrize("indirect", [1, 2], indirect=True)
        @pytest.mark.parametrize("plain", ["x"])
        def test_it(one, plain, indirect):
            say(one, plain, indirect)
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.events == [
        event for one in "ab" for event in (f"{one} up", *[f"{one} x 10"] * 3, *[f"{one} x 20"] * 3, f"{one} down")
    ]
    assert len({line["nodeid"] for line in run.iterations}) == 4
