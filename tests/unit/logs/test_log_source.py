"""Logs are read from files, folders, streams and text, whatever their encoding."""

import io
import os
from pathlib import Path

import pytest

from harness.logs.sources.source import LONGEST, read_source
from pytest_repro.core.errors import ReproError

TEXT = "first\nséance\nlast"


def texts(raw_logs: str, stdin: io.TextIOBase | None = None) -> list[str]:
    _, lines = read_source(raw_logs, stdin)  # type: ignore[arg-type]  # a StringIO is a TextIO to everyone but mypy
    return [line.text.rstrip("\n") for line in lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_in_the_encoding_that_it_has(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "ci.log").write_bytes((TEXT + "\n" + "x" * 200).encode(encoding))
    assert texts(str(tmp_path / "ci.log"))[:3] == TEXT.split("\n")


def test_bytes_that_are_no_text_are_replaced_and_the_rest_is_kept(tmp_path: Path) -> None:
    (tmp_path / "ci.log").write_bytes(b"good\n\xff\xfe\x80 bad\ngood again\n")
    assert texts(str(tmp_path / "ci.log"))[0::2] == ["good", "good again"]


def test_a_folder_is_read_in_name_order_with_lines_counted_on(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("three\n")
    (tmp_path / "a.log").write_text("one\ntwo\n")
    (tmp_path / "c.xml").write_text("no log\n")
    _, lines = read_source(str(tmp_path))
    assert [(line.number, line.file, line.text.strip()) for line in lines] == [
        (1, "a.log", "one"),
        (2, "a.log", "two"),
        (3, "b.txt", "three"),
    ]


def test_the_steps_below_a_job_s_log_are_not_read_twice(tmp_path: Path) -> None:
    (tmp_path / "0_build.txt").write_text("whole job\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "1_step.txt").write_text("whole job\n")
    assert texts(str(tmp_path)) == ["whole job"]
    (tmp_path / "0_build.txt").unlink()
    assert texts(str(tmp_path)) == ["whole job"]


def test_standard_input_and_text_are_read() -> None:
    assert texts("-", io.StringIO("a\nb\n")) == ["a", "b"]
    assert texts("-", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfa\nb\n"))) == ["a", "b"]
    assert texts("one line\nanother") == ["one line", "another"]


def test_a_stream_stays_open_for_its_owner() -> None:
    binary = io.BytesIO(b"a\nb\n")
    stream = io.TextIOWrapper(binary)
    assert texts("-", stream) == ["a", "b"]
    assert not binary.closed


@pytest.mark.parametrize(
    ("raw_logs", "slug"),
    [
        ("logs/ci.log", "raw-logs-missing"),
        ("", "raw-logs-missing"),
        ("no log", "raw-logs-missing"),
        ("-", "raw-logs-missing"),
    ],
)
def test_a_source_that_is_none_is_named_in_the_error(raw_logs: str, slug: str) -> None:
    with pytest.raises(ReproError) as caught:
        texts(raw_logs)
    assert caught.value.slug == slug
    assert repr(raw_logs) in caught.value.message
    assert caught.value.hint


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=r"no \*\.log"):
        texts(str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    log = tmp_path / "ci.log"
    log.write_text("x\n")
    log.chmod(0)
    with pytest.raises(ReproError, match="cannot be read"):
        texts(str(log))


def test_an_endless_line_is_cut_and_the_count_stays_right(tmp_path: Path) -> None:
    (tmp_path / "ci.log").write_text("a\n" + "x" * (3 * LONGEST) + "\nb\n" + "y" * LONGEST + "\nc\n")
    found = texts(str(tmp_path / "ci.log"))
    assert [len(text) for text in found] == [1, LONGEST, 1, LONGEST, 1]


@pytest.mark.parametrize(
    "text",
    [
        "github.com/hob/kettle/actions/runs/7",
        "HTTPS://github.com/hob/kettle/actions/runs/7",
        "https://hob:k3ttle-w0rd@github.com/hob/kettle/actions/runs/7 failed",
        "gitlab.hob.example:8443/tea/kettle/-/jobs/5",
    ],
)
def test_an_address_that_is_not_whole_is_told_from_a_path_and_shows_no_password(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        read_source(text)

    assert caught.value.slug == "raw-logs-missing"
    assert "nor the whole address of a CI run" in caught.value.message
    assert "https://HOST/" in (caught.value.hint or "")
    assert "k3ttle-w0rd" not in str(caught.value)
