"""Each shape of a test module, cut and run by real pytest: the one test fails as before, the others are gone.

All shapes live in one project, so that pytest runs only twice: over the originals, and over what was cut from them.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import cut_shapes_of_pytest
import cut_shapes_of_python
import pytest

from harness.domain.cut import CutTest, cut_test

RECORDER = """
import json, os
import pytest

failures = {}

@pytest.fixture
def from_conftest():
    return "of conftest"

def pytest_runtest_logreport(report):
    if report.when == "call" or report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        failures[report.nodeid] = crash.message if crash else ""

def pytest_collectreport(report):
    if report.failed:
        failures[report.nodeid] = str(report.longrepr)

def pytest_sessionfinish():
    with open(os.environ["SHAPES_OUT"], "w") as out:
        json.dump(failures, out)
"""

FILES = {
    "conftest.py": RECORDER,
    "flat/sibling.py": "VALUE = 'of the sibling'\n",
    "flat/data.txt": "of the file",
    "pkg/__init__.py": "",
    "pkg/core.py": "VALUE = 'of the parent package'\n",
    "pkg/tests/__init__.py": "",
    "pkg/tests/helper.py": "VALUE = 'of the package'\n",
}


SHAPES = {**cut_shapes_of_python.SHAPES, **cut_shapes_of_pytest.SHAPES}


@dataclass(frozen=True)
class Ran:
    """What pytest said, by node id, about the originals and the cuts; `new` gives each (shape, level) its node id."""

    before: dict[str, str]
    after: dict[str, str]
    new: dict[tuple[str, int], str]
    cuts: dict[tuple[str, int], CutTest]


def pytest_over(project: Path, targets: list[str]) -> dict[str, str]:
    out = project / "out.json"
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *targets]
    environment = {**os.environ, "SHAPES_OUT": str(out), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    process = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert out.exists(), process.stdout + process.stderr
    found: dict[str, str] = json.loads(out.read_text())
    return found


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    project = tmp_path_factory.mktemp("shapes")
    (project / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    sources = {s.path: dedent(s.source).removeprefix("\n") for s in SHAPES.values()}
    for path, text in {**FILES, **sources}.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(text.encode())
    before = pytest_over(project, ["flat", "pkg"])
    new: dict[tuple[str, int], str] = {}
    cuts: dict[tuple[str, int], CutTest] = {}
    for number, (name, shape) in enumerate(SHAPES.items()):
        for level in (1, 2):
            folder = project / Path(shape.path).parent
            cut = cut_test(
                sources[shape.path],
                f"{shape.path}::{shape.test}",
                original=shape.path,
                depth_has_init=(folder / "__init__.py").exists(),
                level=level,
                siblings=frozenset(p.stem for p in folder.glob("*.py")),
            )
            stem = f"repro_{number}_{level}"
            (folder / stem).mkdir()
            (folder / stem / f"test_{stem}.py").write_text(cut.text, encoding="utf-8")
            if cut.is_package:
                (folder / stem / "__init__.py").touch()
            cuts[name, level] = cut
            new[name, level] = f"{Path(shape.path).parent}/{stem}/test_{stem}.py{cut.nodeid_suffix}"
    after = pytest_over(project, [nodeid.split("::")[0] for nodeid in new.values()])
    return Ran(before, after, new, cuts)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_the_cut_test_fails_as_the_original_does(ran: Ran, name: str, level: int) -> None:
    shape = SHAPES[name]
    original = ran.before[f"{shape.path}::{shape.test}"]
    assert shape.message in original
    assert ran.after.get(ran.new[name, level]) == original, ran.cuts[name, level].text


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_no_other_test_is_left_in_the_cut_file(ran: Ran, name: str, level: int) -> None:
    file = ran.new[name, level].split("::")[0]
    left = {nodeid.split("[")[0] for nodeid in ran.after if nodeid.startswith(f"{file}::")}
    spared = {f"{file}::TestCalls::test_used"} if name.startswith("a test that other code") else set()
    assert left - spared == {ran.new[name, level].split("[")[0]}


@pytest.mark.parametrize("name", SHAPES)
def test_level_one_drops_what_the_test_does_not_need(ran: Ran, name: str) -> None:
    text = ran.cuts[name, 1].text
    assert [word for word in SHAPES[name].gone if word in text] == []


@pytest.mark.parametrize("name", SHAPES)
def test_each_line_of_a_cut_is_one_of_the_original(ran: Ran, name: str) -> None:
    """Apart from what the move one folder down asks for."""
    shape = SHAPES[name]
    original = set(dedent(shape.source).splitlines())
    moved = ("from .", "_ORIGINAL_FILE", "_Path", "_sys", "#")
    added = {line for line in ran.cuts[name, 1].text.splitlines() if line.strip() not in ("pass", "")} - original
    assert [line for line in added if not any(mark in line for mark in moved)] == []
