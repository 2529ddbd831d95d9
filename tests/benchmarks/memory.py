"""Peak memory of few iterations against many: it must not grow with their number. Bar: 1.05x.

tmp_path runs fewer iterations, since pytest makes a folder for each (about a millisecond).
"""

import tempfile
from pathlib import Path

from processes import REPRO, arguments, conclude, run, table

BAR = 1.05
TESTS = {
    "trivial": "def test_it(): pass\n",
    "function fixture on a session fixture": """
import pytest
@pytest.fixture(scope="session")
def connection(): yield object()
@pytest.fixture
def row(connection): yield connection
def test_it(row): pass
""",
    "with a warning and output": "import warnings\ndef test_it():\n    warnings.warn('old')\n    print('x' * 1000)\n",
    "tmp_path": "def test_it(tmp_path): (tmp_path / 'file').write_text('x')\n",
}


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, few=100, many=100_000, folders=3000, rounds=1)
    rows, missed = [], []
    for title, source in TESTS.items():
        many = asked.folders if title == "tmp_path" else asked.many
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "test_it.py").write_text(source)

            def peak(n: int, folder: Path = folder) -> float:
                command = [*REPRO, f"--repro-stress={n}", f"--basetemp={folder / 'temporary'}"]
                return min(run(command, folder).peak for _ in range(asked.rounds))

            small, large = peak(asked.few), peak(many)
        rows.append((title, f"{small:.1f}", f"{large:.1f} (N = {many})", f"{large / small:.3f}"))
        if large > BAR * small:
            missed.append(f"{title}: {large / small:.3f}x, bar {BAR}x")
    table(["test", f"MiB at N = {asked.few}", "MiB at many", "ratio"], rows)
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
