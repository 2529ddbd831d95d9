"""The memory that a log takes does not grow with its size, however it is packed."""

import subprocess
import sys
from pathlib import Path

import pytest
from log_archives import PACKERS, tarred, zipped

linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from Linux's /proc")
READ = """
import sys
from collections import deque
from harness.logs.sources.source import open_source
deque(open_source(sys.argv[1]).lines(), maxlen=0)
# Of this program alone: ru_maxrss begins where its parent's was.
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""
KIB = 1024
FORMS = {
    "plain": lambda log: log,
    "gzip": PACKERS["gz"],
    "zip": lambda log: zipped({"0_build.txt": log}),
    "tar": lambda log: tarred({"build.log": log}),
    "tar in zip": lambda log: zipped({"logs.tar": tarred({"build.log": log})}),
}


def peak(path: Path, read: str = READ) -> int:
    """Return the bytes that a process of its own needed to read the log."""
    done = subprocess.run([sys.executable, "-c", read, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout) * KIB


@linux
@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMS))
def test_a_log_of_60_mb_takes_little_more_memory_than_one_of_60_kb(tmp_path: Path, form: str) -> None:
    line = "2026-01-02T03:04:05.1234567Z tests/test_{0}.py::test_level[{1}] PASSED [ 50%]\n"
    text = "".join(line.format(n % 97, n * 7919 % 104_729) for n in range(700)).encode()
    for name, times in (("small", 1), ("large", 1000)):
        (tmp_path / name).write_bytes(FORMS[form](text * times))
    assert peak(tmp_path / "large") - peak(tmp_path / "small") < 16 * KIB**2


@linux
def test_the_measurement_sees_what_a_reader_holds(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"a line\n" * 3_000_000)

    holding = READ.replace("import sys", "import sys; whole = open(sys.argv[1], 'rb').read()")

    assert peak(log, holding) - peak(log) > 16 * KIB**2
