"""The journal of a run on disk: append-only, each event synchronised before the next step begins."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.domain.run_journal import JournalEvent, RunState, digest_of_line, read_journal
from harness.ports import Clock


class JournalFile:
    """Appends events to `path` and keeps the state that they add up to; what is there already is read and checked.

    Raises ReproError("run-journal-damaged") and ("run-journal-schema").
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._seq = 0
        self._previous = ""
        self.state = RunState()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            self._take_over()

    def _take_over(self) -> None:
        """Read what is there, and cut off a last line that a kill left unfinished."""
        whole = 0
        with self.path.open("rb") as lines:
            for event in read_journal(lines):
                line = event.encode()
                whole += len(line)
                self._seq, self._previous = event.seq + 1, digest_of_line(line)
                self.state.add(event)
        os.truncate(self.path, whole)

    def append(self, step: str, event: str, data: Mapping[str, Any]) -> None:
        """Write one event; it is on disk when this returns."""
        one = JournalEvent(self._seq, self._clock.now(), step, event, dict(data), self._previous)
        line = one.encode()
        with self.path.open("ab") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        self._seq, self._previous = self._seq + 1, digest_of_line(line)
        self.state.add(one)

    def progress(self, step: str, data: Mapping[str, Any]) -> None:
        """Append a progress event."""
        self.append(step, "progress", data)

    def earlier(self, step: str) -> Sequence[Mapping[str, Any]]:
        """Return the progress of `step` so far, of killed beginnings too."""
        return tuple(self.state.progress.get(step, ()))
