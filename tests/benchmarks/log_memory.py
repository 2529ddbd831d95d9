"""Peak memory of the analysis of a small log against a large one, plain and packed. Bar: 200 MiB, whatever the size.

The logs are what a job prints that runs pytest -v, with a failure now and then; each analysis is a process of its own.
--failing 100 adds a log of that many MB in which every line is a failing test.
"""

import gzip
import random
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from processes import arguments, conclude, run, table

BAR = 200
ANALYZE = (
    sys.executable,
    "-c",
    "import sys; from harness.logs.analyze import analyze; found = analyze(sys.argv[1]).reading;"
    "print(found.lines, len(found.failing)); assert found.failing",
)


def job(megabytes: int, seed: int = 7) -> Iterator[str]:
    """Yield the log of a job as GitHub prints it: sessions of pytest, of which each has a failure."""
    rng, size, session = random.Random(seed), 0, 0
    while size < megabytes * 1_000_000:
        session += 1
        for line in run_of_pytest(rng, session, 20_000):
            text = f"2026-01-02T03:{size // 60 % 60:02d}:{size % 60:02d}.{size % 10**7:07d}Z {line}\n"
            size += len(text)
            yield text
    yield "2026-01-02T04:00:00.0000000Z ##[error]Process completed with exit code 1.\n"


def run_of_pytest(rng: random.Random, session: int, tests: int) -> Iterator[str]:
    """Yield one session: verbose progress with output between, one failure with its traceback, the summary."""
    yield "============================= test session starts =============================="
    yield "platform linux -- Python 3.12.1, pytest-8.4.2, pluggy-1.6.0 -- /opt/py/bin/python"
    yield f"collecting ... collected {tests} items"
    for n in range(tests):
        outcome = "FAILED" if n == tests // 2 else "PASSED"
        name = f"tests/harbour/test_tide_{n % 89}.py::TestTide::test_level_{session % 40}_{n}[{rng.random():.6f}]"
        yield f"{name} {outcome} [{n * 100 // tests:3d}%]"
        if n % 50 == 0:
            yield f"INFO harbour.gauge:gauge.py:{n % 400} level {rng.random()} at pier {rng.randrange(10**9)}"
        if outcome == "FAILED":
            told = name
    path, _, title = told.partition("::")
    yield "=================================== FAILURES ==================================="
    yield f" {title.replace('::', '.')} ".center(80, "_")
    yield ""
    yield f"    def {title.partition('::')[2].partition('[')[0]}(self):"
    yield ">       assert level() == 4"
    yield "E       assert 3 == 4"
    yield ""
    yield f"{path}:12: AssertionError"
    yield from (f"captured line {n} {rng.random()}" for n in range(200))
    yield "=========================== short test summary info ============================"
    yield f"FAILED {told} - assert 3 == 4"
    yield f"================= 1 failed, {tests - 1} passed in {rng.random() * 100:.2f}s =================="


def plain(folder: Path, megabytes: int) -> Path:
    """Write the log as it is."""
    path = folder / f"{megabytes}.log"
    with path.open("w", encoding="utf-8") as target:
        target.writelines(job(megabytes))
    return path


def gzipped(log: Path) -> Path:
    """Write the log packed with gzip."""
    path = log.with_suffix(".log.gz")
    with log.open("rb") as source, gzip.open(path, "wb", compresslevel=1) as target:
        while block := source.read(1 << 20):
            target.write(block)
    return path


def zipped(log: Path) -> Path:
    """Write the log into a zip."""
    path = log.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.write(log, "0_build.txt")
    return path


def tarred(log: Path) -> Path:
    """Write the log into a tar packed with gzip."""
    path = log.with_suffix(".tar.gz")
    with tarfile.open(path, "w:gz", compresslevel=1) as target:
        target.add(log, "build.log")
    return path


def failing_alone(folder: Path, megabytes: int) -> Path:
    """Write a log of nothing but summary lines."""
    path = folder / "failing.log"
    size, lines = 0, (f"FAILED tests/harbour/test_tide.py::test_{n} - assert {n} == 0 in port\n" for n in count())
    with path.open("w", encoding="utf-8") as target:
        while size < megabytes * 1_000_000:
            size += target.write(next(lines))
    return path


FORMS: dict[str, Callable[[Path], Path]] = {"plain": lambda log: log, "gzip": gzipped, "zip": zipped, "tar.gz": tarred}


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, small=5, size=500, failing=0)
    rows, missed = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = plain(folder, asked.small), plain(folder, asked.size)
        for form, packed in FORMS.items():
            few, many = (run([*ANALYZE, str(packed(log))], folder) for log in (small, large))
            speed = asked.size / many.cpu
            rows.append((form, f"{few.peak:.1f}", f"{many.peak:.1f}", f"{many.peak / few.peak:.2f}", f"{speed:.1f}"))
            if many.peak > BAR:
                missed.append(f"{form}: {many.peak:.0f} MiB, bar {BAR} MiB")
        if asked.failing:
            cost = run([*ANALYZE, str(failing_alone(folder, asked.failing))], folder)
            rows.append((f"failing, {asked.failing} MB", "", f"{cost.peak:.1f}", "", f"{asked.failing / cost.cpu:.1f}"))
            if cost.peak > BAR:
                missed.append(f"failing: {cost.peak:.0f} MiB, bar {BAR} MiB")
    table(["source", f"MiB at {asked.small} MB", f"MiB at {asked.size} MB", "ratio", "MB per CPU second"], rows)
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
