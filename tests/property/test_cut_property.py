import ast
import builtins
import symtable
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from harness.domain.cut import cut_test
from harness.domain.cut_names import bound_by

NAMES = [f"n{i}" for i in range(6)]
name = st.sampled_from(NAMES)
SHAPES = (
    "{a} = 1",
    "{a} = [{b} for {c} in ()] if 0 else None",
    "def {a}({b}=None):\n    return {b}, {c}",
    "def {a}():\n    global {b}\n    {b} = {c}\n    def inner():\n        return {b}\n    return inner",
    "class {a}:\n    {b} = {b}\n    def method(self, {c}):\n        return {c}, {d}",
    "@{b}\ndef {a}(): pass",
    "if {b}:\n    {a} = {c}\nelse:\n    def {a}(): return {d}",
    "try:\n    import {a}\nexcept {b}:\n    {a} = None",
    "{b}.append({c})",
    "{b}({c})",
    "{a} = 1; {b} = {c}",
    "[{a} := {b} for _ in {c}]",
    "with {b} as {a}: {c}",
    "for {a} in {b}:\n    {c}.add({a})",
    "import {a}",
    "{a} += {b}",
    "import pytest\n@pytest.fixture\ndef {a}({b}): return {c}",
    "def test_{a}({b}):\n    return {c}",
    "class TestX{a}({b}):\n    def test_one(self): return {c}\n    def test_two(self): return self.test_{d}()",
    "# about {a}\n{a}: '{b}' = {c}",
)


@st.composite
def modules(draw: st.DrawFn) -> str:
    shapes = draw(st.lists(st.sampled_from(SHAPES), max_size=8))
    parts = [shape.format(**{k: draw(name) for k in "abcd"}) for shape in shapes]
    parts.insert(draw(st.integers(0, len(parts))), f"def test_it({draw(name)}):\n    return {draw(name)}({draw(name)})")
    return draw(st.sampled_from(["\n", "\n\n", "\n\n\n"])).join(parts) + "\n"


def module_names(table: symtable.SymbolTable, top: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield (name, whether it is bound there) for each name that the code looks up in its module."""
    for symbol in table.get_symbols():
        if top:
            yield symbol.get_name(), symbol.is_assigned() or symbol.is_imported()
        elif symbol.is_global():
            yield symbol.get_name(), False
    for child in table.get_children():
        yield from module_names(child, top=False)


def only_in_comprehensions(text: str) -> set[str]:
    """Names that comprehensions alone bind: since Python 3.12 symbol tables give them to the module."""
    tree = ast.parse(text)
    comprehensions = [node for node in ast.walk(tree) if isinstance(node, ast.comprehension)]
    targets = {one.id for node in comprehensions for one in ast.walk(node.target) if isinstance(one, ast.Name)}
    return targets - bound_by(tree.body)


def bound_and_used(text: str) -> tuple[set[str], set[str]]:
    found = list(module_names(symtable.symtable(text, "module", "exec")))
    own = only_in_comprehensions(text)
    used = {n for n, _ in found if not hasattr(builtins, n)} - (own - read_outside_comprehensions(text))
    return {n for n, bound in found if bound} - own, used


def read_outside_comprehensions(text: str) -> set[str]:
    """Names that code beside comprehensions reads."""
    tree = ast.parse(text)
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    inside = {id(one) for node in ast.walk(tree) if isinstance(node, kinds) for one in ast.walk(node)}
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and id(one) not in inside}


def cut(source: str, level: int) -> str:
    return cut_test(source, "t.py::test_it", original="t.py", depth_has_init=True, level=level).text


@given(modules(), st.sampled_from([1, 2]))
@example("def test_it(n1):\n    return n1(n1)\nn0 = 1\n[n0 := n0 for _ in n1]\nn0 = 1\n", 1)
def test_no_name_that_kept_code_uses_is_lost(source: str, level: int) -> None:
    text = cut(source, level)
    compile(text, "cut", "exec")
    defined, _ = bound_and_used(source)
    left, used = bound_and_used(text)
    assert used & defined <= left


@given(modules(), st.sampled_from([1, 2]))
def test_a_cut_of_a_cut_changes_nothing(source: str, level: int) -> None:
    text = cut(source, level)
    assert cut(text, level) == text


@given(modules())
def test_the_test_itself_is_kept_and_level_one_keeps_no_more_than_level_two(source: str) -> None:
    small, large = cut(source, 1), cut(source, 2)
    assert "def test_it(" in small
    lines = iter(large.splitlines())
    assert all(line in lines for line in small.splitlines() if line.strip() not in ("", "pass"))
