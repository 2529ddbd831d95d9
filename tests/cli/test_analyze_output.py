"""Where `repro analyze` writes its result, and where it does not."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from ci_logs import FAILING
from repro_process import repro


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the log of a job that failed."""
    (tmp_path / "fail.log").write_text(FAILING)
    return tmp_path


@pytest.mark.parametrize("form", [[], ["--json"], ["--markdown"]])
def test_a_file_gets_what_would_have_been_printed_and_loses_what_it_held(here, form):
    printed = repro(here, "analyze", "fail.log", *form).stdout
    (here / "result").write_text("before\n" * 1000)
    done = repro(here, "analyze", "fail.log", *form, "--output", "result")

    assert (done.returncode, done.stderr) == (1, "")
    assert (here / "result").read_text() == printed
    assert done.stdout.startswith("verdict   test_failure")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("name", [".", "gone/result"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_read(here, name):
    done = repro(here, "analyze", "no-such.log", "--output", name)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[output-unwritable]: ")


@pytest.mark.parametrize("name", ["fail.log", "./fail.log", "link", "hard"])
def test_the_log_itself_is_never_written_over(here, name):
    (here / "link").symlink_to("fail.log")
    (here / "hard").hardlink_to(here / "fail.log")
    done = repro(here, "analyze", "fail.log", "--output", name)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error[output-unwritable]: {Path(name)} cannot be written: it is the log")
    assert (here / "fail.log").read_text() == FAILING


def test_a_dash_as_the_file_is_standard_output(here):
    printed = repro(here, "analyze", "fail.log", "--json").stdout
    done = repro(here, "analyze", "fail.log", "--json", "--output", "-")
    assert (done.returncode, done.stderr, done.stdout) == (1, "", printed)
    assert not (here / "-").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_no_bug_of_ours(here, form):
    with open("/dev/full", "w") as full:
        done = repro(here, "analyze", "fail.log", *form, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert done.stderr.startswith("error[output-unwritable]: ")
    assert len(done.stderr.splitlines()) == 2


def test_a_name_that_is_no_unicode_is_written_as_it_is_shown(here):
    name = os.fsdecode(b"bad\xff.log")
    (here / name).write_text(FAILING)
    printed = repro(here, "analyze", name, "--json").stdout
    done = repro(here, "analyze", name, "--json", "--output", "result")

    assert (done.returncode, done.stderr) == (1, "")
    assert (here / "result").read_text() == printed
    assert json.loads(printed)["source"] == name
    assert sorted(path.name for path in here.iterdir()) == sorted([name, "fail.log", "result"])


def test_a_link_is_followed_and_the_rights_of_its_file_stay(here):
    (here / "elsewhere").mkdir()
    target = here / "elsewhere" / "result"
    target.write_text("before")
    target.chmod(0o640)
    (here / "link").symlink_to(target)
    assert repro(here, "analyze", "fail.log", "--output", "link").returncode == 1

    assert (here / "link").is_symlink()
    assert target.read_text().startswith("verdict")
    assert target.stat().st_mode & 0o777 == 0o640
