"""What `repro validate` looks at beyond the input file, in the order in which a run needs it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from harness.cli.check import Check, Subject
from harness.cli.check_inputs import look_at_fix, look_at_log, look_at_setup, look_at_test
from harness.cli.check_repository import find_repository, look_at_base, look_at_commit, look_at_head, look_at_places
from harness.cli.check_tools import check_target, find_python, git_version
from harness.domain.spec import Spec

_LOOKS: Final[tuple[tuple[str, Callable[[Subject], str]], ...]] = (
    ("commits", look_at_head),
    ("base", look_at_base),
    ("commit", look_at_commit),
    ("worktrees", look_at_places),
    ("log", look_at_log),
    ("test", look_at_test),
    ("setup", look_at_setup),
    ("fix", look_at_fix),
)


def all_checks(spec: Spec) -> Iterator[Check]:
    """Yield the checks one by one; each looks, none changes anything."""
    yield Check.of("git", git_version)
    python, found = find_python(spec)
    yield found
    if python:
        yield from check_target(python, spec)
    repository, found = find_repository(spec)
    yield found
    subject = Subject(spec, python, repository)
    made = (Check.of(name, partial(look, subject)) for name, look in _LOOKS)
    yield from (check for check in made if check.found)
