"""CPU that the installed plugin adds to a plain run which asks nothing of it. Bar: 5 ms.

Both runs look through the entry points of all that is installed, as every run of pytest does; in one the plugin's own
is blocked. The other plugins of the environment are blocked in both.

A difference of milliseconds between processes of 200 is mostly noise, so --check fails only where the pairs show that
their median is above the bar (sign test, one false alarm in a thousand).
"""

import statistics
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from processes import PYTEST, arguments, conclude, in_turns, run, table
from significance import median_shown_above

BAR, FALSE_ALARMS = 5.0, 0.001


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, rounds=40)
    installed = {one.name for one in entry_points(group="pytest11")}
    if "repro" not in installed:
        sys.exit("the plugin is not installed here: no entry point 'repro' in the group 'pytest11'")
    with_plugin = [*PYTEST, *(word for name in sorted(installed - {"repro"}) for word in ("-p", f"no:{name}"))]
    commands = {"without": [*with_plugin, "-p", "no:repro"], "with": with_plugin}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_trivial(): pass\n")
        jobs = {
            title: lambda command=command: run(command, folder, autoload=True).cpu * 1e3
            for title, command in commands.items()
        }
        found = in_turns(jobs, asked.rounds)
    more = [a - b for a, b in zip(found["with"], found["without"], strict=True)]
    low, cost, high = statistics.quantiles(more, n=4)
    rows: list[tuple[str, str, str]] = [
        (f"{title} the plugin", f"{statistics.median(costs):.1f}", "") for title, costs in found.items()
    ]
    rows.append(("difference, paired", f"{cost:.1f}", f"{low:.1f} to {high:.1f}"))
    table(["a plain run", "CPU ms (median)", "middle half"], rows)
    shown = median_shown_above(more, BAR, FALSE_ALARMS)
    if cost > BAR and not shown:
        print(f"not shown: {cost:.1f} ms is above the bar of {BAR} ms, but so few pairs do not tell it from less")
    conclude([f"{cost:.1f} ms, bar {BAR} ms"] if shown else [], asked.check)


if __name__ == "__main__":
    main()
