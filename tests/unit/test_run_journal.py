"""The audit journal: an append-only chain that survives a kill and betrays a change."""

from pathlib import Path

import pytest
from flow_fakes import FakeClock

from harness.adapters.journal_file import JournalFile
from harness.domain.run_journal import JournalEvent, RunState, read_journal
from pytest_repro.core.errors import ReproError


def events(journal: JournalFile) -> list[JournalEvent]:
    with journal.path.open("rb") as lines:
        return read_journal(lines)


@pytest.fixture
def journal(tmp_path: Path) -> JournalFile:
    written = JournalFile(tmp_path / "journal.jsonl", FakeClock())
    written.append("run", "started", {"root": 7})
    written.append("intake", "started", {})
    written.append("intake", "finished", {"failing": 1})
    written.append("fix", "started", {})
    written.progress("fix", {"attempt": {"number": 1}})
    return written


def test_what_was_written_is_read_back_and_gone_on_with(journal: JournalFile) -> None:
    again = JournalFile(journal.path, FakeClock())
    assert again.state.finished == {"intake": {"failing": 1}}
    assert again.earlier("fix") == ({"attempt": {"number": 1}},)
    again.append("fix", "finished", {"by": "patch"})
    assert [one.seq for one in events(journal)] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("left", range(1, 60, 7))
def test_a_line_that_a_kill_cut_is_dropped_and_the_next_one_fits(journal: JournalFile, left: int) -> None:
    whole = journal.path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    journal.path.write_bytes(whole + last[:left])
    again = JournalFile(journal.path, FakeClock())
    again.append("fix", "finished", {})
    assert [one.event for one in events(journal)][-2:] == ["progress", "finished"]


def test_a_line_that_was_changed_is_found(journal: JournalFile) -> None:
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"failing":1', b'"failing":2'))
    with pytest.raises(ReproError, match="changed after it was written") as error:
        JournalFile(journal.path, FakeClock())
    assert error.value.slug == "run-journal-damaged"


def test_a_line_that_was_taken_out_is_found(journal: JournalFile) -> None:
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    with pytest.raises(ReproError, match="line 3"):
        JournalFile(journal.path, FakeClock())


def test_a_journal_of_a_later_schema_is_refused_by_name(journal: JournalFile) -> None:
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"schema":1', b'"schema":2'))
    with pytest.raises(ReproError) as error:
        JournalFile(journal.path, FakeClock())
    assert error.value.slug == "run-journal-schema"


def test_a_rejected_fix_is_no_longer_finished(journal: JournalFile) -> None:
    journal.append("fix", "finished", {"by": "command"})
    journal.append("verify", "finished", {"runs": 3})
    journal.progress("fix", {"attempt": {"number": 1}, "again": True})
    assert set(journal.state.finished) == {"intake"}


def test_seconds_are_summed_over_sittings_without_the_time_between_them(tmp_path: Path) -> None:
    clock = FakeClock()
    journal = JournalFile(tmp_path / "journal.jsonl", clock)
    journal.append("run", "started", {})
    journal.append("reproduce", "started", {})
    clock.at += 4
    journal.progress("reproduce", {"runs": 10})
    clock.at += 1000  # killed, and resumed much later
    journal.append("run", "started", {})
    journal.append("reproduce", "started", {})
    clock.at += 3
    journal.append("reproduce", "finished", {})
    assert journal.state.seconds == {"reproduce": 7.0}
    assert RunState.of(events(journal)).seconds == journal.state.seconds
