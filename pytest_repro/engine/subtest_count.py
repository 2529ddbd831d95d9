"""pytest counts failed subtests by node id and never forgets: a hundred iterations would add up in one report."""

from collections.abc import Sequence
from typing import Any

import pytest


class SubtestCount:
    """The count that pytest keeps of one item's failed subtests; does nothing before pytest 9."""

    def __init__(self, item: pytest.Item) -> None:
        plugin = item.config.pluginmanager.getplugin("subtests")
        key = getattr(plugin, "failed_subtests_key", None)
        self._counts: Any = item.config.stash.get(key, None) if key is not None else None
        self._item: Any = item

    def show(self, reports: Sequence[pytest.TestReport]) -> bool:
        """Make pytest count the failed subtests among `reports` and no others; whether it counts any at all."""
        if self._counts:
            key = getattr(self._item, "id", None)
            key = key if key in self._counts else self._item.nodeid
            self._counts[key] = sum(report.failed for report in reports if hasattr(report, "context"))
        return bool(self._counts)
