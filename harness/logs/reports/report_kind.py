"""Which kind of machine report a file is, told from its start."""

import re
from typing import Final

_PROLOGUE: Final = re.compile(
    r"\s*(?:<\?[^>]{0,500}\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]{0,500}(?:\[.*?\]\s*)?>\s*)", re.S
)
_SUITE: Final = re.compile(r"\s*<(?:\w+:)?testsuites?[\s/>]")
_JOURNAL: Final = re.compile(
    r'\{"kind":"(?:campaign","schema":|(?:test|iteration|signature|probe|sharing)","nodeid":")'
)
_JSON_LINES: Final = (".jsonl", ".ndjson", ".json")


def report_kind(head: bytes, name: str) -> str | None:
    """Return "junit", "reportlog" or "journal" if a file that starts with `head` is one of these, else None.

    head: up to 4 KiB; name: the file's; only where it says JSON lines may the first line be the rest of a cut one.
    """
    text = _decoded(head)
    if text.lstrip().startswith("<"):
        at = 0
        while (found := _PROLOGUE.match(text, at)) is not None:
            at = found.end()
        return "junit" if _SUITE.match(text, at) else None
    lines = text.lstrip().split("\n")
    for line in lines[: 2 if name.lower().endswith(_JSON_LINES) else 1]:
        if _JOURNAL.match(line):
            return "journal"
        if line.startswith("{") and re.search(r'"\$report_type": ?"', line):
            return "reportlog"
    return None


def _decoded(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    return head.decode("utf-8-sig", errors="replace")
