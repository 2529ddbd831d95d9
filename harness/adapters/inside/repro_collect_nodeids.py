"""Loaded into the target's pytest by `-p`: writes the collected node ids, one JSON text a line, to a file.

The folder of this file holds nothing else, since it is put on the target's import path. What pytest prints is not used:
its form depends on -q and -v in the target's settings and on plugins, and node ids may hold spaces, "::" and " - ".
"""

import json
import os

import pytest


def pytest_sessionstart() -> None:
    """Show that pytest came up: configuration and the first conftest files are sound."""
    _write([])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the ids that are left when every plugin has chosen."""
    _write([item.nodeid for item in session.items])


def _write(nodeids: list[str]) -> None:
    with open(os.environ["PYTEST_REPRO_COLLECT_TO"], "a", encoding="ascii") as file:
        file.writelines(json.dumps(one) + "\n" for one in nodeids)
