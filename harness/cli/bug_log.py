"""The log of a bug in repro itself: enough to find it, nothing secret."""

import os
import platform
import re
import shlex
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from harness.adapters.cache_folder import cache_folder
from harness.logs.redact import redact

_SECRET: Final = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY\b|_PAT\b|AUTH", re.IGNORECASE)
_DISTRIBUTIONS: Final = (
    "pytest-repro",
    "pytest",
    "click",
    "GitPython",
    "pydantic",
    "Jinja2",
)


def write_bug_log(error: BaseException, arguments: Sequence[str]) -> Path:
    """Write versions, command line and traceback of `error`, redacted, and return the file.

    It lies in the cache folder (REPRO_CACHE_DIR if set), else in the system's temporary folder; raises OSError if
    neither can be written.
    """
    name = f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    text = redact("\n".join(_lines(error, arguments)) + "\n", _secrets())
    home = os.path.expanduser("~")
    text = text.replace(home, "~") if len(home) > 1 else text
    for folder in (cache_folder() / "bugs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as refused:
            last = refused
        else:
            return folder / name
    raise last


def _lines(error: BaseException, arguments: Sequence[str]) -> Iterator[str]:
    yield f"repro: {type(error).__name__}"
    yield f"command: {shlex.join(['repro', *arguments])}"
    yield f"python: {sys.version.split()[0]} ({platform.platform()})"
    yield "versions: " + ", ".join(f"{name} {_version(name)}" for name in _DISTRIBUTIONS)
    yield ""
    yield "".join(traceback.format_exception(error)).rstrip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _secrets() -> list[str]:
    return [value for name, value in os.environ.items() if _SECRET.search(name)]
