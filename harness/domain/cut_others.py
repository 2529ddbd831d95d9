"""Which lines of a module are other tests than the one wanted."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.domain.cut_lines import extent, indent_of, stands_alone
from harness.domain.cut_names import Function
from harness.domain.cut_target import Target
from harness.domain.cut_unit import is_fixture, last_name

Block = list[ast.stmt]


@dataclass(frozen=True, slots=True)
class Removal:
    """Lines to drop, lines to write in the place of others, and the names of the tests that go."""

    dropped: set[int] = field(default_factory=set)
    instead: dict[int, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def other_tests(
    lines: Sequence[str], body: Sequence[ast.stmt], target: Target, spared: frozenset[str], inner_classes: bool
) -> Removal:
    """Return the removal of all tests in `body` but the target and those whose name is in `spared`.

    Methods go only from classes that pytest collects or that the target is in; with `inner_classes`, test classes
    inside of such classes go whole.
    """
    removal = Removal()
    _Pruning(lines, target, spared, inner_classes, removal).block(list(body), in_class=False)
    return removal


@dataclass(frozen=True, slots=True)
class _Pruning:
    lines: Sequence[str]
    target: Target
    spared: frozenset[str]
    inner_classes: bool
    removal: Removal

    def block(self, body: Block, in_class: bool) -> None:
        gone = [node for node in body if self._is_other(node, in_class) and stands_alone(self.lines, node)]
        for node in gone:
            self.removal.dropped.update(extent(self.lines, node))
            self.removal.names.add(_name(node))
        if body and len(gone) == len(body):
            first = extent(self.lines, body[0]).start
            self.removal.instead[first] = indent_of(self.lines[body[0].lineno - 1]) + "pass"
        for node in body:
            if node not in gone:
                self._inside(node, in_class)

    def _inside(self, node: ast.stmt, in_class: bool) -> None:
        if isinstance(node, ast.ClassDef):
            if node in self.target.classes or is_collected(node):
                self.block(node.body, in_class=True)
        elif not isinstance(node, Function):
            for inner in _blocks(node):
                self.block(inner, in_class)

    def _is_other(self, node: ast.stmt, in_class: bool) -> bool:
        if node in self.target.functions or _name(node) in self.spared:
            return False
        if isinstance(node, ast.ClassDef):
            return in_class and self.inner_classes and is_collected(node) and node not in self.target.classes
        return self._is_test(node)

    def _is_test(self, node: ast.stmt) -> bool:
        """Return whether `node` is a test function, by pytest's default names or by the target's own first word."""
        if not isinstance(node, Function) or is_fixture(node):
            return False
        if any(last_name(d) in ("property", "cached_property", "setter") for d in node.decorator_list):
            return False
        wanted = self.target.names[-1]
        word = "test" if wanted.startswith("test") else wanted.split("_")[0] + "_"
        return node.name.startswith(("test", word))


def is_collected(node: ast.ClassDef) -> bool:
    """Return whether pytest would, by its defaults, look for tests in the class."""
    return node.name.startswith("Test") or any(last_name(b).endswith("TestCase") for b in node.bases)


def _blocks(node: ast.stmt) -> Iterator[Block]:
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(node, name, [])
        if inner:
            yield inner
    for part in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]:
        yield part.body


def _name(node: ast.stmt) -> str:
    return node.name if isinstance(node, Function | ast.ClassDef) else ""
