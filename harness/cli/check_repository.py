"""Is the repository one in which a run can work?"""

import os
import shlex
from pathlib import Path

from harness.adapters.cache_folder import cache_folder
from harness.adapters.git import GitRepository
from harness.cli.check import Check, Subject
from harness.domain.spec import Spec
from harness.examples import example_names
from pytest_repro.core.errors import ReproError


def find_repository(spec: Spec) -> tuple[GitRepository | None, Check]:
    """Return the repository that `spec` means, None where there is none (yet), and the check of it."""
    folder = Path(spec.repository).expanduser()
    if spec.example:
        if spec.example not in example_names():
            return None, Check("repository", False, f"no embedded example {spec.example!r}", _known_examples())
        folder = Path("outputs") / "examples" / spec.example
        if not folder.exists():
            return None, Check("repository", True, f"the embedded example {spec.example}; a run puts it into {folder}")
    if not folder.is_dir():
        return None, Check("repository", False, f"{folder} is no folder", "name the project's folder in `repository`")
    try:
        repository = GitRepository(folder)
    except ReproError as error:
        return None, Check.missing("repository", error, _start_repository(error, folder))
    return repository, Check("repository", True, str(repository.root))


def _known_examples() -> str:
    return "write " + " or ".join(f'"repository": "example:{name}"' for name in example_names())


def _start_repository(error: ReproError, folder: Path) -> str:
    if error.slug != "not-a-repository":
        return error.hint
    place = shlex.quote(str(folder.absolute()))
    return f"git -C {place} init && git -C {place} add --all && git -C {place} commit -m 'First commit'"


def look_at_head(subject: Subject) -> str:
    """Return where HEAD stands; raises ReproError where there is no commit."""
    if subject.repository is None:
        return ""
    head = subject.repository.calls.maybe("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        place = shlex.quote(str(subject.repository.root))
        raise ReproError(
            "the repository has no commit where it stands",
            "unknown-revision",
            f"git -C {place} add --all && git -C {place} commit -m 'First commit'",
        )
    return f"HEAD is {head[:12]}"


def look_at_base(subject: Subject) -> str:
    """Return what base is; raises ReproError where it is nothing, or not certain."""
    if subject.repository is None:
        return ""
    name = subject.spec.base or subject.repository.default_branch()
    return f"{name} is {subject.repository.latest(name)[:12]}"


def look_at_commit(subject: Subject) -> str:
    """Return what commit is, "" if it is not given."""
    if subject.repository is None or subject.spec.commit is None:
        return ""
    return f"{subject.spec.commit} is {subject.repository.resolve(subject.spec.commit)[:12]}"


def look_at_places(subject: Subject) -> str:
    """Return where worktrees go; raises ReproError("not-writable") where something could not be written."""
    places = [cache_folder()]
    if subject.repository is not None:
        subject.repository.calls.must("worktree", "list", "--porcelain")
        places.append(subject.repository.state)
    for place in places:
        present = next(folder for folder in (place, *place.parents) if folder.exists())
        if not present.is_dir() or not os.access(present, os.W_OK | os.X_OK):
            raise ReproError(
                f"{present} cannot be written, and worktrees and journals need {place}",
                "not-writable",
                f"ls -ld {shlex.quote(str(present))}  # see who may; REPRO_CACHE_DIR names another cache folder",
            )
    return f"made below {places[0]}"
