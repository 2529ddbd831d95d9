"""The controller's view of the ledger that its workers share."""

import json
import shutil
from pathlib import Path

from pytest_repro.core.number_set import NumberSet
from pytest_repro.core.record import FailureDetail, IterationRecord
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.core.todo import todo_for
from pytest_repro.engine.clock import now
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.ledger import Ledger
from pytest_repro.engine.ledger_entry import IDLE, REPORTED, Claim
from pytest_repro.options import Settings


class SharedLedger:
    """Knows the ledger once a worker has laid it out."""

    def __init__(self, path: Path, settings: Settings, done: dict[str, NumberSet]) -> None:
        self.path, self._settings, self._done = path, settings, done
        self._ledger: Ledger | None = None
        Ledger.make_room(path)

    def _open(self) -> Ledger | None:
        if self._ledger is None:
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
        if (ledger := self._open()) is None:
            return []
        nodeids, untold = list(tally.tests), []
        for slot in ledger.dead_slots():
            claim = ledger.claim_of(slot)
            ledger.give_up(slot)
            if claim.running != IDLE:
                self._record(tally.tests[nodeids[claim.test]], claim, journal, ledger.started, error)
                ledger.note_failure(claim.test, apart=bool(claim.isolated), watched=True)
                if ledger.mark(claim.test, REPORTED):
                    untold.append(nodeids[claim.test])
        return untold

    def _record(self, test: TestTally, claim: Claim, journal: JournalWriter, started: float, error: str) -> None:
        settings = self._settings
        asked = settings.stress if settings.shard is not None else test.asked
        number = todo_for(asked, test.nodeid, settings.shard, self._done.get(test.nodeid, ())).number(claim.running)
        wanted = f'"nodeid":{json.dumps(test.nodeid)},"iteration":{number},'.encode("ascii")
        if wanted not in journal.tail():
            isolation = "fork" if claim.isolated else ""
            _write(test, number, journal, claim.since - started, now() - claim.since, error, isolation)

    def record_death(self, nodeid: str, test: TestTally, journal: JournalWriter, at: float, error: str) -> None:
        """Write down the iteration after the last one that was recorded, of a test that xdist gave to a worker."""
        _write(test, test.run + 1, journal, at, 0.0, error.partition("\n")[0])

    def remove(self) -> None:
        """Remove the file."""
        if self._ledger is not None:
            self._ledger.close()
        shutil.rmtree(self.path.parent, ignore_errors=True)  # what cannot be removed is only left over


def _write(
    test: TestTally, number: int, journal: JournalWriter, at: float, seconds: float, error: str, isolation: str = ""
) -> None:
    # The words name the worker; the identity of the failure does not depend on which one it was.
    signature = Signature("crashed", f"the process died while it ran {test.nodeid}")
    journal.write(FailureDetail(test.nodeid, signature.digest, signature.to_json(), traceback=error))
    seed = derive_seed(test.root, test.nodeid, number)
    message = f"the worker died: {error}" if "crashed" not in error else error
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
