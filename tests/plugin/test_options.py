"""Options come from the command line, the environment, markers and ini files; what is wrong is said at once."""

from collections import Counter

import pytest
from account import bounded
from campaign import Lab, Run

pytestmark = pytest.mark.usefixtures("in_one_process")

TOKEN = "r1-aackxhaaaaaac25dnamn243hmdtxa"


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--repro-stress=0"], ["--repro-stress: '0' is no count: expected a whole number from 1, or 'inf'"]),
        (["--repro-stress=-3"], ["--repro-stress: '-3' is no count"]),
        (["--repro-stress=1.5"], ["--repro-stress: '1.5' is no count"]),
        (["--repro-stress=many"], ["--repro-stress: 'many' is no count"]),
        (["--repro-stress="], ["--repro-stress: '' is no count"]),
        (["--repro-stress=4294967296"], ["--repro-stress: 4294967296 is too many: expected at most 4294967295"]),
        (["--repro-stress=2", "--repro-jobs=121"], ["--repro-jobs: 121 is too many: expected at most 120"]),
        (["--repro-time=90"], ["--repro-time: '90' is no duration", "hint: write 90s for seconds"]),
        (["--repro-time=soon"], ["--repro-time: 'soon' is no duration"]),
        (["--repro-time=0s"], ["--repro-time: '0s' is no duration"]),
        (["--repro-stress=2", "--repro-stop=inf"], ["--repro-stop: 'inf' is no count: expected a whole number from 1"]),
        (["--repro-stress=2", "--repro-seed=-1"], ["--repro-seed: '-1' is no root seed"]),
        (["--repro-stress=2", "--repro-seed=4294967296"], ["--repro-seed: '4294967296' is no root seed"]),
        (["--repro-replay=x"], ["--repro-replay: 'x' is no replay token"]),
        (["--repro-replay=r9-abc"], ["is of version r9, but this plugin reads version r1"]),
        ([f"--repro-replay={TOKEN[:-1]}"], ["is no replay token"]),
        (
            ["--repro-stress=x", "--repro-time=y", "--repro-stop=z", "--repro-seed=s", "--repro-replay=r"],
            ["--repro-stress: ", "--repro-time: ", "--repro-stop: ", "--repro-seed: ", "--repro-replay: "],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and value[0].startswith("--repro") else "",
)
def test_bad_input_is_a_usage_error_that_names_everything(lab: Lab, options: list[str], messages: list[str]) -> None:
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run(*options)
    assert run.code == 4
    assert run.err.startswith("ERROR: --repro-")
    for message in messages:
        assert message in run.err
    assert "hint: " in run.err
    assert "Traceback" not in run.out + run.err
    assert run.events == []
    assert lab.journals() == []


def test_a_seed_that_contradicts_the_token_is_refused(lab: Lab) -> None:
    lab.write(test_it="import random\ndef test_it(): assert random.random() < 0.5")
    run = lab.run("--repro-stress=20", "--repro-seed=5")
    token = run.replays[0].rpartition("--repro-replay=")[2]
    assert lab.run("--repro-seed=5", f"--repro-replay={token}").code == 1
    wrong = lab.run("--repro-seed=6", f"--repro-replay={token}")
    assert wrong.code == 4
    assert "--repro-replay brings its own seed" in wrong.err


INI = {
    "pytest.ini": "[pytest]\nrepro_stress = 3\nrepro_seed = 8\n",
    "setup.cfg": "[tool:pytest]\nrepro_stress = 3\nrepro_seed = 8\n",
    "tox.ini": "[pytest]\nrepro_stress = 3\nrepro_seed = 8\n",
    "pyproject.toml": '[tool.pytest.ini_options]\nrepro_stress = "3"\nrepro_seed = "8"\n',
}


def planned(run: Run) -> tuple[int, int]:
    """How often the test ran, and the root seed."""
    return run.counts.get("body", 0), run.of_kind("test")[0]["root"] if run.journal else 0


@pytest.mark.parametrize("name", INI)
def test_each_kind_of_ini_file_sets_options(lab: Lab, name: str) -> None:
    (lab.path / name).write_text(INI[name])
    lab.write(test_it="def test_it(): say('body')")
    assert planned(lab.run()) == (3, 8)


