"""The lines with which a CI system says that a step or a job begins or ends."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple


class Mark(NamedTuple):
    """What such a line says.

    kind: begin, stage, skipped, finish, end, error, command, job, post, tidied, after or cached.
    """

    kind: str
    failed: bool | None = None
    exit_code: int | None = None
    name: str | None = None


_POST: Final = Mark("post")
_TIDIED: Final = Mark("tidied")
_CACHED: Final = Mark("cached")
_FAILED: Final = Mark("end", failed=True)
_EXITED: Final = re.compile(
    r"\b(?:completed|exited|failed) with (?:exit )?code '?(-?\d{1,10})'?\.?(?: and arguments .*)?$"
)
_LONGEST: Final = 1_000  # characters of a message of the CI
_TRAVIS: Final = re.compile(r'" (?:failed and )?exited with (\d{1,3})(?: during [\w.-]{0,40})?\.$')
_SKIPPED: Final = re.compile(r'Stage "[^"]{1,200}" skipped due to earlier failure')
_FORGIVEN: Final = ("Cache", "Unable to reserve cache", "Failed to save", "Failed to restore")


def mark_of(text: str) -> Mark | None:
    """Return what `text` says as a line of the CI system, or None where it is none."""
    reader = _BY_START.get(text[:2])
    found = reader(text) if reader else None
    if found is None and "xited with" in text:
        return _travis_command(text)
    return found


def _brackets(text: str) -> Mark | None:
    """GitHub and Azure: `##[group]Run tests`, `##[error]Process completed with exit code 1.`"""
    if text.startswith("##[group]Run "):
        return Mark("begin", name=text[13:])
    if text.startswith("##[error]"):
        message = text[9:]
        code = _EXITED.search(message) if len(message) < _LONGEST else None
        if code:
            return Mark("end", failed=True, exit_code=int(code[1]))
        if message.startswith(_STOPPED) or " has timed out after " in message:
            return _FAILED
        return None if message.startswith(_FORGIVEN) else Mark("error")
    if text.startswith("##[section]Starting: "):
        return Mark("begin", name=text[21:])
    if text.startswith("##[section]Finishing: "):
        return Mark("finish")
    return None


_STOPPED: Final = (
    "The job running on",
    "The job has exceeded",
    "The action has timed out",
    "The operation was canceled",
    "The operation was cancelled",
    "The runner has received a shutdown signal",
    "The hosted runner",
    "The self-hosted runner",
    "The job was canceled",
    "We stopped hearing from agent",
)


def _p(text: str) -> Mark | None:
    return _POST if text == "Post job cleanup." else None


def _c(text: str) -> Mark | None:
    """GitHub's runner, its cache action, AppVeyor and CircleCI."""
    if text.startswith(("Cache hit occurred on the primary key", "Cache saved with ")):
        return _CACHED
    if text.startswith("Cleaning up orphan processes"):
        return _TIDIED
    if text.startswith("Command exited with code "):
        return _exit(text)
    if text.startswith("CircleCI received exit code "):
        return _exit(text)
    return None


def _exit(text: str) -> Mark | None:
    code = re.search(r"(?:code|status) '?(-?\d{1,10})'?", text)
    return Mark("end", failed=int(code[1]) != 0, exit_code=int(code[1])) if code else None


def _shown(text: str) -> Mark | None:
    """GitHub, as its web page shows the line: what a person pastes."""
    if not text.startswith("Error: ") or len(text) >= _LONGEST:
        return None
    if text.startswith("Error: Process completed with exit code "):
        return _exit(text)
    return _FAILED if text[7:].startswith(_STOPPED) else None


def _t(text: str) -> Mark | None:
    """Travis and CircleCI: what ended a command, or the job, before its time."""
    if text.startswith(("The job exceeded the maximum ", "The log length has exceeded", "Too long with no output")):
        return _FAILED
    if text in ("The build has been terminated", "The job has been terminated"):
        return Mark("job", failed=True)
    return None


def _n(text: str) -> Mark | None:
    return _FAILED if text.startswith("No output has been received in the last ") else None


def _d(text: str) -> Mark | None:
    found = re.match(r"Done\. Your build exited with (\d{1,3})\.", text)
    return Mark("job", failed=found[1] != "0") if found else None


def _y(text: str) -> Mark | None:
    return Mark("job", failed=True) if text == "Your build has been stopped." else None


def _f(text: str) -> Mark | None:
    """Jenkins: the last line."""
    found = re.fullmatch(r"Finished: ([A-Z_]{3,12})", text)
    return Mark("job", failed=found[1] != "SUCCESS") if found else None


def _b(text: str) -> Mark | None:
    """Jenkins and AppVeyor."""
    if text.startswith("Build step '") and " marked build as " in text:
        return Mark("end", failed=True, name=text[12:].partition("'")[0])
    if text.startswith(("Build timed out (after", "Build was aborted", "Build execution time has reached")):
        return _FAILED
    return Mark("job", failed=False) if text == "Build success" else None


def _e(text: str) -> Mark | None:
    """GitLab and CircleCI."""
    if text.startswith("ERROR: Job failed (system failure)"):
        return Mark("error")  # what follows says why
    if text.startswith("ERROR: Job failed"):
        code = re.search(r"exit (?:code|status) (\d{1,3})", text)
        return Mark("end", failed=True, exit_code=int(code[1]) if code else None)
    if text.startswith("Exited with code "):
        return _exit(text)
    return None


def _j(text: str) -> Mark | None:
    return Mark("job", failed=False) if text == "Job succeeded" else None


def _square(text: str) -> Mark | None:
    if text.startswith("[Pipeline] { ("):
        return Mark("stage", name=text[14:].rstrip(")"))
    return None


def _s(text: str) -> Mark | None:
    """Jenkins: a stage that is not run."""
    return Mark("skipped") if _SKIPPED.match(text) else None


def _dollar(text: str) -> Mark | None:
    return Mark("command", name=text[2:]) if text.startswith("$ ") else None


def _r(text: str) -> Mark | None:
    """GitLab: the commands that follow do not decide how the job ends."""
    return Mark("after") if text.startswith("Running after script") else None


def _travis_command(text: str) -> Mark | None:
    """`The command "make test" exited with 2.`: the command may have begun lines ago."""
    found = _TRAVIS.search(text[-80:])
    if not found:
        return None
    command = text.removeprefix('The command "')[: found.start() - len(text[-80:]) or None]
    named = command if text.startswith('The command "') else None
    return Mark("end", failed=found[1] != "0", exit_code=int(found[1]), name=named)


_BY_START: Final[dict[str, Callable[[str], Mark | None]]] = {
    "##": _brackets,
    "Po": _p,
    "Ca": _c,
    "Cl": _c,
    "Co": _c,
    "Ci": _c,
    "Th": _t,
    "To": _t,
    "No": _n,
    "Do": _d,
    "Yo": _y,
    "Fi": _f,
    "Bu": _b,
    "ER": _e,
    "Er": _shown,
    "Ex": _e,
    "Jo": _j,
    "Ru": _r,
    "[P": _square,
    "St": _s,
    "$ ": _dollar,
}
STARTS: Final = frozenset(_BY_START)  # no other line needs a second look, but for one with "xited with"
