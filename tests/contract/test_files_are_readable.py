"""A file is read in one sitting, a function on one screen; the longest of each is named when it is not."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("pytest_repro", "harness", "tests")
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


def sources() -> list[Path]:
    examples = ROOT / "harness" / "examples"
    return sorted(
        path for folder in OURS for path in (ROOT / folder).rglob("*.py") if not path.is_relative_to(examples)
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def functions(path: Path) -> list[tuple[str, int]]:
    return [
        (f"{path.relative_to(ROOT)}::{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_there_is_something_to_look_at() -> None:
    assert len(sources()) > 50


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    offenders = [f"{path.relative_to(ROOT)}: {length}" for path, length in lengths.items() if length > LONGEST_FILE]

    assert not offenders, "\n".join(offenders)


def test_no_function_is_longer_than_60_lines() -> None:
    offenders = [
        f"{name}: {length}" for path in sources() for name, length in functions(path) if length > LONGEST_FUNCTION
    ]

    assert not offenders, "\n".join(offenders)


@pytest.mark.parametrize("package", ["pytest_repro", "harness"])
def test_nine_functions_of_ten_have_30_lines_at_most(package: str) -> None:
    lengths = sorted(
        length for path in sources() if path.is_relative_to(ROOT / package) for _, length in functions(path)
    )

    assert lengths[len(lengths) * 9 // 10] <= 30


@pytest.mark.parametrize("package", ["pytest_repro", "harness"])
def test_every_module_says_in_a_line_what_it_is_for(package: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.is_relative_to(ROOT / package) and not ast.get_docstring(tree_of(path))
    ]

    assert not silent, "\n".join(silent)
