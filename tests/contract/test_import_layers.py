"""The import rules of the design hold, and the contracts that check them would notice a breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # -P and -I would hide the folder; the paths make sure that it is its own code which is looked at.
    code = f"import sys; sys.path[:0] = [{str(folder)!r}]; {LINT}"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_every_import_contract_is_kept() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout[done.stdout.find("Contracts") :] + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "breach", "contract"),
    [
        ("pytest_repro/core/rate.py", "import pytest", "the core is pure"),
        ("pytest_repro/core/seed.py", "import random", "the core is pure"),
        ("pytest_repro/sinks/terminal.py", "import pytest", "sinks and the core know no pytest"),
        ("pytest_repro/engine/journal.py", "import pytest_repro.modes.limits", "the plugin's layers"),
        ("pytest_repro/engine/seeding.py", "import hypothesis", "the plugin never reaches"),
        ("pytest_repro/engine/clone.py", "import _pytest.python", "the plugin never reaches"),
        ("pytest_repro/options.py", "import harness.domain", "the plugin never reaches"),
        ("harness/domain/slug.py", "import harness.ports", "the harness's layers"),
        ("harness/steps/names.py", "import harness.adapters.clock", "the harness's layers"),
        (
            "harness/logs/dialects/ansi.py",
            "import pytest_repro.options",
            "the harness meets the plugin in its core and its sinks alone",
        ),
        ("harness/steps/budget.py", "import click", "only the CLI imports click"),
        ("harness/adapters/clock.py", "import git", "only the git adapter imports GitPython"),
        ("harness/adapters/clock.py", "import httpx", "only the HTTP client imports httpx"),
        ("harness/domain/facts.py", "import subprocess", "the domain touches nothing"),
    ],
)
def test_a_breach_is_noticed(tmp_path: Path, file: str, breach: str, contract: str) -> None:
    for name in ("pytest_repro", "harness"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    source = tmp_path / file
    source.write_text(source.read_text(encoding="utf-8") + f"\n{breach}\n", encoding="utf-8")

    done = lint(tmp_path)

    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), done.stdout
