"""From an exception, as pytest saw it, to the failure's identity and its words."""

import linecache
import os
import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType

import pytest

from pytest_repro.core.message import normalise
from pytest_repro.core.signature import Signature
from pytest_repro.engine.doctest_failure import doctest_failure, doctest_line, doctest_signature, doctest_words

_DEEPEST = 8  # nested causes: more tell nothing, and cycles must end
_LONGEST_LINE = 500
_EXAMPLE = re.compile(r"(?:falsifying|failing)\b", re.IGNORECASE)  # the wording changed with Hypothesis' versions
_INSTALLED = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure's identity, its first line as it was, the crash line's number, and Hypothesis' example if any."""

    signature: Signature
    message: str
    line: int
    example: str


def failure_of(report: pytest.TestReport, error: BaseException | None, root: Path) -> Failure:
    """Return the failure behind `report`; `error` is its exception, None where pytest failed the test without one."""
    if error is None:
        return _without_exception(report, root)
    if (failed := doctest_failure(error)) is not None:
        words = ": ".join(doctest_words(failed)).partition("\n")[0][:_LONGEST_LINE]
        return Failure(doctest_signature(failed, root), words, doctest_line(failed), "")
    text = _words(error)
    first = f"{_type_name(error)}: {text}".partition("\n")[0][:_LONGEST_LINE]
    line = _crash_frame(error.__traceback__, root)[1]
    return Failure(_signature(error, root), first, line, "\n".join(_examples(error)))


def _without_exception(report: pytest.TestReport, root: Path) -> Failure:
    """A strict xfail that passed, or a subtest, of which only the report is left."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    kind, colon, message = text.partition(": ")
    if not colon or not re.fullmatch(r"[\w.]+", kind):
        kind, message = "Failed", text
    path, line = (crash.path, crash.lineno) if crash is not None else ("", 0)
    code = linecache.getline(path, line).strip() if path else ""
    signature = Signature(kind, normalise(message), _portable(path, root) if path else "", code=code)
    return Failure(signature, text.partition("\n")[0][:_LONGEST_LINE], line, "")


def _signature(error: BaseException, root: Path, relation: str = "", depth: int = 0) -> Signature:
    code, line = _crash_frame(error.__traceback__, root)
    path, function, offset, text = "", "", 0, ""
    if code is not None:
        path, function = _portable(code.co_filename, root), code.co_qualname
        offset, text = line - code.co_firstlineno, linecache.getline(code.co_filename, line).strip()
    nested = tuple(_signature(one, root, how, depth + 1) for how, one in _related(error)) if depth < _DEEPEST else ()
    return Signature(_type_name(error), normalise(_words(error)), path, function, offset, text, relation, nested)


def _related(error: BaseException) -> list[tuple[str, BaseException]]:
    """Return what the exception came from, as Python would print it, and the members of a group."""
    found: list[tuple[str, BaseException]] = []
    if error.__cause__ is not None:
        found.append(("cause", error.__cause__))
    elif error.__context__ is not None and not error.__suppress_context__:
        found.append(("context", error.__context__))
    if isinstance(error, BaseExceptionGroup):
        found += [("member", one) for one in error.exceptions]
    return found


def _crash_frame(traceback: TracebackType | None, root: Path) -> tuple[CodeType | None, int]:
    """Return code and line of the deepest frame that belongs to the project, else of the deepest that pytest shows."""
    project: tuple[CodeType | None, int] = (None, 0)
    deepest: tuple[CodeType | None, int] = (None, 0)
    while traceback is not None:
        frame = traceback.tb_frame
        if not frame.f_locals.get("__tracebackhide__") or traceback.tb_next is None:
            deepest = frame.f_code, traceback.tb_lineno
            if _belongs(frame.f_code.co_filename, root):
                project = deepest
        traceback = traceback.tb_next
    return project if project[0] is not None else deepest


def _belongs(filename: str, root: Path) -> bool:
    return filename.startswith(str(root) + os.sep) and not _INSTALLED.match(filename)


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )


def _words(error: BaseException) -> str:
    """Return str(error); an exception whose own text fails is named by its type alone."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as broken:  # noqa: BLE001  any text method of a stranger may fail in any way, or exit
        return f"<unprintable: {type(broken).__name__}>"


def _portable(filename: str, root: Path) -> str:
    """Return a path that is the same on every machine: from the root folder, the package, or the standard library."""
    path = os.path.relpath(filename, root) if filename.startswith(str(root) + os.sep) else filename
    path = _INSTALLED.sub("", path)
    for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}:
        if folder and path.startswith(folder + os.sep):
            path = path[len(folder) + 1 :]
    return path.replace(os.sep, "/")


def _examples(error: BaseException) -> list[str]:
    """Return Hypothesis' falsifying examples, which it leaves as notes on the exception or on a group's members."""
    notes: list[str] = []
    seen: set[int] = set()
    waiting = [error]  # no recursion: a chain may be longer than Python's stack is deep
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        notes += [note for note in getattr(one, "__notes__", ()) if isinstance(note, str) and _EXAMPLE.match(note)]
        waiting += [related for _, related in reversed(_related(one))]
    return notes
