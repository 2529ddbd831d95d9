"""The steps in order, from whatever point a run stands at, to an ending and a report."""

import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from harness.domain.attempt import Fix
from harness.domain.ending import DONE, Ending
from harness.domain.facts import Fact, Facts, fact_json, read_fact
from harness.domain.own_things import OwnThings
from harness.domain.report import ReportModel
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.run_journal import RunState
from harness.domain.spec import CommandFix
from harness.domain.verification import Verification
from harness.logs.redact import redact
from harness.steps import (
    checkout,
    existing_test,
    fix,
    fix_branch,
    intake,
    remove_test,
    report,
    reproduce,
    verify,
    write_test,
)
from harness.steps.context import Context, Ended, Journal
from harness.steps.fix_endings import did_not_stand, held
from harness.steps.report import WrittenReport
from harness.steps.report_words import changed_meanwhile
from pytest_repro.core.errors import ReproError

AFact = TypeVar("AFact", bound=Fact)  # that of one step

TREES = ("reproduce", "check", "fix")


class RunJournal(Journal, Protocol):
    """The journal as the pipeline uses it: it also begins and ends steps."""

    state: RunState

    def append(self, step: str, event: str, data: dict[str, Any]) -> None:
        """Write one event; it is on disk when this returns."""
        ...


class Listener(Protocol):
    """Is told of every step as it ends."""

    def finished(self, step: str, fact: Fact, seconds: float, known: bool) -> None:
        """Hear what a step found; `known`: an earlier sitting had found it."""
        ...

    def ended(self, step: str, ending: Ending, seconds: float) -> None:
        """Hear that the flow ended in `step`."""
        ...

    def note(self, text: str) -> None:
        """Hear of something that went wrong beside the flow."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a sitting ended: the report, and the exception of a bug or of an expected error (None otherwise)."""

    ending: Ending
    report: WrittenReport
    error: Exception | None = None


