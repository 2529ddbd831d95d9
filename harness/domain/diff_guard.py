"""What a fix may not touch: the tests that judge it, their settings, CI, and anything that is no plain file."""

import configparser
import re
import tomllib
from collections.abc import Iterable, Mapping
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


def refusals(
    files: Iterable[str],
    diff: str,
    folder: str,
    test_files: Iterable[str],
    settings_before: Mapping[str, str],
    settings_after: Mapping[str, str],
) -> tuple[str, ...]:
    """Return why a fix that changes `files` by `diff` is refused, one reason each; empty when it may stand.

    folder: of the reproduction test, "" for none; test_files: those that hold tests already; settings_*: text of the
    configuration files by path.
    """
    known = frozenset(test_files)
    found = [reason for file in sorted(set(files)) if (reason := _refused(file, folder, known))]
    changed = sorted(
        name
        for name in {*settings_before, *settings_after}
        if pytest_settings(name, settings_before.get(name, "")) != pytest_settings(name, settings_after.get(name, ""))
    )
    found += [f"{name} changes pytest's settings" for name in changed]
    modes = {mode for pair in _MODE.findall(_headers(diff)) for mode in pair if mode in _SPECIAL}
    found += [f"it makes or changes {_SPECIAL[mode]}" for mode in sorted(modes)]
    return tuple(found)


def _refused(file: str, folder: str, test_files: frozenset[str]) -> str:
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or ".git" in path.parts:
        return f"{file} lies outside the project"
    if folder and (file == folder or file.startswith(f"{folder}/")):
        return f"{file} belongs to the reproduction test"
    if file in test_files:
        return f"{file} holds tests that judge the fix"
    if path.name == "conftest.py":
        return f"{file} steers every test"
    if path.name in _PYTEST_ONLY:
        return f"{file} is pytest's configuration"
    if path.name == ".gitmodules":
        return f"{file} names submodules"
    return f"{file} steers CI" if any(fnmatch(file, pattern) for pattern in _CI) else ""


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
