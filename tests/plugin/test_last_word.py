"""A worker that finishes while another one accounts for a death does not call the test passed."""

from account import PLANT, bounded
from campaign import Lab


def test_a_worker_that_ends_while_another_accounts_for_a_death_does_not_call_the_test_passed(lab: Lab) -> None:
    lab.write(
        conftest="""
        import os, time
        from pytest_repro.modes.deaths import Deaths
        HERE = os.path.dirname(os.path.abspath(__file__))
        SECOND = os.environ.get("PYTEST_XDIST_WORKER") == "gw1"
        record = Deaths.record
        def touch(name): open(os.path.join(HERE, name), "w").close()
        def await_(name):
            until = time.monotonic() + 60
            while not os.path.exists(os.path.join(HERE, name)) and time.monotonic() < until: time.sleep(0.01)
        def slow(self, *args, **more):
            touch("dying")
            await_("left")
            return record(self, *args, **more)
        Deaths.record = slow
        def pytest_collection_finish(): SECOND and await_("dying")
        def pytest_sessionfinish(): SECOND and touch("left")
    """,
        test_it=f"{PLANT}\ndef test_it():\n    if count() == 3: os.abort()\n",
    )
    run = bounded(lab, "--repro-stress=20", "-n2", plugins=("xdist",))
    assert run.code == 1
    assert run.closing.startswith("1 failed in"), run.out
