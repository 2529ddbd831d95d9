"""What a shared fixture does as it ends in an isolated iteration's own process is told once, and truly."""

import pytest
from campaign import Lab

THREAD = """
    import pytest, threading
    @pytest.fixture(scope="session")
    def pump():
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait, daemon=True, name="pump")
        thread.start()
        yield
        stop.set()
        thread.join()
        {end}
    def test_it(pump): pass
"""


@pytest.mark.parametrize("isolation", ["fork", "fresh"])
def test_a_thread_that_its_fixture_ends_is_not_called_left_running(lab: Lab, isolation: str) -> None:
    lab.write(test_it=THREAD.format(end=""))
    run = lab.run_process("--repro-stress=2", f"--repro-isolate={isolation}")
    assert run.outcomes == {"passed": 2}
    assert [line.get("note", "") for line in run.iterations] == ["", ""]
    assert "left running" not in run.out


@pytest.mark.parametrize("isolation", ["fork", "fresh"])
def test_an_error_as_every_childs_fixture_ends_is_told_once(lab: Lab, isolation: str) -> None:
    lab.write(test_it=THREAD.format(end="raise ValueError('at the end')"))
    run = lab.run_process("--repro-stress=3", f"--repro-isolate={isolation}")
    assert run.code == 1
    assert "1 passed, 1 error" in run.closing
