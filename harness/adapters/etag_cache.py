"""Answers of an API kept with their ETags, so that asking again costs no rate limit."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

MOST: Final = 500  # answers kept; the oldest go first
_LARGEST: Final = 5_000_000  # bytes of one answer


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer: its ETag, its body, and the Link header that says where the next page is."""

    etag: str
    body: str
    link: str = ""


class EtagCache:
    """Answers below `folder`, one file each, readable by their owner alone; no header that was sent is in them.

    Whatever cannot be read or written is as if it had never been kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, url: str) -> Kept | None:
        """Return what was kept of `url`."""
        try:
            data = json.loads(self._path(url).read_text(encoding="utf-8"))
            kept = Kept(**data["kept"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        whole = data.get("url") == url and all(isinstance(text, str) for text in (kept.etag, kept.body, kept.link))
        return kept if whole else None

    def keep(self, url: str, kept: Kept) -> None:
        """Keep an answer in place of an earlier one."""
        if len(kept.body) > _LARGEST:
            return
        path = self._path(url)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({"url": url, "kept": asdict(kept)}, file)
            os.replace(fresh, path)
            self._prune()
        except OSError:
            pass  # asking again costs a little more
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / f"{sha256(url.encode()).hexdigest()[:40]}.json"

    def _prune(self) -> None:
        files = list(self._folder.glob("*.json"))
        if len(files) > MOST:
            for path in sorted(files, key=lambda file: file.stat().st_mtime)[: len(files) - MOST]:
                path.unlink(missing_ok=True)
