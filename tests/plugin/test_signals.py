"""Signals that are for another process interrupt no campaign, and those that are for it are not taken for failures."""

import os
import signal
from collections.abc import Iterator

import pytest
from campaign import Lab

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def ends_of_children() -> Iterator[None]:
    """Whatever a project makes of the ends of children is undone."""
    before = signal.getsignal(signal.SIGCHLD)
    yield
    signal.signal(signal.SIGCHLD, before)


@pytest.fixture
def ends_of_children_ignored(ends_of_children: None) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def test_a_process_that_a_test_forked_and_ended_interrupts_no_campaign(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, signal, time
        def test_it():
            ready, says = os.pipe()
            if not (child := os.fork()):
                try:
                    os.write(says, b"x")
                    while True: time.sleep(0.01)
                finally:
                    os._exit(3)
            os.read(ready, 1)
            os.kill(child, signal.SIGTERM)
            assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM
        def test_other(): pass
    """
    )
    run = lab.run("--repro-stress=2", "--repro-isolate=none")
    assert run.outcomes == {"passed": 4}, run.out
    assert run.code == 0


@pytest.mark.parametrize("how", ["none", "auto", "fork", "fresh"])
def test_an_interrupt_that_a_test_turns_into_another_exception_is_no_failure_of_it(lab: Lab, how: str) -> None:
    lab.write(
        test_it=f"""
        import os, signal, time
        def test_it():
            try:
                os.kill({"os.getpid()" if how == "none" else "os.getppid()"}, signal.SIGINT)
                while True: time.sleep(0.01)
            except BaseException as error:
                raise AssertionError("the clean-up failed") from error
    """
    )
    run = lab.run_process("--repro-stress=3", f"--repro-isolate={how}")
    assert run.code == 2, run.out + run.err
    assert run.iterations == []
    assert run.section[0] == "interrupted: 3 asked, 0 run, 2 not run, 1 lost"


def test_after_a_marked_test_an_interrupt_reaches_the_ordinary_ones(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, signal, pytest
        @pytest.mark.repro(stress=3)
        def test_marked(): pass
        def test_plain():
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    """
    )
    run = lab.run()
    assert run.outcomes == {"passed": 3}
    assert "2 passed" in run.closing, run.out


@pytest.mark.usefixtures("ends_of_children_ignored")
@pytest.mark.parametrize("options", ["--repro-isolate=fork", "--repro-isolate=fresh", "--repro-isolate=none"])
def test_a_project_that_ignores_the_ends_of_children_can_be_repeated(lab: Lab, options: str) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.run("--repro-stress=3", options, "--repro-timeout=600s")
    assert run.outcomes == {"passed": 3}, run.out + run.err
    assert run.code == 0
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN


# What projects make of the ends of children: none of it is for the campaign's own.
CARELESS = """
import os, signal
def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]: pass
    except ChildProcessError:
        pass
def is_set(): return signal.getsignal(signal.SIGCHLD) is {handler}
"""
careless = pytest.mark.parametrize("handler", ["signal.SIG_IGN", "reap"])


@careless
@pytest.mark.parametrize("how", ["auto", "fork"])
@pytest.mark.usefixtures("ends_of_children")
def test_what_a_conftest_makes_of_the_ends_of_children_holds_in_tests(lab: Lab, handler: str, how: str) -> None:
    lab.write(
        conftest=CARELESS.format(handler=handler) + f"signal.signal(signal.SIGCHLD, {handler})",
        test_it="from conftest import is_set\ndef test_it(): assert is_set()",
    )
    run = lab.run("--repro-stress=3", f"--repro-isolate={how}")
    assert run.outcomes == {"passed": 3}, run.out + run.err


@careless
@pytest.mark.usefixtures("ends_of_children")
def test_what_a_shared_fixture_makes_of_the_ends_of_children_holds_in_tests_and_in_fixtures(
    lab: Lab, handler: str
) -> None:
    lab.write(
        conftest=CARELESS.format(handler=handler),
        test_it=f"""
        import signal, pytest
        from conftest import is_set, reap
        @pytest.fixture(scope="session")
        def careless():
            before = signal.signal(signal.SIGCHLD, {handler})
            yield
            assert is_set()
            signal.signal(signal.SIGCHLD, before)
        @pytest.fixture(scope="module", params="ab")
        def later(careless):
            assert is_set()
        def test_it(later): assert is_set()
    """,
    )
    before = signal.getsignal(signal.SIGCHLD)
    run = lab.run("--repro-stress=3", "--repro-isolate=fork")
    assert run.outcomes == {"passed": 6}, run.out + run.err
    assert run.code == 0, run.out
    assert signal.getsignal(signal.SIGCHLD) == before


def test_a_kernel_that_knows_no_descriptors_of_processes_can_fork(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int) -> int:
        raise OSError(38, "Function not implemented", str(pid))

    monkeypatch.setattr(os, "pidfd_open", refused, raising=False)
    lab.write(test_it="def test_it(): pass")
    run = lab.run("--repro-stress=3", "--repro-isolate=fork")
    assert run.outcomes == {"passed": 3}, run.out + run.err


def test_a_closed_standard_input_takes_no_file_of_a_child(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.paste("python -m pytest -p pytest_repro.plugin -s --repro-stress=3 --repro-isolate=auto <&-")
    assert run.outcomes == {"passed": 3}, run.out + run.err
    assert run.code == 0
