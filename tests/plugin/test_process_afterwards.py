"""A process that ran a campaign is as it was before: tools call pytest.main() more than once."""

import json
import sys
from pathlib import Path

import pytest
from campaign import Lab

linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="reads /proc")

TESTS = """
import itertools, os, subprocess, time, warnings, pytest
counter = itertools.count()
@pytest.fixture(scope="module")
def server():
    with subprocess.Popen(["sleep", "600"]) as process:
        yield
        process.kill()
def test_passes(server): pass
def test_fails(tmp_path): assert next(counter) % 2
def test_leaves_a_process(): subprocess.Popen(["sleep", "600"], start_new_session=True) if os.environ["DIES"] else None
def test_dies(): os._exit(3) if os.environ["DIES"] else None
"""

# Prints, as JSON, what is otherwise after each run than before the first one.
DRIVER = """
import ctypes, gc, json, os, signal, sys, threading, warnings
import pytest
runs, prctl = json.loads(sys.argv[1]), ctypes.CDLL(None, use_errno=True).prctl
def state():
    is_subreaper = ctypes.c_int()
    prctl(37, ctypes.byref(is_subreaper), 0, 0, 0)
    return {
        "descriptors": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                              if os.path.islink(f"/proc/self/fd/{fd}")),
        "children": sorted(open(f"/proc/self/task/{os.getpid()}/children").read().split()),
        "is subreaper": is_subreaper.value,
        "handlers": [str(signal.getsignal(one)) for one in sorted(signal.valid_signals())],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "wakeup": signal.set_wakeup_fd(-1),
        "threads": sorted(one.name for one in threading.enumerate()),
        "frozen": gc.get_freeze_count(), "collects": gc.isenabled(),
        "folder": os.getcwd(), "finders": [str(one) for one in sys.meta_path],
        "environment": sorted(os.environ),
        "temporary": sorted(one for one in os.listdir(os.environ["TMPDIR"]) if one.startswith("repro")),
    }
def difference(before, after):
    if isinstance(before, list):
        return [one for one in before if one not in after], [one for one in after if one not in before]
    return before, after
pytest.main(["-p", "no:cacheprovider", "--collect-only", "-q", "test_it.py"])  # imports, and pytest's own leavings
different = []
for number, (dies, *args) in enumerate(runs):
    before = state()
    os.environ["DIES"] = dies
    code = int(pytest.main([*args, "test_it.py", "-q"]))
    os.environ.pop("DIES")
    after = state()
    different.append([code, {one: difference(before[one], after[one]) for one in before if before[one] != after[one]}])
open("different.json", "w").write(json.dumps(different))
"""


def ran(lab: Lab, runs: list[list[str]], *, plugins: tuple[str, ...] = ()) -> list[tuple[int, dict[str, object]]]:
    """The exit code of each run of one process, and what it left otherwise."""
    temporary = lab.path / "tmp"
    temporary.mkdir()
    lab.write(test_it=TESTS)
    (lab.path / "driver.py").write_text(DRIVER, encoding="utf-8")
    lab.monkeypatch.setenv("TMPDIR", str(temporary))
    lab.monkeypatch.delenv("PYTEST_CURRENT_TEST")  # this test's own
    common = ["-p", "pytest_repro.plugin", *(word for one in plugins for word in ("-p", one))]
    asked = json.dumps([[dies, *common, *args] for dies, *args in runs])
    lab.pytester.run(sys.executable, "driver.py", asked, timeout=240)
    found = json.loads((lab.path / "different.json").read_text(encoding="utf-8"))
    return [(code, different) for code, different in found]


@linux
def test_after_a_campaign_nothing_is_open_changed_or_waited_for(lab: Lab) -> None:
    ways = ("auto", "fork", "fresh", "none")
    runs = [["" if way == "none" else "x", "--repro-stress=3", f"--repro-isolate={way}"] for way in ways]
    assert ran(lab, [*runs, ["x", "--repro-stress=4", "--repro-jobs=2"]]) == [(1, {})] * 5


@linux
def test_after_workers_nothing_is_open_changed_or_waited_for(lab: Lab) -> None:
    runs = [["x", "--repro-stress=3", "-n2"]] * 2
    assert [one[1] for one in ran(lab, runs, plugins=("xdist.plugin",))][1] == {}


@linux
@pytest.mark.parametrize("workers", [[], ["-n1"]], ids=["alone", "workers"])
def test_after_a_refusal_nothing_is_open_and_no_file_is_there(lab: Lab, workers: list[str]) -> None:
    (lab.path / "torn.jsonl").write_text('{"kind":"campaign"}\n', encoding="utf-8")
    refused = [
        ["", "--repro-stress=2", "--repro-json=missing/out"],
        ["", "--repro-stress=2", "--repro-summary=."],
        ["", "--repro-stress=2", "--repro-journal=torn.jsonl"],
        ["", "--repro-resume=torn.jsonl"],
        ["", "--repro-resume=whole.jsonl", "--repro-stop=7"],
    ]
    first = ["", "--repro-stress=2", "--repro-stop=2", "--repro-journal=whole.jsonl", "--repro-isolate=none"]
    plugins = ("xdist.plugin",) if workers else ()
    found = ran(lab, [first, *([*one, *workers] for one in refused)], plugins=plugins)
    assert found[1:] == [(4, {})] * len(refused)
    assert not list((lab.path / ".pytest_cache" / "d").rglob("*.jsonl"))
