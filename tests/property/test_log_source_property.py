"""Whatever the bytes, a source gives the lines that are in them or a refusal in so many words, and nothing else."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from harness.logs.sources.decoding import LONGEST, lines_of, wide_encoding
from harness.logs.sources.member_names import cleaned, natural, reading_order
from harness.logs.sources.source import open_source
from pytest_repro.core.errors import ReproError

TEXT = st.text(st.characters(exclude_characters="\ufeff", exclude_categories=["Cs"]), max_size=60)
SLUGS = ("", "raw-logs-empty", "raw-logs-damaged", "raw-logs-not-text", "raw-logs-too-large")
MEMBERS = st.dictionaries(st.sampled_from(["a.log", "b/1_x.txt", "0_b.txt", "c.zip", "d.gz"]), st.binary(max_size=300))


def blocks(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    start = 0
    for cut in sorted(cuts):
        if start < cut < len(data):
            yield data[start:cut]
            start = cut
    yield data[start:]


def lines(data: bytes, cuts: list[int], wide: str | None = None) -> tuple[list[str], int]:
    foreign: list[int] = []
    found = [line for many in lines_of(blocks(data, cuts), wide, foreign.append) for line in many]
    return found, sum(foreign)


def expected(text: str) -> list[str]:
    found = text.split("\n")
    return found if found[-1] else found[:-1]


@given(TEXT, st.lists(st.integers(0, 120)), st.sampled_from([None, "utf-16-le", "utf-16-be", "utf-32"]))
def test_lines_end_at_line_feeds_alone_wherever_the_blocks_end(text: str, cuts: list[int], wide: str | None) -> None:
    assert lines(text.encode(wide or "utf-8"), cuts, wide) == (expected(text), 0)


@given(TEXT, st.lists(st.integers(0, 120)))
def test_text_that_is_no_utf8_is_read_as_that_of_windows(text: str, cuts: list[int]) -> None:
    data = text.encode("cp1252", "ignore")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        found, foreign = lines(data, cuts)
        assert len(found) == len(expected(data.decode("latin-1")))
        assert 1 <= foreign <= len(found)
        assert all(
            line in (raw.decode("cp1252"), raw.decode("utf-8", "replace"))
            for line, raw in zip(found, data.split(b"\n"), strict=False)
        )


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_any_bytes_give_as_many_lines_as_they_have_line_feeds(data: bytes, cuts: list[int]) -> None:
    found, _ = lines(data, cuts)
    assert len(found) == len(data.split(b"\n")) - (not data.split(b"\n")[-1])
    assert found == lines(data, [])[0]


@given(st.integers(-4, 4), st.sampled_from(["x", "é", "\U0001f600"]), st.lists(st.integers(0, 300_000), max_size=5))
def test_a_long_line_is_cut_at_a_character(beyond: int, letter: str, cuts: list[int]) -> None:
    text = letter * (LONGEST + beyond)
    found, foreign = lines(f"a\n{text}\nb".encode(), cuts)
    assert (found, foreign) == (["a", text[:LONGEST], "b"], 0)


@given(st.text(max_size=400))
@example("..\\..\\C:x")
def test_a_name_is_relative_and_short_however_it_was(name: str) -> None:
    shown = cleaned(name)
    assert 0 < len(shown) <= 200
    assert not set(shown.split("/")) & {"", ".", ".."}
    assert "\\" not in shown
    assert not any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in shown)


@given(st.lists(st.integers(0, 10**30), unique=True))
def test_numbers_in_names_sort_as_numbers_do(numbers: list[int]) -> None:
    names = [f"job/{n}_step.txt" for n in numbers]
    assert sorted(names, key=natural) == [f"job/{n}_step.txt" for n in sorted(numbers)]


@given(st.lists(st.from_regex(r"([ab]{1,2}/)?[0-9]?_?[ab]{1,2}\.(txt|log)", fullmatch=True), unique=True))
def test_only_steps_of_jobs_that_are_told_are_left_out(names: list[str]) -> None:
    kept = reading_order(names)
    assert kept == sorted(kept, key=natural)
    left_out = set(names) - set(kept)
    assert all("/" in name for name in left_out)
    assert not left_out or any("/" not in name for name in kept)


@given(
    st.sampled_from(["utf-16-le", "utf-16-be"]), st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8)
)
def test_wide_text_without_a_mark_is_known(encoding: str, text: str) -> None:
    assert wide_encoding(text.encode(encoding)) == encoding
    assert wide_encoding(text.encode()) is None


def told(data: bytes) -> str:
    """Read `data` as a source and return the slug of its refusal; anything but lines and a ReproError is a bug."""
    try:
        found = list(open_source("-", io.TextIOWrapper(io.BytesIO(data))).lines())
    except ReproError as error:
        return error.slug
    assert all("\n" not in line.text for line in found)
    return ""


@given(st.sampled_from(["zip", "tar", "gz", "bz2", "xz", "tar.gz"]), MEMBERS, st.data())
def test_a_mutated_archive_is_read_or_refused(form: str, members: dict[str, bytes], data: st.DataObject) -> None:
    whole = bytearray(archived(form, members))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(whole))) if data.draw(st.booleans()) else len(whole)
    assert told(bytes(whole[:end])) in SLUGS


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0"):
        assert told(start + data) in SLUGS


def archived(form: str, members: dict[str, bytes]) -> bytes:
    packers = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    if form in packers:
        return packers[form](b"".join(members.values()))
    target = io.BytesIO()
    if form == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return target.getvalue()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(target.getvalue()) if form == "tar.gz" else target.getvalue()
