"""The console script `repro`."""

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness.cli.errors import guarded


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `repro` with `arguments` (None: those of the process) and exit with its code; never a traceback."""
    for name in ("stdout", "stderr"):
        if (
            getattr(sys, name) is None
        ):  # closed by who called us, as by >&-: nobody is told, and the code tells the rest
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # until the end of the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows no such letter is no reason to fail
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(guarded(lambda: _run(words), words))


def _run(words: list[str]) -> int:
    from harness.cli.app import invoke  # inside: its third parties may be missing, and that has a message

    return invoke(words)
