"""CPU of one in-process iteration of a trivial test: ours, pytest-repeat's, and a bare loop over pytest's own protocol.

The cost of an iteration is the CPU of a run of N less that of a run of 1, by N - 1. Bars: 0.42x of pytest-repeat,
1.05x of the bare loop.
"""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from processes import PYTEST, REPEAT, REPRO, arguments, conclude, in_turns, median_ratio, run, table

BARS = {"pytest-repeat": 0.42, "runtestprotocol(log=False)": 1.05}
# The floor: pytest's own share of an iteration whose reports nobody looks at. No seed, no record, no fresh item.
BARE_LOOP = """
import copy, os, pytest
from _pytest.runner import runtestprotocol
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    twin = copy.copy(item)  # given as the next item, so that this one is torn down
    for _ in range(int(os.environ.get("BARE_LOOP_N", "1"))):
        item._initrequest()
        runtestprotocol(item, log=False, nextitem=twin)
    item.session._setupstate.teardown_exact(nextitem)
    return True
"""


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=10_000, rounds=5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_trivial(): pass\n")
        (folder / "bare_loop.py").write_text(BARE_LOOP)
        commands: dict[str, Callable[[int], list[str]]] = {
            "pytest-repro": lambda n: [*REPRO, f"--repro-stress={n}"],
            "pytest-repeat": lambda n: [*REPEAT, f"--count={n}"],
            "runtestprotocol(log=False)": lambda n: ["env", f"BARE_LOOP_N={n}", *PYTEST, "-p", "bare_loop"],
        }

        def microseconds(command: Callable[[int], list[str]]) -> float:
            start, whole = (run(command(n), folder).cpu for n in (1, asked.n))
            return (whole - start) / (asked.n - 1) * 1e6

        jobs = {title: lambda command=command: microseconds(command) for title, command in commands.items()}
        found = in_turns(jobs, asked.rounds)
    repeat = found["pytest-repeat"]
    rows = [
        (title, f"{statistics.median(costs):.0f}", f"{min(costs):.0f}", f"{median_ratio(costs, repeat):.2f}",
         f"{median_ratio(costs, found['runtestprotocol(log=False)']):.2f}")
        for title, costs in found.items()
    ]  # fmt: skip
    table(["one iteration", "CPU us (median)", "least", "x pytest-repeat", "x bare loop"], rows)
    ratios = {peer: median_ratio(found["pytest-repro"], found[peer]) for peer in BARS}
    missed = [f"{ratio:.2f}x of {peer}, bar {BARS[peer]:.2f}x" for peer, ratio in ratios.items() if ratio > BARS[peer]]
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
