"""Every command that is printed runs when it is pasted where it was printed, and fails in the same way."""

import shlex
from pathlib import Path

import pytest
from campaign import Lab, Run

from pytest_repro.engine.command import kept_arguments

pytestmark = pytest.mark.usefixtures("in_one_process")

# Fails in some iterations only, by a value that the seed decides.
SEEDED = """
    import random
    def test_it():
        value = random.random()
        say(value)
        assert value < 0.6
"""


STRESS = ("--repro-stress=20", "--repro-seed=4")  # under which each of these tests fails at least once


def replayed(lab: Lab, run: Run, cwd: Path | None = None) -> Run:
    """Paste each printed command and check that it brought the failure back."""
    assert run.replays
    for command in run.replays:
        again = lab.paste(command, cwd)
        assert again.line("replayed: the same failure in 1 of 1"), again.out + again.err
        assert again.code == 1
    return again


def test_it_runs_from_the_folder_of_the_run(lab: Lab) -> None:
    lab.write(test_it=SEEDED)
    run = lab.run(*STRESS)
    again = replayed(lab, run)
    failing = [event for event, line in zip(run.events, run.iterations, strict=True) if line["outcome"] == "failed"]
    assert again.events == failing[:1]


def test_it_runs_from_a_sub_folder_where_it_was_printed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab.path / "pytest.ini").write_text("[pytest]\n")
    (lab.path / "tests" / "deep").mkdir(parents=True)
    lab.write(**{"tests/test_it": SEEDED})
    monkeypatch.chdir(lab.path / "tests" / "deep")
    run = lab.run(*STRESS, "..")
    assert "../test_it.py::test_it" in run.replays[0]
    replayed(lab, run, cwd=lab.path / "tests" / "deep")


CONFIGURED = """
    import os, random, pytest
    def test_it(request):
        assert request.config.getini("python_functions") == ["test_it"]
        assert request.config.pluginmanager.hasplugin("extra_plugin")
        assert not request.config.pluginmanager.hasplugin("logging")
        assert request.config.getini("junit_suite_name") == "a b"
        assert request.config.inipath.name == "other file.ini"
        assert random.random() < 0.6, "seeded"
"""


@pytest.mark.parametrize("joined", [True, False], ids=["joined", "apart"])
def test_it_keeps_the_options_that_change_what_a_test_does(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, joined: bool
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(lab.path))
    monkeypatch.syspath_prepend(lab.path)
    (lab.path / "sub").mkdir()
    (lab.path / "sub" / "other file.ini").write_text("[pytest]\npython_functions = test_it\n")
    (lab.path / "extra_plugin.py").touch()
    lab.write(**{"sub/test_it": CONFIGURED})
    pairs = [("-p", "extra_plugin"), ("-p", "no:logging"), ("-o", "junit_suite_name=a b"), ("-c", "sub/other file.ini")]
    options = [word for pair in pairs for word in ((pair[0] + pair[1],) if joined else pair)]
    options += ["--rootdir=sub"] if joined else ["--rootdir", "sub"]
    run = lab.run(*options, *STRESS, "-k", "test_it", "-q", "-q", "--verbosity=0", "--tb=short", "-rA", "sub")
    assert [line.split("x  ")[1].split("  ")[0] for line in run.section if "x  " in line] == ["AssertionError: seeded"]
    replayed(lab, run)


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "x"',
        "a[b]c::d",
        "$HOME `x` !y *?#~ %s",
        "é;b&c|d>e a\\b",
        "-x",
        "x" * 90,
    ],
)
def test_it_quotes_ids_of_parameters(lab: Lab, name: str) -> None:
    lab.write(
        test_it=f"""
        import random, pytest
        @pytest.mark.parametrize("x", [1, 2], ids=[{name!r}, "other"])
        def test_it(x):
            say(x)
            assert random.random() < 0.6
    """
    )
    run = lab.run(*STRESS, "-k", "not other")
    again = replayed(lab, run)
    assert set(again.events) == {"1"}


@pytest.mark.parametrize("name", ["test_é", "test_ü ü", "test_a$b", "test_it's"])
def test_it_quotes_names_of_files(lab: Lab, name: str) -> None:
    lab.write(**{name: SEEDED})
    replayed(lab, lab.run(*STRESS, f"{name}.py"))