def test_a_number_in_the_ini_options_of_toml_is_taken(lab: Lab) -> None:
    (lab.path / "pyproject.toml").write_text("[tool.pytest.ini_options]\nrepro_stress = 3\nrepro_seed = 8\n")
    lab.write(test_it="def test_it(): say('body')")
    assert planned(lab.run()) == (3, 8)


needs_native_toml = pytest.mark.skipif(
    pytest.version_tuple < (9,), reason="native TOML configuration came with pytest 9"
)


@needs_native_toml
@pytest.mark.parametrize("number", ['"3"', "3"])
def test_native_toml_sets_options_or_says_how(lab: Lab, number: str) -> None:
    (lab.path / "pyproject.toml").write_text(f'[tool.pytest]\nrepro_stress = {number}\nrepro_seed = "8"\n')
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run()
    if run.code == 4:
        assert number == "3"
        assert "expects a string, got int" in run.err
        assert "Traceback" not in run.err
    else:
        assert planned(run) == (3, 8)


def test_bad_input_in_an_ini_file_is_a_usage_error(lab: Lab) -> None:
    (lab.path / "pytest.ini").write_text("[pytest]\nrepro_time = soon\n")
    run = lab.run()
    assert run.code == 4
    assert "--repro-time: 'soon' is no duration" in run.err


