"""The README beside a reproduction test."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from harness.render.template import render


@dataclass(frozen=True, slots=True)
class Readme:
    """What it tells: the original test and commit, the failure and how often it came, and the command to see it."""

    nodeid: str
    commit: str
    prompt: str
    file: str
    command: str
    stress: int
    counts: str
    rate: str
    failure: str
    log_line: str
    has_log: bool
    environment: tuple[str, ...]
    process_words: str
    notes: tuple[str, ...]


def readme_text(readme: Readme) -> str:
    """Return the README in Markdown."""
    return render("readme.md.j2", it=readme)


def portable_command(pytest_args: Sequence[str], nodeid: str, stress: int, has_src: bool = False) -> str:
    """Return the command that runs `nodeid` on any machine; `stress` iterations, 0 for plain pytest.

    With a `src` folder the program in it is meant, wherever another copy is installed. It ends at the first
    failure, since what that leaves behind spoils the iterations after it.
    """
    options = (f"--repro-stress={stress}", "--repro-stop=1") if stress else ()
    source = "PYTHONPATH=src " if has_src else ""
    return source + shlex.join(["python", "-m", "pytest", *pytest_args, nodeid, *options])
