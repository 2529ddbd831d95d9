"""Fixtures that iterations share are set up once before the fork, as pytest sets them up."""

import pytest
from campaign import Lab
from fork_driver import driven, of

SCOPES = """
def fixture(scope):
    @pytest.fixture(scope=scope, name=scope)
    def made():
        say(scope, "up", who())
        yield []
        say(scope, "down", who())
    return made
session, package, module, klass, function = map(fixture, ("session", "package", "module", "class", "function"))
"""


def test_each_scope_is_set_up_once_for_all_iterations_and_torn_down_once_in_the_parent(lab: Lab) -> None:
    text = """
@pytest.mark.usefixtures("class")
class TestIt:
    def test_it(self, session, package, module, function):
        for made in (session, package, module, function):
            made.append(1)
            assert len(made) == 1
"""
    run = driven(lab, text, conftest=SCOPES)
    ups = [f"{scope} up parent" for scope in ("session", "package", "module", "class")]
    children = ["function up child", "function down child", "report call passed "] * 2
    downs = [f"{scope} down parent" for scope in ("class", "module", "package", "session")]
    assert [event.strip() for event in run.events] == [
        event.strip() for event in [*ups, "prepared test_it session package module class", *children, *downs]
    ]


def test_xunit_and_unittest_set_ups_are_shared_too(lab: Lab) -> None:
    text = """
import unittest
def setup_module(): say("setup_module", who())
def teardown_module(): say("teardown_module", who())
class TestIt:
    def setup_class(self): say("setup_class", who())
    def setup_method(self): say("setup_method", who())
    def test_it(self): pass
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls): say("setUpClass", who())
    @classmethod
    def tearDownClass(cls): say("tearDownClass", who())
    def setUp(self): say("setUp", who())
    def test_it(self): pass
"""
    run = driven(lab, text)
    assert run.counts == {
        "setup_module parent": 1, "setup_class parent": 1, "setup_method child": 2, "setUpClass parent": 1,
        "setUp child": 2, "tearDownClass parent": 1, "teardown_module parent": 1,
        "prepared test_it setup_module setup_class": 1,
        "prepared test_it setup_module setUpClass": 1, "report call passed ": 4,
    }  # fmt: skip


def test_a_fixture_is_shared_by_tests_and_made_anew_for_another_parameter(lab: Lab) -> None:
    text = """
@pytest.fixture(scope="session", params="ab")
def param(request):
    say("up", request.param, who())
    yield request.param
    say("down", request.param, who())
@pytest.fixture(scope="session")
def user(param):
    yield param * 2
    say("user down", who())
@pytest.mark.parametrize("param", "ab", indirect=True, scope="session")
def test_one(param, user): assert user == param * 2
def test_two(param, user): assert user == param * 2
"""
    run = driven(lab, text)
    assert of(run, "report") == ["call passed "] * 8
    assert of(run, "up") == ["a parent", "b parent"]
    assert of(run, "down") == ["a parent", "b parent"]
    assert of(run, "user") == ["down parent"] * 2


SETTING_UP = """
@pytest.fixture(scope="session")
def backend():
    say("tried", who())
    {act}
@pytest.fixture(scope="session")
def after(backend): say("after")
@pytest.fixture(scope="module")
def later(): say("later")
def test_one(backend, later): pass
def test_two(after): pass
"""


def test_a_set_up_that_skips_is_tried_once_and_told_by_every_iteration(lab: Lab) -> None:
    run = driven(lab, SETTING_UP.format(act="pytest.skip('no backend')"))
    assert of(run, "tried") == ["parent"]
    assert len(of(run, "report")) == 4
    assert all(one.startswith("setup skipped ") and "no backend" in one for one in of(run, "report"))
    assert not {"after", "later"} & set(run.events)


@pytest.mark.parametrize(
    ("act", "report"),
    [
        ("raise OSError('no backend')", "setup failed OSError: no backend"),
        ("pytest.fail('no backend')", "setup failed Failed: no backend"),
    ],
)
def test_a_set_up_that_raises_is_tried_in_every_iteration(lab: Lab, act: str, report: str) -> None:
    run = driven(lab, SETTING_UP.format(act=act))
    assert of(run, "tried") == [*["parent", "child", "child"] * 2]
    assert of(run, "report") == [report] * 4
    kind = report.split()[2].rstrip(":")
    one = [f"backend raised {kind}", "later comes after backend"]
    assert of(run, "left") == [*one, f"backend raised {kind}", "after uses backend"]
    assert not {"after", "later"} & set(run.events)


def test_a_set_up_that_fails_once_is_not_the_failure_of_every_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pathlib, pytest
        @pytest.fixture(scope="class")
        def backend():
            tried = pathlib.Path(__file__).with_name("tried")
            first = not tried.exists()
            tried.touch()
            assert not first, "no backend yet"
        class TestIt:
            def test_it(self, backend): pass
    """
    )
    run = lab.run("--repro-stress=8", "--repro-isolate=fork")
    assert run.outcomes == {"passed": 8}
    assert run.line("fixture backend was set up in each isolated iteration: it raised AssertionError")


def test_a_set_up_that_exits_is_done_again_by_each_child(lab: Lab) -> None:
    text = """
@pytest.fixture(scope="module")
def backend():
    say("tried", who())
    raise SystemExit(3)
