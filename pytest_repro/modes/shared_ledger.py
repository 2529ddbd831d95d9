"""The controller's view of the ledger that its workers share."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.number_set import NumberSet
from pytest_repro.core.record import FailureDetail, IterationRecord, read_lines
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.core.todo import todo_for
from pytest_repro.engine.clock import now
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.ledger import Ledger
from pytest_repro.engine.ledger_entry import ENOUGH, IDLE, REPORTED, TOLD, Claim
from pytest_repro.options import Settings

_UNWRITABLE: Final = "raise the limit on the size of files (ulimit -f), or have TMPDIR name a folder with room"


class SharedLedger:
    """Knows the ledger once a worker has laid it out; there is none where only markers may ask for iterations."""

    def __init__(self, settings: Settings, done: dict[str, NumberSet]) -> None:
        """Make room for it; raises pytest.UsageError where there is none."""
        self._settings, self._done = settings, done
        self._ledger: Ledger | None = None
        self.path: Path | None = None
        self.nodeids: Sequence[str] = ()  # of the tests by position, once a worker has told
        if settings.active:  # else each worker has one of its own, for one marked test after the other
            self._make_room()

    def _make_room(self) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix="repro-ledger-"), "ledger")
            Ledger.make_room(self.path)
        except OSError as error:
            self.remove()
            what = f"the file that workers share cannot be made in {tempfile.gettempdir()}: {error.strerror}"
            raise pytest.UsageError(str(ReproError(what, "ledger-unwritable", _UNWRITABLE))) from None

    def _open(self) -> Ledger | None:
        if self._ledger is None and self.path is not None:
            self._ledger = Ledger.at(self.path)
        return self._ledger

    def interrupt(self) -> None:
        """End the campaign in every worker."""
        if (ledger := self._open()) is not None:
            ledger.interrupt()

    def children_of_dead(self) -> bool:
        """Whether a process is at work whose parent is gone."""
        return bool((ledger := self._open()) is not None and ledger.orphans())

    def record_deaths(self, tally: CampaignTally, journal: JournalWriter, error: str) -> list[str]:
        """Write down the iterations that processes which are gone were at, and hand out again what they had left.

        Returns the node ids of the tests of which pytest was not told before.
        """
        untold: list[str] = []
        if (ledger := self._open()) is None or len(self.nodeids) != ledger.tests:
            return untold  # whoever claims has told what it collected: the end of that one is still to come
        for slot in ledger.dead_slots():
            claim = ledger.claim_of(slot)
            ledger.give_up(slot)
            if claim.running != IDLE and claim.test != IDLE:  # a probe is no iteration
                nodeid = self.nodeids[claim.test]
                if self._is_written(nodeid, claim, journal, ledger):
                    continue
                if claim.isolated == TOLD:  # it did not die, but how it ended went with its campaign process
                    ledger.hand_out_again(claim.test, claim.running)
                    continue
                self._record(tally.test(nodeid), claim, journal, ledger, error)
                ledger.note_failure(claim.test, apart=bool(claim.isolated))
                self._end_at_limit(ledger, claim.test)
                if ledger.mark(claim.test, REPORTED):
                    untold.append(nodeid)
        return untold

    def _end_at_limit(self, ledger: Ledger, test: int) -> None:
        """Let nobody begin another iteration of a test of which a death has shown enough."""
        stop, proof = self._settings.stop, self._settings.proof
        refuted = proof is not None and not self._settings.watch
        if refuted or (stop is not None and ledger.counts(test).failures >= stop):
            ledger.mark(test, ENOUGH)

    def _is_written(self, nodeid: str, claim: Claim, journal: JournalWriter, ledger: Ledger) -> bool:
        """Whether there is a record of the iteration: its process died before it could say so."""
        wanted = f'"nodeid":{json.dumps(nodeid)},"iteration":{self._number(nodeid, claim, ledger)},'.encode("ascii")
        return self._settings.replay is None and wanted in journal.tail()  # all of a replay have one number

    def _record(self, test: TestTally, claim: Claim, journal: JournalWriter, ledger: Ledger, error: str) -> None:
        number = self._number(test.nodeid, claim, ledger)
        alone = "fresh" if self._settings.isolate == "fresh" else "fork"
        isolation = alone if claim.isolated else ""
        _write(test, number, journal, claim.since - ledger.started, now() - claim.since, error, isolation)

    def _number(self, nodeid: str, claim: Claim, ledger: Ledger) -> int:
        """Return the number of the iteration at `claim`, as the workers count."""
        settings, asked = self._settings, ledger.counts(claim.test).asked or None
        if settings.replay is not None:
            return settings.replay.iteration
        return todo_for(asked, nodeid, settings.shard, self._done.get(nodeid, ())).number(claim.running)

    def record_death(self, nodeid: str, test: TestTally, journal: JournalWriter, at: float, error: str) -> None:
        """Write down the first iteration of which there is no record, of a test that xdist gave to a worker.

        They begin in the order of their numbers: that one was in flight, if any was.
        """
        lines = (line for line in read_lines(journal.lines()) if isinstance(line, IterationRecord))
        known = {line.iteration for line in lines if line.nodeid == nodeid}
        first = 1 if self._settings.shard is None else min(known, default=1)
        number = next(one for one in count(first) if one not in known)
        if test.asked is not None and len(known) >= test.asked:  # it died after the last one
            return
        _write(test, number, journal, at, 0.0, error.partition("\n")[0])

    def remove(self) -> None:
        """Remove the file."""
        if self._ledger is not None:
            self._ledger.close()
        if self.path is not None:
            shutil.rmtree(self.path.parent, ignore_errors=True)  # what cannot be removed is only left over


def _write(
    test: TestTally, number: int, journal: JournalWriter, at: float, seconds: float, error: str, isolation: str = ""
) -> None:
    # xdist's words name the worker; the identity of the failure does not depend on which one it was.
    named = "crashed" in error
    signature = Signature("crashed", f"the process died while it ran {test.nodeid}" if named else error)
    journal.write(FailureDetail(test.nodeid, signature.digest, signature.to_json(), traceback=error))
    seed = derive_seed(test.root, test.nodeid, number)
    message = error if named else f"the worker died: {error}"
    journal.write(
        IterationRecord(
            test.nodeid,
            number,
            "crashed",
            seed,
            max(0.0, at),
            seconds,
            "",
            "call",
            signature.digest,
            message,
            isolation=isolation,
        )
    )
