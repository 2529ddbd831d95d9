"""What a fix may not touch: the tests that judge it and what they use, their runner and settings, CI, special files."""

import ast
import configparser
import doctest
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any, Final

SETTINGS_FILES: Final = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
_PYTEST_ONLY: Final = frozenset(SETTINGS_FILES[:4])
_CI: Final = (
    ".github/workflows/*",
    ".github/actions/*",
    ".gitlab-ci.yml",
    ".gitlab/*",
    ".travis.yml",
    ".circleci/*",
    "azure-pipelines*.yml",
    "Jenkinsfile*",
    "appveyor.yml",
    ".appveyor.yml",
    ".buildkite/*",
    "bitbucket-pipelines.yml",
    ".ci/*",
    "noxfile.py",
)
_MODE: Final = re.compile(r"^(?:new file mode|new mode|old mode|deleted file mode) (\d{6})$|^index \S+ (\d{6})$", re.M)
_SPECIAL: Final = {"120000": "a symbolic link", "160000": "a submodule"}
_TEST_FOLDERS: Final = frozenset({"test", "tests", "testing"})
_RUNNER: Final = frozenset(
    {"pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup", "xdist", "execnet"}
    | {"coverage", "pytest_repro", "harness", "repro_collect_nodeids"}
)
_STARTUP: Final = frozenset({"sitecustomize", "usercustomize"})
_IMPORTED: Final = (".py", ".pyc", ".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Judges:
    """What judges a fix, as it was before: settings: text of every configuration file by path; test_files: those that
    hold tests; helpers: every other file below a folder of tests; test_folders: those folders; names: what can be
    imported from the root or `src`; doctests: by source file that has some, its examples.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    test_files: frozenset[str] = frozenset()
    helpers: frozenset[str] = frozenset()
    test_folders: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    doctests: Mapping[str, list[str]] = field(default_factory=dict)


def refusals(
    files: Iterable[str],
    diff: str,
    folder: str,
    before: Judges,
    settings_after: Mapping[str, str],
    doctests_after: Mapping[str, list[str]],
) -> tuple[str, ...]:
    """Return why a fix that changes `files` by `diff` is refused, one reason each; empty when it may stand.

    folder: of the reproduction test, "" for none; doctests_after: those of the files in `before.doctests`.
    """
    found = [reason for file in sorted(set(files)) if (reason := _refused(file, folder, before))]
    changed = sorted(
        name
        for name in {*before.settings, *settings_after}
        if pytest_settings(name, before.settings.get(name, "")) != pytest_settings(name, settings_after.get(name, ""))
    )
    found += [f"{name} changes pytest's settings" for name in changed]
    weaker = [name for name, was in sorted(before.doctests.items()) if _lost(was, doctests_after.get(name, []))]
    found += [f"{name} changes or drops doctests that judge the fix" for name in weaker]
    modes = {mode for pair in _MODE.findall(_headers(diff)) for mode in pair if mode in _SPECIAL}
    found += [f"it makes or changes {_SPECIAL[mode]}" for mode in sorted(modes)]
    return tuple(found)


def _lost(was: list[str], now: list[str]) -> bool:
    return any(was.count(one) > now.count(one) for one in was)


def _refused(file: str, folder: str, before: Judges) -> str:
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or ".git" in path.parts:
        return f"{file} lies outside the project"
    if folder and (file == folder or file.startswith(f"{folder}/")):
        return f"{file} belongs to the reproduction test"
    reason = _steers(path) or _judges(path, before) or _shadows(path, before)
    return f"{file} {reason}" if reason else ""


def _steers(path: PurePosixPath) -> str:
    """Return why no file named like `path` may change, whatever it holds."""
    if path.name == "conftest.py":
        return "steers every test"
    if path.name in _PYTEST_ONLY:
        return "is pytest's configuration"
    if any(part.lower().endswith((".dist-info", ".egg-info")) for part in path.parts):
        return "can load a plugin into pytest: it describes an installed package"
    if path.suffix.lower() == ".pth" or any(_stem(part) in _STARTUP for part in path.parts):
        return "runs at every start of Python"
    if path.name == ".gitmodules":
        return "names submodules"
    return "steers CI" if any(fnmatch(str(path), pattern) for pattern in _CI) else ""


def _judges(path: PurePosixPath, before: Judges) -> str:
    """Return why `path` is a part of the tests as they were, or would be read before them."""
    if str(path) in before.test_files:
        return "holds tests that judge the fix"
    if str(path) in before.helpers:
        return "is used by tests that judge the fix: it was there before, in a folder of tests"
    if not any(str(one) in before.test_folders for one in path.parents):
        return ""
    if path.name in SETTINGS_FILES:
        return "may change pytest's settings: it is new in a folder of tests"
    there = {str(one) for file in before.test_files | before.helpers for one in PurePosixPath(file).parents}
    if _stem(path.name) == "__init__" and str(path.parent) in there:
        return "runs before every test in its folder"
    new = [_stem(one.name) for one in (path, *path.parents) if str(one) not in there]
    return next((f"hides {name} from the tests" for name in new if _imported(path) and name in before.names), "")


def _shadows(path: PurePosixPath, before: Judges) -> str:
    """Return why the new top-level module or package of `path` would be imported in place of another one."""
    parts = path.parts[1:] if path.parts[0] == "src" and len(path.parts) > 1 else path.parts
    name = _stem(parts[0])
    if not _imported(path) or name in before.names:
        return ""
    if name in _RUNNER or name.startswith("pytest_"):
        return f"would be imported in place of {name}, which runs the tests"
    return f"would be imported in place of Python's own {name}" if name in sys.stdlib_module_names else ""


def _stem(name: str) -> str:
    return name.partition(".")[0]


def _imported(path: PurePosixPath) -> bool:
    return path.suffix in _IMPORTED


def folders_of_tests(files: Iterable[str], tests: frozenset[str], code: frozenset[str]) -> frozenset[str]:
    """Return the folders of `files` that belong to tests with all that is below them.

    Those named so, and those with a conftest.py and tests, unless tests lie there beside their code. tests: files
    that hold tests; code: folders that are packages with code of their own.
    """
    paths = [PurePosixPath(file) for file in files]
    named = {str(one) for path in paths for one in path.parents if one.name.lower() in _TEST_FOLDERS}
    with_tests = {str(PurePosixPath(one).parent) for one in tests}
    steered = {str(path.parent) for path in paths if path.name == "conftest.py"} & with_tests
    beside = {str(path.parent) for path in paths if _subjects(path) & tests}
    return frozenset(named | steered - beside - code - {"."})


def _subjects(path: PurePosixPath) -> set[str]:
    """Return the test files that would test the module `path` from beside it."""
    return {str(path.parent / name) for name in (f"test_{path.name}", f"{path.stem}_test.py") if path.suffix == ".py"}


def judging_files(nodeids: Iterable[str]) -> frozenset[str]:
    """Return the files of `nodeids`, without Python files that hold nothing but doctests."""
    return frozenset(one.partition("::")[0] for one in nodeids if not _is_doctest(one))


def doctest_files(nodeids: Iterable[str]) -> frozenset[str]:
    """Return the Python files of which `nodeids` names a doctest."""
    return frozenset(one.partition("::")[0] for one in nodeids if _is_doctest(one))


def _is_doctest(nodeid: str) -> bool:
    """Whether `nodeid` is of a doctest in Python code: `pkg/mod.py::pkg.mod.name`."""
    file, _, name = nodeid.partition("::")
    if not file.endswith(".py"):
        return False
    module = file.removesuffix(".py").removesuffix("/__init__").split("/")
    dotted = (".".join(module[start:]) for start in range(len(module)))
    return any(name == one or name.startswith(f"{one}.") for one in dotted)


def doctest_examples(source: str) -> list[str]:
    """Return the examples in the docstrings of Python code, what each expects included; none if it cannot be read."""
    try:
        return [one for text in _docstrings(ast.parse(source)) for one in _examples(text)]
    except (SyntaxError, ValueError):  # ValueError: a NUL in the code
        return []


def _docstrings(node: ast.AST) -> Iterator[str]:
    """Yield the docstrings where doctest looks: of the module, its classes and functions, not inside of functions."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield ast.get_docstring(node) or ""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for child in ast.iter_child_nodes(node):
            yield from _docstrings(child)


def _examples(docstring: str) -> list[str]:
    try:
        found = doctest.DocTestParser().get_examples(docstring)
    except ValueError:  # wrongly indented, so as a whole
        return [docstring]
    return [f"{one.source}\n{one.want}" for one in found]


def _headers(diff: str) -> str:
    """Return the header lines of a git diff only: content lines begin with a blank, + or -."""
    return "\n".join(line for line in diff.split("\n") if line[:1] not in (" ", "+", "-", "@"))


def pytest_settings(name: str, text: str) -> Any:
    """Return what the configuration file `name` with `text` tells pytest, comparable; its whole text if unreadable."""
    base = PurePosixPath(name).name
    try:
        if base == "pyproject.toml":
            return tomllib.loads(text).get("tool", {}).get("pytest")
        if base in ("tox.ini", "setup.cfg"):
            parser = configparser.RawConfigParser(strict=False)
            parser.read_string(text)
            section = "pytest" if base == "tox.ini" else "tool:pytest"
            return dict(parser[section]) if parser.has_section(section) else None
    except (tomllib.TOMLDecodeError, configparser.Error):
        return text
    return text


def without_files(diff: str, files: frozenset[str]) -> str:
    """Return a git diff without the parts that are about `files`."""
    parts = re.split(r"(?m)^(?=diff --git )", diff)
    return "".join(part for part in parts if not any(part.startswith(_opening(file)) for file in files))


def _opening(file: str) -> str:
    return f"diff --git a/{file} b/{file}\n"


def looks_like_test_file(path: str) -> bool:
    """Whether pytest's usual patterns make a test file of `path`."""
    name = PurePosixPath(path).name
    return fnmatch(name, "test_*.py") or fnmatch(name, "*_test.py")


def changed_counts(diff: str) -> tuple[int, int]:
    """Return (lines added, lines removed) of a git diff."""
    body = [line for line in diff.split("\n") if not line.startswith(("+++ ", "--- "))]
    return sum(line.startswith("+") for line in body), sum(line.startswith("-") for line in body)


def old_lines(diff: str) -> dict[str, list[int]]:
    """Return, by file, the numbers of the lines in the old version that a git diff removes or stands beside."""
    found: dict[str, list[int]] = {}
    path, line = "", 0
    for text in diff.split("\n"):
        if text.startswith("--- "):
            path = text[4:].strip().strip('"').removeprefix("a/") if not text.startswith("--- /dev/null") else ""
        elif hunk := re.match(r"@@ -(\d+)", text):
            line = int(hunk[1])
        elif path and text.startswith("-"):
            found.setdefault(path, []).append(line)
            line += 1
        elif path and text.startswith("+") and not text.startswith("+++ "):
            found.setdefault(path, []).append(max(1, line - 1))
        elif text.startswith(" "):
            line += 1
    return {name: sorted(set(lines)) for name, lines in found.items()}
