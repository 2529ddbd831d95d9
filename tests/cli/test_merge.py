"""`repro merge`, through the real entry point in processes of their own."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from campaign_journal_files import FAILURE, FLAKY, STEADY, write_shard
from repro_process import repro, run_code

from pytest_repro.core.record import read_lines
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.token import decode_token, digest_of

BOTH = (STEADY, FLAKY)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path


def shards(folder: Path, *indexes: int, **changes) -> list[str]:
    """Write these shards of four and return their names, as the shell would give them."""
    return [str(write_shard(folder / "shards", index, **changes).relative_to(folder)) for index in indexes]


def test_all_shards_without_a_failure_end_with_0(here):
    done = repro(here, "merge", *shards(here, 1, 2, 3, 4))

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].strip("=") == " repro: merged "
    assert lines[1] == "seed 7  ·  1 test x 40  ·  isolate auto  ·  6.2 s  ·  40 run, 0 lost"
    assert lines[3] == f"STABLE  {STEADY}     0/40  below 7.3 % (95 %)"
    assert lines[-1] == "1 stable.  journal: shards/shard-1.jsonl and 3 more"


def test_the_section_is_that_of_one_run(here):
    names = shards(here, 3, 1, 4, 2, tests=BOTH)
    whole = write_shard(here / "whole", 1, of=1, tests=BOTH)
    one, many = (repro(here, "merge", *files).stdout.splitlines() for files in ([str(whole)], names))

    assert [line.partition("  journal:")[0] for line in one] == [line.partition("  journal:")[0] for line in many]
    assert any(line.startswith(f"FLAKY   {FLAKY}") and "5/40" in line for line in many)
    assert any("5x  RuntimeError: pool 7 is closed  src/pool.py:88  self._check()" in line for line in many)


def test_a_failure_ends_with_1_and_its_replay_command_can_be_pasted(here):
    done = repro(here, "merge", *shards(here, 1, 2, 3, 4, tests=BOTH))

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "failed: 1 of 2 tests"
    command = next(line for line in done.stdout.splitlines() if "replay: " in line).partition("replay: ")[2]
    program, nodeid, option = shlex.split(command)
    assert (program, nodeid) == ("pytest", FLAKY)
    token = decode_token(option.removeprefix("--repro-replay="))
    assert (token.root, token.iteration, token.nodeid_digest) == (7, 7, digest_of(FLAKY))
    assert token.signature == FAILURE.digest[:8]


def test_the_command_of_a_test_that_fails_only_when_run_again_fails_too(here):
    (here / "test_again.py").write_text("seen = []\ndef test_again():\n    seen.append(1)\n    assert len(seen) < 2\n")
    campaign = [sys.executable, "-m", "pytest", "-q", "--repro-stress=6", "--repro-journal=j.jsonl"]
    assert subprocess.run(campaign, cwd=here, capture_output=True).returncode == 1
    done = repro(here, "merge", "j.jsonl")

    assert done.stdout.count("NIO ") == 1
    command = next(line for line in done.stdout.splitlines() if "replay: " in line).partition("replay: ")[2]
    program, *options = shlex.split(command)
    assert program == "pytest"
    replay = subprocess.run([sys.executable, "-m", "pytest", *options], cwd=here, capture_output=True, text=True)
    assert replay.returncode == 1, replay.stdout
    assert "assert 2 < 2" in replay.stdout


def test_a_missing_shard_is_named_and_ends_with_1(here):
    done = repro(here, "merge", *shards(here, 1, 2, 4))

    assert done.returncode == 1
    assert "interrupted: 40 asked, 30 run, 10 not run, 0 lost" in done.stdout
    assert "note: shard 3/4 is missing: 10 iterations not run" in done.stdout
    assert done.stdout.splitlines()[-1] == "not complete: shard 3/4 is missing, 10 iterations not run"


def test_a_cut_journal_is_named_and_ends_with_1(here):
    names = shards(here, 1, 2, 3, 4)
    path = here / names[3]
    path.write_bytes(path.read_bytes()[:-60])
    done = repro(here, "merge", *names)

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("not complete: shards/shard-4.jsonl has no end, ")


def test_a_proof_that_was_not_reached_ends_with_1(here):
    for rate, code in ((0.1, 0), (0.001, 1)):
        done = repro(here, "merge", *shards(here, 1, 2, 3, 4, prove=rate, confidence=0.95))
        assert done.returncode == code
        assert ("not shown: 1 of 1 tests" in done.stdout) == bool(code)


def test_what_comes_twice_counts_once(here):
    names = shards(here, 1, 2, 3, 4)
    done = repro(here, "merge", *names, names[0], names[0])

    assert done.returncode == 0
    assert "20 iterations are in more than one place, and counted once" in done.stdout
    assert " 0/40 " in done.stdout


def test_the_merged_journal_is_one_and_merges_again_to_the_same_report(here):
    done = repro(here, "merge", *shards(here, 4, 3, 1, tests=BOTH), "--output", "merged.jsonl")
    again = repro(here, "merge", "merged.jsonl")

    assert (again.returncode, again.stdout) == (done.returncode, done.stdout)
    with (here / "merged.jsonl").open("rb") as lines:
        tally = CampaignTally.of(read_lines(lines))
    assert tally.run == 60
    assert tally.header is not None
    assert tally.header.shard == "1,3-4/4"
    late = repro(here, "merge", "merged.jsonl", *shards(here, 2, tests=BOTH))
    assert "80 run, 0 lost" in late.stdout
    assert "missing" not in late.stdout


def test_a_journal_is_never_replaced(here):
    names = shards(here, 1, 2)
    before = (here / names[0]).read_bytes()
    done = repro(here, "merge", *names, "--output", names[0])

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[journal-exists]: shards/shard-1.jsonl exists already")
    assert (here / names[0]).read_bytes() == before


def test_summary_and_json_are_written_beside_what_is_printed(here):
    (here / "summary.md").write_text("# before\n")
    names = shards(here, 1, 2, 3, 4, tests=BOTH)
    done = repro(here, "merge", *names, "--summary", "summary.md", "--json", "result.json", "-q")

    assert [line.split()[0] for line in done.stdout.splitlines()[1:3]] == ["FLAKY", "STABLE"]
    text = (here / "summary.md").read_text()
    assert text.startswith("# before\n\n\n## pytest-repro: 1 FLAKY, 1 STABLE\n")
    assert shlex.quote(FLAKY) in text
    result = json.loads((here / "result.json").read_text())
    assert (result["totals"]["run"], result["totals"]["failures"]) == (80, 5)
    assert [test["label"] for test in result["tests"]] == ["STABLE", "FLAKY"]
    assert {path.name for path in here.iterdir()} == {"summary.md", "result.json", "shards"}


@pytest.mark.parametrize(("option", "words"), [("--json", '{\n  "schema"'), ("--summary", "## pytest-repro: 1 STABLE")])
def test_an_output_into_the_file_that_is_printed_to_keeps_what_stands_there(here, option, words):
    names = shards(here, 1, 2, 3, 4)
    (here / "ci.log").write_text("earlier\n")
    code = (
        "import os; from harness.cli import main\n"
        f"try: main(['merge', *{names!r}, {option!r}, '/dev/stdout'])\n"
        "finally: os.write(1, b'later\\n')"
    )
    with (here / "ci.log").open("a") as log:
        run_code(code, here, capture_output=False, stdout=log)
    text = (here / "ci.log").read_text()

    assert text.startswith("earlier\n")
    assert 0 < text.index(words) < text.index(" repro: merged ") < text.index("\nlater\n")


@pytest.mark.parametrize("option", ["--output", "--summary", "--json"])
@pytest.mark.parametrize(("name", "words"), [("gone/x", "there is no folder gone"), ("shards", "it is a folder")])
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_read(here, option, name, words):
    shards(here, 1)
    done = repro(here, "merge", "no-such-file", option, name)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error[output-unwritable]: {name} cannot be written: {words}")


@pytest.mark.parametrize("options", [("--json", "shards/shard-1.jsonl"), ("--json", "new", "--summary", "./new")])
def test_an_output_into_a_journal_or_another_output_is_refused(here, options):
    names = shards(here, 1, 2)
    before = (here / names[0]).read_bytes()
    done = repro(here, "merge", *names, *options)

    assert done.returncode == 3
    assert "error[one-file-twice]" in done.stderr
    assert (here / names[0]).read_bytes() == before
    assert not (here / "new").exists()


def test_a_full_disk_leaves_no_half_journal(here):
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); from harness.cli import main; main()"
    )
    done = run_code(code, here, "merge", *shards(here, 1, 2, 3, 4), "--output", "merged.jsonl")

    assert done.returncode == 3
    assert done.stderr.startswith("error[journal-unwritable]: merged.jsonl cannot be written")
    assert not (here / "merged.jsonl").exists()


def test_files_that_are_no_journals_are_told_all_at_once(here):
    names = shards(here, 1)
    (here / "empty.jsonl").touch()
    (here / "notes.txt").write_text("hello\n")
    (here / "other.jsonl").write_text('{"event": "started"}\n')
    (here / "binary").write_bytes(b"\xff\xfe\x00\x01\n")
    (here / "old.jsonl").write_text('{"kind": "campaign", "schema": 99, "root": 1, "started": 1}\n')
    os.mkfifo(here / "pipe")
    wrong = [
        "empty.jsonl",
        "notes.txt",
        "other.jsonl",
        "binary",
        "old.jsonl",
        "shards",
        "gone.jsonl",
        "x/*.jsonl",
        "pipe",
    ]
    done = repro(here, "merge", *names, *wrong)

    assert (done.returncode, done.stdout) == (3, "")
    first, *told, hint = done.stderr.splitlines()
    assert first == "error[not-a-journal]: 9 files are no journals:"
    assert [line.split()[0].rstrip(":") for line in told] == wrong
    assert told[0].endswith("is empty: a campaign writes its first line before it runs anything")
    assert "schema 99" in told[4]
    assert told[5].endswith("is a folder; expected its files: shards/*.jsonl")
    assert told[7].endswith("(the shell found nothing that fits this pattern)")
    assert hint.startswith("hint: ")


def test_damaged_lines_and_other_plans_are_told_together(here):
    names = [*shards(here, 1, 2), *shards(here, 3, root=8)]
    for name in names[:2]:
        lines = (here / name).read_bytes().splitlines(keepends=True)
        (here / name).write_bytes(b"".join([*lines[:3], b'{"kind":\n', *lines[3:]]))
    done = repro(here, "merge", *names)

    assert (done.returncode, done.stdout) == (3, "")
    assert [line.split(":")[0].strip() for line in done.stderr.splitlines()[:3]] == [
        "error[journal-damaged]",
        "shards/shard-2.jsonl",
        "shards/shard-1.jsonl and shards/shard-3.jsonl are of different plans",
    ]
    assert "the root seed is 7 in the first and 8 in the second" in done.stderr


def test_without_files_it_is_a_usage_error(here):
    done = repro(here, "merge")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error[usage]: ")


def test_a_narrow_terminal_without_our_letters_gets_plain_ones(here):
    names = shards(here, 1, 2, 3, 4, tests=BOTH)
    done = repro(here, "merge", *names, env={"PYTHONIOENCODING": "ascii", "COLUMNS": "40"})

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.isascii()
    assert "\\u" not in done.stdout
    assert "______#" in done.stdout


def test_colours_come_when_they_are_asked_for_and_foreign_text_is_not_obeyed(here):
    names = shards(here, 1, of=1, tests=(STEADY, "tests/test_x.py::test_[\x1b[2J]"))
    plain = repro(here, "merge", *names)
    coloured = repro(here, "merge", *names, env={"FORCE_COLOR": "1"})
    never = repro(here, "merge", *names, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})

    assert "\x1b" not in plain.stdout
    assert "\x1b[32m" in coloured.stdout
    assert "\x1b[2J" not in coloured.stdout
    assert never.stdout == plain.stdout


def test_a_closed_pipe_is_quiet(here):
    reading, writing = os.pipe()
    os.close(reading)
    done = repro(here, "merge", *shards(here, 1), capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)

    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_without_any_test_there_is_nothing_to_show(here):
    done = repro(here, "merge", *shards(here, 1, of=1, tests=()))

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "not complete: no test was selected"
