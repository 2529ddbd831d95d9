"""From an input file to a run: the adapters made and put together."""

import os
import secrets
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from harness.adapters.cache_folder import cache_folder
from harness.adapters.clock import SystemClock
from harness.adapters.environment import child_environment
from harness.adapters.fixers import CommandFixer, PatchFixer
from harness.adapters.git import GitRepository
from harness.adapters.interpreter import find_interpreter
from harness.adapters.journal_file import JournalFile
from harness.adapters.log_fetcher import LogFetcher
from harness.adapters.process import run_group
from harness.adapters.pytest_runner import PytestRunner
from harness.cli.program import program
from harness.domain.slug import slug
from harness.domain.spec import CommandFix, PatchFix, Spec, with_python
from harness.examples import example_file, materialise
from harness.logs.redact import Redactor, redact
from harness.logs.sources.piece import Piece
from harness.logs.sources.source import is_path, open_source
from harness.logs.verdicts.rules import load_rules
from harness.ports import Fixer
from harness.steps.budget import Deadline
from harness.steps.context import Console, Context
from pytest_repro.core.errors import ReproError

EXAMPLES: Final = Path("outputs") / "examples"
_MOST_CORES: Final = 8


@dataclass(frozen=True, slots=True)
class Resolved:
    """A spec whose paths are absolute, and the repository that it means."""

    spec: Spec
    repository: GitRepository


def resolve(spec: Spec, stdin: Iterator[str] | None = None) -> Resolved:
    """Return `spec` with the embedded example put in place and every path made absolute, meant from the folder one
    stands in; raises ReproError where something is missing.
    """
    folder = materialise(spec.example, EXAMPLES / spec.example) if spec.example else Path(spec.repository).expanduser()
    if not folder.is_dir():
        raise ReproError(f"{folder} is no folder", "not-a-repository", "name the project's folder in `repository`")
    repository = GitRepository(folder)
    _refuse_empty(repository)
    python = find_interpreter(spec.python)
    changes: dict[str, object] = {
        "prompt": redact(spec.prompt),  # which names branches and files, and stands in prompts and reports
        "repository": str(repository.root),
        "python": python,
        "setup": tuple(with_python(argv, python) for argv in spec.setup),
    }
    if isinstance(spec.fix, PatchFix):
        changes["fix"] = PatchFix(by="patch", patch=str(_patch(spec.fix.patch)))
    if isinstance(spec.fix, CommandFix):
        changes["fix"] = CommandFix(by="command", command=with_python(spec.fix.command, python))
    if spec.raw_logs and (inside := Spec.example_of(spec.raw_logs)):
        changes["raw_logs"] = str(example_file(*inside).absolute())
    elif spec.raw_logs and is_path(spec.raw_logs):
        changes["raw_logs"] = str(Path(spec.raw_logs).expanduser().absolute())
    return Resolved(spec.model_copy(update=changes), repository)


def _refuse_empty(repository: GitRepository) -> None:
    if not repository.calls.maybe("rev-list", "--max-count=1", "--all") and not repository.calls.maybe(
        "rev-parse", "--verify", "--quiet", "HEAD"
    ):
        where = shlex.quote(str(repository.root))
        raise ReproError(
            f"{repository.root} has no commit yet; expected one that holds the tests",
            "no-commit-yet",
            f"commit first: git -C {where} add -A && git -C {where} commit",
        )


def _patch(named: str) -> Path:
    """Return the patch file; raises ReproError("patch-unreadable") now rather than after minutes of reproducing."""
    inside = Spec.example_of(named)
    path = (example_file(*inside) if inside else Path(named).expanduser()).absolute()
    if not path.is_file():
        raise ReproError(
            f"{path} does not exist; expected a patch", "patch-unreadable", "git diff > fix.patch  # makes one"
        )
    return path


