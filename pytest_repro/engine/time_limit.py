"""pytest-timeout's limit is meant for one run of a test, not for a hundred: it is set anew for every iteration."""

from typing import Any

import pytest


class TimeoutRearmer:
    """Cancels pytest-timeout's timer at an iteration's end and sets it again for the next; does nothing without it."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._hooks: Any = item.config.hook
        plugin: Any = item.config.pluginmanager.getplugin("timeout")
        settings = plugin._get_item_settings(item) if hasattr(plugin, "_get_item_settings") else None
        # A limit on the call alone is set by pytest-timeout around each call, so it fits already.
        self._settings = settings if settings and settings.timeout and not settings.func_only else None

    def rearm(self) -> None:
        """Give the next iteration its full limit."""
        if self._settings is not None:
            self._hooks.pytest_timeout_cancel_timer(item=self._item)
            self._hooks.pytest_timeout_set_timer(item=self._item, settings=self._settings)
