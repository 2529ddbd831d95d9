"""One run of pytest in a log, as far as it was read."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from harness.domain.failing_test import Evidence
from harness.logs.dialects.surroundings import Surroundings
from harness.logs.reports.same_test import TESTS
from harness.logs.text.block import Block
from harness.logs.text.room import Room

_BEFORE: Final = 200  # tests that a worker ended before a failing one, as far as they are kept
_ALL: Final = 1000  # failing tests of a log for which they are kept
_FAILING: Final = 50  # failing tests for which they are kept
_WORKERS: Final = 1000  # whose tests are kept; each one that crashes has a successor with another name


def failing_in(tally: Mapping[str, int]) -> int:
    """Return how many failures and errors a closing line counts."""
    return tally.get("failed", 0) + tally.get("errors", 0)


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
    within: "Session | None" = None  # the run that had not ended when this one began: a test of it may have printed it
    assumed: bool = False  # it has no bar of its own: it began where a run told for the second time what it collected
    collected: int | None = None  # tests, as the run says itself
    dotted: int = 0  # tests of a quiet run whose letters stood before this one
    xdist: bool = False
    progress: list[Named] = field(default_factory=list)
    summary: list[Named] = field(default_factory=list)
    summarised: bool = False
    doubted: bool = False  # its summary began behind what a test had printed, so that test may have printed it too
    summary_first: bool = False  # the summary came before the failures, as old versions of pytest print it
    blocks: list[Block] = field(default_factory=list)
    crash_lines: list[Named] = field(default_factory=list)  # of --tb=line: name is "path:line"
    crashes: list[Crash] = field(default_factory=list)
    tally: dict[str, int] | None = None
    running: tuple[str, Evidence] | None = None  # the last id printed without an outcome
    finished: str | None = None  # the last id printed with an outcome that is no error
    killed: Evidence | None = None
    place: tuple[str, int] | None = None  # the file of the dots last seen, and how many of its tests they stand for
    letters: int = 0  # F and E among the progress dots
    failing: int = 0  # F and E in the lines of letters right before the report of a quiet run
    failing_files: set[str] = field(default_factory=set)  # as ids print them
    files: set[str] = field(default_factory=set)
    rootdir: str | None = None
    python: str | None = None
    platform: str | None = None
    packages: dict[str, str] = field(default_factory=dict)
    hypothesis: list[str] = field(default_factory=list)
    worker_of: dict[str, str] = field(default_factory=dict)
    before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ended: dict[str, deque[str]] = field(default_factory=dict)  # by worker: the tests that it ended last
    around: Surroundings = field(default_factory=Surroundings)
    stream: str = ""
    wrapped: bool = False  # the line of the plugins goes on in the next one
    seed: int | None = None
    workers: int | None = None
    command: str | None = None
    end: int = 0  # raw line number of its closing line, 0 without one
    narrow: int = 0  # raw line number of a line that closes as pytest does, but with a bar of another width
    room: Room = field(default_factory=Room)
    repeats: Counter[tuple[str, str]] = field(default_factory=Counter)  # lines not kept, of tests that others name
    outside: bool = False  # ids have paths outside of the rootdir
    blind: bool = False  # there was no room for all of `files`

    def names(self, where: str, named: Named) -> None:
        """Keep a line that names a failing test, as far as there is room. where: "summary", "progress"..."""
        room = self.room
        if room.takes(where, named.kind, named.name):
            text = room.fitting(named.evidence.text)
            message = None if named.message is None else room.fitting(named.message)
            if text is not named.evidence.text or message is not named.message:
                named = replace(named, message=message, evidence=replace(named.evidence, text=text))
            kept: list[Named] = getattr(self, where)
            kept.append(named)
        elif room.knows(where, named.kind, named.name):
            self.repeats[where, named.kind] += 1

    def begins(self, block: Block) -> None:
        """Keep the failure that a header begins, as far as there is room."""
        if self.room.takes("blocks", block.phase, block.title):
            self.blocks.append(block)
            block.kept = True

    def crashed(self, crash: Crash) -> None:
        """Keep a test during which the process died, as far as there is room."""
        if self.room.takes("crashes", "", crash.name):
            self.crashes.append(crash)

    def saw(self, path: str, *, failing: bool = False) -> None:
        """Note the path of a test file, as ids print it; failing: a test of it failed."""
        if path not in self.files:
            kept = self.room.path(path)
            if kept is None:
                self.blind = True
                return
            self.files.add(kept)
            self.outside = self.outside or path.startswith("../")
        if failing:
            self.failing_files.add(path)

    def drop_summary(self) -> None:
        """Forget the lines of the summary: a test had printed them."""
        self._give_back("summary", self.summary)
        self.summary = []

    def drop_blocks(self) -> None:
        """Forget the failures: a test had printed them."""
        self._keep_blocks([])

    def drop_block(self, block: Block) -> None:
        """Forget the failure `block`: a test had printed its header."""
        self._keep_blocks([kept for kept in self.blocks if kept is not block])

    def drop_blocks_before(self, section: Sequence[Block]) -> None:
        """Forget the failures before `section`, with which the run begins its report: a test had printed them.

        Errors stay where a section of failures is meant, for theirs comes first.
        """
        if section:
            self._keep_blocks([block for block in self.blocks if block.phase != "call" == section[0].phase])

    def _keep_blocks(self, kept: list[Block]) -> None:
        if len(kept) < len(self.blocks):
            names = {id(block) for block in kept}
            gone = [(block.phase, block.title) for block in self.blocks if id(block) not in names]
            self.room.gives_back("blocks", gone)
            self.blocks = kept

    def drop(self) -> None:
        """Forget all that names failing tests: the run is not kept."""
        self.drop_summary()
        self.drop_blocks()
        self._give_back("progress", self.progress)
        self._give_back("crash_lines", self.crash_lines)
        if self.crashes:
            self.room.gives_back("crashes", (("", crash.name) for crash in self.crashes))
        self.progress, self.crash_lines, self.crashes = [], [], []

    def _give_back(self, where: str, kept: list[Named]) -> None:
        if not kept and not self.repeats:
            return
        self.room.gives_back(where, ((named.kind, named.name) for named in kept))
        for kind in ("failed", "error"):
            self.repeats.pop((where, kind), None)

    def ends(self, worker: str, name: str, *, failing: bool) -> None:
        """Note that `worker` of xdist ended the test `name`."""
        ended = self.ended.get(worker)
        if ended is None:
            if len(self.ended) >= _WORKERS:
                return
            ended = self.ended[worker] = deque(maxlen=_BEFORE)
        if failing:
            if self.room.has("workers", TESTS):
                self.worker_of[name] = worker
            if len(self.before) < _FAILING and self.room.has("before", _ALL):
                self.before[name] = tuple(ended)
        ended.append(name)

    @property
    def bare(self) -> bool:
        """Whether nothing but a closing line was seen of it."""
        return not (self.headed or self.resumed or self.blocks or self.summarised or self.progress or self.letters)

    def belies(self, tally: Mapping[str, int]) -> bool:
        """Say whether a test printed the closing line with these counts: the letters show more failures."""
        return self.doubted and failing_in(tally) < self.failing

    def absorb(self, earlier: "Session") -> None:
        """Become the whole run of which `earlier` is the part before a closing line that a test had printed."""
        self.start, self.width, self.headed, self.resumed = earlier.start, earlier.width, earlier.headed, False
        self.blocks = earlier.blocks + self.blocks
        self.progress = earlier.progress + self.progress
        self.crash_lines = earlier.crash_lines + self.crash_lines
        self.letters += earlier.letters
        self.failing, self.doubted = max(self.failing, earlier.failing), True
        earlier.drop_summary()
        self.repeats.update(earlier.repeats)
        self.outside, self.blind = self.outside or earlier.outside, self.blind or earlier.blind
        self.failing_files |= earlier.failing_files
        self.files |= earlier.files
        self.xdist = earlier.xdist
        self.rootdir, self.python, self.seed = earlier.rootdir, earlier.python, earlier.seed
        self.workers, self.command, self.platform = earlier.workers, earlier.command, earlier.platform
        self.packages, self.around, self.stream = earlier.packages, earlier.around, earlier.stream
        self.worker_of, self.before = earlier.worker_of, earlier.before
        self.hypothesis = earlier.hypothesis + self.hypothesis
