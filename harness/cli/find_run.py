"""Runs found again: in a repository, by a unique beginning of their name."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from harness.adapters.git import GitRepository
from harness.cli.program import program
from harness.cli.wiring import EXAMPLES
from harness.domain.run_journal import RunState, read_journal
from harness.domain.spec import Spec, parse_data
from pytest_repro.core.errors import ReproError


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run on disk: its folder below the state folder of `repository`."""

    name: str
    folder: Path
    repository: GitRepository

    def state(self) -> RunState:
        """Return where it stands, read without writing."""
        journal = self.folder / "journal.jsonl"
        if not journal.is_file():
            return RunState()
        with journal.open("rb") as lines:
            return RunState.of(read_journal(lines))

    def stored(self) -> tuple[Spec, int, Path]:
        """Return its spec, root seed and report folder; raises ReproError("run-incomplete") where they are missing."""
        try:
            data = json.loads((self.folder / "spec.json").read_text(encoding="utf-8"))
            return parse_data(data["spec"], "spec.json"), int(data["root"]), Path(data["outputs"])
        except (OSError, ValueError, KeyError) as error:
            raise ReproError(
                f"the run {self.name} was killed before its input was stored ({error})",
                "run-incomplete",
                f"start it again: {program()} run FILE",
            ) from None

    @property
    def resume_command(self) -> str:
        """Return the command that goes on, pasteable anywhere."""
        return f"{program()} resume {self.name} --repository {shlex.quote(str(self.repository.root))}"


def runs(repository: Path | None) -> list[FoundRun]:
    """Return the runs of `repository`, or of the one that one stands in and of the embedded examples; oldest first."""
    found: dict[Path, FoundRun] = {}
    for place in _places(repository):
        for folder in sorted((place.state / "runs").glob("*")):
            if folder.is_dir():
                found.setdefault(folder, FoundRun(folder.name, folder, place))
    return sorted(found.values(), key=lambda one: one.name)


def _places(repository: Path | None) -> list[GitRepository]:
    if repository is not None:
        return [GitRepository(repository)]
    places = []
    try:
        places.append(GitRepository(Path.cwd()))
    except ReproError as error:
        if error.slug != "not-a-repository":
            raise
    places += [GitRepository(one) for one in sorted(EXAMPLES.glob("*")) if (one / ".git").exists()]
    return places


def find_run(name: str, repository: Path | None) -> FoundRun:
    """Return the run whose name begins with `name`; raises ReproError where it is none or not the only one."""
    known = runs(repository)
    fitting = [one for one in known if one.name == name] or [one for one in known if one.name.startswith(name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(one.name for one in fitting[:5])
        raise ReproError(
            f"{name!r} is the beginning of {len(fitting)} runs: {names}", "run-ambiguous", "give more letters"
        )
    there = f"; there are: {', '.join(one.name for one in known[-5:])}" if known else ""
    raise ReproError(
        f"no run here begins with {name!r}{there}",
        "no-such-run",
        "stand in its repository, or add: --repository PATH",
    )
