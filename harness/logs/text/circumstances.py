"""What a run of pytest says about how it was started."""

import re
from collections.abc import Iterable
from typing import Final

from harness.domain.circumstances import Circumstances
from harness.logs.dialects.job_choice import job_of
from harness.logs.dialects.surroundings import told_attempt, told_branch, told_commit
from harness.logs.redact import redact, redact_value
from harness.logs.text.session import Session

_PLATFORM: Final = re.compile(
    r"platform (\S{1,40}) -- Python (\d[\w.+]{0,40})(?:\[[^\]]{0,80}\])?((?:(?:, | -- )[A-Za-z][\w.-]{1,80}){0,9})"
)
_PACKAGE: Final = re.compile(r"([A-Za-z_][\w.-]{0,80}?)-(\d[\w.+!]{0,40}),?$")
_HYPOTHESIS: Final = re.compile(r"@reproduce_failure\([^()]{1,2000}\)|--hypothesis-seed=\d{1,50}")
_REPLAYS: Final = 20  # of Hypothesis, that are kept
_MATRIX: Final = re.compile(r"[^()]{1,200} \(([^()]{1,300})\)$")  # a job's name: `build (3.11, ubuntu-latest)`
_ROOTDIR: Final = re.compile(r"rootdir: ([^,]{1,1000})")
_SEED: Final = re.compile(r"Using --randomly-seed=(\d{1,20})$")
_WORKERS: Final = re.compile(r"(?:created: \d{1,5}/)?(\d{1,5}) workers?(?: \[\d{1,9} items?\])?$")
_GATEWAY: Final = re.compile(r"\bgw(\d{1,5}) [\[ICok]")
_PROMPT: Final = re.compile(r"(?:##\[(?:group|command)\](?:Run )?|\[command\]|\$ |\+ |Run |> |cmd \[\d{1,3}\] \| )")
_ASSIGNED: Final = re.compile(r"[A-Za-z_]\w{0,100}=\S{0,500}$")
_LAUNCHER: Final = re.compile(
    r"(?:\S{0,300}/)?(?:python[\d.]{0,5}|py|coverage|poetry|pipenv|pdm|uv|uvx|hatch|rye|conda|mamba|micromamba|nox|tox|env|"
    r"time|timeout|sudo|xvfb-run|catchsegv|pytest|py\.test)$"
)
_PYTEST: Final = re.compile(r"(?:^|[\s/])(?:pytest|py\.test)(?:\s|$)")


def note_circumstance(session: Session, text: str) -> None:
    """Store what `text`, a line between start and first test, tells about the run; other lines change nothing."""
    first = text[0]
    if first == "p" and (found := _PLATFORM.match(text)) is not None:
        session.platform, session.python = session.platform or found[1], session.python or found[2]
        _note_packages(session, found[3].replace(" -- ", ", ").split(", "))
    elif first == "p" and text.startswith("plugins: "):
        _note_packages(session, text[9:].split(", "))
    elif _more_plugins(session, text):
        return
    elif first == "r" and (found := _ROOTDIR.match(text)) is not None:
        session.rootdir = session.rootdir or found[1].rstrip()
    elif first == "U" and (found := _SEED.match(text)) is not None:
        session.seed = int(found[1])
    elif first == "g" and (gateways := _GATEWAY.findall(text)):
        session.workers = max(session.workers or 0, *(int(number) + 1 for number in gateways))
        session.xdist = True
    elif (found := _WORKERS.match(text)) is not None:
        session.workers, session.xdist = int(found[1]), True


def note_hypothesis(session: Session, text: str) -> None:
    """Store what a line of a traceback says of how Hypothesis repeats an example."""
    for found in _HYPOTHESIS.finditer(text):
        if found[0] not in session.hypothesis and len(session.hypothesis) < _REPLAYS:
            session.hypothesis.append(found[0])


def circumstances_of(session: Session, failing: Iterable[str], masks: set[str]) -> Circumstances:
    """Return what is told of the run and of the job that it belongs to. failing: ids; masks: values to take out."""
    around, named = session.around, frozenset(failing)
    environment = dict(_shown(name, value, masks) for name, value in around.environment.items())
    job = job_of(session.stream) or None
    matrix = _MATRIX.match(job) if job else None
    values = matrix[1].split(", ") if matrix else []
    branch, columns = told_branch(around), session.stream.split("\t")
    step = columns[2] if len(columns) > 2 and columns[1] else around.step
    return Circumstances(
        command_line=redact(session.command, masks) if session.command else None,
        python=session.python,
        platform=session.platform,
        timezone=environment.get("TZ") or None,
        rootdir=redact(session.rootdir, masks) if session.rootdir else None,
        packages=session.packages,
        randomly_seed=session.seed,
        hash_seed=environment.get("PYTHONHASHSEED") or None,
        hypothesis=tuple(session.hypothesis),
        workers=session.workers,
        worker_of={name: worker for name, worker in session.worker_of.items() if name in named},
        before={name: tests for name, tests in session.before.items() if name in named},
        environment=environment,
        matrix={str(place): value for place, value in enumerate(values, 1)},
        job=redact(job, masks) if job else None,
        step=redact(step, masks) if step else None,
        commit=told_commit(around),
        branch=redact(branch, masks) if branch else None,
        attempt=told_attempt(around),
    )


def _shown(name: str, value: str, masks: set[str]) -> tuple[str, str]:
    """Return a variable with its value redacted, "" for one that the CI has masked."""
    return name, redact_value(name, value, masks) if value and value != "***" else ""


def _note_packages(session: Session, items: Iterable[str]) -> None:
    for item in items:
        if (found := _PACKAGE.match(item)) is not None:
            session.packages.setdefault(found[1], found[2])
        session.wrapped = item.endswith(",")


def _more_plugins(session: Session, text: str) -> bool:
    """Take a further line of the plugins, if the one before ended in a comma."""
    if session.wrapped:
        _note_packages(session, text.split(", "))
        return True
    return False


def pytest_command(text: str) -> str | None:
    """Return the command if `text` is one that runs pytest, its prompt taken off; else None."""
    if len(text) > 4000:
        return None
    found = _PROMPT.match(text)
    command = text[found.end() :].strip() if found else text.strip()
    words = command.split(" ")
    while words and _ASSIGNED.match(words[0]):
        words.pop(0)
    if not words or not all(words) or not _LAUNCHER.match(words[0]) or not _PYTEST.search(command):
        return None
    return command if words[1:2] != ["install"] and "pip install" not in command else None
