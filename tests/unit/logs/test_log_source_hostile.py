"""A source that is damaged, or made to do harm, is refused or survived, and what was left out is said."""

import io
import os
import re
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from log_archives import PACKERS, put, read, refused, special, tarred, told, zipped

from harness.logs.sources import allowance

DAMAGED = "Read in part, cut off or damaged"


# What unpacks to too much


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_a_bomb_is_refused_by_its_ratio_with_what_was_seen_and_the_limit(tmp_path: Path, suffix: str) -> None:
    error = refused(put(tmp_path, PACKERS[suffix](b"o" * 70_000_000)))
    assert error.slug == "raw-logs-too-large"
    seen = r"is [\d.]+ (?:KiB|bytes) packed and more than 64[\d.]* MiB unpacked; expected at most 500 times the packed"
    assert re.search(seen, error.message)


def test_a_bomb_in_a_zip_in_a_zip_is_refused_before_it_fills_memory_or_disk(tmp_path: Path) -> None:
    bomb = zipped({"inner.zip": zipped({f"{n}.log": b"boom" * 2_500_000 for n in range(8)})})
    path = put(tmp_path, bomb)
    tracemalloc.start()
    try:
        error = refused(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.slug == "raw-logs-too-large"
    assert peak < 16 * 1024**2


def test_members_that_share_their_bytes_count_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_UNPACKED", 3_000_000)
    files = {f"{n}.log": os.urandom(500_000).hex() + "\n" for n in range(4)}
    error = refused(put(tmp_path, zipped(files)))
    assert "unpacks to more than 2.861 MiB; expected at most 2.861 MiB in all" in error.message


def test_a_large_log_in_a_tar_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_UNPACKED", 3_000_000)
    log = b"a line\n" * 400_000
    assert len(told(put(tmp_path, PACKERS["gz"](tarred({"ci.log": log}))))) == 400_000


def test_a_log_that_is_not_packed_may_be_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_UNPACKED", 1000)
    assert len(told(put(tmp_path, b"a line\n" * 1000))) == 1000


@pytest.mark.parametrize("form", ["zip", "tar", "folder"])
def test_too_many_files_are_refused(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_MEMBERS", 20)
    files = {f"{n}.log": b"x\n" for n in range(21)}
    if form == "folder":
        for name, data in files.items():
            put(tmp_path, data, name)
        error = refused(tmp_path)
    else:
        error = refused(put(tmp_path, zipped(files) if form == "zip" else tarred(files)))
    assert "holds more than 20 files; expected at most 20" in error.message


def test_a_table_of_contents_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for n in range(80):
            archive.writestr(f"{n}" + "x" * 60_000, "")
    assert refused(put(tmp_path, target.getvalue())).slug == "raw-logs-too-large"


def test_a_header_of_a_tar_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.log")
    info.pax_headers = {"comment": "x" * 20_000_000}
    path = put(tmp_path, tarred({"a.log": info}))
    tracemalloc.start()
    try:
        assert refused(path).slug == "raw-logs-too-large"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_headers_of_a_tar_that_would_fill_the_memory_together_are_refused(tmp_path: Path) -> None:
    files = {str(n): special("n" * 3_000_000 + str(n), tarfile.DIRTYPE) for n in range(12)}
    assert refused(put(tmp_path, tarred(files, tarfile.GNU_FORMAT))).slug == "raw-logs-too-large"


def test_a_header_that_leads_back_is_not_followed_for_ever(tmp_path: Path) -> None:
    back = bytearray(tarred({"b.log": b""})[:512])
    back[124:136] = b"\xff" * 10 + b"\xfc\x00"  # of -1024 bytes: the next header is the one before
    back[148:156] = b"%06o\0 " % sum(back[:148] + b" " * 8 + back[156:])
    lines, notes = read(put(tmp_path, tarred({"a.log": b""})[:512] + tarred({"c.log": b"x\n"})[:1024] + back))
    assert [line.text for line in lines] == ["x"]
    assert notes == ("Read in part, the archive is cut off or damaged: ci.log.",)


def test_a_sparse_file_of_a_tar_is_named_not_filled_with_zeros(tmp_path: Path) -> None:
    data = tarred({"hole.log": special("hole.log", tarfile.GNUTYPE_SPARSE), "a.log": b"x\n"}, tarfile.GNU_FORMAT)
    lines, notes = read(put(tmp_path, data))
    assert [line.text for line in lines] == ["x"]
    assert notes == ("Not read, a sparse file: ci.log/hole.log.",)


def test_a_chain_of_headers_without_end_is_refused(tmp_path: Path) -> None:
    chain = tarfile.TarInfo.create_pax_global_header({"comment": "x"}) * 3000
    assert refused(put(tmp_path, chain + tarred({"a.log": b"x\n"}))).slug == "raw-logs-damaged"


def test_packing_that_asks_for_a_huge_dictionary_is_not_given_it(tmp_path: Path) -> None:
    import lzma

    filters = [
        {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 28, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3, "nice_len": 8}
    ]
    path = put(tmp_path, lzma.compress(b"text\n", filters=filters))
    assert "cut off or damaged" in refused(path).message
    assert refused(path).slug == "raw-logs-damaged"


def test_members_packed_in_rare_ways_are_named_not_unpacked(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.log", "hidden\n")
        archive.writestr("b.log", "shown\n", compress_type=zipfile.ZIP_DEFLATED)
    lines, notes = read(put(tmp_path, target.getvalue()))
    assert [line.text for line in lines] == ["shown"]
    assert notes == ("Not read, packed in another way than deflate: ci.log/a.log.",)


def test_archives_are_opened_one_level_deep(tmp_path: Path) -> None:
    data = zipped({"deepest.log": "x\n"})
    for name in ("c.zip", "b.zip", "a.zip"):
        data = zipped({name: data, f"beside {name}.log": f"beside {name}\n"})
    lines, notes = read(put(tmp_path, data))
    assert [line.file for line in lines] == ["a.zip/beside b.zip.log", "beside a.zip.log"]
    assert notes == ("Not read, an archive in an archive in an archive: a.zip/b.zip.",)


def test_a_file_that_is_packed_twice_is_no_log(tmp_path: Path) -> None:
    gzip = PACKERS["gz"]
    assert refused(put(tmp_path, gzip(gzip(b"text\n" * 100)))).slug == "raw-logs-not-text"


# Names and files that are no files


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.log", "etc/passwd.log"),
        ("/etc/cron.log", "etc/cron.log"),
        ("C:\\Windows\\x.log", "Windows/x.log"),
        ("a/./b//c/../d.log", "a/b/c/d.log"),
        ("..\\..\\x.log", "x.log"),
        ("tab\there\x1b[31m\u202e.log", "tab\ufffdhere\ufffd[31m\ufffd.log"),
    ],
)
def test_a_name_that_leads_elsewhere_is_shown_as_one_that_does_not(tmp_path: Path, name: str, shown: str) -> None:
    for data in (zipped({name: "x\n"}), tarred({name: b"x\n"})):
        assert told(put(tmp_path, data)) == [(shown, "x")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ci.log"]


def test_two_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    files = tarred({"x.log": b"one\n", "./x.log": b"two\n", "a/../x.log": b"three\n", "a/x.log": b"four\n"})
    found = told(put(tmp_path, files))
    assert sorted(text for _, text in found) == ["four", "one", "three", "two"]
    assert len({file for file, _ in found}) == 4


def test_a_name_without_end_is_cut_and_half_characters_are_replaced(tmp_path: Path) -> None:
    info = tarfile.TarInfo("d" * 5000 + "\udcff.log")
    info.size = 2
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", encoding="utf-8", errors="surrogateescape") as archive:
        archive.addfile(info, io.BytesIO(b"x\n"))
    ((file, _),) = told(put(tmp_path, target.getvalue()))
    assert len(file) == 200
    assert file.endswith("d\ufffd.log")
    file.encode("utf-8")


def test_links_and_devices_in_a_tar_are_named_not_followed(tmp_path: Path) -> None:
    data = tarred(
        {
            "soft.log": special("soft.log", tarfile.SYMTYPE, "/etc/passwd"),
            "hard.log": special("hard.log", tarfile.LNKTYPE, "ci.log"),
            "pipe.log": special("pipe.log", tarfile.FIFOTYPE),
            "null.log": special("null.log", tarfile.CHRTYPE),
            "ci.log": b"x\n",
        }
    )
    lines, notes = read(put(tmp_path, data))
    assert [line.text for line in lines] == ["x"]
    assert notes == ("Not read, a link or a device: ci.log/soft.log, ci.log/hard.log, ci.log/pipe.log and 1 more.",)


def test_links_in_a_zip_are_named_not_followed(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        link = zipfile.ZipInfo("passwd.log")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "Not read, a link or a device: ci.log/passwd.log." in refused(put(tmp_path, target.getvalue())).message


def test_links_that_lead_out_of_a_folder_are_named_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "logs"
    outside.mkdir()
    folder.mkdir()
    put(outside, b"secret\n")
    put(folder, b"x\n")
    (folder / "a.log").symlink_to(outside / "ci.log")
    (folder / "deep").symlink_to(outside)
    (folder / "gone.log").symlink_to(outside / "nothing")
    lines, notes = read(folder)
    assert [line.text for line in lines] == ["x"]
    assert set(notes) == {
        "Not read, a link that leads out of the folder: a.log, deep.",
        "Not read, a link that leads nowhere: gone.log.",
    }


def test_a_link_within_a_folder_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, b"x\n")
    put(tmp_path, b"blob\n", "blob.data")
    (tmp_path / "latest.log").symlink_to("ci.log")
    (tmp_path / "blob.log").symlink_to("blob.data")
    assert told(tmp_path) == [("ci.log", "x")]


def test_a_folder_that_is_a_loop_comes_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub", b"x\n")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "round.log").symlink_to("round.log")
    assert told(tmp_path) == [("sub/ci.log", "x")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_refused_and_one_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    error = refused(tmp_path / "pipe.log")
    assert (error.slug, "a pipe or a device" in error.message) == ("raw-logs-unreadable", True)
    put(tmp_path, b"x\n")
    lines, notes = read(tmp_path)
    assert [line.text for line in lines] == ["x"]
    assert notes == ("Not read, a pipe or a device: pipe.log.",)


def test_a_device_is_refused() -> None:
    assert refused("/dev/zero").slug == "raw-logs-unreadable"


def test_a_home_of_nobody_is_no_path() -> None:
    assert refused("~no-such-user-here/ci.log").slug == "raw-logs-missing"


def test_a_secret_in_the_name_of_a_file_is_not_told(tmp_path: Path) -> None:
    token = "gh" + "p_" + "k3tTle" * 6
    path = put(tmp_path, zipped({f"a {token}.log": "x\n", f"b {token}.log": "y\n", f"{token}.png": "z"}), "ci.zip")

    lines, notes = read(path)

    assert [(line.file, line.text) for line in lines if line.text] == [
        ("a <redacted>.log", "x"),
        ("b <redacted>.log", "y"),
    ]
    assert notes == ("Not read, neither a log nor a report: <redacted>.png.",)
