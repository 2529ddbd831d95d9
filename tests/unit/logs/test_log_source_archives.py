"""Archives are read as the CI gives them out: in the order of the steps, each text once, reports beside logs."""

import io
import tarfile
from pathlib import Path

import pytest
from log_archives import PACKERS, read, tarred, told, zipped
from read_log import read_log

from harness.logs.sources.piece import Piece
from harness.logs.sources.source import open_source
from harness.steps.excerpt import write_excerpt

STEPS = {
    "build/10_Post.txt": "ten\n",
    "build/2_Run tests.txt": "two\n",
    "build/1_Set up.txt": "one\n",
    "build/system.txt": "of the runner\n",
}
JUNIT = '<?xml version="1.0"?>\n<testsuites><testsuite name="pytest" tests="0"/></testsuites>\n'
FAILING = """\
=========================== short test summary info ============================
FAILED tests/test_tide.py::test_ebb - assert 3 == 4
========================= 1 failed, 2 passed in 0.12s ==========================
"""


def unpacked(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(params=["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "folder"])
def made(request: pytest.FixtureRequest, tmp_path: Path):
    """Return a function that makes a source of files in one of the forms."""

    def make(files: dict[str, str]) -> Path:
        if request.param == "folder":
            return unpacked(files, tmp_path / "logs")
        target = tmp_path / f"logs.{request.param}"
        if request.param == "zip":
            target.write_bytes(zipped(files))
        else:
            data = tarred({name: text.encode() for name, text in files.items()})
            suffix = request.param.partition(".")[2]
            target.write_bytes(PACKERS[suffix](data) if suffix else data)
        return target

    return make


def test_steps_are_read_in_the_order_of_their_numbers(made) -> None:
    assert [text for _, text in told(made(STEPS))] == ["one", "two", "ten", "of the runner"]
    assert told(made(STEPS))[1] == ("build/2_Run tests.txt", "two")


def test_the_lines_are_numbered_over_the_whole_source(made) -> None:
    lines, _ = read(made({"a.log": "1\n2\n", "b.log": "3\n4"}))
    assert [(line.number, line.text) for line in lines] == [(1, "1"), (2, "2"), (3, "3"), (4, "4")]


def test_where_the_whole_job_is_there_its_steps_are_not_read_again(made) -> None:
    assert told(made({**STEPS, "0_build.txt": "one\ntwo\nten\n"})) == [
        ("0_build.txt", "one"),
        ("0_build.txt", "two"),
        ("0_build.txt", "ten"),
    ]


def test_the_steps_of_a_job_that_has_no_whole_log_are_read_beside_those_that_have(made) -> None:
    files = {"0_build.txt": "whole\n", "build/1_a.txt": "whole\n", "lint/1_a.txt": "step\n"}
    assert told(made(files)) == [("0_build.txt", "whole"), ("lint/1_a.txt", "step")]


def test_a_job_whose_name_is_no_file_name_is_read_once(made) -> None:
    files = {"0_test (3.11, a_b).txt": "whole\n", "test (3.11, ab)/1_a.txt": "whole\n"}
    assert told(made(files)) == [("0_test (3.11, a_b).txt", "whole")]


def test_numbers_of_any_length_are_compared_by_value(made) -> None:
    long = "9" * 60
    files = {f"{long}_z.log": "last\n", "010_b.log": "second\n", "2_a.log": "first\n"}
    assert [text for _, text in told(made(files))] == ["first", "second", "last"]


def test_reports_are_handed_over_where_they_stand_among_the_logs(made) -> None:
    source = open_source(str(made({"a.log": "x\n", "b/junit.xml": JUNIT, "c.xml": "<project/>", "d.html": "<html>"})))
    found: list[tuple[str, str, bytes]] = []

    def report(piece: Piece) -> None:
        with piece.open() as stream:
            found.append((piece.name, piece.kind, stream.read()))

    assert [line.text for line in source.lines(report)] == ["x"]
    assert found == [("b/junit.xml", "junit", JUNIT.encode())]
    assert source.notes == ("Not read, neither a log nor a report: c.xml, d.html.",) or set(
        source.notes[0].removeprefix("Not read, neither a log nor a report: ").removesuffix(".").split(", ")
    ) == {"c.xml", "d.html"}


def test_files_without_a_suffix_are_logs_if_they_are_text(made) -> None:
    assert told(made({"builds/7/log": "Started by user\n", "builds/7/blob": "\0\1\2\3" * 50})) == [
        ("builds/7/log", "Started by user")
    ]


def test_files_that_are_empty_are_passed_over_in_silence(made) -> None:
    lines, notes = read(made({"a.log": "", "b.log": "x\n"}))
    assert [line.text for line in lines] == ["x"]
    assert notes == ()


def test_an_archive_tells_what_its_log_tells(made, tmp_path: Path) -> None:
    path = made({"0_build.txt": FAILING, "build/1_Run.txt": FAILING})
    reading = read_log(str(path))
    assert [test.printed for test in reading.failing] == ["tests/test_tide.py::test_ebb"]
    write_excerpt(str(path), reading.failing, tmp_path / "excerpt")
    assert "test_ebb" in (tmp_path / "excerpt").read_text()


def test_what_was_left_out_stands_in_the_notes_of_the_reading(made) -> None:
    reading = read_log(str(made({"a.log": FAILING, "core.png": "x"})))
    assert "Not read, neither a log nor a report: core.png." in reading.notes


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_one_packed_log_is_read_as_if_it_were_not(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "any name"
    target.write_bytes(PACKERS[suffix]("first\nséance\n".encode()))
    assert told(target) == [("", "first"), ("", "séance")]


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_packed_logs_that_were_put_together_are_read_to_the_end(tmp_path: Path, suffix: str) -> None:
    pack = PACKERS[suffix]
    target = tmp_path / "ci.log"
    target.write_bytes(pack(b"first\nsec") + pack(b"ond\n" + b"x\n" * 300_000) + pack(b"last"))
    texts = [text for _, text in told(target)]
    assert (texts[:2], len(texts), texts[-1]) == (["first", "second"], 300_003, "last")


def test_packed_logs_and_archives_within_are_opened(made, tmp_path: Path) -> None:
    inner = zipped({"1_a.txt": "in zip\n", "2_b.log.gz": PACKERS["gz"](b"packed in zip\n")})
    (tmp_path / "outer").mkdir()
    outer = tmp_path / "outer" / "run.zip"
    outer.write_bytes(zipped({"artifact.zip": inner, "z.log": "beside\n"}))
    expected = [("artifact.zip/1_a.txt", "in zip"), ("artifact.zip/2_b.log.gz", "packed in zip"), ("z.log", "beside")]
    assert told(outer) == expected
    assert told(outer.parent) == [(f"run.zip/{name}", text) for name, text in expected]


def test_what_comes_by_standard_input_may_be_any_of_these() -> None:
    for data in (
        zipped({"a.txt": "one\n", "b.txt": "two\n"}),
        tarred({"b.txt": b"two\n", "a.txt": b"one\n"}),
        PACKERS["gz"](tarred({"a.txt": b"one\n", "b.txt": b"two\n"})),
        PACKERS["xz"](b"one\ntwo\n"),
        b"one\ntwo\n",
    ):
        stdin = io.TextIOWrapper(io.BytesIO(data))
        source = open_source("-", stdin)
        assert [line.text for line in source.lines()] == ["one", "two"]
        assert source.name == "stdin"
        assert not stdin.closed


def test_a_report_alone_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)
    sources = [
        open_source(str(tmp_path / "junit.xml")),
        open_source("-", io.TextIOWrapper(io.BytesIO(JUNIT.encode()))),
        open_source(JUNIT),
    ]
    for source in sources:
        (kind,) = [(piece.kind, piece.name) for piece in source.pieces()]
        assert kind in [("junit", "junit.xml"), ("junit", "stdin"), ("junit", "text")]


def test_an_old_tar_without_its_mark_is_known_by_its_checksum(tmp_path: Path) -> None:
    data = bytearray(tarred({"a.log": b"text\n"}, tarfile.USTAR_FORMAT))
    data[257:265] = bytes(8)
    info = bytes(data[:148]) + b" " * 8 + bytes(data[156:512])
    data[148:156] = b"%06o\0 " % sum(info)
    (tmp_path / "logs").write_bytes(data)
    assert told(tmp_path / "logs") == [("a.log", "text")]
