"""The steps of a job: which one failed, with what exit code, and the lines that its last errors stand in."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from harness.logs.dialects.lines import Line
from harness.logs.text.session import Session
from harness.logs.verdicts.endings import STARTS, Mark, mark_of
from harness.logs.verdicts.passed_runs import SECTIONS, PassedRuns

TAIL: Final = 400  # last lines of a step, kept whatever they say
_HELD: Final = 12_000  # lines of all steps that run, held unsifted
_LEAST_TAIL: Final = 40  # of each step where the log has many streams
_LONGEST: Final = 2_000  # characters of a line
_STEPS: Final = 400  # of a job
_WHOLE: Final = 20  # failed steps whose lines are all kept
_LOOKED_AT: Final = 40  # failed steps
_COMMANDS: Final = 200
_AFTER_END: Final = 40  # lines that a CI prints after it said how the job ended
_LAST_WORDS: Final = 25  # lines that a message which ended its step may have
_PENDING: Final = 200  # marks within one run of pytest
_POST_ACTIONS: Final = "Declarative: Post"
_AT_ONCE: Final = 3  # lines that may follow a line which a tool printed as an error
# Steps that workflows run after a failure too; they say nothing about how the job ended.
_TIDYING: Final = re.compile(
    r"(?i)upload|artifact|report|publish|codecov|coverall|notif|slack|clean|\bstop|\blogs?\b|dump|\bcat\b|\bls\b|\bps\b"
    r"|save|summary|\btar\b|down\b|fail|always|debug|tmate|show|print|collect|diagnos|comment|output|echo|kill|clobber|prune|remov|delet"
)
_GREEN: Final = re.compile(
    r"=* ?\d+ passed\b(?!.*\b(?:failed|error))|OK(?: \(|$)|test result: ok|Tests: .*\d passed, \d+ total"
)
_FROM_A_TOOL: Final = re.compile(r"\s|\S{1,300}[:(]\d")


@dataclass(slots=True)
class JobStep:
    """One step of one job.

    name: as the CI prints it; failed: None while nothing says how it ended; ending: the CI's line that says so;
    soft: it printed an error of which nothing says that it ended the step; start: the line where its last command
    begins; lines: its tail, and of what stood before that the lines that may matter; environ: lines of pytest's
    tracebacks that read the environment.
    """

    stream: str
    name: str | None = None
    exit_code: int | None = None
    failed: bool | None = None
    soft: bool = False
    ending: Line | None = None
    start: int = 0
    lines: list[Line] = field(default_factory=list)
    environ: list[Line] = field(default_factory=list)

    def sift(self, tail: int = TAIL) -> None:
        """Let go of the lines before the tail that tell of no trouble, and of all but the first and last that do."""
        if len(self.lines) <= tail:
            return
        told = [line for line in self.lines[:-tail] if may_matter(line.text)]
        if len(told) > 2 * tail:
            told[tail // 2 : -tail] = []
        self.lines = told + self.lines[-tail:]

    def passes(self) -> None:
        """Note that it passed, and let go of its lines."""
        self.failed = False
        self.lines.clear()
        self.environ.clear()


@dataclass(slots=True)
class Job:
    """One stream of the log.

    passed: what the CI says of all of it, None if it says nothing; ending: the line that says it; in_post: the steps
    of the workflow are over; tidied: the runner leaves; kept_cache: it did what only jobs do whose steps all passed;
    went_on: after a step that failed came another that tidies nothing up, so that the failure may have been allowed;
    recovered: such a step ran tests that passed; left: the stage of Jenkins before the one that runs, with its lines;
    done: the commands of the job are over, others may follow; last_words: the last lines of the last step that passed
    and was not one that tidies up; pending: marks within a run of pytest, where a test may have printed them; runs: of
    pytest.
    """

    stream: str
    steps: list[JobStep] = field(default_factory=list)
    passed: bool | None = None
    ending: Line | None = None
    in_post: bool = False
    tidied: bool = False
    kept_cache: bool = False
    went_on: bool = False
    recovered: bool = False
    left: tuple[JobStep, list[Line]] | None = None
    done: bool = False
    commands: list[tuple[int, str]] = field(default_factory=list)
    last_words: list[Line] = field(default_factory=list)
    pending: list[tuple[Mark, Line, Session]] = field(default_factory=list)
    runs: PassedRuns = field(default_factory=PassedRuns)

    @property
    def step(self) -> JobStep:
        """The step that runs, a new one where the last has ended."""
        if not self.steps or self.steps[-1].failed is not None:
            self._add(JobStep(self.stream))
        return self.steps[-1]

    def begin(self, name: str | None, number: int) -> None:
        """Begin a step; one that ran until here without a word about its end has passed, but for a last error."""
        tidying = self.in_post or not name or bool(_TIDYING.search(name))
        if self.steps and self.steps[-1].failed is None:
            self._leave(self.steps[-1], tidying)
        if not tidying and any(step.failed for step in self.steps):
            self.went_on = True
        self._add(JobStep(self.stream, name, start=number))

    def stage(self, name: str, number: int) -> None:
        """Begin a stage of Jenkins, which says only later whether the one before it failed."""
        if name.startswith(_POST_ACTIONS):  # they run behind the stage that failed
            return
        step = self.steps[-1] if self.steps else None
        self.left = (step, step.lines[-TAIL:]) if step is not None and step.failed is None else None
        self.begin(name, number)

    def skip(self) -> None:
        """Take up the stage before the one that runs: that one is not run, for an earlier failure."""
        if self.left is None:
            return
        step, lines = self.left
        if len(self.steps) > 1 and self.steps[-2] is step:
            self.steps.pop()
            step.lines, step.failed, self.left = lines, None, None

    def end(self, failed: bool, line: Line, exit_code: int | None = None, command: str | None = None) -> None:
        """End the step that runs."""
        step = self.step
        if command is None and step.name is None and self.commands and self.commands[-1][0] >= step.start:
            command = self.commands[-1][1]
        step.ending, step.exit_code = line, exit_code
        if command:
            step.name = command
            step.start = next((number for number, text in reversed(self.commands) if text == command), step.start)
        if not failed:
            step.passes()
            return
        step.failed = True
        step.sift(TAIL if len(self.steps) <= _WHOLE else _LEAST_TAIL)

    def _add(self, step: JobStep) -> None:
        if len(self.steps) >= _STEPS:  # those that failed and the last are all that is asked for
            self.steps = [old for old in self.steps[:-1] if old.failed][: _STEPS // 2] + self.steps[-1:]
        self.steps.append(step)

    def _leave(self, step: JobStep, tidying: bool) -> None:
        if step.soft and tidying and step.ending is not None:
            own = not _FROM_A_TOOL.match(step.ending.text.removeprefix("##[error]"))
            last = step.lines[-_LAST_WORDS if own else -_AT_ONCE :]
            if any(line.number == step.ending.number for line in last):
                step.failed = True
                step.sift()
                return
        if self.went_on and any(_GREEN.match(line.text) for line in step.lines[-_LAST_WORDS:]):
            self.recovered = True
        if step.name and not self.in_post and not _TIDYING.search(step.name):
            self.last_words = step.lines[-_LAST_WORDS:]
        step.passes()

    def conclude(self) -> None:
        """Say how the job ended, as far as the log tells."""
        step = self.steps[-1] if self.steps else None
        if step is not None and step.failed is None:
            if step.name is None and self.commands and self.commands[-1][0] >= step.start:
                step.start, step.name = self.commands[-1]
            if step.soft and not self.in_post:
                self._leave(step, True)
            step.sift()
        if self.passed is None:
            if self.kept_cache:
                self.passed = True
            elif any(step.failed for step in self.steps):
                self.passed = False
            elif self.in_post or self.tidied:
                self.passed = True
        elif self.passed and step is not None and len(step.lines) > _AFTER_END:
            self.passed = None  # it was a line of a program that looks like the CI's own


class JobSteps:
    """Takes the normalised lines of a log one by one."""

    def __init__(self, session: Callable[[], Session | None] = lambda: None) -> None:
        """Begin. session: tells the run of pytest within which the line stands that was fed last."""
        self._session = session
        self._jobs: dict[str, Job] = {}
        self._stream: str | None = None
        self._job = Job("")  # of the stream, as is the step
        self._step = self._job.step
        self._held = _HELD
        self._tail = TAIL

    def feed(self, line: Line, in_report: bool) -> None:
        """Take the next line; `in_report`: it stands among tracebacks and captured output of pytest."""
        _, stream, text = line
        if stream != self._stream:
            self._switch(stream)
        if not text:
            return
        if text[:2] in STARTS or "xited with" in text:
            mark = mark_of(text)
            if mark is not None:
                taken = self._weigh(self._job, mark, line)
                self._step = self._job.step
                if taken and mark.kind not in ("error", "command"):
                    return
        if in_report:
            if "environ" in text and len(self._step.environ) < _COMMANDS:
                self._step.environ.append(_short(line))
            return
        lines = self._step.lines
        if text[:3] in SECTIONS:
            self._job.runs.feed(line, self._session(), lines)
        lines.append(line if len(text) <= _LONGEST else _short(line))
        if len(lines) > self._held:  # what is far from both ends tells least, and looking at it would cost most
            del lines[self._held // 8 : -self._held // 2]

    def finish(self) -> tuple[Job, ...]:
        """Return the jobs in the order of the log; each step that did not pass holds what is left of its lines."""
        for job in self._jobs.values():
            self._settle(job, None)
            job.conclude()
        return tuple(self._jobs.values())

    def _switch(self, stream: str) -> None:
        if self._tail < TAIL:
            self._step.sift(self._tail)
        job = self._jobs.get(stream)
        if job is None:
            job = self._jobs[stream] = Job(stream)
            share = _HELD // len(self._jobs)
            self._tail = min(TAIL, max(_LEAST_TAIL, share))
            self._held = max(share, 4 * self._tail)
        self._stream, self._job, self._step = stream, job, job.step

    def _weigh(self, job: Job, mark: Mark, line: Line) -> bool:
        """Take a mark, or keep it until it is known whether a test printed it; whether it was taken."""
        session = self._session()
        self._settle(job, session)
        if session is None:
            self._take(job, mark, line)
            return True
        if len(job.pending) < _PENDING:
            job.pending.append((mark, _short(line), session))
        return False

    def _settle(self, job: Job, session: Session | None) -> None:
        """Take the pending marks of runs that never closed; those of a run that did were printed by its tests.

        session: the run that still goes on.
        """
        if not job.pending or all(within is session for _, _, within in job.pending):
            return
        cut_off = [(mark, line) for mark, line, within in job.pending if within is not session and within.tally is None]
        job.pending = [one for one in job.pending if one[2] is session]
        # What a test printed in a run that was cut off stands before what the CI says of its end.
        telling = [
            at
            for at, (mark, _) in enumerate(cut_off)
            if (mark.kind == "end" and mark.failed) or (mark.kind == "job" and not mark.failed)
        ]
        last = telling[-1] if telling else 0
        for mark, line in cut_off[last:]:
            self._take_late(job, mark, line)

    def _take_late(self, job: Job, mark: Mark, line: Line) -> None:
        """Take a mark after lines that stand below it were taken: those belong to the step that runs then."""
        step = job.step
        below = [one for one in step.lines if one.number > line.number]
        step.lines = step.lines[: len(step.lines) - len(below)]
        self._take(job, mark, line)
        job.step.lines.extend(below)

    def _take(self, job: Job, mark: Mark, line: Line) -> None:
        match mark.kind:
            case "begin":
                job.begin(mark.name, line.number)
            case "stage":
                job.stage(mark.name or "", line.number)
            case "skipped":
                job.skip()
            case "finish":
                job.begin(None, line.number)
                job.tidied = True
            case "end":
                if mark.failed:
                    job.passed = None if job.passed is None else False  # a job that has passed ends no more steps
                job.end(bool(mark.failed), _short(line), mark.exit_code, mark.name)
            case "error":
                job.step.soft, job.step.ending = True, _short(line)
            case "after":
                job.done = True
            case "command" if not job.done:
                job.commands = [*job.commands[-_COMMANDS:], (line.number, mark.name or "")]
            case "job":
                if mark.failed and not any(step.failed for step in job.steps):
                    job.end(True, _short(line))
                elif not mark.failed:
                    job.end(False, _short(line))
                job.passed, job.ending = not mark.failed, _short(line)
            case "post":
                if not job.in_post:
                    job.begin(None, line.number)
                job.in_post = True
            case "tidied":
                job.tidied = True
            case "cached":
                job.kept_cache = job.kept_cache or job.in_post


def _short(line: Line) -> Line:
    return line if len(line.text) <= _LONGEST else line._replace(text=line.text[:_LONGEST])


def may_matter(text: str) -> bool:
    """Return whether `text` has the letters of a word with which tools tell of trouble."""
    return (
        "rror" in text
        or "ail" in text
        or "ot " in text
        or "ERR" in text
        or "AIL" in text
        or "xcept" in text
        or "enied" in text
        or "No " in text
        or "illed" in text
        or "imed " in text
        or "imeout" in text
        or "nable" in text
        or "issing" in text
        or "efused" in text
        or "emory" in text
        or "equired" in text
        or "nvalid" in text
        or "NOT " in text
        or "no " in text
        or "atal" in text
        or "eturned" in text
        or "nbound" in text
        or "ndefined" in text
        or "fault" in text
        or ".py:" in text
        or "> http" in text
    )


def failed_steps(jobs: Iterable[Job]) -> list[JobStep]:
    """Return the steps that failed, in the order of the log, the first of them where there are many."""
    return [step for job in jobs for step in job.steps if step.failed][:_LOOKED_AT]
