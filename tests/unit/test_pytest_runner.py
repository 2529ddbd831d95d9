"""The runner against a real pytest with the plugin, in trees that try to get in its way."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.adapters import pytest_runner
from harness.adapters.environment import assignments, child_environment
from harness.adapters.process import Command, Finished
from harness.adapters.pytest_runner import PytestRunner, asks_for_workers, check_target, read_journal
from harness.ports import RunRequest
from pytest_repro.core.errors import ReproError

LIMIT = 60.0  # seconds; only a broken run reaches it
STRANGE = ["a b", "a::b", "[x]", "a - b", "-k", " edge ", "..", "../x", "é", "\n", "a/b", "'\"$HOME`"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with a src layout and a name that needs quoting."""
    root = tmp_path / "the trée"
    (root / "src" / "shop").mkdir(parents=True)
    (root / "src" / "shop" / "__init__.py").write_text("ORIGIN = __file__\n")
    (root / "tests").mkdir()
    (root / "pytest.ini").write_text("[pytest]\naddopts = -q -q -p no:randomly --lf\n")
    (root / "tests" / "test_strange.py").write_text(
        f"import pytest\n@pytest.mark.parametrize('word', {STRANGE!r})\ndef test_word(word): pass\n"
    )
    (root / "tests" / "test_shop.py").write_text(
        "import itertools, os, shop\n"
        "ROUNDS = itertools.count(1)\n"
        "def test_third(): assert next(ROUNDS) % 3, 'every third'\n"
        "class TestShop:\n"
        "    def test_origin(self): assert shop.ORIGIN == os.path.join(os.getcwd(), 'src', 'shop', '__init__.py')\n"
    )
    return root


@pytest.fixture
def runner(tmp_path: Path) -> PytestRunner:
    """A runner whose pytest loads no plugin but ours, which takes half of the time."""
    return PytestRunner(sys.executable, (), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, tmp_path / "journals")


@pytest.fixture
def plain_runner(tmp_path: Path) -> PytestRunner:
    return PytestRunner(sys.executable, (), {}, tmp_path / "journals")


def picture(tree: Path) -> dict[str, str]:
    files = (one for one in sorted(tree.rglob("*")))
    return {str(one): hashlib.sha256(one.read_bytes()).hexdigest() if one.is_file() else "" for one in files}


def test_collected_ids_are_exact_whatever_they_hold(tree: Path, runner: PytestRunner) -> None:
    ids = runner.collect(tree, ["tests/test_strange.py"])
    inside = [one.removeprefix("tests/test_strange.py::test_word[").removesuffix("]") for one in ids]
    assert inside == [one.encode("unicode_escape").decode() for one in STRANGE]
    result = runner.run([RunRequest(tree, ids, 2, LIMIT)])[0]
    assert {name: test.outcomes["passed"] for name, test in result.tally.tests.items()} == dict.fromkeys(ids, 2)


def test_targets_that_do_not_exist_are_passed_over(tree: Path, runner: PytestRunner) -> None:
    third = "tests/test_shop.py::test_third"
    assert runner.collect(tree, ["tests/test_shop.py::test_gone"]) == ()
    assert runner.collect(tree, ["tests/gone.py"]) == ()
    assert runner.collect(tree, [third, "tests/gone.py::test_x", "tests/test_shop.py::test_gone"]) == (third,)


def test_a_collection_that_fails_shows_pytests_words(tree: Path, runner: PytestRunner) -> None:
    (tree / "tests" / "test_broken.py").write_text("import no_such_module\n")
    with pytest.raises(ReproError, match="no_such_module") as caught:
        runner.collect(tree, ["tests/test_broken.py"])
    assert caught.value.slug == "collection-failed"
    assert len(runner.collect(tree, ["tests"])) == len(STRANGE) + 2, "one broken file must not hide the others"
    (tree / "conftest.py").write_text("raise RuntimeError('no database')\n")
    with pytest.raises(ReproError, match="no database"):
        runner.collect(tree, ["tests/test_shop.py"])


