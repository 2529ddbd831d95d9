"""A forked child that tears down what it has set up leaves its parent's fixtures alone."""

from campaign import Lab
from fork_driver import driven, of

FORGETFUL = """
def child(item):
    forget_inherited(item.session)
    clone, _ = ItemCloner(item).fresh()
    for report in runtestprotocol(clone, log=False, nextitem=None): say("report", report.when, report.outcome)
"""

INHERITED = """
import tempfile
@pytest.fixture(scope="session")
def folder():
    return tempfile.TemporaryDirectory()
@pytest.fixture(scope="module")
def guarded(request):
    request.node.addfinalizer(lambda: say("node", who()))
    request.addfinalizer(lambda: say("added", who()))
    try: yield "value"
    finally: say("guarded down", who())
@pytest.fixture(scope="session")
def own():
    yield
    say("own down", who())
def teardown_module(): say("module down", who())
def test_it(guarded, folder, request):
    request.getfixturevalue("own")
    assert guarded == "value"
def test_next(folder): assert os.path.isdir(folder.name), "cleaned up"
"""


def test_a_child_that_tears_down_all_that_is_its_own_tears_down_nothing_of_its_parents(lab: Lab) -> None:
    run = driven(lab, INHERITED, conftest=FORGETFUL)
    assert of(run, "report") == ["setup passed", "call passed", "teardown passed"] * 4
    downs = {event: count for event, count in run.counts.items() if event.endswith((" parent", " child"))}
    assert downs == {
        "own down child": 2, "guarded down parent": 1, "added parent": 1, "node parent": 1, "module down parent": 1,
    }, run.events  # fmt: skip


def test_a_child_makes_what_uses_an_inherited_fixture_anew_for_another_parameter(lab: Lab) -> None:
    child = """
def child(item):
    forget_inherited(item.session)
    first, second = item.session.items
    for one in (first, second):
        clone, _ = ItemCloner(one).fresh()
        for report in runtestprotocol(clone, log=False, nextitem=one): say("report", report.when, report.outcome)
    item.session._setupstate.teardown_exact(None)
"""
    text = """
@pytest.fixture(scope="session", params="ab")
def param(request):
    yield request.param
    say("param down", request.param, who())
@pytest.fixture(scope="session")
def user(param):
    yield param * 2
    say("user down", param, who())
def test_it(param, user): assert user == param * 2
"""
    run = driven(lab, text, conftest=child)
    first = run.events[: run.events.index("user down a parent")]
    assert [event for event in first if event.startswith("report")] == [
        f"report {when} passed" for when in ("setup", "call", "teardown")
    ] * 4  # fmt: skip
    assert [event for event in first if event.endswith((" parent", " child"))] == [
        "user down b child",
        "param down b child",
    ] * 2
