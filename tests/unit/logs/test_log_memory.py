"""The memory that a log takes does not grow with its size, however it is packed."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from log_archives import PACKERS, tarred, zipped

READ = """
import resource, sys
from collections import deque
from harness.logs.sources.source import open_source
deque(open_source(sys.argv[1]).lines(), maxlen=0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
UNIT = 1 if sys.platform == "darwin" else 1024  # bytes that ru_maxrss counts in
FORMS = {
    "plain": lambda log: log,
    "gzip": PACKERS["gz"],
    "zip": lambda log: zipped({"0_build.txt": log}),
    "tar": lambda log: tarred({"build.log": log}),
    "tar in zip": lambda log: zipped({"logs.tar": tarred({"build.log": log})}),
}


def peak(path: Path) -> int:
    """Return the bytes that a process of its own needed to read the log."""
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout) * UNIT


@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMS))
def test_a_log_of_60_mb_takes_little_more_memory_than_one_of_60_kb(tmp_path: Path, form: str) -> None:
    line = "2026-01-02T03:04:05.1234567Z tests/test_{0}.py::test_level[{1}] PASSED [ 50%]\n"
    text = "".join(line.format(n % 97, n * 7919 % 104_729) for n in range(700)).encode()
    for name, times in (("small", 1), ("large", 1000)):
        (tmp_path / name).write_bytes(FORMS[form](text * times))
    assert peak(tmp_path / "large") - peak(tmp_path / "small") < 16 * 1024**2


def test_the_unit_of_the_measurement_is_right() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import resource; x = b'x' * 200_000_000; {READ.splitlines()[-1]}"],
        capture_output=True,
        text=True,
        check=True,
    )
    # The system counts what the parent had at the fork too: the unit alone is looked at.
    assert 200_000_000 < int(done.stdout) * UNIT < 20_000_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT > 1024**2
