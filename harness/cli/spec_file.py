"""The input file as named on the command line."""

import shlex
import sys
from difflib import get_close_matches
from pathlib import Path

from harness.cli.program import program
from harness.domain.spec import Spec, parse_spec
from harness.domain.spec_problem import Problem, SpecErrors
from pytest_repro.core.errors import ReproError


def read_spec(name: str) -> Spec:
    """Return the spec in the file `name`, "-" being standard input.

    Raises SpecErrors, ReproError("no-spec-file") or ReproError("stdin-twice").
    """
    source = "standard input" if name == "-" else name
    spec = parse_spec(_decoded(_content(name), source), source)
    if name == "-" and spec.raw_logs == "-":
        raise ReproError(
            "the input file and its raw-logs are both standard input; expected one of them in a file",
            "stdin-twice",
            "save the log to a file and name that in raw-logs",
        )
    return spec


def _content(name: str) -> bytes:
    if name == "-":
        if sys.stdin is None:  # closed by who called us, as by <&-
            raise ReproError("there is no standard input; expected an input file there", "no-spec-file", "name a file")
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ReproError(f"{name}: {error.strerror}; expected an input file", "no-spec-file", _near(name)) from None


def _near(name: str) -> str:
    folder = Path(name).parent
    present = sorted(path.name for path in folder.glob("*.json*") if path.is_file()) if folder.is_dir() else []
    near = get_close_matches(Path(name).name, present, n=1) or present[:1]
    if near:
        return f"{program()} validate {shlex.quote(str(folder / near[0]))}"
    return "docs/reference/info.md shows what such a file holds"


def _decoded(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        seen = f"byte 0x{content[error.start]:02x} in line {line} is no UTF-8"
        raise SpecErrors(source, [Problem("$", seen, "JSON in UTF-8", "save the file as UTF-8")]) from None
