"""Collection of a suite of 500 tests: CPU and number of items with stress on, against a plain run. Bar: 1.0x.

The bar allows 3 % of noise in the time, and none in the number.
"""

import json
import statistics
import tempfile
from pathlib import Path

from processes import PYTEST, REPEAT, REPRO, arguments, conclude, in_turns, median_ratio, run, table

BAR, NOISE = 1.0, 0.03
WATCH = """
import json, pytest, time
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session):
    before = time.process_time()
    result = yield
    with open("collection.json", "w") as file:
        json.dump([time.process_time() - before, len(session.items)], file)
    return result
def pytest_runtestloop():
    return True
@pytest.fixture(scope="session")
def connection(): yield {}
@pytest.fixture
def row(connection): yield 1
"""
MODULE = """
import pytest
@pytest.fixture(scope="module")
def table(): yield []
{plain}
class TestClass:
{methods}
@pytest.mark.parametrize("number", range(20))
def test_parameter(number, row): pass
"""


def write_suite(folder: Path) -> None:
    """Ten modules of fifty tests: functions, methods, parameters, fixtures of three scopes."""
    plain = "\n".join(f"def test_{n}({'row, table' if n % 2 else ''}): pass" for n in range(20))
    methods = "\n".join(f"    def test_{n}(self, row): pass" for n in range(10))
    (folder / "conftest.py").write_text(WATCH)
    for number in range(10):
        (folder / f"test_module_{number}.py").write_text(MODULE.format(plain=plain, methods=methods))


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=20, rounds=7)
    items: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suite(folder)

        def seconds(title: str, command: list[str]) -> float:
            run(command, folder)
            cpu, items[title] = json.loads((folder / "collection.json").read_text())
            return float(cpu)

        commands = {
            "plain": list(PYTEST),
            f"pytest-repro, {asked.n} iterations": [*REPRO, f"--repro-stress={asked.n}"],
            f"pytest-repeat, {asked.n} iterations": [*REPEAT, f"--count={asked.n}"],
        }
        jobs = {
            title: lambda title=title, command=command: seconds(title, command) for title, command in commands.items()
        }
        found = in_turns(jobs, asked.rounds)
    plain, ours, _ = found
    ratios = {title: median_ratio(costs, found[plain]) for title, costs in found.items()}
    rows = [
        (title, items[title], f"{statistics.median(costs) * 1e3:.0f}", f"{ratios[title]:.2f}")
        for title, costs in found.items()
    ]
    table(["collection", "items", "CPU ms (median)", "x plain"], rows)
    if ratios[ours] > BAR + NOISE:
        print(f"MISSED: {ratios[ours]:.2f}x the time of a plain one, bar {BAR}x (--check judges items alone)")
    conclude([f"{items[ours]} items, plain {items[plain]}"] if items[ours] != items[plain] else [], asked.check)


if __name__ == "__main__":
    main()
