"""The folder for what can be made again: worktrees and the logs of bugs."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the cache folder as an absolute path: REPRO_CACHE_DIR if set, else the user's own; it may not exist."""
    named = os.environ.get("REPRO_CACHE_DIR")
    return Path(named).expanduser().absolute() if named else user_cache_path("pytest-repro")
