"""What is wrong with an input file: one problem a line, all of them in one error."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pytest_repro.core.errors import ReproError

_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_-]*")
_LONGEST: Final = 60  # characters of a value that are shown


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where (`$.fix.by`), what stands there, what should, and how to get there ("" if plain)."""

    path: str
    seen: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        parts = [self.seen, f"expected {self.expected}" if self.expected else "", self.hint]
        return f"{self.path}: " + "; ".join(part for part in parts if part)

    def to_json(self) -> dict[str, str]:
        """Return the problem as a JSON object."""
        return asdict(self)


class SpecErrors(ReproError):
    """Every problem of one input file, in `problems`; slug "bad-spec"."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = [f"{printable(source)}: {count}", *(f"  {problem}" for problem in problems)]
        super().__init__("\n".join(lines), "bad-spec", "docs/reference/info.md shows every key with an example")
        self.problems = tuple(problems)


def json_path(location: Sequence[str | int]) -> str:
    """Return `location` as a JSON path: `$.setup[0]`, `$["odd key"]`."""
    return "$" + "".join(map(_step, location))


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN.fullmatch(part) else f"[{show(part)}]"


def show(value: Any) -> str:
    """Return `value` as it stood in the file, cut to a readable length, with nothing a terminal would obey."""
    if isinstance(value, dict):
        return "an object {…}" if value else "an empty object {}"
    if isinstance(value, list):
        return "a list […]" if value else "an empty list []"
    text = printable(json.dumps(value, ensure_ascii=False))
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 2] + ('…"' if isinstance(value, str) else "…")


def printable(text: str) -> str:
    """Return `text` with every character escaped that is not printable: control codes and lone surrogates too."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
