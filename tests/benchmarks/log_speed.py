"""How fast logs are read, and that twice the log takes twice the time: `python tests/benchmarks/log_speed.py FOLDER`.

FOLDER holds logs. They are joined until they make SIZE megabytes; then each shape of line that reading could stumble
over is read in two sizes. Seconds are those of one core. Exit 1 if twice the text takes more than LIMIT times as long.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from harness.logs.dialects.lines import normalised
from harness.logs.read import LogReader
from harness.logs.sources.source import RawLine

SIZE: Final = 30.0
LIMIT: Final = 2.6
_LONG: Final = 200_000  # characters of a long line
_MANY: Final = 20_000  # lines

START: Final = " test session starts ".center(80, "=")
FAILURES: Final = " FAILURES ".center(80, "=")


def shapes(times: int) -> Iterator[tuple[str, list[str]]]:
    """Yield (name, lines) of logs that are `times` as large as the smallest of their shape."""
    long, many = _LONG * times, _MANY * times
    for text in ("[", " - ", "] - ", "a.py::", " (", "=", "_ ", "\x1b[", "\r", "travis_fold:", "E ", "F", "x: ", "..."):
        line = text * (long // len(text))
        yield f"one line of {text!r}", [START, line, FAILURES, line, f"FAILED a.py::b[{line}", line]
    yield "failures", [START, FAILURES, *(f" test_{n} ".center(80, "_") for n in range(many))]
    summary = " short test summary info ".center(80, "=")
    yield "summary", [START, summary, *(f"FAILED a.py::t[{n}] - x" for n in range(many))]
    yield "progress", [START, *(f"[gw{n % 9}] [ 10%] FAILED a.py::t[{n}]" for n in range(many))]
    yield (
        "runs",
        [line for n in range(many // 4) for line in (START, "a.py F", f" {n + 1} failed in 1s ".center(80, "="))],
    )
    yield "closing lines", [f"{n + 1} failed in 1s" for n in range(many)]
    yield "streams", [f"job {n}\ts\t2026-01-02T03:04:05.1234567Z x" for n in range(many // 10)]
    yield "prefixes", [f"web-{n}  | {START}" for n in range(many // 10)]


def seconds(lines: list[str]) -> float:
    """Return the time that reading `lines` takes."""
    started = time.process_time()
    reader = LogReader()
    for line in normalised(RawLine(number, "", text) for number, text in enumerate(lines, 1)):
        reader.feed(line)
    reader.reading("text", len(lines))
    return time.process_time() - started


def best(of: Callable[[], float], times: int = 3) -> float:
    """Return the least of some measurements."""
    return min(of() for _ in range(times))


def rate(folder: Path) -> float:
    """Return the megabytes a second at which the logs of `folder` are read."""
    logs = sorted(path for path in folder.iterdir() if path.suffix in (".log", ".txt"))
    lines = [line for log in logs for line in log.read_text(encoding="utf-8-sig", errors="replace").split("\n")]
    size = sum(len(line.encode()) + 1 for line in lines) / 1e6
    joined = lines * max(1, round(SIZE / size))
    return size * (len(joined) // len(lines)) / best(partial(seconds, joined))


def main(folder: Path) -> int:
    """Print the figures; return 1 if a shape takes more than linear time."""
    print(f"reading  {rate(folder):.1f} MB/s")
    gc.disable()  # it looks at all that is held again and again, which is not the reader's doing
    slow = 0
    for (name, small), (_, large) in zip(shapes(1), shapes(2), strict=True):
        least, most = best(partial(seconds, small)), best(partial(seconds, large))
        ratio = most / max(least, 1e-3)
        slow += ratio > LIMIT
        mark = "  TOO SLOW" if ratio > LIMIT else ""
        print(f"{name:<28} {least * 1000:8.1f} ms  twice as much: x {ratio:.2f}{mark}")
    return 1 if slow else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python tests/benchmarks/log_speed.py FOLDER   (a folder with logs)")
    sys.exit(main(Path(sys.argv[1])))
