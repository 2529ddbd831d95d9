"""CPU of `--repro-isolate=auto` against `none` on a suite of 500 tests that never fail. Bar: 1.03x.

With `auto` the tests run in a child; that its CPU is in the figure is checked before.
"""

import statistics
import tempfile
from pathlib import Path

from five_hundred import write_five_hundred
from processes import REPRO, arguments, conclude, in_turns, median_ratio, run, table

BAR = 1.03
BUSY = """
import time
def test_busy():
    while time.process_time() < 3: pass
"""


def check_children_count(folder: Path) -> None:
    """Raise SystemExit where the CPU that a test burns is not in what is measured."""
    folder.mkdir()
    (folder / "test_busy.py").write_text(BUSY)
    cost = run([*REPRO, "--repro-stress=1", "--repro-isolate=auto"], folder)
    if cost.cpu < 3:
        raise SystemExit(f"a test burned 3 s of CPU, of which {cost.cpu:.2f} s were seen: children are not counted")


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=20, rounds=9)
    with tempfile.TemporaryDirectory() as name:
        check_children_count(Path(name, "busy"))
        folder = Path(name, "suite")
        folder.mkdir()
        write_five_hundred(folder)
        jobs = {
            how: lambda how=how: run([*REPRO, f"--repro-stress={asked.n}", f"--repro-isolate={how}"], folder).cpu
            for how in ("auto", "none")
        }
        found = in_turns(jobs, asked.rounds)
    ratio = median_ratio(found["auto"], found["none"])
    rows = [(how, f"{statistics.median(costs):.2f}", f"{min(costs):.2f}") for how, costs in found.items()]
    table([f"500 tests x {asked.n}, isolate", "CPU s (median)", "least"], rows)
    print(
        f"auto: {ratio:.3f}x none (median of the rounds), {min(found['auto']) / min(found['none']):.3f}x by the least"
    )
    conclude([f"{ratio:.3f}x of none, bar {BAR}x"] if ratio > BAR else [], asked.check)


if __name__ == "__main__":
    main()
