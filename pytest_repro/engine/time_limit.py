"""A time limit is meant for one run of a test, not for a hundred: it is set anew for every iteration."""

import faulthandler
from typing import Any

import pytest


class TimeLimit:
    """Sets the timers of pytest-timeout and of pytest's faulthandler_timeout again; does nothing where none is set."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._hooks: Any = item.config.hook
        plugins = item.config.pluginmanager
        plugin: Any = plugins.getplugin("timeout") or plugins.getplugin("pytest_timeout")  # the latter with -p
        settings = plugin._get_item_settings(item) if hasattr(plugin, "_get_item_settings") else None
        # A limit on the call alone is set by pytest-timeout around each call, so it fits already.
        self._settings = settings if settings and settings.timeout and not settings.func_only else None
        self._dump = _dump_settings(item.config)

    def set_again(self) -> None:
        """Give the next iteration its full limit."""
        if self._settings is not None:
            self._hooks.pytest_timeout_cancel_timer(item=self._item)
            self._hooks.pytest_timeout_set_timer(item=self._item, settings=self._settings)
        if self._dump:
            faulthandler.dump_traceback_later(**self._dump)

    def call_off(self) -> None:
        """Let no limit run in this process: the iterations run in others."""
        if self._settings is not None:
            self._hooks.pytest_timeout_cancel_timer(item=self._item)
        if self._dump:
            faulthandler.cancel_dump_traceback_later()


def _dump_settings(config: pytest.Config) -> dict[str, Any]:
    """Return what pytest's faulthandler plugin gives `dump_traceback_later`; empty where it sets no timer."""
    plugin: Any = config.pluginmanager.getplugin("faulthandler")
    key = getattr(plugin, "fault_handler_stderr_fd_key", None)
    if key is None or not (seconds := float(config.getini("faulthandler_timeout") or 0.0)):
        return {}
    try:
        leave = bool(config.getini("faulthandler_exit_on_timeout"))
    except ValueError:  # pytest 8 has no such setting
        leave = False
    return {"timeout": seconds, "file": config.stash[key], "exit": leave}
