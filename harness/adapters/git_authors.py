"""The people to ask about a failure, by name only: who wrote the lines, and who changed the files lately."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from harness.adapters.git_calls import GitCalls

_FILES: Final = 12  # a long traceback names many; the first are the nearest to the failure
_LINES: Final = 24
_RECENT: Final = 20
_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")


def people_to_ask(calls: GitCalls, commit: str, paths: Mapping[str, Sequence[int]]) -> tuple[tuple[str, str], ...]:
    """Return (who, why), most involved first: authors of the named lines, then authors of recent commits to the files.

    `paths` maps a path at `commit` to line numbers from 1, none for "the whole file". Paths and lines that do not exist
    there are passed over, since a traceback also names files of other packages. E-mail addresses never appear.
    """
    wrote: dict[str, list[str]] = {}
    commits: Counter[str] = Counter()
    files: dict[str, Counter[str]] = {}
    for path, lines in list(paths.items())[:_FILES]:
        for line, who in _blame(calls, commit, path, lines):
            wrote.setdefault(who, []).append(f"{path}:{line}")
        for who in _log(calls, commit, path):
            commits[who] += 1
            files.setdefault(who, Counter())[path] += 1
    found = [(who, "wrote " + _some(places)) for who, places in sorted(wrote.items(), key=lambda one: -len(one[1]))]
    rest = [who for who, _ in commits.most_common() if who not in wrote]
    return (*found, *((who, _recent(files[who])) for who in rest))


def _recent(counts: Counter[str]) -> str:
    total = counts.total()
    return f"{total} recent commit{'s' if total > 1 else ''} to {_some([path for path, _ in counts.most_common()])}"


def _some(places: list[str]) -> str:
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return ", ".join(places[:3]) + more


def _blame(calls: GitCalls, commit: str, path: str, lines: Sequence[int]) -> list[tuple[int, str]]:
    """Return (line, who) for those of `lines` that `path` has at `commit`."""
    content = calls.run("cat-file", "blob", f"{commit}:{path}")
    if content.code:
        return []
    count = content.out.count(b"\n") + (not content.out.endswith(b"\n") and bool(content.out))
    wanted = sorted({line for line in lines if 1 <= line <= count})[:_LINES]
    if not wanted:
        return []
    ranges = [word for line in wanted for word in ("-L", f"{line},{line}")]
    said = calls.maybe("blame", "--line-porcelain", *ranges, commit, "--", path) or ""
    authors = [name_only(text[len("author ") :]) for text in said.split("\n") if text.startswith("author ")]
    return list(zip(wanted, authors, strict=False))


def _log(calls: GitCalls, commit: str, path: str) -> list[str]:
    said = calls.maybe("log", f"--max-count={_RECENT}", "--no-show-signature", "--format=%aN", commit, "--", path) or ""
    return [name_only(one) for one in said.split("\n") if one]


def name_only(name: str) -> str:
    """Return a person's name on one line, an address in it cut to the part before the @."""
    plain = _ADDRESS.sub(lambda found: found.group().partition("@")[0], name)
    return " ".join("".join(char if char.isprintable() else " " for char in plain).split()) or "somebody"
