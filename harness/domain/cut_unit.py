"""A module as units: the smallest pieces that a cut keeps or drops whole."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.domain.cut_lines import ModuleText, extent, first_line, last_line
from harness.domain.cut_names import Function, bound_by, own_scope

# pytest runs these of a module around a test, whether or not anything names them.
MODULE_HOOKS = frozenset(
    {"setup_module", "teardown_module", "setUpModule", "tearDownModule", "setup", "teardown"}
    | {"pytestmark", "pytest_plugins", "pytest_generate_tests", "__test__"}
)
FUNCTION_HOOKS = frozenset({"setup_function", "teardown_function"})  # not around methods
# Fixtures that plugins look up by name on behalf of a test that does not ask for them.
PLUGIN_FIXTURES = frozenset(
    {"event_loop", "event_loop_policy", "anyio_backend", "django_db_setup", "django_db_modify_db_settings"}
)
Loop = ast.For | ast.AsyncFor


@dataclass(frozen=True, slots=True)
class Unit:
    """One statement of a module, or several that share a line.

    `binds`: names it gives the module. `fixtures`: names under which pytest knows its fixtures. `asked`: names that a
    parameter may mean. `changes`: names whose object it changes in place. `why`: why it runs for every test, or "".
    """

    nodes: tuple[ast.stmt, ...]
    lines: range
    binds: frozenset[str]
    fixtures: frozenset[str]
    asked: frozenset[str]
    changes: frozenset[str]
    why: str

    @property
    def label(self) -> str:
        """Return how to call it in a sentence."""
        names = sorted(n for n in self.binds if "." not in n)
        what = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        return f"{what} (line {first_line(self.nodes[0])})" if names else f"line {first_line(self.nodes[0])}"


def units_of(module: ModuleText, in_class: bool) -> list[Unit]:
    """Return the module's statements as units, in order; `in_class` says whether the test is a method."""
    local = bound_by(n for n in module.tree.body if not isinstance(n, ast.Import | ast.ImportFrom))
    local -= bound_by(n for n in own_scope(module.tree.body) if isinstance(n, ast.Import | ast.ImportFrom))
    functions = frozenset(n.name for n in own_scope(module.tree.body) if isinstance(n, Function))
    return [_unit(module, group, local, functions, in_class) for group in _groups(module.tree.body)]


def is_fixture(node: ast.AST) -> bool:
    """Return whether `node` is a function that some `...fixture` decorator makes a fixture."""
    return isinstance(node, Function) and any(True for _ in _fixture_decorators(node))


def is_docstring(node: ast.stmt) -> bool:
    """Return whether `node` is a bare string."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_future(node: ast.stmt) -> bool:
    """Return whether `node` is a `from __future__` import."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def last_name(node: ast.expr) -> str:
    """Return the last name of `a.b.c` or of a call to it, or ""."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _groups(body: Iterable[ast.stmt]) -> list[list[ast.stmt]]:
    groups: list[list[ast.stmt]] = []
    for node in body:
        if groups and first_line(node) <= last_line(groups[-1][-1]):
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _unit(
    module: ModuleText, group: list[ast.stmt], local: frozenset[str], functions: frozenset[str], in_class: bool
) -> Unit:
    inner = list(own_scope(group))
    binds = bound_by(group)
    if group[0] is module.tree.body[0] and is_docstring(group[0]):
        binds |= {"__doc__"}
    fixtures = frozenset(name for node in inner for name in _fixture_names(node))
    effects = [] if _is_main_guard(group[0]) else [base for node in inner for base in _effects(node, local, functions)]
    loops = bound_by(n.target for n in inner if isinstance(n, Loop))
    undecorated = frozenset(
        n.name for n in inner if isinstance(n, ast.ClassDef) or (isinstance(n, Function) and not n.decorator_list)
    )
    return Unit(
        nodes=tuple(group),
        lines=range(extent(module.lines, group[0]).start, extent(module.lines, group[-1]).stop),
        binds=binds,
        fixtures=fixtures,
        asked=fixtures | (binds - undecorated),
        changes=frozenset(effects) - loops - {""},
        why=_why(group, binds, inner, bool({"", *loops} & {*effects}), in_class),
    )


def _why(group: list[ast.stmt], binds: frozenset[str], inner: list[ast.AST], effect: bool, in_class: bool) -> str:
    if any(is_future(node) for node in group):
        return "it changes how Python reads the module"
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in inner):
        return "what it imports cannot be told from the text"
    if binds & (MODULE_HOOKS if in_class else MODULE_HOOKS | FUNCTION_HOOKS):
        return "pytest uses it for every test of the module"
    if any(_is_autouse(node) for node in inner):
        return "the fixture is used by every test of the module"
    if any(_overrides(node) for node in inner):
        return "the fixture replaces one of the same name from outside the module"
    return "it has an effect when the module is imported" if effect else ""


def _fixture_decorators(node: Function) -> Iterator[ast.expr]:
    yield from (d for d in node.decorator_list if last_name(d).endswith("fixture"))


def _fixture_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, Function):
        for decorator in _fixture_decorators(node):
            name = _keyword(decorator, "name")
            yield name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else node.name
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value) == "fixture":
        yield from bound_by([node])


def _keyword(call: ast.expr, name: str) -> ast.expr | None:
    keywords = call.keywords if isinstance(call, ast.Call) else []
    return next((k.value for k in keywords if k.arg == name), None)


def _is_autouse(node: ast.AST) -> bool:
    if not isinstance(node, Function):
        return False
    values = [_keyword(d, "autouse") for d in _fixture_decorators(node)]
    return any(v is not None and not (isinstance(v, ast.Constant) and not v.value) for v in values)


def _overrides(node: ast.AST) -> bool:
    if not (isinstance(node, Function) and is_fixture(node)):
        return False
    return not PLUGIN_FIXTURES.isdisjoint(_fixture_names(node)) or any(a.arg == node.name for a in node.args.args)


def _effects(node: ast.AST, local: frozenset[str], functions: frozenset[str]) -> Iterator[str]:
    """Yield what running `node` changes: the module-level name whose object it is, "" for anything else."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr(value=value):
            yield _base(value, local)
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            yield from (_base(t, local) for t in targets if isinstance(t, ast.Attribute | ast.Subscript))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            if isinstance(target, ast.Attribute | ast.Subscript):
                yield _base(target, local)
        case ast.Assert() | ast.Raise():
            yield ""
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            if not node.name.lower().startswith("test") and not is_fixture(node):
                yield from _registered(node, local, functions)


def _registered(node: Function | ast.ClassDef, local: frozenset[str], functions: frozenset[str]) -> Iterator[str]:
    """Yield the names of the module's own objects with which a decorator may register `node`."""
    for decorator in node.decorator_list:
        base = _base(decorator.func if isinstance(decorator, ast.Call) else decorator, local)
        if base and (isinstance(decorator, ast.Attribute | ast.Call) or base in functions):
            yield base


def _base(node: ast.expr, local: frozenset[str]) -> str:
    """Return the module-level name at the root of `a.b[c].d()`; "" if it comes from elsewhere or from a call."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return ""  # a plain function call may change anything
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) and node.id in local else ""


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(node.test))
