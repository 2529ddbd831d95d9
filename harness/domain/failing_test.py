"""A test that a CI log names as failing, with the lines that say so."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

PHASES: Final = ("setup", "call", "teardown", "collect")
OUTCOMES: Final = ("failed", "error", "crashed", "timed out")
KINDS: Final = ("summary", "progress", "header", "crash", "unittest", "junit", "reportlog", "journal", "line")
_LOADERS: Final = ("unittest.loader._FailedTest", "unittest.loader.ModuleImportFailure")  # the latter before 3.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the log that names the test, or carries a class.

    kind: one of KINDS; line: 1-based raw line number in the source (for a folder: counted over its logs in reading
    order; of a JUnit file, a report log or a journal: in `file`); text: the line as a person sees it, redacted and at
    most 1000 characters; file: its name where the source holds several.
    """

    kind: str
    line: int
    text: str
    file: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal Evidence."""
        return {"kind": self.kind, "line": self.line, "text": self.text, "file": self.file}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Evidence":
        """Return the Evidence that `to_json` described."""
        return cls(str(data["kind"]), int(data["line"]), str(data["text"]), str(data.get("file", "")))


@dataclass(frozen=True, slots=True)
class FailingTest:
    """A failing test exactly as far as the log names it.

    printed: the id or title as the log prints it; nodeid: the full pytest id, or None where the log leaves any doubt
    (for a collection error: the path of the file or folder); phase: one of PHASES; exception: the type as printed,
    with its module if that is printed; message: the first line of its message as printed, redacted (pytest may have
    cut it with "..."); location: "path:line" of the crash line as printed; evidence: at least one line; outcome: one of
    OUTCOMES; chain: the types of the exceptions that led to it, as printed, the one that was raised first first;
    signature: of its cause, "" where none was looked for.
    """

    printed: str
    nodeid: str | None
    phase: str
    exception: str | None
    message: str | None
    location: str | None
    evidence: tuple[Evidence, ...]
    outcome: str = "failed"
    chain: tuple[str, ...] = ()
    signature: str = ""

    @property
    def label(self) -> str:
        """The best name there is: node id, else dotted unittest name, else the printed form."""
        return self.nodeid or unittest_name(self.printed)

    @property
    def exception_name(self) -> str | None:
        """The exception type without its module, for comparison with a local run."""
        return self.exception.rpartition(".")[2] if self.exception else None

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal FailingTest."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**told, "evidence": [item.to_json() for item in self.evidence]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "FailingTest":
        """Return the FailingTest that `to_json` described."""
        evidence = tuple(Evidence.from_json(item) for item in data["evidence"])
        return cls(**{**data, "evidence": evidence, "chain": tuple(data.get("chain", ()))})


def unittest_name(printed: str) -> str:
    """Return `package.module.Class.test` for unittest's `test (package.module.Class)`; other text as it is."""
    name, opened, rest = printed.partition(" (")
    repeated = rest.find(f".{name})")
    owner, closed, _ = (rest[: repeated + len(name) + 1], ")", "") if repeated > 0 else rest.partition(")")
    if not opened or not closed or " " in name or " " in owner or not owner:
        return printed
    if owner.startswith(_LOADERS) or owner.endswith(f".{name}"):  # Python 3.11 repeats the name inside the brackets
        return name if owner.startswith(_LOADERS) else owner
    return owner if name in ("setUpClass", "tearDownClass", "setUpModule", "tearDownModule") else f"{owner}.{name}"
