"""A suite of 500 tests that do next to nothing, as an ordinary suite is built."""

from pathlib import Path

CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def connection():
    yield {"queries": 0}

@pytest.fixture
def row(connection):
    connection["queries"] += 1
    yield connection["queries"]

@pytest.fixture
def rows(row):
    return [row]
"""
HEAD = """
import pytest

@pytest.fixture(scope="module")
def table():
    yield []

class TestTable:
{methods}

{functions}
"""
METHOD = "    def test_method_{n}(self, row): assert row"
FUNCTION = "def test_function_{n}({fixtures}): assert {n} + 1 == {n} + 1"
PARAMETRIZED = (
    '@pytest.mark.parametrize("number", range(5))\ndef test_parametrized_{n}(number, rows): assert number < 5'
)
FIXTURES = ("", "row", "rows", "rows, table")


def write_five_hundred(folder: Path) -> None:
    """Write ten modules: each has 25 functions, 10 methods of a class, and 3 functions of 5 parameters."""
    (folder / "conftest.py").write_text(CONFTEST)
    functions = [FUNCTION.format(n=n, fixtures=FIXTURES[n % 4]) for n in range(25)]
    parametrized = [PARAMETRIZED.format(n=n) for n in range(3)]
    methods = [METHOD.format(n=n) for n in range(10)]
    text = HEAD.format(methods="\n".join(methods), functions="\n\n".join(functions + parametrized))
    for module in range(10):
        (folder / f"test_module_{module}.py").write_text(text)
