"""What is the user's in a repository, read without a lock: HEAD, refs, stash and files that git names as changed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.adapters.git_calls import GitCalls, failed
from harness.domain.own_things import COUNT, FILE, HEAD, STASH

_MOST_FILES: Final = 10_000
_FIELDS: Final = {"1": 8, "u": 10, "?": 1}  # spaces before the path, by the kind of entry
_CACHES: Final = frozenset({"__pycache__", ".pytest_cache"})


def snapshot_of(root: Path, bare: bool) -> dict[str, str]:
    """Return what `OwnThings.between` compares, at most 10,000 files of the work tree `root`, none where it is bare.

    Nothing is written, git's index included. Raises ReproError("git-failed").
    """
    calls = GitCalls(root)
    found = dict(_refs(calls))
    found[HEAD] = calls.maybe("symbolic-ref", "-q", "HEAD") or calls.maybe("rev-parse", "HEAD") or ""
    found[STASH] = calls.maybe("rev-list", "-g", "refs/stash", "--") or ""
    return found if bare else found | _files(calls, root)


def _refs(calls: GitCalls) -> Iterator[tuple[str, str]]:
    for line in calls.must("for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines():
        name, _, value = line.partition(" ")
        if not name.startswith("refs/remotes/") and name != "refs/stash":
            yield name, value.strip()


def _files(calls: GitCalls, root: Path) -> dict[str, str]:
    """Return each file that git names, with git's words on it, its size in bytes and its time of change."""
    answer = calls.run("status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames")
    if answer.code:
        raise failed("status", answer)
    named = [_entry(line) for line in answer.text.split("\0") if line[:1] in _FIELDS]
    own = [(path, words) for path, words in named if not (words == "?" and _CACHES.intersection(path.split("/")))]
    streams = _streams()
    looked = {FILE + path: f"{words} {_size_and_time(root / path, streams)}" for path, words in own[:_MOST_FILES]}
    return looked | {COUNT: str(len(own))}


def _entry(line: str) -> tuple[str, str]:
    parts = line.split(" ", _FIELDS[line[0]])
    return parts[-1], " ".join(parts[:-1])


def _streams() -> frozenset[tuple[int, int]]:
    """Return the identities of the files into which our own output goes: they grow because we speak."""
    found = set()
    for number in (1, 2):
        try:
            seen = os.fstat(number)
        except OSError:  # closed: then nothing goes there
            continue
        found.add((seen.st_dev, seen.st_ino))
    return frozenset(found)


def _size_and_time(path: Path, streams: frozenset[tuple[int, int]]) -> str:
    try:
        seen = path.lstat()
    except OSError as error:
        return error.strerror or "unreadable"
    if stat.S_ISDIR(seen.st_mode) or (seen.st_dev, seen.st_ino) in streams:
        return ""
    return f"{seen.st_size} {seen.st_mtime_ns}"
