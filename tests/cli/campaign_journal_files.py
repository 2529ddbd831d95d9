"""Journals of shards as files, written line by line as the plugin writes them."""

from pathlib import Path
from typing import Any

from pytest_repro.core.record import (
    SCHEMA,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    PlannedTest,
    encode_line,
)
from pytest_repro.core.shard import Shard
from pytest_repro.core.signature import Signature
from pytest_repro.core.todo import todo_for

STEADY, FLAKY = "tests/test_pool.py::test_steady", "tests/test_pool.py::test_closes[it's a]"
COUNT = 40
FAILURE = Signature("RuntimeError", "pool <n> is closed", "src/pool.py", "close", 3, "self._check()")


def write_shard(
    folder: Path, index: int, of: int = 4, *, tests: tuple[str, ...] = (STEADY,), end: str = "complete", **changes: Any
) -> Path:
    """Write the journal of shard `index`; each seventh iteration of FLAKY fails."""
    plan: dict[str, Any] = {"schema": SCHEMA, "root": 7, "started": 1.0, "stress": COUNT, "isolate": "auto"} | changes
    lines = [encode_line(CampaignHeader(shard=f"{index}/{of}" if of > 1 else "", **plan))]
    for nodeid in tests:
        todo = todo_for(COUNT, nodeid, Shard(index, of))
        lines.append(encode_line(PlannedTest(nodeid, todo.total, plan["root"])))
        for number in map(todo.number, range(todo.total)):
            if nodeid == FLAKY and number % 7 == 0:
                lines.append(encode_line(FailureDetail(nodeid, FAILURE.digest, FAILURE.to_json(), 88, "the traceback")))
                message = f"RuntimeError: pool {number} is closed"
                failed = IterationRecord(nodeid, number, "failed", 1, 0.5, 0.1, "", "call", FAILURE.digest, message)
                lines.append(encode_line(failed))
            else:
                lines.append(encode_line(IterationRecord(nodeid, number, "passed", 1, 0.5, 0.1)))
    if end:
        lines.append(encode_line(CampaignEnd(end, 6.2)))
    folder.mkdir(exist_ok=True)
    path = folder / f"shard-{index}.jsonl"
    path.write_bytes(b"".join(lines))
    return path
