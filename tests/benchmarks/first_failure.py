"""CPU up to a first failure at the 100th execution, under -x: it must not grow with the number that was asked for.

Bars: asked 10 000, at most 1.05x of asked 1 000; a shell loop of fresh pytest processes takes at least 80x as much. The
loop's cost is that of ten processes, by ten, times 100.
"""

import statistics
import tempfile
from pathlib import Path

from processes import PYTEST, REPRO, arguments, conclude, in_turns, median_ratio, run, table

GROWTH, SHELL_LOOP, AT, PROCESSES = 1.05, 80, 100, 10
# Counts its executions in a file, by appending a byte to it: a fork or a new process counts on.
TEST = """
import os
def test_it():
    with open("executions", "ab") as file:
        file.write(b".")
    assert os.path.getsize("executions") != {at}
"""


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, few=1000, many=10_000, rounds=9)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_it.py").write_text(TEST.format(at=AT))
        executions = folder / "executions"

        def first_failure(n: int) -> float:
            executions.write_bytes(b"")
            cpu = run([*REPRO, "-x", f"--repro-stress={n}"], folder, code=1).cpu
            if executions.stat().st_size < AT:
                raise SystemExit(f"the test failed after {executions.stat().st_size} executions, not after {AT}")
            return cpu

        def shell_loop() -> float:
            executions.write_bytes(b"")
            return sum(run(PYTEST, folder).cpu for _ in range(PROCESSES)) / PROCESSES * AT

        few, many = f"N = {asked.few}", f"N = {asked.many}"
        jobs = {
            few: lambda: first_failure(asked.few),
            many: lambda: first_failure(asked.many),
            f"{AT} fresh processes": shell_loop,
        }
        found = in_turns(jobs, asked.rounds)
    growth, faster = median_ratio(found[many], found[few]), median_ratio(found[f"{AT} fresh processes"], found[few])
    rows = [(title, f"{statistics.median(costs):.3f}", f"{min(costs):.3f}") for title, costs in found.items()]
    table([f"first failure at the {AT}th execution", "CPU s (median)", "least"], rows)
    print(f"{many}: {growth:.3f}x of {few}; the shell loop: {faster:.0f}x (of {PROCESSES} processes, times {AT})")
    missed = [f"{growth:.3f}x where {asked.many} are asked, bar {GROWTH}x"] if growth > GROWTH else []
    if faster < SHELL_LOOP:
        missed.append(f"the shell loop takes {faster:.0f}x as much, bar {SHELL_LOOP}x")
    conclude(missed, asked.check)


if __name__ == "__main__":
    main()
