"""The installed console script runs our harness wherever it stands, whatever the folder holds.

`python -m harness` would take a `harness/` of the target project instead: that is why there is a console script.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAP = "raise SystemExit('the wrong one was imported')\n"


@pytest.fixture
def trapped_folder(tmp_path: Path) -> Path:
    """A project that has a `harness` and a `pytest_repro` of its own and a conftest that fails."""
    for name in ("harness", "pytest_repro", "click", "git"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(TRAP)
    (tmp_path / "conftest.py").write_text(TRAP)
    return tmp_path


@pytest.mark.parametrize("script", ["repro", "pytest-repro"])
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["validate", "no-such-file.json"]])
def test_the_console_script_is_immune_to_the_folder_it_stands_in(
    trapped_folder: Path, script: str, arguments: list[str]
) -> None:
    path = Path(sysconfig.get_path("scripts"), script)
    if not path.exists():
        pytest.skip(f"{path} is missing: install the project into this environment first")

    done = run([str(path), *arguments], trapped_folder)

    assert "wrong one" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (2 if "validate" in arguments else 0)


def test_the_trap_would_catch_a_module_that_is_run_by_name(trapped_folder: Path) -> None:
    done = run([sys.executable, "-m", "harness"], trapped_folder)

    assert "the wrong one was imported" in done.stderr


def test_an_installed_wheel_brings_the_script_and_everything_it_reads(trapped_folder: Path, tmp_path: Path) -> None:
    """Built and installed for real, without an index: dependencies come from this environment."""
    wheels, venv = tmp_path / "wheels", tmp_path / "venv"
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    install = [
        *pip[:3],
        f"--python={python}",
        "-q",
        "install",
        "--no-deps",
        "--no-index",
        *map(str, wheels.glob("*.whl")),
    ]
    subprocess.run(install, check=True, capture_output=True, text=True)
    borrowed = next((venv / "lib").glob("python*")) / "site-packages" / "borrowed.pth"
    borrowed.write_text(sysconfig.get_path("purelib") + "\n")

    done = run([str(venv / "bin" / "repro"), "--version"], trapped_folder)
    where = run([str(python), "-P", "-c", "import harness; print(harness.__file__)"], trapped_folder)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("repro ")
    assert where.stdout.startswith(str(venv)), where
    package = Path(where.stdout.strip()).parent
    sources = {path.relative_to(ROOT / "harness") for path in (ROOT / "harness").rglob("*") if path.is_file()}
    missing = {path for path in sources if "__pycache__" not in path.parts and not (package / path).exists()}
    assert not missing
    assert (package.parent / "pytest_repro" / "py.typed").exists()


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "REPRO_"))}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
