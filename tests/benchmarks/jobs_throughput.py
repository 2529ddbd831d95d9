"""Throughput of forked iterations with two children at once, against one. Bar: 1.6x, on two cores.

The wall time of N iterations is that of a run of 2 + N less that of a run of 2.
"""

import statistics
import tempfile
from pathlib import Path

from processes import REPRO, arguments, conclude, in_turns, median_ratio, run, table

BAR = 1.6
TESTS = {
    "trivial": "def test_it(): pass\n",
    "5 ms of CPU": "import time\ndef test_it():\n    end = time.process_time() + 0.005\n"
    "    while time.process_time() < end: pass\n",
}


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=400, rounds=7)
    rows, missed = [], []
    for title, source in TESTS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "test_it.py").write_text(source)

            def milliseconds(jobs: int, folder: Path = folder) -> float:
                command = [*REPRO, "--repro-isolate=fork", f"--repro-jobs={jobs}"]
                few, many = (run([*command, f"--repro-stress={m}"], folder).wall for m in (2, 2 + asked.n))
                return (many - few) / asked.n * 1e3

            found = in_turns({"one": lambda: milliseconds(1), "two": lambda: milliseconds(2)}, asked.rounds)
        ratio = median_ratio(found["one"], found["two"])
        rows.append((title, *(f"{statistics.median(costs):.2f}" for costs in found.values()), f"{ratio:.2f}"))
        if ratio < BAR:
            missed.append(f"{title}: {ratio:.2f}x the throughput of one, bar {BAR}x")
    table(["a forked iteration", "one child: wall ms", "two children", "x throughput"], rows)
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