def test_it(backend): pass
"""
    run = driven(lab, text)
    assert of(run, "tried") == ["parent", "child", "child"]
    assert of(run, "report") == ["setup failed SystemExit: 3"] * 2


@pytest.mark.parametrize("act", ["raise KeyboardInterrupt", "pytest.exit('enough', returncode=2)"])
def test_what_ends_the_session_passes_through(lab: Lab, act: str) -> None:
    run = driven(lab, f"@pytest.fixture(scope='module')\ndef backend(): {act}\ndef test_it(backend): pass\n")
    assert run.code == 2
    assert run.events == []


def test_a_package_whose_set_up_raises_or_starts_a_thread_is_right_in_the_children(lab: Lab) -> None:
    for name, act in [("bad", "raise OSError('no package')"), ("busy", "say('busy', who()); open_one()")]:
        folder = lab.path / name
        folder.mkdir()
        lines = ["import socket", "from conftest import say, who", "kept = []"]
        lines += ["def open_one(): kept.append(socket.socket())", "def teardown_module(): kept.pop().close()"]
        (folder / "__init__.py").write_text("\n".join([*lines, f"def setup_module(): {act}"]))
        (folder / f"test_{name}.py").write_text(
            "import pytest\n@pytest.fixture(scope='session')\ndef shared(): pass\ndef test_it(shared): pass\n"
        )
    run = driven(lab, "def test_it(): pass\n")
    bad = ["bad raised OSError", "shared comes after bad"]
    assert of(run, "left") == [*bad, "busy opened a socket", "shared comes after busy"]
    assert of(run, "busy") == ["parent", "child", "child"]
    failed, passed = ["setup failed OSError: no package"] * 2, ["call passed "] * 4
    assert of(run, "report") == failed + passed


def test_a_package_whose_set_up_raised_for_one_test_is_set_up_for_the_next(lab: Lab) -> None:
    folder = lab.path / "package"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from conftest import say, who\ntried = []\n"
        "def setup_module():\n    say('tried', who())\n    tried.append(1)\n    if len(tried) == 1: raise OSError\n"
    )
    (folder / "test_it.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    run = driven(lab, "")
    assert of(run, "left") == ["package raised OSError"]
    assert of(run, "tried") == ["parent", "child", "child", "parent"]
    assert of(run, "report") == ["call passed "] * 4


@pytest.mark.parametrize("mark", ["skip(reason='x')", "skipif(True, reason='x')", "skipif('1 +')", "xfail(run=False)"])
def test_nothing_is_set_up_for_a_test_that_a_marker_skips(lab: Lab, mark: str) -> None:
    text = f"""
@pytest.fixture(scope="module")
def costly(): say("costly")
@pytest.mark.{mark}
def test_it(costly): pass
"""
    run = driven(lab, text)
    assert run.events[0] == "prepared test_it"
    assert "costly" not in run.events
    assert len(of(run, "report")) == 2


def test_a_doctest_shares_its_autouse_fixtures(lab: Lab) -> None:
    text = '''
def add(one, other):
    """
    >>> add(1, 2)
    3
    """
    return one + other
@pytest.fixture(scope="module", autouse=True)
def module(): say("module", who())
'''
    run = driven(lab, text, "--doctest-modules", "test_it.py")
    assert of(run, "module") == ["parent"]
    assert of(run, "report") == ["call passed "] * 2


def test_an_item_without_fixtures_has_its_collectors_set_up(lab: Lab) -> None:
    conftest = """
class Line(pytest.Item):
    def runtest(self): say("line", who())
class Page(pytest.File):
    def setup(self): say("page", who())
    def collect(self): yield Line.from_parent(self, name="line")
def pytest_collect_file(file_path, parent):
    return Page.from_parent(parent, path=file_path) if file_path.suffix == ".page" else None
"""
    (lab.path / "one.page").touch()
    run = driven(lab, "", "one.page", conftest=conftest)
    assert run.counts == {"page parent": 1, "prepared line": 1, "line child": 2, "report call passed ": 2}


def test_a_fixture_that_overrides_and_uses_another_is_set_up_in_pytests_order(lab: Lab) -> None:
    conftest = """
@pytest.fixture(scope="session")
def base(): say("base"); return ["base"]
@pytest.fixture(scope="session")
def value(base): say("outer"); return [*base, "outer"]
@pytest.fixture(scope="session")
def between(value): say("between"); return [*value, "between"]
"""
    text = """
@pytest.fixture(scope="session")
def value(between): say("inner"); return [*between, "inner"]
def test_it(value, between): assert value == ["base", "outer", "between", "inner"]
"""
    run = driven(lab, text, conftest=conftest)
    assert of(run, "report") == ["call passed "] * 2, run.events
    assert run.events[:4] == ["base", "outer", "between", "inner"]


def test_output_is_captured_and_warnings_are_summed_up_by_pytest(lab: Lab) -> None:
    text = """
import warnings
@pytest.fixture(scope="session")
def loud():
    print("printed")
    warnings.warn("careful")
    say(os.environ["PYTEST_CURRENT_TEST"])
def test_it(loud): pass
"""
    run = driven(lab, text)
    assert "printed" not in run.out
    assert run.err == ""
    assert run.out.count("UserWarning: careful") == 1
    assert run.events[0] == "test_it.py::test_it (setup)"


def test_a_warning_that_is_an_error_fails_every_iteration(lab: Lab) -> None:
    text = """
import warnings
@pytest.fixture(scope="session")
def loud(): warnings.warn("careful")
def test_it(loud): pass
"""
    assert of(driven(lab, text, "-W", "error"), "report") == ["setup failed UserWarning: careful"] * 2
