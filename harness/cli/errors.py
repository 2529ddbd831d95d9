"""How the console script ends: every error as a message with a way on, every ending with its exit code."""

import errno
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from pytest_repro.core.errors import ReproError

DONE: Final = 0
NOT_REACHED: Final = 1
USAGE: Final = 2
EXPECTED: Final = 3
BUG: Final = 70
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141  # what a shell reports for a program that SIGPIPE ended
_INPUT_SLUGS: Final = frozenset({"bad-spec", "usage", "no-spec-file", "stdin-twice", "bad-duration"})
_THIRD_PARTIES: Final = frozenset({"click", "filelock", "git", "gitdb", "httpx", "jinja2", "platformdirs", "pydantic"})


def guarded(act: Callable[[], int], arguments: Sequence[str]) -> int:
    """Return the exit code of `act`, with whatever it raises said on standard error; nothing but SystemExit escapes."""
    try:
        code = act()
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the outermost frame: a person gets a message and a log instead
        return _report(error, arguments)
    return code


def exit_code(error: ReproError) -> int:
    """Return 2 for what is wrong with the command line or the input file, 3 for anything else that is expected."""
    return USAGE if error.slug in _INPUT_SLUGS else EXPECTED


def write_error(error: ReproError, stream: TextIO) -> None:
    """Write `error` with its slug and its hint, as one block, with nothing in it that a terminal would obey."""
    hint = f"\nhint: {error.hint}" if error.hint else ""
    block = f"error[{error.slug}]: {error.message}{hint}"
    lines = (line.expandtabs() for line in block.split("\n"))
    stream.write(
        "\n".join("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line) for line in lines) + "\n"
    )


def _report(error: Exception, arguments: Sequence[str]) -> int:
    expected = error if isinstance(error, ReproError) else _missing_extra(error) or _disk_full(error)
    if expected is None:
        return _report_bug(error, arguments)
    _say_error(expected)
    if expected is not error:
        _drop_unwritten()
    return exit_code(expected)


def _missing_extra(error: Exception) -> ReproError | None:
    name = error.name.partition(".")[0] if isinstance(error, ModuleNotFoundError) and error.name else ""
    if name not in _THIRD_PARTIES:
        return None
    return ReproError(
        f"repro needs {name}, which {sys.executable} does not have; the plugin alone does without",
        "missing-extra",
        shlex.join([sys.executable, "-m", "pip", "install", "pytest-repro[harness]"]),
    )


def _disk_full(error: Exception) -> ReproError | None:
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    place = f" to {error.filename}" if error.filename else ""
    return ReproError(f"nothing more can be written{place}: {error.strerror}", "output-unwritable", "free space")


def _drop_unwritten() -> None:
    try:
        sys.stdout.flush()
    except OSError:  # it would be tried, and told, once more at the interpreter's end
        _silence()


def _report_bug(error: Exception, arguments: Sequence[str]) -> int:
    from harness.cli.bug_log import write_bug_log  # its imports are only needed here

    what = f"{type(error).__name__} in repro itself; this is a bug"
    try:
        path = write_bug_log(error, arguments)
    except OSError as refused:
        _say_error(ReproError(what, "bug", f"its log could not be written: {refused}"))
    else:
        _say_error(ReproError(what, "bug", f"report it with this file, which is redacted but worth a look: {path}"))
    return BUG


def _say_error(error: ReproError) -> None:
    try:
        write_error(error, sys.stderr)
    except BrokenPipeError:
        _silence()


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
    except BrokenPipeError:
        _silence()


def _silence() -> None:
    # What is still buffered would raise once more when the interpreter flushes at its end.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
