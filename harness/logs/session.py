"""One run of pytest in a log, as far as it was read."""

from dataclasses import dataclass, field

from harness.domain.failing_test import Evidence
from harness.logs.block import Block


@dataclass(frozen=True, slots=True)
class Named:
    """One line that names a failing test.

    kind: "failed" or "error"; message: as the line prints it; phase: "teardown" where the line shows that, else None.
    """

    kind: str
    name: str
    message: str | None
    evidence: Evidence
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Crash:
    """A test during which the process died. exception, message: how, as printed."""

    name: str
    exception: str | None
    message: str
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class Session:
    """Everything one run printed about its failures; filled by `PytestText`, weighed by `resolve`."""

    start: int  # raw line number
    width: int = 0  # of its bars, 0 while unknown
    headed: bool = False  # it began with "test session starts", so its closing line has bars
    resumed: bool = False  # found after a closing line that a test may have printed; counts only if it closes itself
    fragment: bool = False  # lines outside any run: all that an excerpt may have
    pasted: bool = False  # the whole text is lines of a summary
    xdist: bool = False
    progress: list[Named] = field(default_factory=list)
    summary: list[Named] = field(default_factory=list)
    summarised: bool = False
    summary_first: bool = False  # the summary came before the failures, as old versions of pytest print it
    blocks: list[Block] = field(default_factory=list)
    crash_lines: list[Named] = field(default_factory=list)  # of --tb=line: name is "path:line"
    crashes: list[Crash] = field(default_factory=list)
    tally: dict[str, int] | None = None
    running: tuple[str, Evidence] | None = None  # the last id printed without an outcome
    finished: str | None = None  # the last id printed with an outcome that is no error
    killed: Evidence | None = None
    letters: int = 0  # F and E among the progress dots
    failing_files: set[str] = field(default_factory=set)  # as ids print them
    files: set[str] = field(default_factory=set)
    rootdir: str | None = None
    python: str | None = None
    seed: int | None = None
    workers: int | None = None
    command: str | None = None

    @property
    def bare(self) -> bool:
        """Whether nothing but a closing line was seen of it."""
        return not (self.headed or self.resumed or self.blocks or self.summarised or self.progress or self.letters)

    def absorb(self, earlier: "Session") -> None:
        """Become the whole run of which `earlier` is the part before a closing line that a test had printed."""
        self.start, self.width, self.headed, self.resumed = earlier.start, earlier.width, earlier.headed, False
        self.blocks = earlier.blocks + self.blocks
        self.progress = earlier.progress + self.progress
        self.crash_lines = earlier.crash_lines + self.crash_lines
        self.letters += earlier.letters
        self.failing_files |= earlier.failing_files
        self.files |= earlier.files
        self.xdist = earlier.xdist
        self.rootdir, self.python, self.seed = earlier.rootdir, earlier.python, earlier.seed
        self.workers, self.command = earlier.workers, earlier.command
