"""Drives the set-up of shared fixtures in an inner pytest run, before forks of the test's own."""

from campaign import Lab, Run

# Every test runs in two forked children; its shared fixtures are set up before them.
DRIVER = """
import os, pytest
from _pytest.runner import runtestprotocol
from pytest_repro.engine.appearances import fork_hindrance
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.inherited_fixtures import forget_inherited
from pytest_repro.engine.shared_fixtures import SharedFixtures

KEY = pytest.StashKey()
PARENT = os.getpid()
def who(): return "parent" if os.getpid() == PARENT else "child"

def child(item):
    clone, _ = ItemCloner(item).fresh()
    for report in runtestprotocol(clone, log=False, nextitem=item):
        if report.when == "call" or not report.passed:
            text = getattr(report.longrepr, "reprcrash", None) or report.longrepr or ""
            say("report", report.when, report.outcome, str(getattr(text, "message", text))[:200].replace("\\n", " "))

def pytest_runtest_protocol(item, nextitem):
    shared = item.session.stash.setdefault(KEY, SharedFixtures(item.session))
    prepared = shared.prepare(item)
    say("prepared", item.name, *prepared.shared)
    for name, why in prepared.in_child: say("left", name, why)
    if hindrance := fork_hindrance(): say("hindrance", hindrance)
    for _ in range(2):
        pid = os.fork()
        if not pid:
            try: child(item)
            except BaseException as error: say("broken", repr(error))
            finally: os._exit(0)
        os.waitpid(pid, 0)
    item.session._setupstate.teardown_exact(nextitem)
    return True
"""


def driven(lab: Lab, text: str, *args: str, conftest: str = "") -> Run:
    """Run one test file under the driver."""
    lab.write(conftest=DRIVER + conftest, test_it="import os, pytest\nfrom conftest import who\n" + text)
    run = lab.run_process(*args)
    assert "INTERNALERROR" not in run.out + run.err, run.out + run.err
    assert "broken" not in {event.split()[0] for event in run.events}, run.events
    return run


def of(run: Run, word: str) -> list[str]:
    """Return the events that begin with a word, without it."""
    return [event.removeprefix(f"{word} ") for event in run.events if event.startswith(f"{word} ")]
