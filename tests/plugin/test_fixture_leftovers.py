"""Nothing of an iteration is left behind: not on fixtures, not on the item, not in the environment."""

import pytest
from campaign import Lab

pytestmark = pytest.mark.usefixtures("in_one_process")


def test_finalizers_of_function_fixtures_do_not_pile_up_on_a_session_fixture(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="session")
        def session():
            return []
        @pytest.fixture
        def function(session):
            return session
        def test_it(function, request):
            say(len(request._get_active_fixturedef("session")._finalizers))
    """
    )
    run = lab.run("--repro-stress=300")
    assert run.outcomes == {"passed": 300}
    assert max(map(int, run.events)) < 40


def test_a_failing_setup_of_a_module_fixture_fails_every_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def broken():
            say("tried")
            raise OSError("no")
        def test_it(broken): pass
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.outcomes == {"error": 3}
    assert run.signatures == 1
    assert {line["phase"] for line in run.iterations} == {"setup"}
    assert run.closing.startswith("1 error in")


def test_the_current_test_variable_names_the_test_in_every_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os
        def test_it(): say(os.environ["PYTEST_CURRENT_TEST"])
    """
    )
    assert lab.run("--repro-stress=2").events == ["test_it.py::test_it (call)"] * 2


def test_the_item_that_hooks_see_is_new_each_time_and_forgets_what_they_hang_on_it(lab: Lab) -> None:
    lab.write(
        conftest="""
        import pytest
        KEY = pytest.StashKey[int]()
        def pytest_runtest_setup(item):
            say(item.stash.get(KEY, 0), hasattr(item, "mine"), len(item.own_markers), "skipif" in item.keywords)
            item.stash[KEY], item.mine = 1, 2
            item.add_marker(pytest.mark.skipif(False, reason="never"))
    """
    )
    lab.write(test_it="def test_it(): pass")
    assert lab.run("--repro-stress=3").events == ["0 False 0 False"] * 3


def test_what_a_fixture_gave_an_iteration_is_let_go_at_its_end(lab: Lab) -> None:
    lab.write(
        test_it="""
        import gc, weakref
        import pytest
        class Large: pass
        given = []
        @pytest.fixture(scope="module", autouse=True)
        def nothing_is_collected():
            gc.disable()
            yield
            gc.enable()
        @pytest.fixture
        def large():
            return Large()
        def test_it(large):
            say(sum(one() is not None for one in given))
            given.append(weakref.ref(large))
    """
    )
    assert lab.run("--repro-stress=3").events == ["0"] * 3
