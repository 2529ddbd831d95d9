"""Our own journals are read as reports: what failed, how often, and under which circumstances."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from harness.logs.reports.reports import Reported, read_report, report_kind
from pytest_repro.core.record import (
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
    encode_line,
)

HEADER = CampaignHeader(1, 7, 0.0, stress=3, versions={"pytest": "9.2.0", "python": "3.11.7"}, args=["a b.py"])
FLAKY = "tests/test_a.py::test_flaky"


def iteration(number: int, outcome: str, message: str = "", **more: str) -> IterationRecord:
    return IterationRecord(FLAKY, number, outcome, 1, 0.0, 0.1, message=message, **more)  # type: ignore[arg-type]  # mixed values


LINES: tuple[Line, ...] = (
    HEADER,
    PlannedTest(FLAKY, 3, 7),
    iteration(1, "passed"),
    FailureDetail(FLAKY, "ab", {"exception": "shop.Late", "path": "tests/test_a.py"}, line=12),
    iteration(2, "failed", "shop.Late: by 3 s", phase="call", signature="ab"),
    iteration(3, "timed out", "", phase="call", signature="cd"),
    CampaignEnd("complete", 1.0),
)


def read(*lines: Line | bytes) -> Reported:
    data = b"".join(line if isinstance(line, bytes) else encode_line(line) for line in lines)
    return read_report("journal", io.BytesIO(data), "")


def test_a_test_that_failed_in_some_iterations_is_named_with_its_first_failure_and_its_rate() -> None:
    reported = read(*LINES)
    (test,) = reported.failing
    assert (test.nodeid, test.phase, test.outcome) == (FLAKY, "call", "failed")
    assert (test.exception, test.message, test.location) == ("shop.Late", "by 3 s", "tests/test_a.py:12")
    assert (test.evidence[0].kind, test.evidence[0].line) == ("journal", 5)
    assert f"{FLAKY}: 2 of 3 iterations failed" in reported.notes
    assert "campaign with root seed 7" in reported.notes
    assert (reported.tally, reported.complete) == ({"failed": 1}, True)
    told = reported.circumstances
    assert (told.command_line, told.python, told.packages) == ("pytest 'a b.py'", "3.11.7", {"pytest": "9.2.0"})


def test_a_real_journal_is_read(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_j.py").write_text(
        "import pytest\nseen = []\n"
        "def test_third():\n    seen.append(1)\n    assert len(seen) != 3\n"
        "@pytest.fixture\ndef down():\n    raise OSError('no base')\n"
        "def test_error(down): pass\ndef test_fine(): pass\n"
    )
    options = ["--repro-stress=5", "--repro-isolate=none", "--repro-journal=j.jsonl", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-p", "pytest_repro.plugin", *options]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "11"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert (tmp_path / "j.jsonl").exists(), done.stdout + done.stderr
    assert report_kind((tmp_path / "j.jsonl").read_bytes()[:4096], "j.jsonl") == "journal"
    with (tmp_path / "j.jsonl").open("rb") as stream:
        reported = read_report("journal", stream, "j.jsonl")
    found = {test.nodeid: (test.phase, test.outcome, test.exception, test.message) for test in reported.failing}
    assert found == {
        "test_j.py::test_third": ("call", "failed", "AssertionError", "assert 3 != 3"),
        "test_j.py::test_error": ("setup", "error", "OSError", "no base"),
    }
    assert reported.tally == {"failed": 1, "errors": 1, "passed": 1}
    assert reported.complete
    assert reported.circumstances.hash_seed == "11"
    assert "j.jsonl: test_j.py::test_third: 1 of 5 iterations failed" in reported.notes


def test_a_campaign_without_its_end_says_truncated() -> None:
    cut = encode_line(LINES[5])[:30]
    reported = read(*LINES[:5], cut)
    assert len(reported.failing) == 1
    assert not reported.complete
    assert any(note.startswith("truncated: ") for note in reported.notes)


def test_a_campaign_that_was_stopped_is_incomplete() -> None:
    reported = read(*LINES[:-1], CampaignEnd("interrupted", 1.0))
    assert not reported.complete
    assert any("interrupted" in note for note in reported.notes)


@pytest.mark.parametrize("line", [b"not json\n", b"[" * 100_000 + b"\n", b'{"kind":"iteration"}\n', b"x" * 9_000_000])
def test_of_a_damaged_journal_what_stands_before_the_damage_is_kept(line: bytes) -> None:
    reported = read(*LINES[:5], line, *LINES[5:])
    assert [test.nodeid for test in reported.failing] == [FLAKY]
    assert not reported.complete


def test_another_schema_is_not_read() -> None:
    reported = read(encode_line(HEADER).replace(b'"schema":1', b'"schema":2'), *LINES[1:])
    assert reported.failing == ()
    assert any("schema 2" in note for note in reported.notes)


@pytest.mark.parametrize("value", ["3", "null", "[]", "{}"])
@pytest.mark.parametrize("member", ["nodeid", "outcome", "phase", "signature", "message", "worker"])
def test_members_of_another_type_are_survived(member: str, value: str) -> None:
    text = encode_line(iteration(1, "failed", "KeyError: 1", phase="call", signature="ab", worker="gw0")).decode()
    start = text.index(f'"{member}":') + len(member) + 3
    end = text.index('"', start + 1) + 1
    read(HEADER, (text[:start] + value + text[end:]).encode(), LINES[-1])
