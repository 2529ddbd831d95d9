"""Is everything there that the input file names?"""

import os
import shlex
import shutil
from pathlib import Path

from harness.cli.check import Subject
from harness.domain.spec import CommandFix, PatchFix, Spec, with_python
from harness.examples import example_file
from harness.logs.source import read_source
from pytest_repro.core.errors import ReproError


def look_at_log(subject: Subject) -> str:
    """Return the name of the log; raises ReproError where it cannot be read."""
    raw = subject.spec.raw_logs
    if subject.spec.url:
        raise ReproError(
            "a log by url is not fetched by this version; expected raw-logs",
            "url-not-yet",
            f'save it to ci.log and write "raw-logs": "ci.log"; it is at {subject.spec.url}',
        )
    if raw is None or raw == "-":
        return (raw and "standard input, read when the run starts") or ""
    inside = Spec.example_of(raw)
    name, lines = read_source(str(example_file(*inside)) if inside else raw)
    if next(lines, None) is None:
        raise ReproError(f"the log {name} is empty; expected a job's output", "raw-logs-empty", "save the log again")
    return raw if inside else name


def look_at_test(subject: Subject) -> str:
    """Return the existing test, "" if none is given."""
    nodeid = subject.spec.existing_test_path
    if nodeid is None or subject.repository is None:
        return ""
    path = subject.repository.root / nodeid.partition("::")[0]
    if not path.exists():
        listing = shlex.join(["git", "-C", str(subject.repository.root), "ls-files", f"*{path.name}"])
        raise ReproError(f"{path} does not exist; expected the test to use", "existing-test-missing", listing)
    return nodeid


def look_at_setup(subject: Subject) -> str:
    """Return how many set-up commands there are; raises ReproError("no-program")."""
    for argv in subject.spec.setup:
        if "/" not in argv[0] or argv[0].startswith("/"):  # an earlier command may make what lies in the checkout
            _find_program(argv, subject, "setup")
    return f"{len(subject.spec.setup)} commands" if subject.spec.setup else ""


def look_at_fix(subject: Subject) -> str:
    """Return who or what fixes; raises ReproError where the command or patch is not there."""
    fix = subject.spec.fix
    if isinstance(fix, CommandFix):
        return f"by {_find_program(fix.command, subject, 'fix.command')}"
    if isinstance(fix, PatchFix):
        inside = Spec.example_of(fix.patch)
        path = example_file(*inside) if inside else Path(fix.patch).expanduser()
        if not path.is_file() or path.stat().st_size == 0:
            what = "is empty" if path.is_file() else "does not exist"
            raise ReproError(f"{path} {what}; expected a patch", "patch-unreadable", "make one: git diff > fix.patch")
        return f"by the patch {fix.patch}"
    return "by a person"


def _find_program(argv: tuple[str, ...], subject: Subject, key: str) -> str:
    program = with_python(argv, subject.python or "python")[0]
    place = subject.repository.root if subject.repository else Path.cwd()
    if "/" in program:
        found = program if os.access(place / program, os.X_OK) else None
    else:
        found = shutil.which(program, path=subject.spec.env.get("PATH"))
    if found is None:
        raise ReproError(
            f"{key}: {program} is not found, or not executable; expected a program",
            "no-program",
            f"install it, or name its path in {key}; a path is meant from the checkout",
        )
    return found
