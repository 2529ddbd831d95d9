"""Where in a module a node id's test is defined."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.domain.cut_lines import ModuleText
from harness.domain.cut_names import BY_STRING, Function, bound_by, needs_of, own_scope
from harness.domain.cut_unit import last_name
from pytest_repro.core.errors import ReproError


@dataclass(frozen=True, slots=True)
class Target:
    """The definitions of one test: `functions`, the `classes` it is in with their bases of the same module.

    `names` is the path from the module: classes from the outside in, then the function as it is defined, which is not
    what the node id says where a decorator made several tests of it. `certain` is False where the test appears only
    at run time; `note` says so.
    """

    names: tuple[str, ...]
    functions: tuple[ast.stmt, ...]
    classes: tuple[ast.ClassDef, ...]
    certain: bool = True
    note: str = ""


def split_nodeid(nodeid: str, original: str) -> tuple[tuple[str, ...], str]:
    """Return (names after the file, parameters with their brackets or ""); parameters may hold anything."""
    file, _, rest = nodeid.partition("::") if not nodeid.startswith(f"{original}::") else (original, "", nodeid)
    rest = nodeid[len(original) + 2 :] if file == original else rest
    head, bracket, parameters = rest.partition("[")
    names = tuple(head.split("::"))
    if not all(names) or (bracket and not parameters.endswith("]")):
        raise ReproError(
            f"{nodeid!r} names no test; expected path.py::test, path.py::Class::test or one of these with [parameters]",
            "cannot-cut",
            "copy the node id from pytest's short summary",
        )
    return names, bracket + parameters


def find_target(module: ModuleText, names: Sequence[str]) -> Target:
    """Return where the test `names` is defined; raises ReproError("cannot-cut") where nothing can be it."""
    body: Sequence[ast.stmt] = module.tree.body
    classes: list[ast.ClassDef] = []
    path: list[str] = []
    for name in names[:-1]:
        found = [n for n in _defined(body, name) if isinstance(n, ast.ClassDef)]
        if not found:
            return _unseen(module, names, path, classes, body)
        family = _family(module, found)
        classes += [c for c in family if c not in classes]
        path.append(found[-1].name)
        body = [statement for c in family for statement in c.body]
    functions = list(_defined(body, names[-1]))
    if not functions:
        return _unseen(module, names, path, classes, body)
    return Target((*path, _name(functions[-1])), tuple(functions), tuple(classes))


def _unseen(
    module: ModuleText, names: Sequence[str], path: list[str], classes: list[ast.ClassDef], body: Sequence[ast.stmt]
) -> Target:
    """Return the target of a test that no statement defines under its own name, if there is a reason for that."""
    whole = ".".join(names)
    if names[-1] in bound_by(body) and len(path) == len(names) - 1:
        return Target(tuple(names), (), tuple(classes), note=f"{whole} is not written here: it is imported or assigned")
    if len(path) == len(names) - 1 and any(_foreign_bases(module, c) for c in classes):
        note = f"{whole} comes from a base class outside of the module: that class's other tests run with it"
        return Target(tuple(names), (), tuple(classes), note=note)
    if _makes_tests(module, classes):
        note = f"{whole} is made at run time: what made it was kept, and may make other tests too"
        return Target(tuple(names), (), tuple(classes), certain=False, note=note)
    seen = sorted({_name(n) for n in own_scope(body) if isinstance(n, Function | ast.ClassDef)})
    raise ReproError(
        f"the module has no {whole}; expected a definition of it, found {', '.join(seen[:8]) or 'none at all'}",
        "cannot-cut",
        "check that the commit is the one that the log is about, or give existing-test-path",
    )


def _defined(body: Iterable[ast.stmt], name: str) -> Iterator[Function | ast.ClassDef]:
    """Yield the definitions of `name`, else of what a decorator makes it from (`test_sum_0` from `test_sum`)."""
    definitions = [n for n in own_scope(body) if isinstance(n, Function | ast.ClassDef)]
    exact = [n for n in definitions if n.name == name]
    if exact:
        yield from exact
        return
    sources = [n for n in definitions if name.startswith(n.name) and _may_expand(n, name[len(n.name) :])]
    yield from sorted(sources, key=lambda n: len(n.name))[-1:]


def _may_expand(node: Function | ast.ClassDef, suffix: str) -> bool:
    # pytest's own marks make ids with brackets, never new names.
    foreign = [d for d in node.decorator_list if not ast.unparse(d).startswith(("pytest.", "mark."))]
    return bool(foreign) and (suffix[0] == "_" or suffix[0].isdigit())


def _family(module: ModuleText, classes: Iterable[ast.ClassDef]) -> list[ast.ClassDef]:
    """Return `classes` and, after each, its base classes that the module defines."""
    known = [n for n in own_scope(module.tree.body) if isinstance(n, ast.ClassDef)]
    family = list(classes)
    for member in family:  # grows while it is walked
        bases = {last_name(b) for b in member.bases}
        family += [c for c in known if c.name in bases and c not in family]
    return family


def _foreign_bases(module: ModuleText, node: ast.ClassDef) -> bool:
    own = {n.name for n in own_scope(module.tree.body) if isinstance(n, ast.ClassDef)}
    return any(last_name(b) not in own | {"object", "TestCase", "IsolatedAsyncioTestCase"} for b in node.bases)


def _makes_tests(module: ModuleText, classes: Iterable[ast.ClassDef]) -> bool:
    stars = any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in own_scope(module.tree.body))
    decorated = any(c.decorator_list or c.keywords for c in classes)
    return stars or decorated or not needs_of(module.text).names.isdisjoint(BY_STRING | {"setattr"})


def _name(node: ast.stmt) -> str:
    return node.name if isinstance(node, Function | ast.ClassDef) else ""
