"""Keeps the folders of `tmp_path` from piling up: thousands of them cost the disk, and time in every iteration."""

import shutil
from pathlib import Path
from typing import Any, Final

import pytest

_MOST_KEPT: Final = 100  # folders of failing iterations, for one test


class TmpFolders:
    """One test's: folders of failing iterations are kept (the first 100), those of the others are removed.

    Each is removed only after the next one was made: pytest numbers them, and no two iterations may share a path.
    The last one stays or goes as the person's own `tmp_path_retention_policy` says.
    """

    def __init__(self, item: pytest.Item) -> None:
        self._factory: Any = getattr(item.config, "_tmp_path_factory", None)
        self._policy = getattr(self._factory, "_retention_policy", None)
        self._made: Path | None = None
        self._waiting: Path | None = None
        self._kept = 0

    def __enter__(self) -> "TmpFolders":
        if self._policy is not None:
            self._factory._retention_policy = "all"  # else pytest frees each name for the next iteration
        return self

    def note(self, item: pytest.Item) -> None:
        """Remember the folder of the iteration that `item` runs; to be called before its teardown."""
        fixture = getattr(getattr(item, "_request", None), "_fixture_defs", {}).get("tmp_path")
        cached = getattr(fixture, "cached_result", None)
        self._made = cached[0] if cached is not None and isinstance(cached[0], Path) else None

    def ended(self, failing: bool) -> None:
        """Decide about the folder of the iteration that has ended."""
        self._remove_waiting()
        if failing and self._made is not None and self._kept < _MOST_KEPT:
            self._kept += 1
        else:
            self._waiting = self._made

    def _remove_waiting(self) -> None:
        if self._waiting is not None:
            shutil.rmtree(self._waiting, ignore_errors=True)  # what cannot be removed is only left over
            self._waiting = None

    def __exit__(self, *_: object) -> None:
        if self._policy is not None:
            self._factory._retention_policy = self._policy
        if self._policy == "failed":
            self._remove_waiting()
