"""The developers to ask: by blame of the failing lines and of the lines that the fix changes."""

import re
from typing import Final

from harness.domain.diff_guard import old_lines
from harness.domain.reproduction import Reproduction
from harness.ports import Repository
from pytest_repro.core.errors import ReproError

_FRAME: Final = re.compile(r'^\s*(?:File "([^"\n]+)", line (\d+)|([\w./-]+\.py):(\d+))', re.M)
_MOST: Final = 5


def people(repository: Repository, commit: str, result: Reproduction | None, diff: str) -> tuple[tuple[str, str], ...]:
    """Return (who, why), most involved first; empty where git cannot tell."""
    places = old_lines(diff)
    for path, line in _frames(result):
        places.setdefault(path, []).append(line)
    if not places:
        return ()
    try:
        return repository.authors(commit, places)[:_MOST]
    except ReproError:
        return ()  # a report without names is better than none


def _frames(result: Reproduction | None) -> list[tuple[str, int]]:
    """Return the (path, line) of the traceback that can lie in the repository; the crash first."""
    if result is None:
        return []
    found = [(result.signature.path, result.crash_line)] if result.signature and result.signature.path else []
    for file, line, short, number in _FRAME.findall(result.traceback):
        path = file or short
        if not path.startswith("/"):
            found.append((path, int(line or number)))
    return found
