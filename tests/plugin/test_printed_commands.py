"""Printed commands and the processes that we start ourselves hold under unusual options, names and places."""

import os

import pytest
from campaign import Lab, read_journal

FLAKY = """
    import random
    def test_it(): assert random.random() < 0.6
"""
STRESS = ("--repro-stress=20", "--repro-seed=4", "--repro-isolate=none")
LEAVES_ONCE = """
    import pytest
    def test_it():
        with open(__file__ + ".count", "ab", 0) as file:
            file.write(b"x")
            if file.tell() == 1: pytest.exit("enough")
"""
BACK = "replayed: the same failure in 1 of 1"


def test_the_command_that_goes_on_keeps_what_is_in_no_journal_and_leaves_the_cache(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.write(test_it=LEAVES_ONCE)
    monkeypatch.setenv("REPRO_SEED", "5")
    run = lab.run("-x", "--cache-clear", "--repro-exclusive", "--repro-jobs=2", "--repro-stress=40",
                  "--repro-isolate=fork", "test_it.py")  # fmt: skip
    words = run.line("go on: ").removeprefix("go on: ")
    assert "-x --repro-exclusive --repro-jobs=2 --repro-stress=40 test_it.py --repro-resume=" in words
    again = lab.paste(words)
    assert "40 run, 0 lost" in again.out, again.out + again.err


@pytest.mark.parametrize("folder", [".", "/"])
def test_the_command_that_goes_on_works_where_the_environment_still_names_the_journal(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    lab.write(test_it=LEAVES_ONCE)
    monkeypatch.setenv("REPRO_JOURNAL", os.path.join(lab.path if folder == "/" else folder, "j.jsonl"))
    run = lab.run("--repro-stress=4", "--repro-isolate=none")
    again = lab.paste(run.line("go on: ").removeprefix("go on: "))
    assert "4 run, 0 lost" in again.out, again.out + again.err


def test_the_command_that_goes_on_overrules_markers_as_the_campaign_did(lab: Lab) -> None:
    lab.write(test_it=LEAVES_ONCE.replace("def", "@pytest.mark.repro(stress=5, seed=7)\n    def"))
    plan = ("--repro-stress=9", "--repro-time=1h", "--repro-seed=6")
    run = lab.run(*plan, "--repro-isolate=none", "--repro-journal=j.jsonl")
    words = run.line("go on: ").removeprefix("go on: ")
    assert f"{' '.join(plan)} --repro-resume=j.jsonl" in words
    again = lab.paste(words)
    assert "9 run, 0 lost" in again.out, again.out + again.err
    whole = lab.run(*plan, "--repro-isolate=none")
    seeds = [line["seed"] for line in read_journal(lab.path / "j.jsonl") if line["kind"] == "iteration"]
    assert seeds == [line["seed"] for line in whole.iterations]


def test_a_resumed_campaign_refuses_another_seed_and_an_empty_name(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    lab.run("--repro-stress=2", "--repro-seed=5", "--repro-journal=j.jsonl", "--repro-isolate=none")
    other = lab.run("--repro-resume=j.jsonl", "--repro-seed=6")
    assert other.code == 4
    assert "--repro-seed is 6 here, but the campaign in j.jsonl was begun with 5" in other.out + other.err
    empty = lab.run("--repro-resume=")
    assert empty.code == 4
    assert "--repro-resume names no journal" in empty.err


def test_where_only_markers_ask_no_command_to_go_on_is_printed(lab: Lab) -> None:
    marked = "import pytest\npytestmark = pytest.mark.repro(stress=4)\ndef test_it(): pytest.exit('enough')"
    lab.write(test_it=marked, test_plain="def test_plain(): pass")
    run = lab.run("--repro-isolate=none")
    assert run.section[0].startswith("interrupted: 4 asked"), run.out
    assert not [line for line in run.section if line.startswith("go on: ")]


@pytest.mark.parametrize("folder", ["@d", "-d"])
def test_a_folder_that_looks_like_another_argument_is_no_hindrance(lab: Lab, folder: str) -> None:
    (lab.path / folder).mkdir()
    lab.write(**{f"{folder}/test_it": FLAKY})
    run = lab.run(*STRESS)
    assert lab.paste(run.replays[0]).line(BACK)


def test_a_test_of_an_installed_package_is_replayed_by_the_package_name(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, project = lab.path / "site" / "a_package", lab.path / "project"
    package.mkdir(parents=True)
    project.mkdir()
    (package / "__init__.py").touch()
    (project / "pytest.ini").write_text("[pytest]\n")
    lab.write(**{"site/a_package/test_it": FLAKY})
    monkeypatch.setenv("PYTHONPATH", str(lab.path / "site"), prepend=os.pathsep)
    run = lab.run_process(*STRESS, "--pyargs", "a_package", cwd=project)
    assert lab.paste(run.replays[0], cwd=project).line(BACK)


@pytest.mark.parametrize("named", ["a_package", "a_package.test_it"])
def test_a_test_of_an_installed_package_is_never_one_of_the_project_with_the_same_file_name(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (lab.path / "site" / "a_package").mkdir(parents=True)
    (lab.path / "project").mkdir()
    (lab.path / "project" / "pytest.ini").write_text("[pytest]\n")
    (lab.path / "site" / "a_package" / "__init__.py").touch()
    lab.write(**{"site/a_package/test_it": "def test_it(): assert 0", "project/test_it": "def test_it(): pass"})
    monkeypatch.setenv("PYTHONPATH", str(lab.path / "site"), prepend=os.pathsep)
    options = ("--repro-stress=1", "--repro-isolate=fresh", "--pyargs", named)
    run = lab.run_process(*options, cwd=lab.path / "project")
    assert run.line("1x  AssertionError: assert 0")
    assert lab.paste(run.replays[0], cwd=lab.path / "project").line(BACK)


def test_a_file_beside_which_packages_might_be_named_is_replayed_by_its_path(lab: Lab) -> None:
    lab.write(test_it=FLAKY)
    run = lab.run(*STRESS, "--pyargs", "test_it.py")
    assert " test_it.py::test_it --repro-replay=" in run.replays[0]
    assert "--pyargs" not in run.replays[0]
    assert lab.paste(run.replays[0]).line(BACK)


def test_a_replay_ignores_the_shard_of_the_environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.write(test_it=FLAKY)
    run = lab.run(*STRESS)
    for shard in ("1/2", "2/2"):
        monkeypatch.setenv("REPRO_SHARD", shard)
        token = run.replays[0].rpartition("=")[2]
        assert lab.run(f"--repro-replay={token}").line(BACK)


def test_fresh_processes_start_without_a_cache_where_warnings_are_errors(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("-p", "no:cacheprovider", "-W", "error", "--repro-stress=2", "--repro-isolate=fresh",
                          "--repro-journal=j.jsonl")  # fmt: skip
    assert "2 run, 0 lost" in run.out, run.out + run.err
    assert run.code == 0


def test_fresh_processes_do_not_share_the_folder_for_temporary_ones(lab: Lab) -> None:
    lab.write(test_it="def test_it(tmp_path): say(tmp_path)")
    run = lab.run("--basetemp=bt", "--repro-jobs=2", "--repro-stress=2", "--repro-isolate=fresh")
    assert run.outcomes == {"passed": 2}
    assert len(run.counts) == 2
