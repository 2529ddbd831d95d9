"""The embedded examples: small programs with a real defect, the CI log that shows it and a patch that mends it.

Each example is a folder here: `project/` (the program), `ci.log`, `fix.patch` and `example.json`, which lists the
commits of its history with their files and the hashes of the first and the last commit.
"""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pytest_repro.core.errors import ReproError

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class _Commit:
    subject: str
    author: str
    date: str
    files: tuple[str, ...]

    def git_environment(self) -> dict[str, str]:
        name, _, address = self.author.rstrip(">").partition(" <")
        roles = ("AUTHOR", "COMMITTER")
        fields = {"NAME": name, "EMAIL": address, "DATE": self.date}
        return {f"GIT_{role}_{field}": value for role in roles for field, value in fields.items()}


@dataclass(frozen=True, slots=True)
class _History:
    root: str
    head: str
    commits: tuple[_Commit, ...]


def example_names() -> tuple[str, ...]:
    """The names of all embedded examples, sorted."""
    return tuple(sorted(path.parent.name for path in _HERE.glob("*/example.json")))


def example_file(name: str, file: str) -> Path:
    """The path of one file of an example, such as `ci.log`, `fix.patch` or `example.json`.

    Raises ReproError for an unknown example or a file that it does not have.
    """
    path = _example_folder(name) / file
    if not path.is_file():
        raise ReproError(
            f"the embedded example {name!r} has no file {file!r}",
            "example-file-unknown",
            "its files are ci.log, example.json and fix.patch",
        )
    return path


def materialise(name: str, target: Path) -> Path:
    """Make `target` the example's git repository, with the same commit hashes on every machine.

    A folder that holds this repository already is left untouched, so work done in it survives; a missing or empty one
    is filled at once or, if this is cut short, not at all. Returns `target`. Raises ReproError for an unknown example,
    for a target that holds something else, and when git is missing or fails.
    """
    folder = _example_folder(name)
    history = _read_history(folder)
    if _is_vacant(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=target.parent) as scratch:
            fresh = Path(scratch) / name
            _build(folder / "project", history, fresh)
            _move_into_place(fresh, target)
    if not _holds(target, history.root):
        raise ReproError(
            f"{target} exists and is not the repository of the example {name!r} (no history from {history.root[:12]})",
            "example-target-exists",
            "name a folder that does not exist yet, or move this one away",
        )
    return target


def _example_folder(name: str) -> Path:
    names = example_names()
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.0)
        raise ReproError(
            f"there is no embedded example {name!r}; the examples are: {', '.join(names)}",
            "example-unknown",
            f"did you mean example:{near[0]}?" if near else "",
        )
    return _HERE / name


def _read_history(folder: Path) -> _History:
    facts = json.loads((folder / "example.json").read_text(encoding="utf-8"))
    commits = (_Commit(c["subject"], c["author"], c["date"], tuple(c["files"])) for c in facts["commits"])
    return _History(facts["root"], facts["head"], tuple(commits))


def _is_vacant(target: Path) -> bool:
    return not os.path.lexists(target) or (target.is_dir() and not any(target.iterdir()))


def _build(project: Path, history: _History, repository: Path) -> None:
    # The templates of the user's git may bring hooks, and its default format and branch name may differ.
    _git(None, "init", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main", str(repository))
    _git(repository, "config", "core.autocrlf", "false")
    for commit in history.commits:
        for file in commit.files:
            copy = repository / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / file, copy)
        _git(repository, "add", "--force", "--", *commit.files)
        _git(repository, "commit", "--quiet", "--message", commit.subject, environment=commit.git_environment())
    head = _git(repository, "rev-parse", "HEAD")
    if head != history.head:
        raise ReproError(
            f"the example was built as commit {head}, expected {history.head}: its files differ from those released",
            "example-changed",
            "install pytest-repro again",
        )


def _move_into_place(fresh: Path, target: Path) -> None:
    try:
        fresh.rename(target)
    except OSError:
        # Somebody else filled the target meanwhile; what they put there is judged like any folder found there.
        if _is_vacant(target):
            raise


def _holds(target: Path, root: str) -> bool:
    # Without the explicit folder, git would also find a repository that lies around the target.
    if not (target / ".git").is_dir():
        return False
    try:
        return _git(target, "--git-dir=.git", "cat-file", "-t", root) == "commit"
    except ReproError:
        return False


def _git(folder: Path | None, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run git, deaf to the configuration of the user and the machine; its output without the final newline."""
    command = ["git", "-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null", "-c", "core.fileMode=false"]
    isolated = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
    }
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env=isolated | (environment or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError as error:
        raise ReproError("git was not found on the PATH", "git-missing", "install git, then run this again") from error
    except subprocess.CalledProcessError as error:
        raise ReproError(f"git {arguments[0]} failed: {error.stderr.strip()}", "git-failed") from error
    return done.stdout.rstrip("\n")
