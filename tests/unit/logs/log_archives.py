"""Archives for tests, as CI systems make them and as nobody should."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections import deque
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from harness.logs.sources.source import RawLine, open_source
from pytest_repro.core.errors import ReproError

PACKERS = {"gz": gzip.compress, "bz2": partial(bz2.compress, compresslevel=1), "xz": lzma.compress}


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """Return a zip of `files` in their order, deflated."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(files: Mapping[str, bytes | tarfile.TarInfo], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar of `files` in their order; a TarInfo stands for a member without data."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, data in files.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(data, bytes):
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return target.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return a link or a device of a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def read(raw_logs: object) -> tuple[list[RawLine], tuple[str, ...]]:
    """Return the lines of a source and the notes on it."""
    source = open_source(str(raw_logs))
    return list(source.lines()), source.notes


def told(raw_logs: object) -> list[tuple[str, str]]:
    """Return (file, text) of the lines of a source."""
    return [(line.file, line.text) for line in read(raw_logs)[0]]


def refused(raw_logs: object) -> ReproError:
    with pytest.raises(ReproError) as caught:
        deque(open_source(str(raw_logs)).lines(), maxlen=0)
    assert caught.value.hint
    return caught.value


def put(folder: Path, data: bytes, name: str = "ci.log") -> Path:
    (folder / name).write_bytes(data)
    return folder / name
