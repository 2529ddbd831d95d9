"""What a fixer is told."""

from dataclasses import dataclass

from harness.render.template import render


@dataclass(frozen=True, slots=True)
class Prompt:
    """wanted: in a person's words; tree: where to work; evidence: paths; earlier: (number, state, what was seen) of
    attempts; seconds: what this attempt may take.
    """

    wanted: str
    tree: str
    nodeid: str
    command: str
    stress: int
    counts: str
    rate: str
    traceback: str
    folder: str
    evidence: tuple[str, ...]
    earlier: tuple[tuple[int, str, str], ...]
    number: int
    attempts: int
    seconds: float


def prompt_text(prompt: Prompt) -> str:
    """Return the prompt in Markdown."""
    return render("prompt.md.j2", it=prompt)
