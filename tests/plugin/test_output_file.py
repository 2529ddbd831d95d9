"""A file for machines is checked early, replaced as a whole, and appended to within its limit."""

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.sinks.output_file import append_within, check_output, write_whole


def test_check_names_what_stands_in_the_way(tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "it is a folder"), (tmp_path / "a" / "b", "there is no folder")):
        with pytest.raises(ReproError, match=reason) as caught:
            check_output(path)
        assert caught.value.slug == "output-unwritable"
    check_output(tmp_path / "new")


def test_writing_keeps_rights_and_links_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole(link, "new")

    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]


def test_a_new_file_gets_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    write_whole(tmp_path / "new", "text")

    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_appending_hands_out_what_is_free(tmp_path: Path) -> None:
    asked: list[int] = []
    path = tmp_path / "file"

    def text_for(size: int) -> str:
        asked.append(size)
        return {10: "é" * 5, 2: "xx"}.get(size, "")

    append_within(path, 10, text_for)
    append_within(path, 14, text_for)
    with pytest.raises(ReproError, match="it holds 14 bytes already, and 14 are the most"):
        append_within(path, 14, text_for)
    assert asked == [10, 2, 0]
    assert path.read_text() == "é" * 5 + "\n\nxx"


def test_a_failure_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("old")
    text = """
import resource, sys
from pathlib import Path
from pytest_repro.sinks.output_file import write_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (2, 2))
write_whole(Path("target"), "new")
"""
    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True)

    assert "target cannot be written: File too large" in done.stderr
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_half_characters_become_escapes(tmp_path: Path) -> None:
    write_whole(tmp_path / "whole", "name \ud800")
    append_within(tmp_path / "appended", 100, lambda room: "name \ud800")

    assert [(tmp_path / name).read_text() for name in ("whole", "appended")] == ["name \\ud800"] * 2


def test_a_pipe_takes_what_is_written(tmp_path: Path) -> None:
    text = """
from pathlib import Path
from pytest_repro.sinks.output_file import append_within, write_whole
write_whole(Path("/dev/stdout"), "whole\\n")
append_within(Path("/dev/stdout"), 1000, lambda room: f"appended within {room}\\n")
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("whole\nappended within 1000\n", "")


def test_a_link_to_a_file_that_is_not_there_yet_makes_that_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_whole(tmp_path / "link", "new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_the_file_that_is_printed_to_keeps_what_was_printed_before_and_after(tmp_path: Path) -> None:
    text = """
from pathlib import Path
from pytest_repro.sinks.output_file import append_within, write_whole
out = Path("/dev/stdout")
print("first", flush=True)
write_whole(out, "second\\n")
print("third", flush=True)
append_within(out, 1000, lambda room: "fourth\\n")
print("fifth", flush=True)
"""
    with (tmp_path / "printed").open("w") as file:
        subprocess.run([sys.executable, "-c", text], stdout=file, check=True)
    assert (tmp_path / "printed").read_text().split() == ["first", "second", "third", "fourth", "fifth"]
