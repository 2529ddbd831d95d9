"""Wall time of one test run very often: `-n2` against one worker, `-n1`. Bar: 0.60x on two cores.

Beside it stands one process without xdist, which has no worker to start.

The start of pytest and of the workers is in it; N is such that one process is at work for seconds. The CPU beside it
is what the two workers took together: on a machine that others keep busy the wall time says little.
"""

import statistics
import tempfile
from pathlib import Path

from processes import REPRO, XDIST, arguments, conclude, in_turns, median_ratio, run, table

BAR = 0.60


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=40_000, rounds=7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_trivial(): pass\n")
        commands = {
            "one process": [*REPRO, f"--repro-stress={asked.n}"],
            "-n1": [*REPRO, *XDIST, "-n1", f"--repro-stress={asked.n}"],
            "-n2": [*REPRO, *XDIST, "-n2", f"--repro-stress={asked.n}"],
        }
        cpu: dict[str, list[float]] = {title: [] for title in commands}

        def wall(title: str) -> float:
            cost = run(commands[title], folder)
            cpu[title].append(cost.cpu)
            return cost.wall

        jobs = {title: lambda title=title: wall(title) for title in commands}
        found = in_turns(jobs, asked.rounds)
    alone, worker = found["one process"], found["-n1"]
    rows = [
        (
            title,
            f"{statistics.median(costs):.2f}",
            f"{min(costs):.2f}",
            f"{median_ratio(costs, worker):.2f}",
            f"{median_ratio(costs, alone):.2f}",
            f"{statistics.median(cpu[title]):.2f}",
        )
        for title, costs in found.items()
    ]
    table([f"trivial x {asked.n}", "wall s (median)", "least", "x -n1", "x one process", "CPU s"], rows)
    ratio = median_ratio(found["-n2"], worker)
    missed = [f"{ratio:.2f}x of one worker, bar {BAR:.2f}x"] if ratio > BAR else []
    if statistics.median(alone) < 1:
        missed.append(f"one process took {statistics.median(alone):.2f} s, the bar is for 1 s and more: raise --n")
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
