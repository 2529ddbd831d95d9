"""A module's text as lines: which lines a statement owns, and the text without some of them."""

import ast
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_repro.core.errors import ReproError


@dataclass(frozen=True, slots=True)
class ModuleText:
    """A parsed module; `lines` without their ends, counted from 1 as `ast` does."""

    lines: tuple[str, ...]
    tree: ast.Module

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def parse_module(source: str) -> ModuleText:
    """Return `source` parsed; raises ReproError("cannot-cut") where this Python cannot read it."""
    # ast counts \n, \r\n and \r as line ends and nothing else: str.splitlines would count form feeds too.
    text = re.sub(r"\r\n?", "\n", source.removeprefix("\ufeff"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module's own invalid escapes are not ours to report
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ReproError(
            f"the test's module cannot be parsed: {error}; expected Python source that this interpreter reads",
            "cannot-cut",
            "run the harness with the Python version that the project uses, or give existing-test-path",
        ) from error
    return ModuleText(tuple(text.split("\n")), tree)


def first_line(node: ast.stmt) -> int:
    """Return the line on which `node` starts, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def last_line(node: ast.stmt) -> int:
    """Return the line on which `node` ends."""
    return node.end_lineno or node.lineno


def indent_of(line: str) -> str:
    """Return the white space before the first character."""
    return line[: len(line) - len(line.lstrip())]


def extent(lines: Sequence[str], node: ast.stmt) -> range:
    """Return the numbers of `node`'s lines: decorators, comments right above, indented comments at its end."""
    start, end = first_line(node), last_line(node)
    top = start
    while top > 1 and lines[top - 2].lstrip().startswith("#"):
        top -= 1
    number, own = end, len(indent_of(lines[start - 1]))
    while number < len(lines) and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
        number += 1
        if lines[number - 1].strip() and len(indent_of(lines[number - 1])) <= own:
            break
        if lines[number - 1].strip():
            end = number
    return range(top, end + 1)


def stands_alone(lines: Sequence[str], node: ast.stmt) -> bool:
    """Return whether no other statement and no header shares the first line of `node`."""
    before = lines[node.lineno - 1].encode()[: node.col_offset]
    return not before.strip() and first_line(node) <= node.lineno


def without(lines: Sequence[str], dropped: Iterable[int], instead: Mapping[int, str]) -> str:
    """Return the text without the lines `dropped`, with `instead[n]` in the place of line n; ends in a line end.

    Only where lines were dropped are blank lines touched: two stay at most, none after a colon or at the top.
    """
    gone = frozenset(dropped)
    out: list[str] = []
    seam, blanks = True, 0
    for number, line in enumerate(lines, 1):
        if number in gone and number not in instead:
            seam = True
            continue
        kept = instead.get(number, line)
        if seam and not kept.strip():
            blanks += 1
            continue
        if seam:
            _join(out, blanks)
        out.append(kept)
        seam, blanks = number in instead, 0
    while out and not out[-1].strip():
        out.pop()
    return "\n".join(out) + "\n"


def _join(out: list[str], blanks: int) -> None:
    before = 0
    while out and not out[-1].strip():
        out.pop()
        before += 1
    if out and not out[-1].rstrip().endswith(":"):
        out.extend([""] * min(max(before, blanks), 2))
