"""Test reports among the artifacts of a GitHub run: those of the very attempt, and no more than is reasonable."""

import re
import tempfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from harness.adapters.forge_api import ForgeApi
from harness.adapters.forge_runs import number_in, text_in
from harness.adapters.job_files import JobFiles
from harness.adapters.zip_members import take_reports
from harness.domain.ci_run import CiRun
from pytest_repro.core.errors import ReproError

SMALL: Final = 20 << 20  # bytes: worth a look whatever it is called
NAMED: Final = 200 << 20  # bytes: worth fetching where its name promises reports
MOST: Final = 30  # artifacts fetched
_PROMISING: Final = re.compile(
    r"(?i)junit|xunit|pytest|repro|reports?\b|tests?[-_. ]?(?:results?|reports?|logs?)|results?\b"
)


class GithubArtifacts:
    """The artifacts of runs in the repository at `repo` below the API's address."""

    def __init__(self, api: ForgeApi, repo: str) -> None:
        self._api = api
        self._repo = repo

    def save(self, run: CiRun, files: JobFiles) -> tuple[str, ...]:
        """Write the reports to `files`; return what was left out and why. Raises ReproError for no artifact alone."""
        what = f"the artifacts of run {run.run}"
        try:
            entries = self._api.pages(f"{self._repo}/actions/runs/{run.run}/artifacts?per_page=100", what, "artifacts")
            later = self._start_of_next(run)
        except ReproError as error:
            return (f"Artifacts were not looked at: {error.message}.",)
        notes: list[str] = []
        entries = [entry for entry in entries if number_in(entry, "id")]
        wanted = [entry for entry in entries if _of_attempt(entry, run, later)]
        if left := len(entries) - len(wanted):
            notes.append(f"Artifacts of another attempt of the run, not looked at: {left}.")
        wanted = [entry for entry in wanted if _worth_it(entry)]
        expired = [entry for entry in wanted if entry.get("expired") is True]
        if expired:
            notes.append(f"Artifacts that have expired: {_names(expired)}.")
        wanted = sorted((entry for entry in wanted if entry not in expired), key=_first)
        if len(wanted) > MOST:
            notes.append(f"Artifacts beyond the first {MOST}, not looked at: {len(wanted) - MOST}.")
        for entry in wanted[:MOST]:
            notes += self._save_one(entry, files)
        return tuple(notes)

    def _save_one(self, entry: Mapping[str, Any], files: JobFiles) -> tuple[str, ...]:
        name = f"the artifact {text_in(entry, 'name')!r}"
        with tempfile.TemporaryFile() as archive:
            try:
                self._api.download(f"{self._repo}/actions/artifacts/{entry.get('id')}/zip", name, archive, NAMED)
            except ReproError as error:
                return (f"{name} was not fetched: {error.message}.",)
            size = archive.seek(0, 2)
            archive.seek(0)
            return take_reports(archive, name, size, files)[1]

    def _start_of_next(self, run: CiRun) -> datetime | None:
        """Return when the next attempt began, None where there is none."""
        if not run.attempt:
            return None
        place = f"{self._repo}/actions/runs/{run.run}/attempts/{run.attempt + 1}"
        try:
            return _time(text_in(self._api.object(place, "the next attempt"), "run_started_at"))
        except ReproError as error:
            if error.slug == "forge-not-found":
                return None
            raise


def _of_attempt(entry: Mapping[str, Any], run: CiRun, later: datetime | None) -> bool:
    """Whether it was made while the attempt ran: a run's artifacts are those of all its attempts."""
    made, began = _time(text_in(entry, "created_at")), _time(run.started)
    if made is None or (run.attempt == 1 and later is None):
        return True
    return (began is None or began <= made) and (later is None or made < later)


def _worth_it(entry: Mapping[str, Any]) -> bool:
    size = number_in(entry, "size_in_bytes") or 0
    return size < SMALL or (size < NAMED and _promises(entry))


def _promises(entry: Mapping[str, Any]) -> bool:
    return bool(_PROMISING.search(text_in(entry, "name") or ""))


def _first(entry: Mapping[str, Any]) -> tuple[bool, int]:
    return (not _promises(entry), number_in(entry, "size_in_bytes") or 0)


def _names(entries: list[dict[str, Any]]) -> str:
    names = [repr(text_in(entry, "name")) for entry in entries[:3]]
    return ", ".join(names) + (f" and {len(entries) - 3} more" if len(entries) > 3 else "")


def _time(text: str | None) -> datetime | None:
    """Return the moment in an ISO 8601 text that names its zone."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
