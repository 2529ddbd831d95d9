"""Of a source that is cut off, damaged or no text, what there is is read, or it is refused by name."""

import io
import os
import struct
import tracemalloc
from pathlib import Path

import pytest
from log_archives import PACKERS, put, read, refused, tarred, zipped

from harness.logs.sources.decoding import LONGEST
from harness.logs.sources.source import open_source
from pytest_repro.core.errors import ReproError

DAMAGED = "Read in part, cut off or damaged"


# What is cut off or damaged


def test_a_zip_that_is_cut_off_is_refused_in_so_many_words(tmp_path: Path) -> None:
    data = zipped({"a.log": "x\n" * 1000})
    error = refused(put(tmp_path, data[:-30]))
    assert error.slug == "raw-logs-damaged"
    assert "begins like a zip archive but is no whole one" in error.message


def test_of_a_packed_log_that_is_cut_off_what_there_is_is_read(tmp_path: Path) -> None:
    text = "".join(f"line {n} {n * n % 977}\n" for n in range(60_000))
    for suffix, pack in PACKERS.items():
        data = pack(text.encode())
        lines, notes = read(put(tmp_path, data[: len(data) * 9 // 10], f"ci.log.{suffix}"))
        assert 1 < len(lines) < 60_000
        assert [line.text for line in lines[:-1]] == text.split("\n")[: len(lines) - 1]
        assert notes == (f"{DAMAGED}: ci.log.{suffix}.",)


def test_of_a_tar_that_is_cut_off_what_there_is_is_read(tmp_path: Path) -> None:
    data = tarred({"a.log": b"first\n", "b.log": b"second\n" + os.urandom(50_000).hex().encode()})
    for cut in (data[:30_000], PACKERS["gz"](data)[:30_000]):
        lines, notes = read(put(tmp_path, cut))
        assert [line.text for line in lines[:2]] == ["first", "second"]
        assert "Read in part, the archive is cut off or damaged: ci.log." in notes


def test_a_member_that_is_damaged_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.log": os.urandom(5000).hex() + "\n", "b.log": "good\n"}))
    data[2000:2100] = bytes(100)
    lines, notes = read(put(tmp_path, bytes(data)))
    assert lines[-1].text == "good"
    assert notes == (f"{DAMAGED}: a.log.",)


def test_a_zip_that_lies_about_its_members_is_survived(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.log": "x\n", "b.log": "good\n"}))
    start = data.index(b"PK\x01\x02")
    data[start + 24 : start + 28] = struct.pack("<I", 0xFFFFFF00)  # the size unpacked
    data[start + 42 : start + 46] = struct.pack("<I", 0x7FFFFFFF)  # where it lies
    lines, notes = read(put(tmp_path, bytes(data)))
    assert [line.text for line in lines] == ["good"]
    assert notes == (f"{DAMAGED}: a.log.",)


def test_encrypted_members_are_named_not_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.log": "hidden\n", "b.log": "shown\n"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    lines, notes = read(put(tmp_path, bytes(data)))
    assert [line.text for line in lines] == ["shown"]
    assert notes == ("Not read, encrypted: ci.log/a.log.",)


def test_a_small_file_that_is_cut_off_is_named_once(tmp_path: Path) -> None:
    put(tmp_path, PACKERS["gz"](b"first\nsecond\n")[:-9], "a.log.gz")
    lines, notes = read(tmp_path)
    assert lines[0].text == "first"
    assert notes == (f"{DAMAGED}: a.log.gz.",)


def test_a_damaged_archive_in_a_folder_does_not_hide_the_logs_beside_it(tmp_path: Path) -> None:
    put(tmp_path, zipped({"a.log": "x\n"})[:-30], "a.zip")
    put(tmp_path, b"good\n")
    lines, notes = read(tmp_path)
    assert [line.text for line in lines] == ["good"]
    assert notes == ("Not read, a damaged archive: a.zip.",)


# What is no log


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a PNG image"),
        (b"SQLite format 3\0" + bytes(100), "an SQLite database"),
        (b"\x7fELF\2\1\1" + bytes(100), "a program"),
        (bytes(5000), "bytes that are no text (00 00"),
        (bytes((n * n * 31 + n * 7) % 251 for n in range(5000)), "bytes that are no text"),
        (b"<!DOCTYPE html>\n<html><head><title>Sign in</title>", "an HTML page"),
        (b"\x28\xb5\x2f\xfd" + bytes(50), "Zstandard"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, data: bytes, seen: str) -> None:
    error = refused(put(tmp_path, data))
    assert error.slug == "raw-logs-not-text"
    assert f"seen {seen}" in error.message
    assert "expected the text of a CI log" in error.message


@pytest.mark.parametrize("pack", [bytes, *PACKERS.values()])
def test_an_empty_log_is_refused(tmp_path: Path, pack) -> None:
    assert refused(put(tmp_path, pack(b""))).slug == "raw-logs-empty"


def test_empty_standard_input_is_refused() -> None:
    with pytest.raises(ReproError, match="the log stdin is empty"):
        list(open_source("-", io.StringIO("")).lines())


@pytest.mark.parametrize("files", [{}, {"a.png": b"x"}, {"a.log": b""}, {"a.log": b"\0\1" * 99}])
def test_an_archive_or_folder_without_logs_is_refused_and_says_what_it_holds(tmp_path: Path, files) -> None:
    error = refused(put(tmp_path, zipped(files)))
    assert error.slug == "raw-logs-empty"
    assert all(f"Not read, neither a log nor a report: {name}." in error.message for name in files if files[name])


# Lines without end


def test_a_line_of_100_mb_costs_the_memory_of_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "ci.log"
    with path.open("wb") as target:
        target.write(b"first\n")
        for _ in range(100):
            target.write(b"x" * 1_000_000)
        target.write(b"\nlast\n")
    tracemalloc.start()
    try:
        found = [(line.number, len(line.text)) for line in open_source(str(path)).lines()]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == [(1, 5), (2, LONGEST), (3, 4)]
    assert peak < 4 * 1024**2


def test_an_archive_that_is_cut_off_within_another_is_named_by_its_place(tmp_path: Path) -> None:
    inner = tarred({"a.log": b"first\n", "b.log": os.urandom(20_000).hex().encode()})[:20_000]
    lines, notes = read(put(tmp_path, zipped({"in.tar": inner}), "ci.zip"))
    assert lines[0] == (1, "in.tar/a.log", "first")
    assert notes[0] == "Read in part, the archive is cut off or damaged: in.tar."
