"""The steps of a job: which one failed, with what exit code, and the lines that its last errors stand in."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from harness.logs.lines import Line

_KEPT: Final = 400  # last lines of a step


@dataclass(slots=True)
class JobStep:
    """One step of one job. failed: None while nothing says how it ended; tail: its last lines."""

    stream: str
    name: str | None = None
    exit_code: int | None = None
    failed: bool | None = None
    tail: deque[Line] = field(default_factory=lambda: deque(maxlen=_KEPT))


class JobSteps:
    """Takes the normalised lines of a log one by one."""

    def __init__(self) -> None:
        self._steps: dict[str, JobStep] = {}

    def feed(self, line: Line, *, in_report: bool) -> None:
        """Take the next line; `in_report`: it stands among tracebacks and captured output of pytest."""
        self._steps.setdefault(line.stream, JobStep(line.stream)).tail.append(line)

    def finish(self) -> Iterable[JobStep]:
        """Return the steps in the order of the log."""
        return list(self._steps.values())
