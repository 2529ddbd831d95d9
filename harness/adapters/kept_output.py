"""What a run of pytest leaves on the disk: its journal and its output, rewritten without the secrets in them."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from harness.logs.redact import Redactor, redact
from harness.logs.reports.json_lines import bounded_lines, json_object

_IDS: Final = frozenset(("kind", "nodeid", "digest"))  # without which the journal is none


def without_secrets(journal: Path) -> None:
    """Rewrite `journal`, which nobody writes any more, and the output beside it; remove what cannot be rewritten."""
    _rewrite(journal, _records)
    _rewrite(journal.with_suffix(".out"), _texts)


def _rewrite(path: Path, shown: Callable[[BinaryIO], Iterator[bytes]]) -> None:
    fresh = path.with_name(f"{path.name}.part")
    try:
        with (
            path.open("rb") as raw,
            os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept,
        ):
            kept.writelines(shown(raw))
        os.replace(fresh, path)
    except FileNotFoundError:
        pass  # a run that did not come to it
    except (OSError, RecursionError):
        path.unlink(missing_ok=True)
    finally:
        fresh.unlink(missing_ok=True)


def _texts(raw: BinaryIO) -> Iterator[bytes]:
    lines = (line.decode("utf-8", "replace").removesuffix("\n") for line in bounded_lines(raw))
    for line in Redactor().lines(lines):
        yield line.encode("utf-8", "replace") + b"\n"


def _records(raw: BinaryIO) -> Iterator[bytes]:
    for line in bounded_lines(raw):
        data = json_object(line)
        if data is None:  # the rest of a line that a kill cut
            continue
        shown = _redacted(data)
        yield line if shown == data else json.dumps(shown, separators=(",", ":")).encode("ascii") + b"\n"


def _redacted(data: Any) -> Any:
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
        return [_redacted(item) for item in data]
    if isinstance(data, dict):
        return {name: value if name in _IDS else _redacted(value) for name, value in data.items()}
    return data
