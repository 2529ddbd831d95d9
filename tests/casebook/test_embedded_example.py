"""The embedded examples are what they claim to be, and become the same repository everywhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.examples import example_file, example_names, materialise
from pytest_repro.core.errors import ReproError

pytestmark = pytest.mark.parametrize("name", example_names())


def facts_of(name: str) -> dict[str, str]:
    facts: dict[str, str] = json.loads(example_file(name, "example.json").read_text(encoding="utf-8"))
    return facts


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    environment = plain | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def log_text(name: str) -> str:
    return example_file(name, "ci.log").read_text(encoding="utf-8-sig")


def test_an_example_becomes_the_same_commits_each_time(name: str, tmp_path: Path) -> None:
    first, second = (materialise(name, tmp_path / folder) for folder in ("first", "second"))
    heads = {git(repository, "rev-parse", "main") for repository in (first, second)}
    assert heads == {facts_of(name)["head"]}
    assert git(first, "rev-list", "--max-parents=0", "main") == facts_of(name)["root"]


def test_the_git_settings_of_the_user_do_not_change_the_commits(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "attributes").write_text("*.py text eol=crlf\n")
    (home / ".config" / "git" / "ignore").write_text("*.py\n")
    (home / ".gitconfig").write_text("[commit]\n\tgpgSign = true\n[user]\n\tname = Somebody\n")
    theirs = {"HOME": str(home), "GIT_AUTHOR_NAME": "Else", "GIT_DIR": str(home), "TZ": "Asia/Tokyo"}
    for variable, value in theirs.items():
        monkeypatch.setenv(variable, value)
    repository = materialise(name, tmp_path / "repository")
    monkeypatch.undo()
    assert git(repository, "rev-parse", "HEAD") == facts_of(name)["head"]
    assert git(repository, "status", "--porcelain") == ""


def test_every_file_of_the_program_is_in_its_history(name: str, tmp_path: Path) -> None:
    project = example_file(name, "example.json").parent / "project"
    leftovers = {"__pycache__", ".pytest_cache"}
    files = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    written = {file for file in files if not leftovers & set(Path(file).parts)}
    assert set(git(materialise(name, tmp_path / "repository"), "ls-files").splitlines()) == written


def test_work_done_in_the_repository_survives_a_second_call(name: str, tmp_path: Path) -> None:
    repository = materialise(name, tmp_path / "repository")
    (repository / "README.md").write_text("mine")
    git(repository, "checkout", "--quiet", "-b", "mine")
    assert materialise(name, repository) == repository
    assert (repository / "README.md").read_text() == "mine"
    assert git(repository, "branch", "--show-current") == "mine"


def test_a_relative_target_is_found_again(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert materialise(name, Path("deep/repository")) == materialise(name, Path("deep/repository"))
    assert sorted(path.name for path in Path("deep").iterdir()) == ["repository"]


def test_a_folder_with_something_else_in_it_is_refused_and_kept(name: str, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ReproError) as caught:
        materialise(name, tmp_path)
    assert caught.value.slug == "example-target-exists"
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_folder_inside_the_repository_is_not_taken_for_it(name: str, tmp_path: Path) -> None:
    repository = materialise(name, tmp_path / "repository")
    with pytest.raises(ReproError) as caught:
        materialise(name, repository / "tests")
    assert caught.value.slug == "example-target-exists"


def test_a_file_in_place_of_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ReproError) as caught:
        materialise(name, tmp_path / "file")
    assert caught.value.slug == "example-target-exists"


def test_an_unknown_example_is_answered_with_the_nearest_known_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=name) as caught:
        materialise(name[:-1], tmp_path / "repository")
    assert caught.value.slug == "example-unknown"
    assert f"example:{name}" in caught.value.hint
    assert not (tmp_path / "repository").exists()


def test_the_log_names_a_commit_and_a_test_that_exist(name: str, tmp_path: Path) -> None:
    repository = materialise(name, tmp_path / "repository")
    failed = re.findall(r"^\S+Z FAILED (\S+) - (\w+): (.*)$", log_text(name), re.MULTILINE)
    facts = facts_of(name)
    assert failed == [(facts["failing_test"], facts["exception"], facts["message"])]
    assert facts["head"] in log_text(name)
    collected = run_pytest(repository, "--collect-only", "-q").stdout.splitlines()
    assert facts["failing_test"] in collected


def test_the_log_has_the_form_of_a_raw_actions_log(name: str) -> None:
    assert example_file(name, "ci.log").read_bytes().startswith(b"\xef\xbb\xbf")
    lines = log_text(name).splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z( |$)", line) for line in lines)
    assert lines == sorted(lines, key=lambda line: line[:28])


def test_all_other_tests_pass_before_the_fix(name: str, tmp_path: Path) -> None:
    repository = materialise(name, tmp_path / "repository")
    done = run_pytest(repository, "-q", "--deselect", facts_of(name)["failing_test"])
    assert done.returncode == 0, done.stdout


def test_the_patch_applies_to_the_code_alone_and_every_test_passes_with_it(name: str, tmp_path: Path) -> None:
    repository = materialise(name, tmp_path / "repository")
    git(repository, "apply", "--check", str(example_file(name, "fix.patch")))
    git(repository, "apply", str(example_file(name, "fix.patch")))
    assert not [line for line in git(repository, "diff", "--name-only").splitlines() if line.startswith("tests/")]
    done = run_pytest(repository, "-q")
    assert done.returncode == 0, done.stdout
    done = run_pytest(repository, "-q", "-p", "pytest_repeat", "--count=100", facts_of(name)["failing_test"])
    assert "100 passed" in done.stdout, done.stdout


def test_the_named_test_fails_as_in_the_log_before_the_fix(name: str, tmp_path: Path) -> None:
    # At the lowest rate ever measured (1 %), 1000 repetitions all pass once in 20 000 runs; 30 are the usual number.
    repository = materialise(name, tmp_path / "repository")
    facts = facts_of(name)
    done = run_pytest(repository, "-q", "-x", "-p", "pytest_repeat", "--count=1000", facts["failing_test"])
    assert f"E       {facts['exception']}: {facts['message']}" in done.stdout, done.stdout
