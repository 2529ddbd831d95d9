"""With pytest's own plugins switched off, under its options and beside unkind tests, iterations stay what they are."""

import json
import os

import pytest
from campaign import Lab

pytestmark = pytest.mark.usefixtures("in_one_process")

# -- pytest's own plugins and options

FLAKY = """
    import itertools, logging, warnings
    numbers = itertools.count(1)
    def test_it():
        print("printed"); logging.getLogger().warning("logged"); warnings.warn("warned")
        assert next(numbers) % 3
"""


@pytest.mark.parametrize(
    "options",
    [
        ["-p", "no:terminal"],
        ["-p", "no:cacheprovider"],
        ["-p", "no:logging"],
        ["-p", "no:warnings"],
        ["-p", "no:tmpdir"],
        ["-p", "no:faulthandler"],
        ["-p", "no:threadexception", "-p", "no:unraisableexception"],
        ["-p", "no:doctest", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise"],
        ["-s"],
        ["--capture=sys"],
        ["--capture=tee-sys"],
        ["--setup-show"],
        ["--durations=3", "-vv"],
        ["--tb=native"],
        ["--tb=no"],
        ["--assert=plain"],
        ["--lf"],
        ["--stepwise"],
        ["-W", "ignore"],
    ],
    ids=" ".join,
)
def test_iterations_count_the_same_whatever_is_on_or_off(lab: Lab, options: list[str]) -> None:
    lab.write(test_it=FLAKY)
    plain = lab.run(*options)  # passes, as the first iteration does
    run = lab.run("--repro-stress=6", "--repro-journal=j.jsonl", *options)
    assert plain.code == 0
    assert run.code == (2 if "--stepwise" in options else 1)
    lines = [json.loads(line) for line in (lab.path / "j.jsonl").read_text().splitlines()]
    assert [line["outcome"] for line in lines if line["kind"] == "iteration"] == ["passed", "passed", "failed"] * 2
    assert lines[-1]["kind"] == "end"
    if "no:terminal" not in options:
        assert "2/6" in run.line("FLAKY")


def test_without_the_cache_the_journal_goes_to_a_folder_of_the_persons_own(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(lab.path / "temporary"))
    (lab.path / "temporary").mkdir()
    lab.write(test_it="def test_it(): pass")
    lab.run("--repro-stress=2", "-p", "no:cacheprovider")
    (journal,) = (lab.path / "temporary").glob("pytest-repro-*/*.jsonl")
    assert journal.parent.stat().st_uid == os.getuid()
    assert journal.parent.stat().st_mode & 0o077 == 0


def test_a_warning_of_every_iteration_is_summed_up_once(lab: Lab) -> None:
    lab.write(test_it=FLAKY)
    run = lab.run("--repro-stress=20", "--repro-stop=99")
    assert run.out.count("UserWarning: warned") == 1
    assert run.closing.startswith("1 failed, 1 warning in")


def test_warnings_can_be_errors_in_every_iteration(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.write(test_it='import warnings\ndef test_it(): warnings.warn("warned")')
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    assert lab.run_process("--repro-stress=3").outcomes == {"failed": 3}
    monkeypatch.delenv("PYTHONWARNINGS")
    assert lab.run("--repro-stress=3", "-W", "error").outcomes == {"failed": 3}


def test_the_test_report_in_xml_has_one_case_a_test(lab: Lab) -> None:
    lab.write(test_it=FLAKY)
    lab.run("--repro-stress=6", "--junitxml=report.xml")
    text = (lab.path / "report.xml").read_text()
    assert text.count("<testcase") == 1
    assert 'tests="1"' in text
    assert 'failures="1"' in text


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan", "--collect-only"])
def test_what_runs_no_test_is_refused_with_stress(lab: Lab, option: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run("--repro-stress=3", option)
    assert run.code == 4
    assert f"ERROR: {option} runs no test" in run.err
    assert run.events == []
    assert lab.journals() == []


@pytest.mark.parametrize("option", ["--setup-only", "--collect-only"])
def test_what_runs_no_test_is_fine_where_only_the_ini_file_asks_for_stress(lab: Lab, option: str) -> None:
    lab.write(test_it="def test_it(): say('body')")
    (lab.path / "pytest.ini").write_text("[pytest]\nrepro_stress = 3\n")
    run = lab.run(option)
    assert run.code == 0
    assert run.section == []
    assert lab.journals() == []


def test_the_debugger_opens_before_the_teardown_and_once_for_each_failure(lab: Lab) -> None:
    lab.write(
        conftest="""
        def pytest_exception_interact(node, call, report):
            say("interact", report.when, call.excinfo.typename)
    """
    )
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture
        def thing():
            yield
            say("torn down")
        def test_it(thing): assert 0
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.events == ["interact call AssertionError", "torn down", "torn down", "torn down"]


def test_the_debugger_with_closed_standard_input_ends_the_run_without_a_traceback_of_ours(lab: Lab) -> None:
    lab.write(test_it="def test_it(): assert 0")
    run = lab.run_process("--repro-stress=5", "--pdb")
    plain = lab.run_process("--pdb")
    assert run.code == plain.code == 2
    assert "pytest_repro/" not in run.out + run.err
    assert run.section[0].startswith("interrupted: 5 asked")


# -- tests that take the world apart


def test_a_test_that_replaces_the_clock_does_not_spoil_durations(lab: Lab) -> None:
    lab.write(
        test_it="""
        import sys, time
        def frozen(): return 1.0
        CLOCKS = ("time", "perf_counter", "monotonic")
        def test_it(monkeypatch):  # as tools that freeze time do: by identity, in every module
            originals = {id(getattr(time, name)) for name in CLOCKS}
            for module in [m for m in list(sys.modules.values()) if getattr(m, "__name__", "").startswith(
                ("pytest_repro", "test_it"))] + [time]:
                for name, value in list(vars(module).items()):
                    if id(value) in originals:
                        monkeypatch.setattr(module, name, frozen)
            assert time.perf_counter() == 1.0
            say("frozen")
    """
    )
    run = lab.run("--repro-stress=3")
    assert run.counts == {"frozen": 3}
    assert all(0 <= line["duration"] < 5 for line in run.iterations)
    assert [line["at"] for line in run.iterations] == sorted(line["at"] for line in run.iterations)
    assert 0 <= run.of_kind("end")[0]["seconds"] < 60


def test_a_test_that_leaves_its_folder_or_deletes_it_does_not_stop_us(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, shutil, random
        def test_it(tmp_path):
            os.chdir(tmp_path)
            shutil.rmtree(tmp_path)
            assert random.random() < 0.5
    """
    )
    plain = lab.run_process("--tb=short")
    run = lab.run_process("--repro-stress=6", "--repro-seed=1", "--tb=short")
    assert plain.code in (0, 1)
    assert run.code == 1
    assert sum(run.outcomes.values()) == 6
    assert lab.paste(run.replays[0]).line("replayed:") == "replayed: the same failure in 1 of 1"


def test_a_hook_that_fails_in_setup_is_an_error_of_each_iteration(lab: Lab) -> None:
    lab.write(conftest='def pytest_runtest_setup(item): raise OSError("hook")')
    lab.write(test_it="def test_it(): pass")
    run = lab.run("--repro-stress=3")
    assert run.outcomes == {"error": 3}
    assert run.signatures == 1


def test_a_hook_that_breaks_pytest_itself_leaves_an_honest_section(lab: Lab) -> None:
    lab.write(
        conftest="""
        import itertools
        numbers = itertools.count(1)
        def pytest_runtest_makereport(item, call):
            if next(numbers) == 8: raise OSError("hook")
    """
    )
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("--repro-stress=5")
    assert run.code == 3
    assert "INTERNALERROR" in run.out
    assert run.of_kind("end")[0]["reason"] == "broken off"
    assert run.section[0] == "broken off: 5 asked, 2 run, 2 not run, 1 lost"


def test_a_plugin_that_ends_the_session_ends_the_loop(lab: Lab) -> None:
    lab.write(
        conftest="""
        import itertools
        numbers = itertools.count(1)
        def pytest_runtest_call(item):
            if next(numbers) == 3: item.session.shouldfail = "that is enough"
    """
    )
    lab.write(
        test_it="""
        import pytest
        @pytest.fixture(scope="module")
        def module():
            yield
            say("module down")
        def test_it(module): say("body")
    """
    )
    run = lab.run("--repro-stress=9")
    assert run.events == ["body"] * 3 + ["module down"]
    assert run.section[0] == "stopped: 9 asked, 3 run, 6 not run, 0 lost"


def test_a_test_that_leaves_pytest_is_told_as_an_interruption(lab: Lab) -> None:
    lab.write(test_it='import pytest\ndef test_it(): pytest.exit("enough", returncode=7)')
    run = lab.run("--repro-stress=9")
    assert run.code == 7
    assert run.section[0] == "interrupted: 9 asked, 0 run, 8 not run, 1 lost"