def test_a_run_is_counted_from_its_journal(tree: Path, runner: PytestRunner) -> None:
    nodeid = "tests/test_shop.py::test_third"
    plain, stopped = runner.run(
        [RunRequest(tree, (nodeid,), 9, LIMIT, root=7), RunRequest(tree, (nodeid,), 9, LIMIT, stop=1, seconds=30)]
    )
    tally = plain.tally.tests[nodeid]
    assert (plain.exit_code, tally.failures, tally.run, tally.root) == (1, 1, 9, 7)  # fails in company only
    detail = plain.tally.details[(nodeid, next(iter(tally.signatures)))]
    assert detail.parsed().exception == "AssertionError"
    assert (stopped.tally.tests[nodeid].failures, stopped.tally.tests[nodeid].run) == (1, 3)
    assert "every third" in plain.output
    assert not plain.cut


def test_what_a_run_leaves_on_the_disk_holds_no_secret_that_a_test_printed(
    tree: Path, runner: PytestRunner, tmp_path: Path
) -> None:
    token = "gh" + "p_" + "k3tTle" * 6
    (tree / "tests" / "test_shop.py").write_text(
        f"def test_sign_in():\n    print({token!r})\n    raise ValueError('api_key=k3tTlek3tTle, {token}')\n"
    )

    result = runner.run([RunRequest(tree, ["tests/test_shop.py"], 1, LIMIT)])[0]

    kept = {path.suffix: path.read_text(encoding="utf-8") for path in (tmp_path / "journals").iterdir()}
    assert sorted(kept) == [".jsonl", ".out"]
    assert "k3tTle" not in "".join(kept.values())
    assert "ValueError: api_key=<redacted>, <redacted>" in kept[".out"]
    again = read_journal(next((tmp_path / "journals").glob("*.jsonl")))
    assert again.tests["tests/test_shop.py::test_sign_in"].outcomes == {"failed": 1}
    assert again.details.keys() == result.tally.details.keys()