def keep_given_text(spec: Spec, folder: Path) -> Spec:
    """Return `spec` with a log that came as text or by standard input kept, redacted, in `folder`: a resumed run has
    no other.
    """
    if spec.raw_logs is None or is_path(spec.raw_logs):
        return spec
    reports: list[str] = []

    def add(report: Piece) -> None:
        with report.open() as stream:
            reports.append(stream.read().decode("utf-8", "replace"))

    kept = folder / "given-log.redacted.txt"
    with kept.open("w", encoding="utf-8", errors="replace") as out:
        lines = (line.text for line in open_source(spec.raw_logs, sys.stdin).lines(add))
        out.writelines(f"{line}\n" for line in Redactor().lines(lines))
    if not kept.stat().st_size and reports:
        kept.write_text(redact(reports[0]), encoding="utf-8", errors="replace")
    return spec.model_copy(update={"raw_logs": str(kept)})


def new_run(spec: Spec, repository: GitRepository) -> tuple[str, Path]:
    """Return the id and the fresh folder of a new run."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{slug(spec.existing_test_path or spec.prompt)}"
    for name in (stem, *(f"{stem}-{number}" for number in range(2, 100))):
        folder = repository.state / "runs" / name
        try:
            folder.mkdir(parents=True, mode=0o700)
        except FileExistsError:
            continue
        return name, folder
    raise ReproError("too many runs began in this second", "run-exists", "try again")


def assemble(
    spec: Spec, repository: GitRepository, run: str, folder: Path, root: int, console: Console
) -> tuple[Context, JournalFile]:
    """Return what the steps need, and the journal; `spec` is resolved."""
    clock = SystemClock()
    journal = JournalFile(folder / "journal.jsonl", clock)
    python = spec.python or sys.executable
    context = Context(
        spec=spec,
        run=run,
        folder=folder,
        trees=trees_folder(cache_folder() / "worktrees", repository, run),
        root=root,
        cores=max(1, min(_cores(), _MOST_CORES)),
        repository=repository,
        runner=PytestRunner(python, spec.pytest_args, spec.env, folder / "journals"),
        fixer=_fixer(spec),
        commands=lambda argv, tree, limit: _command(spec, argv, tree, limit),
        clock=clock,
        journal=journal,
        console=console,
        total=Deadline(clock, clock.monotonic() + spec.budget.total, "total"),
        lock=lambda nodeid: hold(repository, nodeid, f"another run is at work on {nodeid}"),
        resume_command=f"{program()} resume {run} --repository {shlex.quote(str(repository.root))}",
        log_source=LogFetcher(cache_folder(), os.environ, console.live),
        rules=load_rules(repository.root / "pyproject.toml"),
    )
    return context, journal


def new_root() -> int:
    """Return a fresh root seed."""
    return secrets.randbelow(2**32)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _fixer(spec: Spec) -> Fixer | None:
    if isinstance(spec.fix, CommandFix):
        return CommandFixer(spec.fix.command, spec.env)
    return PatchFixer(Path(spec.fix.patch)) if isinstance(spec.fix, PatchFix) else None


def _command(spec: Spec, argv: Sequence[str], tree: Path, limit: float) -> tuple[int, str]:
    ended = run_group(argv, tree, child_environment(os.environ, spec.env), limit)
    return ended.exit_code, redact(ended.output_tail)


@contextmanager
def _held(path: Path, message: str, hint: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout:
        raise ReproError(message, "run-at-work", hint) from None


def hold(repository: GitRepository, key: str, message: str) -> AbstractContextManager[None]:
    """Return a lock on `key`, released by whatever ends this process; raises ReproError("run-at-work")."""
    name = sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    hint = f"wait for it, or see it: {program()} status --repository {shlex.quote(str(repository.root))}"
    return _held(repository.state / "locks" / f"{name}.lock", message, hint)


def trees_folder(place: Path, repository: GitRepository, run: str) -> Path:
    """Return the folder below `place` for the worktrees of `run`: runs of other repositories may have the same id."""
    before = place / run  # where earlier versions made them; a run that has some there goes on with them
    links = (link.read_text(errors="surrogateescape") for link in before.glob("*/.git") if link.is_file())
    if any(Path(link.removeprefix("gitdir:").strip()).parent == repository.common / "worktrees" for link in links):
        return before
    return place / f"{run}-{sha256(os.fsencode(repository.common)).hexdigest()[:8]}"
