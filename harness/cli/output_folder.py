"""The folder for reports, tried before the work that they tell of."""

import tempfile
from pathlib import Path
from typing import Final

from pytest_repro.core.errors import ReproError

_ROOM: Final = 64 * 1024  # bytes; a report with its JSON twin takes less


def check_output_folder(folder: Path) -> None:
    """Make `folder` and return if a report can be written there; raises ReproError("output-unwritable")."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(bytes(_ROOM))
    except OSError as error:
        raise ReproError(
            f"no report can be written into {folder}: {error.strerror or error}; expected a folder with room in it",
            "output-unwritable",
            "name another one: --output-dir FOLDER",
        ) from None
