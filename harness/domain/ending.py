"""How a run ended, or where it waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DONE: Final = "fixed"
_PARTIAL: Final = frozenset({"not fully shown", "partly fixed", "your turn"})
_EXIT: Final = {DONE: 0, "interrupted": 130, "error": 3, "bug": 70}
# Ends that more time, a mended environment or a person's work can carry further.
_RESUMABLE: Final = frozenset({"your turn", "budget spent", "interrupted", "error", "bug"})
# Errors that only another input or another repository mends; a resumed run has the input that it began with.
_NOT_RESUMABLE: Final = frozenset(
    {
        "bad-spec",
        "existing-test-missing",
        "hostile-nodeid",
        "no-answer",
        "no-commit-yet",
        "no-default-branch",
        "no-interpreter",
        "python-too-old",
        "unknown-revision",
    }
)


@dataclass(frozen=True, slots=True)
class Ending:
    """`kind` is one of: fixed, partly fixed, not fully shown, your turn, nothing failed, no failing test,
    no test to run, not reproduced, other signature, not cut, already fixed, not fixed, budget spent, interrupted,
    error, bug.

    step: where it ended; seen: what was found, a sentence or two for a person; advice: what to do next, one each;
    slug: of the expected error, "" for every other end.
    """

    kind: str
    step: str
    seen: str
    advice: tuple[str, ...] = ()
    slug: str = ""

    @classmethod
    def of(cls, ended: Mapping[str, Any]) -> "Ending":
        """Return the ending that a journal's last event tells of."""
        return cls(ended["kind"], ended["step"], ended["seen"], tuple(ended.get("advice", ())), ended.get("slug", ""))

    @property
    def status(self) -> str:
        """success (everything was shown), partial (a fix is there or a person's turn) or failed."""
        if self.kind == DONE:
            return "success"
        return "partial" if self.kind in _PARTIAL else "failed"

    @property
    def exit_code(self) -> int:
        """0 done, 1 the asked-for result was not reached, 3 expected error, 70 bug, 130 interrupted."""
        return _EXIT.get(self.kind, 1)

    @property
    def resumable(self) -> bool:
        """Whether `repro resume` has something left to do."""
        return self.kind in _RESUMABLE and self.slug not in _NOT_RESUMABLE
