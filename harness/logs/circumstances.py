"""What a run of pytest says about how it was started."""

import re
from typing import Final

from harness.logs.session import Session

_PLATFORM: Final = re.compile(r"platform \S{1,40} -- Python (\d[\w.+]{0,40})")
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
        session.python = session.python or found[1]
    elif first == "r" and (found := _ROOTDIR.match(text)) is not None:
        session.rootdir = session.rootdir or found[1].rstrip()
    elif first == "U" and (found := _SEED.match(text)) is not None:
        session.seed = int(found[1])
    elif first == "g" and (gateways := _GATEWAY.findall(text)):
        session.workers = max(session.workers or 0, *(int(number) + 1 for number in gateways))
        session.xdist = True
    elif (found := _WORKERS.match(text)) is not None:
        session.workers, session.xdist = int(found[1]), True


def pytest_command(text: str) -> str | None:
    """Return the command if `text` is one that runs pytest, its prompt taken off; else None."""
    if ("pytest" not in text and "py.test" not in text) or len(text) > 4000:
        return None
    found = _PROMPT.match(text)
    command = text[found.end() :].strip() if found else text.strip()
    words = command.split(" ")
    while words and _ASSIGNED.match(words[0]):
        words.pop(0)
    if not words or not all(words) or not _LAUNCHER.match(words[0]) or not _PYTEST.search(command):
        return None
    return command if words[1:2] != ["install"] and "pip install" not in command else None
