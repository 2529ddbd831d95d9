"""Capture files of a forked child's own: those that it inherits share their position with its parent's."""

import os
import tempfile
from typing import Any

import pytest


def own_capture_files(config: pytest.Config) -> None:
    """Give this process fresh, empty files for pytest's capturing by descriptor; other ways of capturing need none.

    Text that the parent had captured and not read yet stays the parent's alone.
    """
    manager: Any = config.pluginmanager.getplugin("capturemanager")
    capturing: Any = getattr(manager, "_global_capturing", None)  # pytest offers no public way to these files
    streams: tuple[Any, ...] = () if capturing is None else (capturing.out, capturing.err)
    for stream in streams:
        if hasattr(stream, "targetfd_save"):
            _renew(stream.tmpfile.fileno(), stream.targetfd)


def _renew(captured: int, target: int) -> None:
    """Put a new file in the place of the descriptor `captured`, and of `target` if that leads to the same file."""
    capturing_now = os.path.sameopenfile(captured, target)  # not so while capturing is suspended
    fresh = _nameless()
    try:
        os.dup2(fresh, captured, inheritable=False)
        if capturing_now:
            os.dup2(fresh, target)
    finally:
        os.close(fresh)


def _nameless() -> int:
    """Return the descriptor of an empty file that has no name, in memory where that is possible."""
    if hasattr(os, "memfd_create"):
        try:
            return os.memfd_create("repro-capture", os.MFD_CLOEXEC)
        except OSError:  # some sandboxes forbid the call
            pass
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
