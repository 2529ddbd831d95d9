"""Score the log reader on a folder of real logs: `python tests/quality/score_logs.py FOLDER`.

FOLDER holds logs and a truth.json that maps each log's name to {"failing": [ids as printed] or null (not scored),
"class": "none" for a passing job, "runner": "pytest"...}. One line for each log that is wrong, then one line per
figure; exit 1 if a figure is below its bar.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.domain.ci_log import LogReading
from harness.domain.failing_test import unittest_name
from harness.logs.node_text import title_of
from harness.logs.read import read_log

EXACT_BAR = 0.90


@dataclass(frozen=True, slots=True)
class Score:
    """How one log was read. missed, invented: ids; None where the truth does not name them."""

    name: str
    runner: str | None
    passing: bool
    named: int
    missed: tuple[str, ...] | None
    invented: tuple[str, ...] | None

    @property
    def exact(self) -> bool:
        """Whether exactly the true ids were named."""
        return self.missed == () and self.invented == ()


def compared(reading: LogReading, truth: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (missed, invented) ids.

    Ids are compared as printed. A header title (`TestA.test_b`), which is all that some logs print, is the true id
    `path::TestA::test_b` if no other true id has that title.
    """
    wanted = {unittest_name(name): name for name in truth}
    titles: dict[str, list[str]] = {}
    for name in wanted:
        titles.setdefault(title_of(name), []).append(name)
    found: set[str] = set()
    invented: list[str] = []
    for test in reading.failing:
        alike = titles.get(test.printed, []) if test.nodeid is None else []
        if test.label in wanted:
            found.add(test.label)
        elif len(alike) == 1:
            found.add(alike[0])
        else:
            invented.append(test.label)
    return tuple(wanted[name] for name in wanted if name not in found), tuple(invented)


def score(log: Path, truth: Mapping[str, Any]) -> Score:
    """Read `log` and compare it with its entry of truth.json."""
    reading = read_log(str(log))
    failing = truth.get("failing")
    missed, invented = (None, None) if failing is None else compared(reading, failing)
    return Score(log.name, truth.get("runner"), truth["class"] == "none", len(reading.failing), missed, invented)


def scores(folder: Path) -> list[Score]:
    """Return the scores of all logs of the folder's truth.json, in its order."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [score(folder / name, entry) for name, entry in truth.items()]


def main(folder: Path) -> int:
    """Print the wrong logs and the figures; return 0 if every figure reaches its bar."""
    found = scores(folder)
    for item in found:
        if item.missed or item.invented or (item.passing and item.named):
            print(f"{item.name}: missed {list(item.missed or ())}, invented {list(item.invented or ())}")
    pytest_logs = [item for item in found if item.runner == "pytest" and item.missed is not None]
    exact = sum(item.exact for item in pytest_logs)
    invented = sum(len(item.invented or ()) for item in found)
    wrongly_red = sum(item.passing and item.named > 0 for item in found)
    rows = (
        (f"exact set of failing ids (pytest logs)  {exact}/{len(pytest_logs)}", exact >= EXACT_BAR * len(pytest_logs)),
        (f"invented ids over all logs  {invented}", invented == 0),
        (f"passing jobs called failing  {wrongly_red}", wrongly_red == 0),
    )
    for text, good in rows:
        print(f"{text}  {'ok' if good else 'BELOW THE BAR'}")
    return 0 if all(good for _, good in rows) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "truth.json").is_file():
        sys.exit("usage: python tests/quality/score_logs.py FOLDER   (a folder with logs and their truth.json)")
    sys.exit(main(Path(sys.argv[1])))
