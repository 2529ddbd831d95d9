"""CPU that the installed plugin adds to a plain run which asks nothing of it. Bar: 5 ms."""

import statistics
import tempfile
from pathlib import Path

from processes import PYTEST, REPRO, arguments, conclude, in_turns, run, table

BAR = 5.0


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, rounds=30)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_trivial(): pass\n")
        jobs = {"without": lambda: run(PYTEST, folder).cpu * 1e3, "with": lambda: run(REPRO, folder).cpu * 1e3}
        found = in_turns(jobs, asked.rounds)
    more = [a - b for a, b in zip(found["with"], found["without"], strict=True)]
    low, _, high = statistics.quantiles(more, n=4)
    rows: list[tuple[str, str, str]] = [
        (f"{title} the plugin", f"{statistics.median(costs):.1f}", "") for title, costs in found.items()
    ]
    rows.append(("difference, paired", f"{statistics.median(more):.1f}", f"{low:.1f} to {high:.1f}"))
    table(["a plain run", "CPU ms (median)", "middle half"], rows)
    cost = statistics.median(more)
    conclude([f"{cost:.1f} ms, bar {BAR} ms"] if cost > BAR else [], asked.check)


if __name__ == "__main__":
    main()
