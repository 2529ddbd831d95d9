"""Score the log reader on a folder of real logs: `python tests/quality/score_logs.py FOLDER`.

FOLDER holds logs and a truth.json that maps each log's name to {"failing": [ids as printed] or null (not scored),
"class": one of the nine or "none" for a passing job, or null, "extent": "full" or "excerpt", "runner": "pytest"...}.
One line for each log that is wrong, then one line per figure; exit 1 if a figure is below its bar. Speeds are in
seconds of one core: of the analysis, whose results are redacted, and of redacting every line of the log besides.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.domain.ci_log import LogReading
from harness.domain.failing_test import unittest_name
from harness.domain.verdict import NONE, Verdict
from harness.logs.analyze import analyze
from harness.logs.redact import redact
from harness.logs.text.node_text import title_of

EXACT_BAR = 0.90
CLASS_BAR = 0.90
SURE = 0.90  # verdicts that claim at least this confidence
SPEED_BAR = 10.0  # MB/s
_LEAST_SECONDS = 2.0  # of the speed measurement


@dataclass(frozen=True, slots=True)
class Score:
    """How one log was read. missed, invented: ids; None where the truth does not name them."""

    name: str
    runner: str | None
    full: bool
    wanted_class: str | None
    verdict: Verdict
    named: int
    missed: tuple[str, ...] | None
    invented: tuple[str, ...] | None

    @property
    def exact(self) -> bool:
        """Whether exactly the true ids were named."""
        return self.missed == () and self.invented == ()

    @property
    def wrongly_red(self) -> bool:
        """Whether the job passed and is called failing."""
        return self.wanted_class == NONE and (self.named > 0 or self.verdict.failure_class != NONE)

    @property
    def class_right(self) -> bool:
        """Whether the class is the true one."""
        return self.verdict.failure_class == self.wanted_class

    def complaints(self) -> str:
        """Return what is wrong, "" if nothing is."""
        told = []
        if self.missed or self.invented:
            told.append(f"missed {list(self.missed or ())}, invented {list(self.invented or ())}")
        if self.wanted_class is not None and not self.class_right:
            verdict = self.verdict
            told.append(
                f"class {verdict.failure_class} ({verdict.confidence:.0%}, rule {verdict.rule or '-'}),"
                f" not {self.wanted_class}"
            )
        return "; ".join(told)


def compared(reading: LogReading, truth: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (missed, invented) ids.

    Ids are compared as printed. A header title (`TestA.test_b`), which is all that some logs print, is the true id
    `path::TestA::test_b` if no other true id has that title. What old versions of pytest put into ids without a
    meaning of its own (`::()`, `[doctest] `) is left out on both sides.
    """
    wanted = {unittest_name(_plain(name)): name for name in truth}
    titles: dict[str, list[str]] = {}
    for name in wanted:
        titles.setdefault(title_of(name), []).append(name)
    found: set[str] = set()
    invented: list[str] = []
    for test in reading.failing:
        alike = titles.get(_plain(test.printed), []) if test.nodeid is None else []
        if _plain(test.label) in wanted:
            found.add(_plain(test.label))
        elif len(alike) == 1:
            found.add(alike[0])
        else:
            invented.append(test.label)
    return tuple(wanted[name] for name in wanted if name not in found), tuple(invented)


def _plain(name: str) -> str:
    return name.replace("::()::", "::").removeprefix("[doctest] ")


def score(log: Path, truth: Mapping[str, Any]) -> Score:
    """Read `log` and compare it with its entry of truth.json."""
    found = analyze(str(log))
    failing = truth.get("failing")
    missed, invented = (None, None) if failing is None else compared(found.reading, failing)
    full = truth.get("extent", "full") == "full"
    named = len(found.reading.failing)
    return Score(log.name, truth.get("runner"), full, truth.get("class"), found.verdict, named, missed, invented)


def scores(folder: Path) -> list[Score]:
    """Return the scores of all logs of the folder's truth.json, in its order."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [score(folder / name, entry) for name, entry in truth.items()]


def speed(logs: Iterable[Path], work: Callable[[Path], object]) -> float:
    """Return the megabytes a second on which one core does `work`, each log as often as all others."""
    sizes = {log: log.stat().st_size for log in logs}
    done, started = 0, time.process_time()
    while (spent := time.process_time() - started) < _LEAST_SECONDS:
        for log, size in sizes.items():
            work(log)
            done += size
    return done / 1e6 / spent


def share(part: int, whole: int) -> str:
    """Return `part` of `whole` in words."""
    return f"{part}/{whole}" + (f"  {part / whole:.0%}" if whole else "")


def figures(found: Iterable[Score]) -> list[tuple[str, bool]]:
    """Return each figure but the speed in words, and whether it reaches its bar."""
    found = list(found)
    pytest_logs = [item for item in found if item.runner == "pytest" and item.missed is not None]
    classed = [item for item in found if item.full and item.wanted_class is not None]
    sure = [item for item in found if item.wanted_class is not None and item.verdict.confidence >= SURE]
    exact, right = sum(item.exact for item in pytest_logs), sum(item.class_right for item in classed)
    sure_right = sum(item.class_right for item in sure)
    invented = sum(len(item.invented or ()) for item in found)
    wrongly_red = sum(item.wrongly_red for item in found)
    return [
        (
            f"exact set of failing ids (pytest logs)  {share(exact, len(pytest_logs))}",
            exact >= EXACT_BAR * len(pytest_logs),
        ),
        (f"invented ids over all logs  {invented}", invented == 0),
        (f"class right (full logs)  {share(right, len(classed))}", right >= CLASS_BAR * len(classed)),
        (
            f"class right among those said to be {SURE:.0%} sure  {share(sure_right, len(sure))}",
            sure_right >= SURE * len(sure),
        ),
        (f"passing jobs called failing  {wrongly_red}", wrongly_red == 0),
    ]


def main(folder: Path) -> int:
    """Print the wrong logs and the figures; return 0 if every figure reaches its bar."""
    found = scores(folder)
    for item in found:
        if told := item.complaints():
            print(f"{item.name}: {told}")
    logs = [folder / item.name for item in found]
    rows = figures(found)
    for what, work in (
        ("analysing, what it tells redacted", lambda log: analyze(str(log)).to_json()),
        ("redacting whole logs", lambda log: redact(log.read_text(encoding="utf-8-sig", errors="replace"))),
    ):
        rate = speed(logs, work)
        rows.append((f"speed of {what}  {rate:.1f} MB/s", rate >= SPEED_BAR))
    for text, good in rows:
        print(f"{text}  {'ok' if good else 'BELOW THE BAR'}")
    return 0 if all(good for _, good in rows) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "truth.json").is_file():
        sys.exit("usage: python tests/quality/score_logs.py FOLDER   (a folder with logs and their truth.json)")
    sys.exit(main(Path(sys.argv[1])))