def test_the_environment_sets_options(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.write(test_it="def test_it(): say('body')")
    monkeypatch.setenv("REPRO_STRESS", "3")
    monkeypatch.setenv("REPRO_SEED", "8")
    monkeypatch.setenv("REPRO_TIME", "")
    assert planned(lab.run()) == (3, 8)


@pytest.mark.parametrize(
    ("flag", "environment", "marker", "ini", "wanted"),
    [
        ("2", "3", "4", "5", 2),
        ("", "3", "4", "5", 3),
        ("", "", "4", "5", 4),
        ("", "", "", "5", 5),
        ("2", "", "4", "", 2),
        ("", "", "4", "", 4),
        ("", "", "", "", 1),
    ],
)
def test_flag_wins_over_environment_over_marker_over_ini(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, flag: str, environment: str, marker: str, ini: str, wanted: int
) -> None:
    mark = f"@pytest.mark.repro(stress={marker})" if marker else ""
    lab.write(
        test_it=f"""
        import pytest
        {mark}
        def test_it(): say('body')
    """
    )
    (lab.path / "pytest.ini").write_text(f"[pytest]\nrepro_stress = {ini}\n")
    monkeypatch.setenv("REPRO_STRESS", environment)
    run = lab.run(*([f"--repro-stress={flag}"] if flag else []))
    assert run.counts == {"body": wanted}
    assert bool(run.section) == (wanted > 1)


def test_a_marker_holds_for_a_function_a_class_and_a_module(lab: Lab) -> None:
    lab.write(
        test_a="""
        import pytest
        @pytest.mark.repro(stress=2)
        def test_function(): say("function")
        @pytest.mark.repro(stress=3, seed=7)
        class TestIt:
            def test_method(self): say("method")
            @pytest.mark.repro(stress=4)
            def test_nearest(self): say("nearest")
        def test_plain(): say("plain")
    """
    )
    lab.write(
        test_b="""
        import pytest
        pytestmark = pytest.mark.repro(stress=5)
        def test_module(): say("module")
    """
    )
    run = lab.run("--strict-markers")
    assert run.counts == {"function": 2, "method": 3, "nearest": 4, "plain": 1, "module": 5}
    assert {line["root"] for line in run.of_kind("test") if "test_method" in line["nodeid"]} == {7}
    assert "test_plain" not in "".join(run.section)
    assert run.closing.startswith("5 passed")


@pytest.mark.usefixtures("even_clock")
def test_a_marker_with_a_time_ends_the_test_and_not_the_campaign(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.repro(time="200ms")
        def test_a(): pass
        @pytest.mark.repro(stress=3)
        def test_b(): pass
    """
    )
    run = lab.run()
    assert len([line for line in run.iterations if "test_a" in line["nodeid"]]) > 1
    assert len([line for line in run.iterations if "test_b" in line["nodeid"]]) == 3
    assert "interrupted" not in "".join(run.section)
    assert "time is up" not in "".join(run.section)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("5", "marker repro got 5; expected repro(stress=N, time='90s', seed=ROOT), each by name"),
        ("count=5", "marker repro got count=; expected"),
        ("stress=0", "marker repro: '0' is no count"),
        ("time=5", "marker repro: '5' is no duration"),
        ("seed='x', stress=1", "marker repro: 'x' is no root seed"),
    ],
)
def test_a_bad_marker_is_a_usage_error_that_names_the_test(lab: Lab, arguments: str, message: str) -> None:
    lab.write(
        test_it=f"""
        import pytest
        @pytest.mark.repro({arguments})
        def test_it(): say("body")
    """
    )
    for options in ([], ["--repro-stress=2"]):
        run = lab.run(*options)
        assert run.code == 4
        assert f"ERROR: test_it.py::test_it: {message}" in run.err
        assert run.events == []


def test_a_marker_is_listed_with_its_arguments(lab: Lab) -> None:
    assert "@pytest.mark.repro(stress=N, time=DURATION, seed=ROOT)" in lab.run("--markers").out


def test_without_end_is_ended_by_time_by_stop_and_by_exitfirst(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count(1)
        def test_it(): assert next(numbers) % 5
    """
    )
    assert len(lab.run("--repro-stress=inf", "--repro-stop=2").iterations) == 10
    assert len(lab.run("--repro-stress=inf", "-x").iterations) == 5
    assert len(lab.run("--repro-stress=inf", "--maxfail=3").iterations) == 15
    timed = lab.run("--repro-stress=inf", "--repro-time=50ms")
    assert timed.of_kind("end")[0]["reason"] == "time"
    assert timed.of_kind("test")[0]["asked"] is None


@pytest.mark.usefixtures("even_clock")
def test_without_end_every_test_has_its_turn(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, pytest
        clean, flaky = itertools.count(1), itertools.count(1)
        def test_clean():
            if next(clean) > 10_000: pytest.exit("the other test never ran")
        def test_flaky(): assert next(flaky) % 50
    """
    )
    run = lab.run("--repro-stress=inf", "-x")
    assert run.code == 1
    assert run.outcomes["failed"] == 1


def test_without_end_a_test_that_has_failed_goes_on_too(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        def test_clean(): pass
        def test_flaky(): assert random.random() > 0.3
    """
    )
    run = bounded(lab, "--repro-stress=inf", "--repro-isolate=auto", "--maxfail=3", "--repro-seed=3")
    assert run.outcomes["failed"] == 3
    failed = [line.get("isolation", "") for line in run.iterations if line["outcome"] == "failed"]
    assert failed == ["", "fork", "fork"]


def test_maxfail_counts_failing_iterations_over_all_tests(lab: Lab) -> None:
    lab.write(test_it="def test_a(): assert 0\ndef test_b(): assert 0")
    run = lab.run("--repro-stress=3", "--maxfail=4")
    assert [line["nodeid"][-1] for line in run.iterations] == ["a", "a", "a", "b"]
    assert run.code == 1
    assert "stopping after 4 failing iterations" in run.out


def test_a_root_seed_is_drawn_and_printed_where_none_is_given(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    seeds = [lab.run("--repro-stress=2").of_kind("campaign")[0]["root"] for _ in range(3)]
    assert len(set(seeds)) > 1
    assert f"seed {lab.run('--repro-stress=2', '--repro-seed=77').of_kind('campaign')[0]['root']}" == "seed 77"


def test_no_selected_test_keeps_pytests_exit_code(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    assert lab.run("--repro-stress=2", "-k", "other").code == 5
    assert lab.run("--repro-stress=2", "nothing_here.py").code == 4


def test_a_module_that_cannot_be_imported_is_pytests_own_error(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass", test_broken="import no_such_module")
    run = lab.run("--repro-stress=2")
    assert run.code == 2
    assert run.section[0] == "interrupted: 2 asked, 0 run, 2 not run, 0 lost"


@pytest.mark.usefixtures("even_clock")
def test_adaptive_time_goes_to_the_test_that_fails_now_and_then(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count()
        def test_clean(): pass
        def test_flaky(): assert next(numbers) % 12
        """
    )
    run = lab.run("--repro-time=1500ms", "--repro-allocate=adaptive")
    assert run.of_kind("campaign")[0]["allocate"] == "adaptive"
    runs = Counter(line["nodeid"].rpartition("_")[2] for line in run.iterations)
    assert runs["flaky"] > runs["clean"] > 0  # it fails at once, and so has most of the turns that follow
