"""The console script `repro`."""

import io
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness.cli.errors import guarded


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `repro` with `arguments` (None: those of the process) and exit with its code; never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows no such letter is no reason to fail
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(guarded(lambda: _run(words), words))


def _run(words: list[str]) -> int:
    from harness.cli.app import invoke  # inside: its third parties may be missing, and that has a message

    return invoke(words)
