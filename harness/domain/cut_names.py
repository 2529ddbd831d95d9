"""The names that module-level code binds, and those it needs from its module when it runs."""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.Lambda | ast.ClassDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

# Code that uses one of these may reach a module's names through strings.
BY_STRING = frozenset({"globals", "locals", "vars", "eval", "exec"})
# Parameters that pytest or Python fills without a fixture of the module.
NOT_FIXTURES = frozenset({"self", "cls", "request"})
CONDITIONAL_MARKS = frozenset({"skipif", "xfail"})


@dataclass(frozen=True, slots=True)
class Needs:
    """What a piece of code asks of its module.

    `names`: module globals it reads, dotted chains (`a.b`) included. `parameters`: names that may be fixtures.
    `strings`: its string constants, docstrings apart. `attributes`: names after a dot. `by_string`: whether it looks
    names up in strings.
    """

    names: frozenset[str]
    parameters: frozenset[str]
    strings: frozenset[str]
    attributes: frozenset[str]
    by_string: bool

    @property
    def words(self) -> frozenset[str]:
        """Return the identifiers inside the strings."""
        return frozenset(word for text in self.strings for word in re.findall(r"[^\W\d]\w*", text))

    @property
    def mentioned(self) -> frozenset[str]:
        """Return each name that is used in any way: read, after a dot, or as a whole string."""
        return self.names | self.attributes | self.strings


def needs_of(code: str, test: str = "") -> Needs:
    """Return what `code` (whole module-level statements) needs; errs towards too many names.

    `test` names a function whose parameters are fixtures although its name does not say that it is a test.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in parse_module
        tree = ast.parse(code)
        table = symtable.symtable(code, "<cut>", "exec")
    nodes = list(ast.walk(tree))
    attributes = frozenset(n.attr for n in nodes if isinstance(n, ast.Attribute))
    names = frozenset(
        {*_globals(table), *_augmented(tree), *_chains(nodes), *_names_in_annotations(nodes), *_names_in_marks(nodes)}
        | {*_walruses_in_comprehensions(nodes)}
    )
    return Needs(
        names=names,
        parameters=frozenset(_parameters(tree.body, test)),
        strings=frozenset(_strings(nodes)),
        attributes=attributes,
        by_string=bool(names & BY_STRING) or "dependency" in attributes or _builds_own_name(nodes),
    )


def bound_by(statements: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that `statements` bind in their own scope, with the dotted modules that imports load."""
    return frozenset(name for node in own_scope(statements) for name in _bound(node))


def own_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes that run in the scope of `nodes`: not the bodies of functions, classes and comprehensions.

    A walrus inside a comprehension binds outside of it, and is yielded.
    """
    for node in nodes:
        yield node
        if isinstance(node, Comprehension):
            yield from (n for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            yield from (n.target for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
        elif isinstance(node, Function | ast.ClassDef):
            yield from own_scope(node.decorator_list)
        elif not isinstance(node, ast.Lambda):
            yield from own_scope(ast.iter_child_nodes(node))


def is_builtin(name: str) -> bool:
    """Return whether Python itself provides `name` in every module."""
    return hasattr(builtins, name) or name in {"__file__", "__name__", "__doc__", "__package__", "__spec__"}


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name.split(".")[0]
                yield alias.name
        case ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name for alias in aliases)
            # `from a.b import c` also makes `a.b` reachable for code that has `a`.
            if node.module and "." in node.module and not node.level:
                yield node.module


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    # In a class body a name may be read from the module before the class binds it: `size = size`.
    outer = table.get_type() in ("module", "class")
    for symbol in table.get_symbols():
        if symbol.is_referenced() if outer else symbol.is_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def _walruses_in_comprehensions(nodes: list[ast.AST]) -> Iterator[str]:
    """Yield names that a comprehension binds outside of itself and may read: since 3.12 no symbol table tells that."""
    for node in nodes:
        if isinstance(node, Comprehension):
            yield from (one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr))


def _augmented(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Yield what `name += 1` changes at module or class level: to the symbol table that is no reading."""
    for node in own_scope(tree.body):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.ClassDef):
            yield from _augmented(node)


def _chains(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and parts:
            parts.append(node.id)
            yield ".".join(reversed(parts))


def _names_in_annotations(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.arg(annotation=ast.expr() as hint) | ast.AnnAssign(annotation=hint):
                yield from _names_in_strings(hint)
            case ast.FunctionDef(returns=ast.expr() as hint) | ast.AsyncFunctionDef(returns=ast.expr() as hint):
                yield from _names_in_strings(hint)


def _names_in_marks(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names in conditions that are strings: `skipif("sys.platform == 'win32'")`."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CONDITIONAL_MARKS:
            for argument in node.args:
                yield from _names_in_strings(argument)


def _names_in_strings(root: ast.expr) -> Iterator[str]:
    for node in ast.walk(root):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inner = ast.parse(node.value, mode="eval")
            except (SyntaxError, ValueError):
                continue  # plain words, as in Literal["one word"]
            yield from (n.id for n in ast.walk(inner) if isinstance(n, ast.Name))


def _parameters(statements: Iterable[ast.stmt], test: str, in_class: bool = False) -> Iterator[str]:
    for node in own_scope(statements):
        if isinstance(node, ast.ClassDef):
            yield from _parameters(node.body, test, in_class=True)
        elif isinstance(node, Function) and (in_class or node.decorator_list or _pytest_calls(node.name, test)):
            plain = [*node.args.posonlyargs, *node.args.args]
            filled = plain[: len(plain) - len(node.args.defaults)]
            filled += [a for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is None]
            yield from (a.arg for a in filled if a.arg not in NOT_FIXTURES)


def _pytest_calls(name: str, test: str) -> bool:
    return name == test or name.startswith(("test", "setup", "teardown", "pytest_", "setUp", "tearDown"))


def _strings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    prose = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def _builds_own_name(nodes: Iterable[ast.AST]) -> bool:
    """Return whether the module's own name is put into a string or used as a key: `f"{__name__}.helper"`."""
    holders = (n for n in nodes if isinstance(n, ast.JoinedStr | ast.BinOp | ast.Subscript))
    return any(isinstance(n, ast.Name) and n.id == "__name__" for h in holders for n in ast.walk(h))