def test_it_replays_each_of_several_tests_and_signatures(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random, unittest, pytest
        class TestIt:
            def test_it(self): assert random.random() < 0.6
        class TestCase(unittest.TestCase):
            def test_it(self): self.assertLess(random.random(), 0.6)
        @pytest.fixture
        def drawn(): assert random.random() < 0.6
        def test_setup(drawn): pass
    """
    )
    run = lab.run(*STRESS)
    assert len(run.replays) == 3
    replayed(lab, run)


def test_it_runs_although_the_ini_file_and_the_environment_set_our_options(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lab.path / "pytest.ini").write_text(
        "[pytest]\naddopts = --repro-seed=5 --repro-stop=3 --repro-journal=first.jsonl\nrepro_stress = 20\n"
    )
    lab.write(test_it=SEEDED)
    run = lab.run()
    replayed(lab, run)
    assert len(lab.journals()) == 1
    monkeypatch.setenv("REPRO_JOURNAL", "second.jsonl")
    (lab.path / "pytest.ini").write_text("[pytest]\nrepro_stress = 20\nrepro_seed = 5\n")
    replayed(lab, lab.run())
    monkeypatch.delenv("REPRO_JOURNAL")
    (lab.path / "pytest.ini").write_text("[pytest]\nrepro_stress = 20\nrepro_journal = third.jsonl\n")
    replayed(lab, lab.run())


def test_it_runs_where_arguments_come_from_a_file_or_after_two_dashes(lab: Lab) -> None:
    lab.write(test_it=SEEDED, test_other="def test_other(): pass")
    (lab.path / "arguments.txt").write_text("--repro-stress=20\n--repro-seed=4\n-v\ntest_it.py\n")
    replayed(lab, lab.run("@arguments.txt"))
    replayed(lab, lab.run(*STRESS, "--", "test_it.py"))


def test_it_runs_under_coverage_options_that_take_a_value_or_none(lab: Lab) -> None:
    pytest.importorskip("pytest_cov", reason="pytest-cov is not installed here")
    lab.write(test_it=SEEDED, thing="")
    for options in (["--cov", "thing"], ["--cov"], ["--cov=thing", "--cov-report", "term"]):
        run = lab.run_process("-p", "pytest_cov.plugin", *options, *STRESS, "test_it.py")
        words, _, _token = run.replays[0].partition("--repro-replay=")  # a token may spell anything
        assert "cov" not in words.replace("pytest_cov.plugin", "")
        replayed(lab, run)


def test_the_interpreters_own_options_are_kept(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random, sys
        def test_it(): assert sys.flags.dev_mode and random.random() < 0.6
    """
    )
    first = lab.paste(f"python -X dev -W default -m pytest -p pytest_repro.plugin {' '.join(STRESS)} test_it.py")
    assert "python -X dev -W default -m pytest" in first.replays[0]
    assert replayed(lab, first).iterations[0]["message"].startswith("AssertionError: assert (True and ")


def test_the_short_program_is_printed_where_it_is_the_same_installation(lab: Lab) -> None:
    lab.write(test_it=SEEDED)
    first = lab.paste(f"pytest -p pytest_repro.plugin {' '.join(STRESS)} test_it.py")
    assert first.replays[0].startswith("pytest -p pytest_repro.plugin test_it.py::test_it --repro-replay=")
    replayed(lab, first)


def test_a_replay_can_be_repeated_and_says_how_often_it_came_back(lab: Lab) -> None:
    lab.write(test_it=SEEDED)
    run = lab.run(*STRESS)
    again = lab.paste(f"{run.replays[0]} --repro-stress=5")
    assert again.line("replayed: the same failure in 5 of 5")
    assert len(set(again.events)) == 1


def test_a_failure_that_the_seed_does_not_decide_is_told_as_not_replayed(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os.path
        def test_it():
            with open(__file__ + ".count", "a+") as f:
                f.write("x"); f.seek(0)
                assert len(f.read()) != 3
    """
    )
    run = lab.run("--repro-stress=5")
    again = lab.paste(run.replays[0])
    assert again.code == 0
    assert again.line("not replayed: it passed under the same seeds")


def test_a_token_of_another_test_is_refused(lab: Lab) -> None:
    lab.write(test_it=SEEDED, test_other="def test_other(): pass")
    run = lab.run(*STRESS, "test_it.py")
    token = run.replays[0].rpartition("=")[2]
    wrong = lab.run("test_other.py", f"--repro-replay={token}")
    assert wrong.code == 4
    assert "the replay token belongs to none of the 1 selected tests" in wrong.err
    assert lab.run(f"--repro-replay={token}").line("replayed: the same failure in 1 of 1")  # it finds its test


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("-xvs", "-s"),
        ("-qq -x -v", ""),
        ("-sv --tb short", "-s"),
        ("-n2 -n 2 --dist loadscope --maxfail=2", ""),
        ("-p a -pb -o x=y -ox=y", "-p a -pb -o x=y -ox=y"),
        ("-k 'a or b' -m slow -rA -r fE", ""),
        ("--repro-stress 5 --repro-seed=2", ""),
        ("--timeout 5 --mine=x --flag", "--timeout 5 --mine=x --flag"),
        ("--cov --cov-report term test_a.py", ""),
        ("--cov src test_a.py", ""),
        ("--cov src --no-cov test_a.py", "--no-cov"),
        ("--deselect test_a.py::x --ignore=y", ""),
        ("-W error test_a.py", "-W error"),
        ("--repro-exclusive -s test_a.py", "-s"),
        ("--cache-clear -s test_a.py", "-s"),
        ("-- test_a.py", ""),
    ],
)
def test_what_is_kept_of_a_command_line(given: str, kept: str) -> None:
    assert kept_arguments(shlex.split(given), ["test_a.py"]) == shlex.split(kept)


@pytest.mark.parametrize("typed", [("-v",), ("-vv",), ("-o", "addopts=-v"), ("--verbosity=2", "-q")])
def test_a_verbose_assertion_is_known_again_in_the_replay(lab: Lab, typed: tuple[str, ...]) -> None:
    lab.write(test_it="def test_it(): assert list(range(99)) == [*range(50), 0, *range(51, 99)]")
    run = lab.run_process("--repro-stress=2", *typed)
    assert run.line("2x  AssertionError")
    assert lab.paste(run.replays[0]).line("replayed: the same failure in 1 of 1")