def test_what_an_interrupted_run_leaves_on_the_disk_holds_no_secret(
    tree: Path, runner: PytestRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(commands: Sequence[Command]) -> list[Finished]:
        assert commands[0].output is not None
        commands[0].output.write_text("DB_PASSWORD=Hunter2xyz9\n")
        commands[0].output.with_suffix(".jsonl").write_text(
            '{"kind":"campaign","args":["--token=Hunter2xyz9Hunter2"]}\n'
        )
        raise KeyboardInterrupt

    monkeypatch.setattr(pytest_runner, "run_groups", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.run([RunRequest(tree, ["tests/test_shop.py"], 1, LIMIT)])

    kept = {path.suffix: path.read_text() for path in (tmp_path / "journals").iterdir()}
    assert sorted(kept) == [".jsonl", ".out"]
    assert "Hunter2" not in "".join(kept.values())


def test_the_code_of_the_tree_is_imported_and_nothing_is_written_into_it(
    tree: Path, runner: PytestRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed" / "shop"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("ORIGIN = 'the installed checkout'\n")
    monkeypatch.setenv("PYTHONPATH", str(installed.parent))
    before = picture(tree)
    result = runner.run([RunRequest(tree, ("tests",), 2, LIMIT)])[0]
    assert result.tally.tests["tests/test_shop.py::TestShop::test_origin"].outcomes["passed"] == 2
    assert picture(tree) == before


def test_the_command_that_is_told_works_when_pasted(tree: Path, plain_runner: PytestRunner) -> None:
    runner = plain_runner
    ids = runner.collect(tree, ["tests/test_strange.py"])
    nodeid = "tests/test_shop.py::TestShop::test_origin"
    told = runner.run([RunRequest(tree, (*ids, nodeid), 2, LIMIT)])[0].command
    env = child_environment(os.environ, {"HOME": "/nowhere"})
    done = subprocess.run(["/bin/sh", "-c", told], cwd=tree, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.command([nodeid], "--repro-stress=2") == f"{sys.executable} -m pytest {nodeid} --repro-stress=2"


def test_settings_of_the_outer_world_do_not_reach_the_target(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "environment.json"
    (tree / "tests" / "test_env.py").write_text(
        "import json, os, pathlib\n"
        "def test_env(): pathlib.Path(os.environ['LISTED']).write_text(json.dumps(dict(os.environ)))\n"
    )
    outer = {
        "PYTEST_ADDOPTS": "--no-such-option",
        "PYTEST_PLUGINS": "no_such_plugin",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "REPRO_STRESS": "1000",
        "COVERAGE_PROCESS_START": "x",
        "COV_CORE_SOURCE": "x",
        "GIT_DIR": "/nowhere",
        "GH_TOKEN": "secret-a",
        "GITHUB_TOKEN": "secret-b",
        "GITLAB_TOKEN": "secret-c",
        "CI_JOB_TOKEN": "secret-d",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret-e",
        "SOME_NAME": "ghp_" + "a1" * 18,
    }
    for name, value in outer.items():
        monkeypatch.setenv(name, value)
    given = PytestRunner(sys.executable, (), {"LISTED": str(listed), "LEVEL": "3"}, tmp_path / "journals")
    result = given.run([RunRequest(tree, ("tests/test_env.py",), 1, LIMIT)])[0]
    assert result.tally.tests["tests/test_env.py::test_env"].outcomes == {"passed": 1}
    seen = json.loads(listed.read_text())
    assert [name for name, value in seen.items() if outer.get(name) == value] == []
    assert (seen["LEVEL"], "PATH" in seen) == ("3", True)


def test_a_variable_that_the_input_gives_reaches_the_target_but_no_token(tmp_path: Path) -> None:
    env = child_environment({"A": "outer", "PYTEST_ADDOPTS": "-x"}, {"A": "b", "PYTEST_ADDOPTS": "-v", "GH_TOKEN": "t"})
    assert env == {"A": "b", "PYTEST_ADDOPTS": "-v"}


@pytest.mark.parametrize("name", ["CITY_SECRET", "GITTER_NAME", "TOKENIZERS_PARALLELISM", "GITHUB_ACTIONS", "CI"])
def test_other_variables_stay(name: str) -> None:
    assert child_environment({name: "x"}, {}) == {name: "x"}


def test_a_secret_value_is_not_part_of_a_printed_command() -> None:
    assert assignments({"A": "b c", "DB_PASSWORD": "hunter22", "bad-name": "x"}) == [
        "A='b c'",
        'DB_PASSWORD="$DB_PASSWORD"',
    ]


@pytest.mark.parametrize(
    "word", ["--token=Hunter2xyz9Hunter2", "--index-url=https://bob:Hunter2xyz9@pypi.example/simple"]
)
def test_a_secret_argument_is_not_part_of_a_printed_command(word: str) -> None:
    runner = PytestRunner("/usr/bin/python", ("-k", "a b", word), {}, Path("journals"))

    printed = runner.command(["tests/test_it.py::test_it"], "--repro-stress=3")

    assert "Hunter2" not in printed
    assert printed.startswith("/usr/bin/python -m pytest -k 'a b' --")
    assert printed.endswith(" tests/test_it.py::test_it --repro-stress=3")


@pytest.mark.parametrize(
    "nodeid",
    [
        "",
        "-k",
        "--pdb",
        "@options",
        "../tests/test_x.py",
        "tests/../../x.py::t",
        "/etc/passwd",
        "a\0b",
        "out/test_x.py::t",
    ],
)
def test_a_hostile_node_id_never_reaches_pytest(tree: Path, runner: PytestRunner, nodeid: str) -> None:
    (tree / "out").symlink_to(tree.parent)
    for action in (
        lambda: check_target(tree, nodeid),
        lambda: runner.collect(tree, [nodeid]),
        lambda: runner.run([RunRequest(tree, (nodeid,), 1, LIMIT)]),
    ):
        with pytest.raises(ReproError) as caught:
            action()
        assert caught.value.slug == "hostile-nodeid"


def test_a_killed_iteration_is_one_crash_and_the_others_run(tree: Path, runner: PytestRunner) -> None:
    (tree / "tests" / "test_kill.py").write_text(
        "import itertools, os, signal\nROUNDS = itertools.count(1)\n"
        "def test_kill():\n    if next(ROUNDS) == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = runner.run([RunRequest(tree, ("tests/test_kill.py",), 100, LIMIT)])[0]
    outcomes = result.tally.tests["tests/test_kill.py::test_kill"].outcomes
    assert (result.exit_code, outcomes) == (1, {"passed": 99, "crashed": 1})


def test_a_run_that_hangs_is_cut(tree: Path, runner: PytestRunner) -> None:
    (tree / "tests" / "test_hang.py").write_text("import signal\ndef test_hang(): signal.pause()\n")
    result = runner.run([RunRequest(tree, ("tests/test_hang.py",), 2, 0.5)])[0]
    assert (result.cut, result.tally.run) == (True, 0)


def test_nothing_that_ran_is_an_empty_tally(tree: Path, runner: PytestRunner) -> None:
    result = runner.run([RunRequest(tree, ("tests/test_shop.py::test_gone",), 3, LIMIT)])[0]
    assert result.exit_code == 4
    assert result.tally.run == 0


@pytest.mark.parametrize(
    ("line", "slug"),
    [
        ({"kind": "campaign", "schema": 99, "root": 1, "started": 0.0}, "journal-schema"),
        ({"kind": "campaign"}, "journal-schema"),
        ({"kind": "iteration", "nodeid": "x"}, "journal-damaged"),
    ],
)
def test_a_journal_of_another_schema_is_an_error_with_a_hint(
    tmp_path: Path, line: dict[str, object], slug: str
) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(json.dumps(line) + "\n{}\n")
    with pytest.raises(ReproError, match="same version") as caught:
        read_journal(journal)
    assert caught.value.slug == slug


def test_an_interpreter_without_the_plugin_is_said_before_anything_runs(tree: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    runner = PytestRunner(str(bare), (), {}, tmp_path / "journals")
    for action in (
        lambda: runner.collect(tree, ["tests"]),
        lambda: runner.run([RunRequest(tree, ("tests",), 1, LIMIT)]),
    ):
        with pytest.raises(ReproError, match="pytest") as caught:
            action()
        assert str(bare) in caught.value.hint


@pytest.mark.parametrize(
    ("addopts", "asked"),
    [
        *(("-n 2", True), ("-q -nauto", True), ("--numprocesses=3 --dist=loadfile", True), ("-n=4", True)),
        *(("-q", False), ("-p no:xdist", False), ("--new-first", False), ("-k not-n2", False)),
    ],
)
def test_workers_that_the_target_asks_for_are_not_started(
    tree: Path, plain_runner: PytestRunner, addopts: str, asked: bool
) -> None:
    (tree / "pytest.ini").write_text(f"[pytest]\naddopts = {addopts}\n")
    assert asks_for_workers(tree, ()) is asked
    assert asks_for_workers(tree.parent, addopts.split()) is asked
    nodeid = "tests/test_shop.py::TestShop::test_origin"
    if addopts in ("-n 2", "-p no:xdist", "--numprocesses=3 --dist=loadfile"):
        result = plain_runner.run([RunRequest(tree, (nodeid,), 2, LIMIT)])[0]
        assert result.tally.tests[nodeid].outcomes == {"passed": 2}
        assert not re.search(r"created: \d|\[gw0\]", result.output)
        assert ("-n0" in result.command) is asked
