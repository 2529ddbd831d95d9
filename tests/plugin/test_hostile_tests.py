"""Tests that pull the rug from under pytest: the campaign still ends, and its section is still right."""

import pytest
from campaign import Lab

pytestmark = pytest.mark.usefixtures("in_one_process")


def test_an_exception_chain_deeper_than_the_stack_is_recorded(lab: Lab) -> None:
    lab.write(
        test_it="""
        def test_it():
            error = None
            for number in range(1050):
                later = ValueError("link")
                later.__cause__, error = error, later
            raise error
    """
    )
    run = lab.run_process("--repro-stress=2", "--tb=no")
    assert run.code == 1, run.out
    assert run.outcomes == {"failed": 2}
    assert run.signatures == 1


@pytest.mark.parametrize("raised", ["SystemExit(3)", "RuntimeError()", "pytest.fail.Exception('no')"])
def test_an_exception_whose_text_cannot_be_had_is_named_by_its_type(lab: Lab, raised: str) -> None:
    lab.write(
        test_it=f"""
        import pytest
        class Bad(Exception):
            def __str__(self): raise {raised}
        def test_it(): raise Bad
    """
    )
    run = lab.run_process("--repro-stress=2", "--tb=no")
    assert run.code == 1, run.out
    assert run.line("2x  test_it.Bad: <unprintable: ")


@pytest.mark.parametrize("left", ["sys.argv[:] = []", "sys.argv = ['prog']; sys.executable = ''"])
def test_the_replay_command_does_not_come_from_what_a_test_left_in_sys(lab: Lab, left: str) -> None:
    lab.write(
        test_it=f"""
        import sys
        def test_it():
            {left}
            assert False
    """
    )
    run = lab.run_process("--repro-stress=2")
    assert run.code == 1, run.out + run.err
    assert " -m pytest " in run.replays[0]
    assert lab.paste(run.replays[0]).line("replayed: the same failure in 1 of 1")


def test_a_forked_child_that_goes_on_runs_no_further_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, pytest
        @pytest.mark.parametrize("status", [0, 1])
        def test_it(status):
            child = os.fork()
            say("child" if not child else "parent")
            if not child:
                assert status == 0
                return
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status
    """
    )
    run = lab.run_process("--repro-stress=3")
    assert run.code == 0, run.out
    assert run.counts == {"child": 6, "parent": 6}
    assert run.outcomes == {"passed": 6}
    assert len(run.of_kind("end")) == 1


@pytest.mark.parametrize("ending", ["raise KeyboardInterrupt", "import pytest; pytest.exit('child')"])
def test_a_forked_child_that_is_interrupted_writes_nothing(lab: Lab, ending: str) -> None:
    lab.write(
        test_it=f"""
        import os
        def test_it():
            child = os.fork()
            if not child:
                {ending}
            os.waitpid(child, 0)
    """
    )
    run = lab.run_process("--repro-stress=3")
    assert run.code == 0, run.out
    assert run.outcomes == {"passed": 3}
    assert run.out.count("repro: stress") == 1


def test_the_journal_is_written_while_a_session_fixture_replaces_the_file_functions(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, pytest
        def refuse(*_): raise OSError(9, "Bad file descriptor")
        @pytest.fixture(scope="session")
        def false_disk():
            with pytest.MonkeyPatch.context() as patch:
                for name in ("write", "close", "read", "lseek"):
                    patch.setattr(os, name, refuse)
                yield
        def test_it(false_disk): pass
    """
    )
    run = lab.run_process("--repro-stress=3", "-s")
    assert run.code == 0, run.out
    assert run.outcomes == {"passed": 3}
    assert run.of_kind("end")[0]["reason"] == "complete"


@pytest.mark.parametrize("options", [(), ("-n1",)], ids=["alone", "xdist"])
def test_a_journal_that_a_test_deletes_is_told_of_and_its_numbers_are_kept(lab: Lab, options: tuple[str, ...]) -> None:
    lab.write(
        test_it="""
        import shutil
        def test_it(): shutil.rmtree(".pytest_cache", ignore_errors=True)
    """
    )
    run = lab.run_process("--repro-stress=5", *options, plugins=("xdist",) if options else ())
    assert run.code == 0, run.out + run.err
    assert "0/5" in run.line("STABLE")
    assert run.line("1 stable.").endswith("(deleted while the tests ran)")


def test_a_terminal_without_our_marks_gets_plain_ones(lab: Lab) -> None:
    lab.monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count(1)
        def test_it(): assert next(numbers) != 3
    """
    )
    run = lab.run_process("--repro-stress=5")
    assert "__#__" in run.section[-4], run.out
    assert "\\" not in "".join(run.section)


def test_a_hundred_marks_are_all_shown_on_a_narrow_terminal(lab: Lab) -> None:
    lab.monkeypatch.setenv("COLUMNS", "80")
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count(1)
        def test_it(): assert next(numbers) != 97
    """
    )
    run = lab.run_process("--repro-stress=100")
    assert sum(line.count("▁") for line in run.section) == 99
    assert sum(line.count("█") for line in run.section) == 1


def test_a_test_that_is_collected_twice_never_has_less_than_nothing_left(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, os, signal
        numbers = itertools.count(1)
        def test_it():
            if next(numbers) == 8: os.kill(os.getpid(), signal.SIGINT)
    """
    )
    run = lab.run_process("--keep-duplicates", "test_it.py", "test_it.py", "--repro-stress=5")
    assert run.code == 2
    assert run.section[0] == "interrupted: 5 asked, 7 run, 0 not run, 1 lost"
