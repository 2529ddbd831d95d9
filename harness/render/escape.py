"""Foreign text (logs, diffs, messages, a fixer's notes) made harmless for Markdown and for a terminal."""

import re
from typing import Final

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
# Bidirectional controls would let text show in another order than it has.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~!])")
_LINE_START: Final = re.compile(r"(?m)^(\s*\d*)([#+.)-])(?=\s|$|#|-)")
_LINE_END: Final = re.compile("[\n\u2028\u2029]")
_BREAK: Final = "\u200b"  # zero-width: keeps a forge from linking @name and #12, whatever else is escaped


def as_unicode(text: str) -> str:
    """Return `text` as git gave it with a mark for each byte that is no UTF-8, which could not be written."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def plain(text: str) -> str:
    """Return `text` without terminal sequences and control characters; line ends and tabs stay."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("\ufffd", _ANSI.sub("", unix))


def one_line(text: str, longest: int = 300) -> str:
    """Return `text` on one line, plain, cut with an ellipsis; blanks within a line stay, since a node id has them."""
    parts = (part.strip() for part in _LINE_END.split(plain(text)))
    return _cut(" ".join(part for part in parts if part), longest)


def prose(text: str) -> str:
    """Return `text` as Markdown that shows exactly these characters: no markup, no HTML, no mention, no issue link."""
    escaped = _SPECIAL.sub(r"\\\1", plain(text).replace("&", "&amp;"))
    escaped = _LINE_START.sub(r"\1\\\2", escaped)
    return re.sub(r"([@#])(?=\w)", rf"\1{_BREAK}", escaped)


def cell(text: str) -> str:
    """Return `text` for one cell of a table."""
    return prose(one_line(text))


def code(text: str) -> str:
    """Return `text` as a code span on one line, outside of tables: there a bar would end the cell."""
    line = _cut(_LINE_END.sub(" ", plain(text).strip("\n")), 2000)
    if not line:
        return ""
    ticks = "`" * (_longest_run(line) + 1)
    # Markdown takes one blank from each end where both have one.
    pad = " " if "`" in (line[0], line[-1]) or (line[0] == line[-1] == " " and line.strip(" ")) else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def code_cell(text: str) -> str:
    """Return `text` as a code span for one cell of a table."""
    # A backslash before the escape of a bar would escape the escape.
    return code(text).replace("\\|", f"\\{_BREAK}|").replace("|", "\\|")


def fence(text: str, language: str = "text") -> str:
    """Return `text` as a fenced block that it cannot close itself."""
    body = plain(text).rstrip("\n")
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}{language}\n{body}\n{ticks}"


def quote(text: str) -> str:
    """Return `text` as a block quotation, each line escaped."""
    return "\n".join(f"> {line}".rstrip() for line in prose(text.strip()).split("\n"))


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
