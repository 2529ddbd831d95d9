"""How this program is called from a shell."""

import shlex
import shutil
import sys
from pathlib import Path


def program() -> str:
    """Return the words that call this program again, pasteable: its name where PATH finds it, else its path."""
    called = Path(sys.argv[0])
    if called.name in ("repro", "pytest-repro") and called.exists():
        found = shutil.which(called.name)
        on_path = found is not None and Path(found).resolve() == called.resolve()
        return called.name if on_path else shlex.quote(str(called.absolute()))
    beside = Path(sys.executable).parent / "repro"
    if beside.is_file():
        return shlex.quote(str(beside))
    return shlex.join([sys.executable, "-c", "from harness.cli import main; main()"])
