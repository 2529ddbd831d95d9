"""Wall time of one more forked iteration, against a fresh pytest process and against a bare fork of that size.

Bars: 50x faster than a fresh process for a trivial test, 65x with heavy imports; at most 2.5x of fork, exit and wait in
a pytest process that has imported the same. One iteration is a run of 2 + N less a run of 2, by N.
"""

import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from processes import PYTEST, REPRO, arguments, conclude, in_turns, median_ratio, run, table

HEAVY = "numpy, numpy.testing, unittest.mock, email, http.client, xml.dom.minidom, decimal, asyncio, multiprocessing"
IMPORTS = {"trivial": "", "heavy imports": f"import {HEAVY}\n"}
FASTER = {"trivial": 50, "heavy imports": 65}
OF_BARE_FORK = 2.5
# Once everything is imported and collected: what a fork costs of which the child does nothing.
BARE_FORK = """
import json, os, time
def pytest_runtestloop(session):
    times = int(os.environ["BARE_FORKS"])
    start = time.perf_counter()
    for _ in range(times):
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
    with open("bare_fork.json", "w") as file:
        json.dump((time.perf_counter() - start) / times, file)
    return True
"""


def contenders(folder: Path, n: int) -> dict[str, Callable[[], float]]:
    """Return what measures the milliseconds of one forked iteration, one fresh process and one bare fork."""

    def forked() -> float:
        few, many = (run([*REPRO, "--repro-isolate=fork", f"--repro-stress={m}"], folder).wall for m in (2, 2 + n))
        return (many - few) / n * 1e3

    def fresh() -> float:
        return statistics.median(run(PYTEST, folder).wall for _ in range(3)) * 1e3

    def bare() -> float:
        run(["env", f"BARE_FORKS={n}", *PYTEST, "-p", "bare_fork"], folder)
        return float(json.loads((folder / "bare_fork.json").read_text())) * 1e3

    return {"forked iteration": forked, "fresh pytest process": fresh, "fork, exit, wait": bare}


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=200, rounds=7)
    rows, missed = [], []
    for title, imports in IMPORTS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "test_trivial.py").write_text(f"{imports}def test_trivial(): pass\n")
            (folder / "bare_fork.py").write_text(BARE_FORK)
            found = in_turns(contenders(folder, asked.n), asked.rounds)
        ours = found["forked iteration"]
        faster, of_bare = (
            median_ratio(found["fresh pytest process"], ours),
            median_ratio(ours, found["fork, exit, wait"]),
        )
        rows += [
            (title, name, f"{statistics.median(costs):.2f}", f"{min(costs):.2f}", f"{median_ratio(costs, ours):.2f}")
            for name, costs in found.items()
        ]
        if faster < FASTER[title]:
            missed.append(f"{title}: {faster:.0f}x faster than a fresh process, bar {FASTER[title]}x")
        if of_bare > OF_BARE_FORK:
            missed.append(f"{title}: {of_bare:.2f}x of a bare fork, bar {OF_BARE_FORK}x")
    table(["test", "what", "wall ms (median)", "least", "x forked iteration"], rows)
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
