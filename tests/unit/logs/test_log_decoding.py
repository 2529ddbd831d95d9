"""Text of any encoding becomes the lines that a person would see, and what was guessed is said."""

import codecs
import io
from pathlib import Path

import pytest
from log_archives import read, told

from harness.logs.dialects.lines import normalised
from harness.logs.sources.decoding import no_text
from harness.logs.sources.source import open_source


def put(folder: Path, data: bytes) -> Path:
    (folder / "ci.log").write_bytes(data)
    return folder / "ci.log"


def test_a_line_of_another_encoding_is_read_as_that_of_windows_and_said(tmp_path: Path) -> None:
    lines, notes = read(put(tmp_path, "séance\n".encode() + "séance – «5 €»\n".encode("cp1252") + b"plain\n"))
    assert [line.text for line in lines] == ["séance", "séance – «5 €»", "plain"]
    assert notes == ("1 line is not UTF-8 and read as Windows-1252 or with � for a byte.",)


def test_a_line_of_utf8_with_one_bad_byte_keeps_its_letters(tmp_path: Path) -> None:
    lines, notes = read(put(tmp_path, "é è \n".encode() + "é ".encode() + b"\xe2\x80" + " è\n".encode()))
    assert lines[1].text == "é � è"
    assert len(notes) == 1


def test_logs_that_were_put_together_have_their_marks_taken_off(tmp_path: Path) -> None:
    one = codecs.BOM_UTF8 + b"first\nsecond\n"
    assert [text for _, text in told(put(tmp_path, one + one))] == ["first", "second", "first", "second"]


def test_utf16_appended_to_utf8_is_still_readable(tmp_path: Path) -> None:
    data = b"first\n" + "FAILED a.py::b\nlast\n".encode("utf-16-le")
    texts = [line.text for line in normalised(open_source(str(put(tmp_path, data))).lines())]
    assert texts[:3] == ["first", "FAILED a.py::b", "last"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_text_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    assert told(put(tmp_path, "é\r\n\u2028x\n".encode(encoding))) == [("", "é\r"), ("", "\u2028x")]


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    text = "a\rb\x0bc\x0cd\x1ce\x85f\u2028g\r\nnext"
    assert [text for _, text in told(put(tmp_path, text.encode()))] == text.split("\n")


def test_a_log_with_nuls_is_read(tmp_path: Path) -> None:
    data = b"FAI\0LED a.py::b\n\0\0\0\0\nlast\n"
    assert [text for _, text in told(put(tmp_path, data))] == ["FAI\0LED a.py::b", "\0\0\0\0", "last"]


def test_text_with_half_characters_is_read() -> None:
    assert [line.text for line in open_source("a\ud800b\nnext").lines()] == ["a?b", "next"]


def test_text_of_a_stream_without_bytes_is_read_in_parts() -> None:
    stream = io.StringIO("x" * 70_000 + "\n" + "é\n" * 70_000)
    assert len(list(open_source("-", stream).lines())) == 70_001


@pytest.mark.parametrize(
    "text",
    [
        b"\x1b[31mFAILED\x1b[0m \x07\n",
        "ПОМИЛКА тести/тест.py\n".encode("cp1251") * 20,
        "失敗 テスト\n".encode("shift-jis") * 20,
        "naïve café\n".encode("latin-1"),
        b"10%\b\b\b20%\r\n",
        "é".encode()[:1],
        b"\n",
    ],
)
def test_what_a_terminal_shows_is_text(text: bytes) -> None:
    assert no_text(text) is None
