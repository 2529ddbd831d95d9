"""A run that asks nothing of the plugin gets nothing from it: no module, no output, no file.

How many milliseconds that costs is measured by tests/benchmarks/idle_cost.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIST_MODULES = """
import json, sys
def pytest_unconfigure():
    with open("modules.json", "w") as file:
        json.dump(sorted(sys.modules), file)
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_plain.py").write_text("def test_plain(): pass\n")
    (folder / "conftest.py").write_text(LIST_MODULES)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""} | environment
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def modules(folder: Path) -> set[str]:
    return set(json.loads((folder / "modules.json").read_text()))


def test_a_plain_run_imports_the_entry_point_and_nothing_more(tmp_path: Path) -> None:
    assert run(tmp_path).returncode == 0
    without = modules(tmp_path)
    assert run(tmp_path, "-p", "pytest_repro.plugin").returncode == 0

    assert modules(tmp_path) - without == {"pytest_repro", "pytest_repro.plugin"}


def test_a_run_with_an_option_imports_no_third_party(tmp_path: Path) -> None:
    run(tmp_path)
    without = modules(tmp_path)
    assert run(tmp_path, "-p", "pytest_repro.plugin", "--repro-stress=3").returncode == 0
    more = {name.partition(".")[0] for name in modules(tmp_path) - without}

    assert "pytest_repro" in more
    assert more - {"pytest_repro"} <= sys.stdlib_module_names


@pytest.mark.parametrize("verbosity", ["-q", "-v", "-vv"])
def test_a_plain_run_prints_what_it_prints_without_the_plugin(tmp_path: Path, verbosity: str) -> None:
    def words(*arguments: str) -> list[str]:
        lines = run(tmp_path, verbosity, *arguments).stdout.splitlines()
        return [line.partition(" in ")[0].strip("= ") if " passed in " in line else line for line in lines]

    assert words() == words("-p", "pytest_repro.plugin")


def test_a_plain_run_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_repro.plugin"]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    (tmp_path / "test_plain.py").write_text("def test_plain(): pass\n")
    assert subprocess.run(command, cwd=tmp_path, env=env, capture_output=True).returncode == 0

    assert not [path for path in tmp_path.rglob("*") if "repro" in path.name]
