"""What a dead process was at is found in the ledger that the workers share, or in what was written down."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_repro.core.record import IterationRecord, PlannedTest, read_lines
from pytest_repro.core.tally import CampaignTally
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.ledger import Ledger
from pytest_repro.modes.shared_ledger import SharedLedger
from pytest_repro.options import Settings

IT = "test_it.py::test_it"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalWriter]:
    """A new one, for one test of which 9 iterations are asked."""
    writer = JournalWriter(tmp_path / "j.jsonl", create=True)
    writer.write(PlannedTest(IT, 9, 1))
    yield writer
    writer.close()


def recorded(journal: JournalWriter) -> list[IterationRecord]:
    """The iterations that were written down."""
    return [line for line in read_lines(journal.lines()) if isinstance(line, IterationRecord)]


def test_a_death_is_recorded_once_it_is_known_which_tests_the_workers_have(journal: JournalWriter) -> None:
    shared = SharedLedger(Settings(stress=9, isolate="fresh", active=True), {})
    assert shared.path is not None
    worker = Ledger(1, 7, shared.path)
    worker.ask([9])
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    slot = worker.reserve(gone.pid)
    worker.claim(slot, gone.pid, 0, 9, 9)
    worker.enter(slot, 2, 1.0)
    worker.take_over(slot, gone.pid, isolated=True)
    worker._put_claim(slot, worker.claim_of(slot)._replace(parent=gone.pid))
    tally = CampaignTally.of(read_lines(journal.lines()))
    assert shared.record_deaths(tally, journal, "SIGKILL") == []
    shared.nodeids = [IT]
    assert shared.record_deaths(tally, journal, "SIGKILL") == [IT]
    assert shared.record_deaths(tally, journal, "SIGKILL") == []
    assert [(one.iteration, one.outcome, one.isolation) for one in recorded(journal)] == [(3, "crashed", "fresh")]
    assert worker.rest(0, 9) == 6  # those after it are handed out again
    worker.close()
    shared.remove()
    assert not shared.path.exists()


def test_an_iteration_whose_outcome_went_with_its_worker_is_handed_out_again_and_did_not_crash(
    journal: JournalWriter,
) -> None:
    shared = SharedLedger(Settings(stress=9, isolate="fork", active=True), {})
    shared.nodeids = [IT]
    assert shared.path is not None
    worker = Ledger(1, 7, shared.path)
    worker.ask([9])
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    slots = [worker.reserve(gone.pid) for _ in range(3)]
    for slot, ordinal in zip(slots, (0, 1, 2), strict=True):  # the first is written down, the second has told its end
        worker.claim(slot, gone.pid, 0, 9, 1)
        worker.enter(slot, ordinal, 1.0)
        worker.take_over(slot, gone.pid, isolated=True)
        worker._put_claim(slot, worker.claim_of(slot)._replace(parent=gone.pid))
    worker.note_told(slots[0])
    worker.note_told(slots[1])
    journal.write(IterationRecord(IT, 1, "passed", 1, 0.0, 0.0))
    tally = CampaignTally.of(read_lines(journal.lines()))

    assert shared.record_deaths(tally, journal, "SIGKILL") == [IT]
    assert [(one.iteration, one.outcome) for one in recorded(journal)] == [(1, "passed"), (3, "crashed")]
    assert [[*worker.claim(worker.reserve(1), 1, 0, 9, 2)] for _ in range(2)] == [[1], [3, 4]]
    worker.close()
    shared.remove()


def test_an_iteration_that_was_written_down_before_its_worker_died_is_no_failure(journal: JournalWriter) -> None:
    shared = SharedLedger(Settings(stress=9, isolate="none", active=True), {})
    shared.nodeids = [IT]
    assert shared.path is not None
    worker = Ledger(1, 7, shared.path)
    worker.ask([9])
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    slot = worker.reserve(gone.pid)
    worker.claim(slot, gone.pid, 0, 9, 9)
    worker.enter(slot, 1, 1.0)
    worker._put_claim(slot, worker.claim_of(slot)._replace(parent=gone.pid))
    journal.write(IterationRecord(IT, 2, "passed", 1, 0.0, 0.0))
    assert shared.record_deaths(CampaignTally.of(read_lines(journal.lines())), journal, "SIGKILL") == []
    assert [(one.iteration, one.outcome) for one in recorded(journal)] == [(2, "passed")]
    assert (worker.failures, worker.rest(0, 9)) == (0, 7)
    worker.close()
    shared.remove()


def test_where_only_markers_ask_a_death_takes_a_number_that_nobody_has(journal: JournalWriter) -> None:
    journal.write(*(IterationRecord(IT, number, "passed", 1, 0.0, 0.0) for number in (1, 2, 4)))
    shared = SharedLedger(Settings(), {})
    assert shared.path is None
    test = CampaignTally.of(read_lines(journal.lines())).test(IT)
    shared.record_death(IT, test, journal, 1.0, f"worker 'gw0' crashed while running '{IT}'")
    assert [one.iteration for one in recorded(journal)] == [1, 2, 4, 3]
