"""What a dead process was at is found in the ledger that the workers share, or in what was written down."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@pytest.fixture
def gone() -> int:
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@contextmanager
def shared_ledger(isolate: str) -> Iterator[tuple[SharedLedger, Ledger]]:
    """The controller's view, which knows of no tests yet, and the ledger that a worker laid out for one."""
    shared = SharedLedger(Settings(stress=9, isolate=isolate, active=True), {})
    assert shared.path is not None
    worker = Ledger(1, 7, shared.path)
    worker.ask([9])
    try:
        yield shared, worker
    finally:
        worker.close()
        shared.remove()
    assert not shared.path.exists()


def at_iteration(worker: Ledger, gone: int, ordinal: int, *, most: int = 9, isolated: bool = True) -> int:
    """Have a worker that has gone be at an iteration, in a child if `isolated`; returns the slot."""
    slot = worker.reserve(gone)
    worker.claim(slot, gone, 0, 9, most)
    worker.enter(slot, ordinal, 1.0)
    worker.take_over(slot, gone, isolated=isolated)
    worker._put_claim(slot, worker.claim_of(slot)._replace(parent=gone))
    return slot


def test_a_death_is_recorded_once_it_is_known_which_tests_the_workers_have(journal: JournalWriter, gone: int) -> None:
    with shared_ledger("fresh") as (shared, worker):
        at_iteration(worker, gone, 2)
        tally = CampaignTally.of(read_lines(journal.lines()))
        assert shared.record_deaths(tally, journal, "SIGKILL") == []
        shared.nodeids = [IT]
        assert shared.record_deaths(tally, journal, "SIGKILL") == [IT]
        assert shared.record_deaths(tally, journal, "SIGKILL") == []
        assert [(one.iteration, one.outcome, one.isolation) for one in recorded(journal)] == [(3, "crashed", "fresh")]
        assert worker.rest(0, 9) == 6  # those after it are handed out again


def test_an_iteration_whose_outcome_went_with_its_worker_is_handed_out_again_and_did_not_crash(
    journal: JournalWriter, gone: int
) -> None:
    with shared_ledger("fork") as (shared, worker):
        shared.nodeids = [IT]
        written, told, _ = (at_iteration(worker, gone, ordinal, most=1) for ordinal in range(3))
        worker.note_told(written)
        worker.note_told(told)
        journal.write(IterationRecord(IT, 1, "passed", 1, 0.0, 0.0))
        assert shared.record_deaths(CampaignTally.of(read_lines(journal.lines())), journal, "SIGKILL") == [IT]
        assert [(one.iteration, one.outcome) for one in recorded(journal)] == [(1, "passed"), (3, "crashed")]
        assert [[*worker.claim(worker.reserve(1), 1, 0, 9, 2)] for _ in range(2)] == [[1], [3, 4]]


def test_an_iteration_that_was_written_down_before_its_worker_died_is_no_failure(
    journal: JournalWriter, gone: int
) -> None:
    with shared_ledger("none") as (shared, worker):
        shared.nodeids = [IT]
        at_iteration(worker, gone, 1, isolated=False)
        journal.write(IterationRecord(IT, 2, "passed", 1, 0.0, 0.0))
        assert shared.record_deaths(CampaignTally.of(read_lines(journal.lines())), journal, "SIGKILL") == []
        assert [(one.iteration, one.outcome) for one in recorded(journal)] == [(2, "passed")]
        assert (worker.failures, worker.rest(0, 9)) == (0, 7)


def test_where_only_markers_ask_a_death_takes_a_number_that_nobody_has(journal: JournalWriter) -> None:
    journal.write(*(IterationRecord(IT, number, "passed", 1, 0.0, 0.0) for number in (1, 2, 4)))
    shared = SharedLedger(Settings(), {})
    assert shared.path is None
    test = CampaignTally.of(read_lines(journal.lines())).test(IT)
    shared.record_death(IT, test, journal, 1.0, f"worker 'gw0' crashed while running '{IT}'")
    assert [one.iteration for one in recorded(journal)] == [1, 2, 4, 3]
