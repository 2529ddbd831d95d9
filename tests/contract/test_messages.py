"""Every slug that the code can print has an entry in the reference, and the reference has no other."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "messages.md"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def modules() -> list[tuple[Path, ast.Module]]:
    paths = [path for package in ("pytest_repro", "harness") for path in sorted((ROOT / package).rglob("*.py"))]
    return [
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
        if path.relative_to(ROOT).parts[1] != "examples" or path.parent.name == "examples"
    ]


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def error_classes(trees: list[ast.Module]) -> set[str]:
    """Return ReproError and the names of all classes below it."""
    known = {"ReproError"}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in classes:
        known |= {one.name for one in classes if known & {ast.unparse(base) for base in one.bases}}
    return known


def second_argument(node: ast.Call) -> ast.expr | None:
    named = (word.value for word in node.keywords if word.arg == "slug")
    return node.args[1] if len(node.args) > 1 else next(named, None)


def slug_arguments(tree: ast.Module, classes: set[str]) -> Iterator[tuple[ast.expr | None, ast.AST]]:
    """Yield the slug of every raise-able error in `tree` with the function or class around it."""
    for outer in ast.walk(tree):
        if not isinstance(outer, (*FUNCTIONS, ast.ClassDef)):
            continue
        for node in ast.walk(outer):
            if isinstance(node, ast.Call) and called(node) == "ReproError" and isinstance(outer, FUNCTIONS):
                yield second_argument(node), outer
            own = isinstance(outer, ast.ClassDef) and outer.name in classes - {"ReproError"}
            if own and isinstance(node, ast.Call) and called(node) == "__init__":
                yield second_argument(node), outer


def literal(value: ast.expr | None, around: ast.AST, tree: ast.Module) -> list[str]:
    """Return the slugs that `value` can be: a literal, or what the callers of `around` hand in for its parameter."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    if isinstance(value, ast.Attribute) and value.attr == "slug":
        return []  # handed on from another error, which is found where it is made
    if isinstance(value, ast.Name) and isinstance(around, FUNCTIONS):
        names = [argument.arg for argument in around.args.args]
        if value.id in names:
            calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and called(n) == around.name]
            place = names.index(value.id) - (names[:1] == ["self"])
            return [slug for call in calls for slug in literal(call.args[place], tree, tree)]
    raise AssertionError(
        f"a slug must be a literal, so that it can be looked up: {ast.unparse(value or ast.Tuple([]))}"
    )


@cache
def slugs_in_code() -> dict[str, set[str]]:
    parsed = modules()
    classes = error_classes([tree for _, tree in parsed])
    found: dict[str, set[str]] = {}
    for path, tree in parsed:
        for value, around in slug_arguments(tree, classes):
            for slug in literal(value, around, tree):
                found.setdefault(slug, set()).add(str(path.relative_to(ROOT)))
    return found


def entries() -> dict[str, str]:
    parts = re.split(r"(?m)^## (.+)$", PAGE.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_slug_in_the_code_has_an_entry():
    missing = {slug: files for slug, files in slugs_in_code().items() if slug not in entries()}
    assert not missing, f"docs/reference/messages.md lacks {missing}"


def test_every_entry_has_its_slug_in_the_code():
    assert not set(entries()) - set(slugs_in_code())


def test_slugs_are_found_in_helpers_and_in_classes_of_their_own():
    source = """
class Worse(ReproError):
    def __init__(self): super().__init__("m", "in-a-class")
def helper(text, slug): return ReproError(text, slug)
def user(): return helper("m", "in-a-helper")
"""
    tree = ast.parse(source)
    found = [
        slug for value, around in slug_arguments(tree, error_classes([tree])) for slug in literal(value, around, tree)
    ]
    assert sorted(found) == ["in-a-class", "in-a-helper"]


@pytest.mark.parametrize("slug", sorted(entries()))
def test_an_entry_names_cause_and_remedy(slug):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)
    assert re.search(r"\*\*Cause\.\*\* \S.*\*\*Remedy\.\*\* \S", entries()[slug], re.DOTALL)


def test_the_entries_are_in_alphabetical_order():
    assert list(entries()) == sorted(entries())
