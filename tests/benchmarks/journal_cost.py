"""What our own parts of an iteration cost, one by one: seed, record, journal line, tally, identity of a failure.

They show where an iteration's time goes that is not pytest's own. Bar: making a record and writing its line take at
most 5 % of the CPU of a trivial in-process iteration.
"""

import tempfile
import timeit
from pathlib import Path
from types import SimpleNamespace

from processes import REPRO, arguments, conclude, run, table

from pytest_repro.core.message import normalise
from pytest_repro.core.record import IterationRecord, encode_line, read_lines
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.seeding import SeedOwnership

BAR = 0.05
JOURNAL = ("IterationRecord()", "write a passed line")
NODEID = "tests/test_pool.py::test_close_waits"
MESSAGE = "assert 3 == 4\n +  where 3 = <Pool object at 0x7f3a2c>.size(timeout=1.5)"


def microseconds_of_an_iteration(folder: Path, n: int, rounds: int) -> float:
    """Return the least CPU of one more iteration of a trivial test."""
    (folder / "test_trivial.py").write_text("def test_trivial(): pass\n")
    few, many = (min(run([*REPRO, f"--repro-stress={m}"], folder).cpu for _ in range(rounds)) for m in (1, 1 + n))
    return (many - few) / n * 1e6


def main() -> None:
    """Measure, print, conclude."""
    asked = arguments(__doc__, n=20_000, rounds=5)
    passed = IterationRecord(NODEID, 17, "passed", 2**63, 1.25, 0.000125)
    failed = IterationRecord(NODEID, 17, "failed", 2**63, 1.25, 0.1, "gw1", "call", "794c4fba49ff81fd", MESSAGE)
    signature = Signature("AssertionError", normalise(MESSAGE), "tests/test_pool.py", "test_close_waits", 3, "assert x")
    lines = [encode_line(passed)] * 1000
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalWriter(Path(folder, "journal.jsonl"), create=True)
        tally = TestTally(NODEID)
        seeds = SeedOwnership(SimpleNamespace(option=SimpleNamespace(), getoption=lambda _, default: default))
        parts = {
            "derive_seed": lambda: derive_seed(7314, NODEID, 17),
            "plant a seed": lambda: seeds.plant(2**63),
            "IterationRecord()": lambda: IterationRecord(NODEID, 17, "passed", 2**63, 1.25, 0.000125),
            "write a passed line": lambda: journal.write(passed),
            "write a failed line": lambda: journal.write(failed),
            "tally a passed record": lambda: tally.add(passed),
            "normalise a message": lambda: normalise(MESSAGE),
            "digest of a signature": lambda: signature.digest,
        }
        least = {
            name: min(timeit.repeat(part, number=asked.n, repeat=asked.rounds)) / asked.n * 1e6
            for name, part in parts.items()
        }
        rows = [(name, f"{cost:.2f}") for name, cost in least.items()]
        reading = min(timeit.repeat(lambda: CampaignTally.of(read_lines(lines)), number=5, repeat=asked.rounds))
        rows.append(("read and tally a line", f"{reading / 5000 * 1e6:.2f}"))
        journal.close()
        whole = microseconds_of_an_iteration(Path(folder), asked.n // 4, asked.rounds)
    rows.append(("an iteration of a trivial test", f"{whole:.2f}"))
    share = sum(least[name] for name in JOURNAL) / whole
    table(["part", "us (least)"], rows)
    print(f"a passed line has {len(encode_line(passed))} bytes, a failed one {len(encode_line(failed))}")
    print(f"{' and '.join(JOURNAL)}: {share:.1%} of an iteration")
    conclude([f"{share:.1%} of an iteration, bar {BAR:.0%}"] if share > BAR else [], asked.check)


if __name__ == "__main__":
    main()
