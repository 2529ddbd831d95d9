"""Which node id a testcase of pytest's JUnit file stands for, where the file leaves no doubt."""

import re
from typing import Final

from harness.logs.text.node_text import is_path

_ESCAPED: Final = re.compile(r"#x(?:[0-9A-F]{2}|[0-9A-F]{4})(?![0-9A-Za-z])")  # how pytest writes what XML forbids
_TEST_FILE: Final = re.compile(r"(?:test_.*|.*_tests?|tests?)\.py$")
_FILES: Final = 100_000
_LONGEST: Final = 1000  # characters of a path
_DEEPEST: Final = 30  # folders and classes


def dotted(path: str) -> str:
    """Return `path` as the classname of a testcase starts with it."""
    return path.removesuffix(".py").replace("/", ".")


def as_testcase(nodeid: str) -> str:
    """Return classname and name, joined by a dot, of the testcase that pytest writes for `nodeid`."""
    head, bracket, parameters = nodeid.partition("[")
    path, *names = head.split("::")
    return ".".join(part for part in (dotted(path), *names) if part != "()") + bracket + parameters


class KnownFiles:
    """Test files that a JUnit file shows to exist: a classname's dots stand for folders, extension and classes alike.

    They come from the `file` of testcases and from tracebacks. The `file` of a test that is inherited is that of its
    base class, so a file counts only where its own dotted path begins the classname.
    """

    def __init__(self) -> None:
        self._files: dict[str, set[str]] = {}
        self._last: str | None = None

    def add(self, path: str) -> None:
        """Add the `file` of a testcase; pytest writes it relative to the rootdir, as in node ids."""
        if path == self._last or len(path) > _LONGEST:
            return
        self._last = path
        if "/" not in path:
            path = path.replace("\\", "/")
        if not path.startswith(("/", "..")) and path[1:2] != ":" and len(self._files) < _FILES:
            self._files.setdefault(dotted(path), set()).add(path)

    def add_seen(self, path: str, *, own: bool = False) -> None:
        """Add a file of a traceback; of an absolute path any end may be what begins the node id.

        own: the test itself has a frame in it; of other files only those count whose name is that of a test file.
        """
        path = path.replace("\\", "/")
        parts = path.split("/")
        if not (own or _TEST_FILE.match(parts[-1])) or ".." in parts or len(self._files) > _FILES:
            return
        absolute = path.startswith("/") or path[1:2] == ":"
        for at in range(1 if absolute else 0, min(len(parts), _DEEPEST) if absolute else 1):
            end = "/".join(parts[at:])
            self._files.setdefault(dotted(end), set()).add(end)

    def collected(self, name: str, paths: tuple[str, ...]) -> str | None:
        """Return the path of the file or folder `name`, dotted, that could not be collected."""
        found = set(self._files.get(name, ()))
        for path in paths:
            parts = path.replace("\\", "/").split("/")
            found |= {end for at in range(len(parts)) if dotted(end := "/".join(parts[at:])) == name}
        return found.pop() if len(found) == 1 else None

    def node_id(self, classname: str, name: str) -> str | None:
        """Return the node id of a testcase of pytest, or None where the file does not settle it."""
        if _ESCAPED.search(name) or not name:
            return None
        found = {nodeid for path, classes in self._splits(classname) if (nodeid := _node_id(path, classes, name))}
        return found.pop() if len(found) == 1 else None

    def _splits(self, classname: str) -> list[tuple[str, list[str]]]:
        """Return each known file that begins `classname`, with the classes after it."""
        splits, end = [], len(classname)
        for _ in range(_DEEPEST):
            rest = classname[end + 1 :]
            classes = rest.split(".") if rest else []
            splits += [(path, classes) for path in self._files.get(classname[:end], ())]
            end = classname.rfind(".", 0, end)
            if end <= 0:
                break
        return splits


def _node_id(path: str, classes: list[str], name: str) -> str | None:
    if not is_path(path) or not all(_is_class(part) for part in classes):
        return None
    function = name.partition("[")[0]
    if path.endswith(".py") and not function.isidentifier() and not _is_doctest(path, function, classes):
        return None  # a test may give its testcase another name
    if not path.endswith(".py") and classes:
        return None
    return "::".join([path, *classes, name])


def _is_class(part: str) -> bool:
    """Whether `part` reads like a class, and not like a module of a folder that is called like the file."""
    return part.isidentifier() and part.lstrip("_")[:1].isupper()


def _is_doctest(path: str, name: str, classes: list[str]) -> bool:
    """Whether `name` is `package.module.function` of the module in `path`."""
    module = dotted(path).removesuffix(".__init__").split(".")
    parts = name.split(".")
    return (
        not classes
        and all(part.isidentifier() for part in parts)
        and any(parts[: len(module) - at] == module[at:] for at in range(len(module)))
    )
