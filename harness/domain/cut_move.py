"""What a test module needs when it moves from its folder into a new one inside it."""

import ast
import io
import itertools
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from harness.domain.cut_lines import ModuleText, last_line, parse_module
from harness.domain.cut_names import needs_of
from harness.domain.cut_unit import is_docstring, is_future

# Fixtures of plugins that look for files beside the test that asks.
BESIDE_THE_TEST = (
    frozenset({"datadir", "shared_datadir", "lazy_datadir", "lazy_shared_datadir", "original_datadir", "embed_data"})
    | frozenset(f"{kind}_regression" for kind in ("data", "file", "num", "dataframe", "image", "ndarrays"))
    | frozenset({"snapshot"})
)
PATH_NAME = "_ORIGINAL_FILE"
# Installed wherever a test runs: never a module beside it.
NEVER_BESIDE = sys.stdlib_module_names | {"pytest", "_pytest", "hypothesis"}


def moved(text: str, original: str, in_package: bool, siblings: frozenset[str] | None) -> tuple[str, tuple[str, ...]]:
    """Return `text` fit for a folder one level below `original`'s, and notes on what could not be made fit.

    `siblings`: names importable from the original folder; None where nobody looked, then any import may be one.
    """
    module = parse_module(text)
    relative = [n for n in ast.walk(module.tree) if isinstance(n, ast.ImportFrom) and n.level]
    beside = [] if in_package else sorted(set(_imports_beside(module, siblings)))
    text = _with_dots(module.text, relative)
    kept = text
    text = _with_original_path(text)
    own_path = text != kept
    prologue = _prologue(original, beside, own_path)
    notes = _notes(module, original, in_package)
    if relative:
        notes.append("relative imports got one more dot: the test is one folder further down")
        if not in_package:
            notes.append(f"the folder of {original} is no package (no __init__.py), yet the test imports relatively")
    if own_path:
        notes.append(f"__file__ was replaced by {PATH_NAME}, the path of {original}: files beside it are found")
    if beside:
        notes.append(f"the folder of {original} is put on sys.path, for: {', '.join(beside)}")
    return _with_prologue(text, prologue), tuple(notes)


def _with_dots(text: str, imports: Iterable[ast.ImportFrom]) -> str:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for node in sorted(imports, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
        at = text.index(".", starts[node.lineno - 1] + column)
        text = f"{text[:at]}.{text[at:]}"
    return text


def _imports_beside(module: ModuleText, siblings: frozenset[str] | None) -> Iterator[str]:
    """Yield the top names of absolute imports, and of modules named in strings, that may lie beside the original."""
    for node in ast.walk(module.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and siblings:
            names = [node.value]
        for name in {n.split(".")[0] for n in names} - NEVER_BESIDE:
            if siblings is None or name in siblings:
                yield name


def _with_original_path(text: str) -> str:
    """Return `text` with `__file__` replaced wherever code reads it.

    To assign `__file__` itself is no way: pytest refuses a module whose `__file__` is not the file that it collects.
    """
    lines = text.split("\n")
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for before, token in reversed(list(itertools.pairwise(tokens))):
        row, start, end = token.start[0] - 1, token.start[1], token.end[1]
        if token.type == tokenize.NAME and token.string == "__file__" and before.string != ".":
            lines[row] = lines[row][:start] + PATH_NAME + lines[row][end:]
        elif token.type == tokenize.STRING and "__file__" in token.string and _has_fields(token.string):
            # Before Python 3.12 an f-string is one token, and its fields are not told apart.
            for at in range(row, token.end[0]):
                lines[at] = re.sub(r"(?<![\w.])__file__\b", PATH_NAME, lines[at])
    return "\n".join(lines)


def _has_fields(literal: str) -> bool:
    return "f" in re.split("['\"]", literal, maxsplit=1)[0].lower()


def _prologue(original: str, beside: list[str], own_path: bool) -> list[str]:
    if not (beside or own_path):
        return []
    name = PurePosixPath(original).name
    # Private names: a plain `import sys` here could hide that the test forgot its own.
    lines = ["from pathlib import Path as _Path"]
    if beside:
        lines.insert(0, "import sys as _sys")
        lines += ["", f"# What the test imports may lie beside {_comment(original)}, one folder up."]
        lines += ["_sys.path.insert(0, str(_Path(__file__).resolve().parents[1]))"]
    if own_path:
        lines += ["", f"# Stands for __file__ below: the test finds files by the path of {_comment(original)}."]
        lines += [f"{PATH_NAME} = str(_Path(__file__).resolve().parents[1] / {_literal(name)})"]
    return lines


def _with_prologue(text: str, prologue: list[str]) -> str:
    """Return `text` with `prologue` where Python first allows it: after the docstring and `from __future__`."""
    if not prologue:
        return text
    lines = text.split("\n")
    body = parse_module(text).tree.body
    fixed = [last_line(n) for i, n in enumerate(body) if is_future(n) or (i == 0 and is_docstring(n))]
    at = max(fixed, default=0)
    while at < len(lines) and not fixed and lines[at].startswith("#"):
        at += 1
    before, after = lines[:at], lines[at:]
    while after and not after[0].strip():
        after.pop(0)
    return "\n".join([*before, *([""] if before else []), *prologue, "", *after])


def _notes(module: ModuleText, original: str, in_package: bool) -> list[str]:
    needs = needs_of(module.text)
    notes = []
    if needs.parameters & BESIDE_THE_TEST or _asks_pytest_for_path(module):
        notes.append("the test asks pytest for its own path: data files beside it may not be found")
    if "__package__" in needs.names or (
        "__name__" in needs.names and needs.mentioned & {"resources", "pkg_resources", "pkgutil"}
    ):
        notes.append("the test finds files by its module's name, which is another one now")
    dotted = original.removesuffix(".py").replace("/", ".")
    own = {dotted} if in_package else {dotted, dotted.rsplit(".", 1)[-1]}
    if any(text.startswith(tuple(f"{name}." for name in own)) for text in needs.strings):
        notes.append(f"a string names the original module {dotted}: it still means that one, not this copy")
    elif PurePosixPath(original).stem in needs.words:
        notes.append(f"a string holds the original module's name {PurePosixPath(original).stem}: this copy has another")
    return notes


def _asks_pytest_for_path(module: ModuleText) -> bool:
    chains = {ast.unparse(n) for n in ast.walk(module.tree) if isinstance(n, ast.Attribute)}
    own = re.compile(r"(self\.)?request\.((node\.)?(fspath|path)|module\.__file__)")
    return any(own.fullmatch(chain) for chain in chains)


def _comment(text: str) -> str:
    """Return `text` safe inside a comment: a file's name may hold a line end."""
    return text if text.isprintable() else repr(text)


def _literal(text: str) -> str:
    return '"' + text + '"' if text.isprintable() and not set(text) & {'"', "\\"} else repr(text)
