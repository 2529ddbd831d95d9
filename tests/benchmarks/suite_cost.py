"""CPU of a whole suite of 500 tests, each run 20 times: ours against pytest-repeat's. Bar: 0.60x.

The plain run of the same suite is shown beside them; what collection costs is in collection.py.
"""

import statistics
import tempfile
from pathlib import Path

from five_hundred import write_five_hundred
from processes import PYTEST, REPEAT, REPRO, arguments, conclude, in_turns, median_ratio, run, table

BAR = 0.60


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=20, rounds=3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_five_hundred(folder)
        commands = {
            "plain, once": list(PYTEST),
            "pytest-repro": [*REPRO, f"--repro-stress={asked.n}"],
            "pytest-repeat": [*REPEAT, f"--count={asked.n}"],
        }
        jobs = {title: lambda command=command: run(command, folder).cpu for title, command in commands.items()}
        found = in_turns(jobs, asked.rounds)
    repeat = found["pytest-repeat"]
    rows = [
        (title, f"{statistics.median(costs):.2f}", f"{min(costs):.2f}", f"{median_ratio(costs, repeat):.2f}")
        for title, costs in found.items()
    ]
    table([f"500 tests x {asked.n}", "CPU s (median)", "least", "x pytest-repeat"], rows)
    ratio = median_ratio(found["pytest-repro"], repeat)
    conclude([f"{ratio:.2f}x of pytest-repeat, bar {BAR:.2f}x"] if ratio > BAR else [], asked.check)


if __name__ == "__main__":
    main()
