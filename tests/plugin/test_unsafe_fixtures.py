"""A fixture that nobody must have when it forks is left to the children, with what depends on it and the reason."""

import pytest
from campaign import Lab
from fork_driver import driven, of

UNSAFE = {
    "thread": (
        "import threading; end = threading.Event(); thread = threading.Thread(target=end.wait, name='poller')\n"
        "    thread.start()",
        "end.set(); thread.join()",
        "started a thread (poller)",
    ),
    "socket": ("import socket; one = socket.socket()", "one.close()", "opened a socket"),
    "loop": (
        "import asyncio; loop = asyncio.new_event_loop()",
        "loop.close()",
        "opened 2 sockets and started an event loop",
    ),
    "child": (
        "import subprocess; cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE)",
        "cat.communicate()",
        "started a child process (cat)",
    ),
}


def unsafe(kind: str, head: str = 'def server(): say("server up", who())') -> str:
    """Return the body of a fixture that nobody must have when it forks."""
    begin, end, _ = UNSAFE[kind]
    return f"\n{head}\n    {begin}\n    yield\n    {end}\n"


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_fixture_is_torn_down_and_left_to_the_children_with_the_reason(lab: Lab, kind: str) -> None:
    text = f"""
@pytest.fixture(scope="session")
def safe():
    say("safe up", who())
    yield
    say("safe down", who())
@pytest.fixture(scope="session")
{unsafe(kind, "def server(safe):").strip()}
    say("server down", who())
def test_one(server): pass
def test_two(server): pass
"""
    run = driven(lab, text)
    assert of(run, "safe") == ["up parent", "down parent"]
    assert of(run, "left") == [f"server {UNSAFE[kind][2]}"] * 2
    assert of(run, "server") == ["down parent"]  # tried once, and never again
    assert of(run, "report") == ["call passed "] * 4
    assert of(run, "hindrance") == []


def test_a_thread_that_outlives_its_fixtures_teardown_hinders_the_fork(lab: Lab) -> None:
    text = """
import threading
@pytest.fixture(scope="session")
def server():
    threading.Thread(target=threading.Event().wait, name="poller", daemon=True).start()
    yield
    raise OSError("no teardown")
def test_it(server): pass
"""
    run = driven(lab, text)
    assert of(run, "left") == ["server started a thread (poller)"]
    assert of(run, "hindrance") == ["another thread (poller) is running"]


def test_what_uses_an_unsafe_fixture_is_left_with_it_and_what_does_not_is_shared(lab: Lab) -> None:
    text = f"""
@pytest.fixture(scope="session")
{unsafe("thread", "def server():").strip()}
@pytest.fixture(scope="session")
def client(server): say("client up", who())
@pytest.fixture(scope="session")
def shop(client): say("shop up", who())
@pytest.fixture(scope="session")
def other(): say("other up", who())
def test_it(shop, other): pass
"""
    run = driven(lab, text)
    assert of(run, "prepared") == ["test_it other"]
    assert of(run, "left") == ["server started a thread (poller)", "client uses server", "shop uses client"]
    assert of(run, "client") == of(run, "shop") == ["up child"] * 2
    assert of(run, "other") == ["up parent"]


def test_what_asks_for_an_unsafe_fixture_only_when_it_runs_is_left_once_it_has_been_tried(lab: Lab) -> None:
    text = f"""
@pytest.fixture(scope="session")
{unsafe("thread", "def server():").strip()}
@pytest.fixture(scope="session")
def client(request):
    say("client up", who())
    request.getfixturevalue("server")
def test_it(server, client): pass
"""
    run = driven(lab, text)
    assert of(run, "left") == ["server started a thread (poller)", "client started a thread (poller)"]
    assert of(run, "client") == ["up parent", "up child", "up child"]
    assert of(run, "report") == ["call passed "] * 2
    assert of(run, "hindrance") == []


@pytest.mark.parametrize(
    ("options", "use"), [('scope="session", autouse=True', 'scope="session"'), ('scope="session"', 'scope="module"')]
)
def test_what_pytest_promises_to_set_up_after_an_unsafe_fixture_is_left_too(lab: Lab, options: str, use: str) -> None:
    text = f"""
@pytest.fixture({options})
{unsafe("socket", "def server():").strip()}
    os.environ.pop("URL")
@pytest.fixture({use})
def client(): return os.environ["URL"]
def test_it(server, client): assert client == "here"
""".replace("    yield\n", "    os.environ['URL'] = 'here'\n    yield\n", 1)
    run = driven(lab, text)
    assert of(run, "report") == ["call passed "] * 2
    assert of(run, "left") == ["server opened a socket", "client comes after server"]


def test_a_set_up_that_fails_for_want_of_what_was_left_is_left_itself(lab: Lab) -> None:
    text = f"""
@pytest.fixture(scope="session")
{unsafe("socket", "def server():").strip()}
@pytest.fixture(scope="session")
def client(): return os.environ["URL"]
def test_it(server, client): pass
""".replace("    yield\n", "    os.environ['URL'] = 'here'\n    yield\n    del os.environ['URL']\n", 1)
    run = driven(lab, text)
    assert of(run, "report") == ["call passed "] * 2
    assert of(run, "left")[1:] == ["client raised KeyError without server"]


def test_what_a_test_before_has_set_up_stands_although_an_unsafe_fixture_comes_before_it(lab: Lab) -> None:
    text = f"""
@pytest.fixture(scope="module")
def module():
    say("module up", who())
    yield
    say("module down", who())
@pytest.fixture(scope="session")
{unsafe("thread", "def server():").strip()}
def test_one(module): pass
def test_two(module, server): pass
"""
    run = driven(lab, text)
    assert of(run, "module") == ["up parent", "down parent"]
    assert of(run, "prepared") == ["test_one module", "test_two module"]


def test_a_fixture_with_another_parameter_is_ended_in_the_parent_even_if_children_make_the_next(lab: Lab) -> None:
    text = f"""
@pytest.fixture(scope="session")
{unsafe("thread", "def server():").strip()}
@pytest.fixture(scope="module", params="ab")
def param(request):
    say("up", request.param, who())
    yield request.param
    say("down", request.param, who())
@pytest.mark.parametrize("param", "a", indirect=True)
def test_one(param): pass
@pytest.mark.parametrize("param", "b", indirect=True)
def test_two(param, server): pass
"""
    run = driven(lab, text)
    assert of(run, "report") == ["call passed "] * 4
    assert of(run, "up") == ["a parent", "b child", "b child"]
    assert of(run, "down") == ["a parent"]