@dataclass(slots=True)
class Pipeline:
    """One sitting of a run: `go` walks the steps that are not finished yet. `version`: repro's own."""

    ctx: Context
    journal: RunJournal
    listener: Listener
    outputs: Path
    version: str
    _step: str = field(default="intake", init=False)
    _since: float = field(default=0.0, init=False)
    _before: dict[str, str] | None = field(default=None, init=False)

    def go(self) -> Outcome:
        """Return how it ended; the report is written whatever happens, Ctrl-C and bugs included."""
        ending, error = self._walk_guarded()
        own = self._own_things()
        if ending.kind == DONE and own.changed and isinstance(self.ctx.spec.fix, CommandFix):
            ending = changed_meanwhile(self._facts, ending, own)
        if ending.kind != DONE:
            where = ending.step if ending.status == "partial" else self._step
            self.listener.ended(where, ending, self.ctx.clock.monotonic() - self._since)
        self._clean_up(ending)
        written = self._report(ending, own)
        self.journal.append(
            "run",
            "ended",
            {
                "kind": ending.kind,
                "step": ending.step,
                "seen": redact(ending.seen),
                "advice": list(ending.advice),
                "slug": ending.slug,
                "report": str(written.path.absolute()),
            },
        )
        return Outcome(ending, written, error)

    def _walk_guarded(self) -> tuple[Ending, Exception | None]:
        try:
            self._before = self._snapshot()
            with ExitStack() as locks:
                return self._walk(locks), None
        except Ended as end:
            return end.ending, None
        except KeyboardInterrupt:
            return Ending("interrupted", self._step, f"Interrupted in the step {self._step}.", self._go_on()), None
        except ReproError as error:
            return self._expected(error), error
        except Exception as error:  # noqa: BLE001 -- the report and the journal must tell of a bug too; the CLI logs it
            self.ctx.file("bug.txt").write_text(redact("".join(traceback.format_exception(error))), errors="replace")
            words = f"{type(error).__name__} in repro itself, in the step {self._step}; this is a bug."
            return Ending("bug", self._step, words, self._go_on()), error

    def _expected(self, error: ReproError) -> Ending:
        ending = Ending("error", self._step, error.message, slug=error.slug)
        way_on = self._go_on() if ending.resumable else ("mend the input file or what it names, and run it again",)
        return replace(ending, advice=(*filter(None, [error.hint]), *way_on))

    def _snapshot(self) -> dict[str, str] | None:
        try:
            return self.ctx.repository.snapshot()
        except (ReproError, OSError) as error:  # the report says that there was no comparison
            self.listener.note(f"the repository could not be compared: {error}")
            return None

    def _own_things(self) -> OwnThings:
        """Compare the user's refs and files with those at the beginning of this sitting."""
        state, root = self.journal.state, self.ctx.repository.root
        told = [*state.finished.values(), *(data for one in state.progress.values() for data in one)]
        made = {str(data["branch"]) for data in told if data.get("branch")}
        ours = [path.resolve() for path in (self.outputs, self.ctx.folder, self.ctx.trees.parent)]
        left_out = [str(path.relative_to(root)) for path in ours if path.is_relative_to(root)]
        after = self._snapshot() if self._before is not None else None
        return OwnThings.between(self._before, after, made, left_out)

    def _go_on(self) -> tuple[str, ...]:
        return (f"go on: {self.ctx.resume_command}",)

    def _walk(self, locks: ExitStack) -> Ending:
        """Return the ending after the last step; each step's fact is taken from the journal where it is there."""
        test = self._test(locks)
        facts = self._facts
        branch = self._do("fix_branch", partial(fix_branch.run, self.ctx, test, facts.reproduce))
        fixed, shown = self._fixed(test, branch)
        self._do("remove_test", partial(remove_test.run, self.ctx, test, branch, fixed))
        return held(shown, branch.branch, spent=self.ctx.total.spent)

    def _test(self, locks: ExitStack) -> ReproductionTest:
        """Return the reproduction test; one run on one failure at a time."""
        target = self.ctx.spec.existing_test_path
        if target is not None:
            locks.enter_context(self.ctx.lock(target))
            return self._do("write_test", partial(existing_test.run, self.ctx, target))
        taken = self._do("intake", partial(intake.run, self.ctx))
        chosen = self._do("checkout", partial(checkout.run, self.ctx, taken))
        locks.enter_context(self.ctx.lock(chosen.nodeid))
        baseline = self._do("reproduce", partial(reproduce.run, self.ctx, chosen))
        return self._do("write_test", partial(write_test.run, self.ctx, chosen, baseline))

    def _fixed(self, test: ReproductionTest, branch: FixBranch) -> tuple[Fix, Verification]:
        """Return the fix that the verification let stand; raises Ended when no further attempt may follow."""
        while True:
            chosen = self._facts.checkout
            name = chosen.nodeid if chosen else branch.nodeid
            fixed = self._do("fix", partial(fix.run, self.ctx, test, branch, name))
            shown = self._do("verify", partial(verify.run, self.ctx, chosen, test, branch, fixed))
            if not shown.rejected:
                return fixed, shown
            again = fix.may_try_again(self.ctx)
            fix.reject(self.ctx, fixed, shown, again)
            if not again:
                self.ctx.tree("fix", branch.commit, branch.branch).restore(branch.commit)
                raise Ended(did_not_stand(self.ctx, name, shown))

    def _do(self, step: str, act: Callable[[], AFact]) -> AFact:
        """Return the step's fact: the journal's where it is finished, else by doing it."""
        done = self.journal.state.finished.get(step)
        if done is not None:
            known = cast(AFact, read_fact(step, done))  # what the journal has of a step is what the step gives
            self.listener.finished(step, known, self.journal.state.seconds.get(step, 0.0), known=True)
            return known
        self._step, self._since = step, self.ctx.clock.monotonic()
        self.journal.append(step, "started", {})
        fact = act()
        self.journal.append(step, "finished", fact_json(fact))
        self.listener.finished(step, fact, self.ctx.clock.monotonic() - self._since, known=False)
        return fact

    @property
    def _facts(self) -> Facts:
        return Facts.of(self.journal.state.finished)

    def _clean_up(self, ending: Ending) -> None:
        """Remove the worktrees, but not under a person's hands."""
        for name in TREES:
            if not (ending.kind == "your turn" and name == "fix"):
                self._remove_tree(name)
        if ending.kind != "your turn" and self.ctx.trees.is_dir() and not any(self.ctx.trees.iterdir()):
            self.ctx.trees.rmdir()

    def _remove_tree(self, name: str) -> None:
        try:
            self.ctx.repository.remove_worktree(self.ctx.trees / name)
        except (ReproError, OSError) as error:  # a report matters more than a folder in the cache
            self.listener.note(f"the worktree {self.ctx.trees / name} could not be removed: {error}")

    def _report(self, ending: Ending, own: OwnThings) -> WrittenReport:
        self.journal.append("report", "started", {})
        model = report.build(self.ctx, self._facts, ending, self.journal.state.seconds, self.version, own)
        written = self._write(model)
        self.journal.append("report", "finished", {"path": str(written.path)})
        return written

    def _write(self, model: ReportModel) -> WrittenReport:
        """Write the report where it is wanted, else beside the evidence: hours of work must not end without one."""
        try:
            return report.write(model, self.outputs, self.ctx.clock.now())
        except OSError as error:
            place = self.ctx.folder
            why = error.strerror or str(error)
            self.listener.note(f"the report cannot be written into {self.outputs} ({why}): it goes into {place}")
            return report.write(model, place, self.ctx.clock.now())
