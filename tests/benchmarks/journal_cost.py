"""What our own parts of an iteration cost, one by one: seed, record, journal line, tally, identity of a failure.

No bar: the figures show where an iteration's time goes that is not pytest's own.
"""

import tempfile
import timeit
from pathlib import Path

from processes import arguments, conclude, table

from pytest_repro.core.message import normalise
from pytest_repro.core.record import IterationRecord, encode_line, read_lines
from pytest_repro.core.seed import derive_seed
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.engine.journal import JournalWriter
from pytest_repro.engine.seeding import seed_generators

NODEID = "tests/test_pool.py::test_close_waits"
MESSAGE = "assert 3 == 4\n +  where 3 = <Pool object at 0x7f3a2c>.size(timeout=1.5)"


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__, n=20_000, rounds=5)
    passed = IterationRecord(NODEID, 17, "passed", 2**63, 1.25, 0.000125)
    failed = IterationRecord(NODEID, 17, "failed", 2**63, 1.25, 0.1, "gw1", "call", "794c4fba49ff81fd", MESSAGE)
    signature = Signature("AssertionError", normalise(MESSAGE), "tests/test_pool.py", "test_close_waits", 3, "assert x")
    lines = [encode_line(passed)] * 1000
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalWriter(Path(folder, "journal.jsonl"), create=True)
        tally = TestTally(NODEID)
        parts = {
            "derive_seed": lambda: derive_seed(7314, NODEID, 17),
            "seed_generators": lambda: seed_generators(2**63),
            "IterationRecord()": lambda: IterationRecord(NODEID, 17, "passed", 2**63, 1.25, 0.000125),
            "write a passed line": lambda: journal.write(passed),
            "write a failed line": lambda: journal.write(failed),
            "tally a passed record": lambda: tally.add(passed),
            "normalise a message": lambda: normalise(MESSAGE),
            "digest of a signature": lambda: signature.digest,
        }
        rows = [
            (name, f"{min(timeit.repeat(part, number=asked.n, repeat=asked.rounds)) / asked.n * 1e6:.2f}")
            for name, part in parts.items()
        ]
        reading = min(timeit.repeat(lambda: CampaignTally.of(read_lines(lines)), number=5, repeat=asked.rounds))
        rows.append(("read and tally a line", f"{reading / 5000 * 1e6:.2f}"))
        journal.close()
    table(["part", "us (least)"], rows)
    print(f"a passed line has {len(encode_line(passed))} bytes, a failed one {len(encode_line(failed))}")
    conclude([], asked.check)


if __name__ == "__main__":
    main()
