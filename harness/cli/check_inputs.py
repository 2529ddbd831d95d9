"""Is everything there that the input file names?"""

import os
import shlex
import shutil
from pathlib import Path

from harness.adapters.forge_token import access_to
from harness.cli.check import Subject
from harness.domain.ci_url import parse_ci_url
from harness.domain.spec import CommandFix, PatchFix, Spec, with_python
from harness.examples import example_file
from harness.logs.sources.source import open_source
from pytest_repro.core.errors import ReproError


def look_at_log(subject: Subject) -> str:
    """Return the name of the log; raises ReproError where there is none, or it cannot be read."""
    raw = subject.spec.raw_logs
    if subject.spec.url:
        return _look_at_url(subject.spec.url)
    if raw is None or raw == "-":
        return (raw and "standard input, read when the run starts") or ""
    inside = Spec.example_of(raw)
    source = open_source(str(example_file(*inside)) if inside else raw)
    next(source.pieces())  # which raises for a source without any
    return raw if inside else source.name


def _look_at_url(address: str) -> str:
    """Return the address and with which token it will be asked; nothing is asked now.

    Raises ReproError for an address that is none of a run, and where it is known that a token is missing.
    """
    url = parse_ci_url(address)
    access = access_to(url, os.environ)
    if access.token:
        return f"{address}, with the token from {access.token.source}"
    why = f" ({access.withheld})" if access.withheld else ""
    if url.forge == "github":
        raise ReproError(
            f"there is no token for {url.host}{why}; GitHub gives logs to those who are signed in alone, "
            "of public repositories too",
            "forge-sign-in",
            f"gh auth login --hostname {url.host}",
        )
    return f"{address}, without a token{why}: enough where the project's jobs are public"


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
