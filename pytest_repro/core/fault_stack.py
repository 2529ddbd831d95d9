"""What CPython's faulthandler writes at a fatal error or a time-out, as threads and frames; junk is passed over."""

import re
from dataclasses import dataclass
from typing import Final

# As written by Python/pylifecycle.c (fatal_error) and Modules/faulthandler.c of CPython 3.11 to 3.14.
_BEGIN: Final = re.compile(r"(?:Fatal Python error|Windows fatal exception): (?P<error>.*)|Timeout \([0-9:.]+\)!")
_THREAD: Final = re.compile(r"(?:(?P<current>Current thread 0x|Stack )|Thread 0x).*\(most recent call first\):")
_FRAME: Final = re.compile(r'\s+File (?:"(?P<path>.*)"|\?\?\?), line (?P<line>[0-9]{1,9}|\?\?\?) in (?P<function>.*)')
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_INSTALLED: Final = re.compile(r"/(?:site|dist)-packages/|/lib/python3\.[0-9]+t?/")
_PRINTABLE: Final = range(0x20, 0x7F)  # what faulthandler never escapes; the backslash is among them


@dataclass(frozen=True, slots=True)
class FaultFrame:
    """One call; `line` 0 and an empty `path` where Python did not know."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class FaultThread:
    """One thread, deepest call first; `current` where the fault was."""

    current: bool
    frames: tuple[FaultFrame, ...]


@dataclass(frozen=True, slots=True)
class FaultStack:
    """The fatal `error`, empty for a dump without one, and the threads as written: the main thread is the last."""

    error: str
    threads: tuple[FaultThread, ...]


def parse_fault_stack(text: str) -> FaultStack:
    """Return the last dump in `text`; whatever is not understood is passed over."""
    error = ""
    threads: list[tuple[bool, list[FaultFrame]]] = []
    for line in text.splitlines():
        if begin := _BEGIN.match(line):
            error, threads = (begin["error"] or "").strip(), []
        elif thread := _THREAD.match(line):
            threads.append((thread["current"] is not None, []))
        elif threads and (frame := _FRAME.fullmatch(line)):
            threads[-1][1].append(_frame(frame))
    return FaultStack(error, tuple(FaultThread(current, tuple(frames)) for current, frames in threads))


def frame_of_interest(stack: FaultStack, root: str) -> FaultFrame | None:
    """Return the deepest call of the current (else the main) thread that is in a file below the folder `root`.

    Without one it is the thread's deepest call, None where none is known. What is installed below `root`, as in a
    virtual environment, is not the project's own.
    """
    if not stack.threads:
        return None
    thread = next((one for one in stack.threads if one.current), stack.threads[-1])
    folder = root.replace("\\", "/").rstrip("/") + "/"
    own = (frame for frame in thread.frames if _is_below(frame.path.replace("\\", "/"), folder))
    return next(own, thread.frames[0] if thread.frames else None)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder) and not _INSTALLED.search(path, len(folder) - 1)


def _frame(match: re.Match[str]) -> FaultFrame:
    line = match["line"]
    return FaultFrame(_decoded(match["path"] or ""), 0 if line == "???" else int(line), _decoded(match["function"]))


def _decoded(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2] or match[3], 16)
    return match[0] if code in _PRINTABLE or code > 0x10FFFF else chr(code)
