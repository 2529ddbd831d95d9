"""Pages that forks copy at once: they come and go unseen, and where there is no such thing nothing else changes."""

import subprocess
import sys
from pathlib import Path

import pytest
from account import PLANT, bounded, numbers, outcomes
from campaign import Lab

FORK = "--repro-isolate=fork"
# A process with memory of its own; `in_child` does something in a fork and returns what it is, as JSON.
ALONE = """
import json, os, resource
from mmap import ACCESS_COPY, MAP_ANONYMOUS, MAP_PRIVATE, PAGESIZE, mmap
from pytest_repro.engine.memory_map import Pages
from pytest_repro.engine.pinned_pages import PinnedPages

COUNT = 400
memory = mmap(-1, 2 * COUNT * PAGESIZE, MAP_PRIVATE | MAP_ANONYMOUS)
for page in range(2 * COUNT): memory[page * PAGESIZE] = 1

def write():
    for page in range(COUNT): memory[2 * page * PAGESIZE] = 2

def in_child(act):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(write, "w") as file: json.dump(act(), file)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file: found = json.load(file)
    assert os.waitpid(child, 0)[1] == 0
    return found

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    write()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def descriptors():
    pinned.leave()
    return len(os.listdir("/proc/self/fd"))

pinned = PinnedPages()
before = descriptors()
pinned.prepare()
pages = [Pages(*one) for one in in_child(lambda: (write(), pinned.written())[1])]
"""


def alone(text: str) -> str:
    """Run `text` in such a process and return what it prints; skip where the kernel pins nothing for it."""
    needed = "if pinned.pin(pages) < COUNT * PAGESIZE: print('cannot be had'); raise SystemExit\n"
    run = subprocess.run(
        [sys.executable, "-c", ALONE + needed + text], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    if run.stdout == "cannot be had\n":
        pytest.skip("no page can be pinned here")
    return run.stdout


def may_lock_memory() -> bool:
    """Whether no limit holds for this process (CAP_IPC_LOCK)."""
    status = Path("/proc/self/status").read_text()
    return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> 14 & 1)


def test_pages_that_a_child_wrote_to_are_copied_by_the_next_fork_until_they_are_released() -> None:
    found = alone("""
print(in_child(faults))
pinned.release()
print(in_child(faults))
""")
    pinned, released = map(int, found.split())
    assert released >= 400
    assert pinned < 100


def test_child_and_parent_do_not_see_what_the_other_writes_to_pinned_pages() -> None:
    found = alone("""
print(in_child(lambda: (write(), memory[0])[1]), memory[0])
memory[0] = 3
print(in_child(lambda: memory[0]))
""")
    assert found == "2 1\n3\n"


def test_memory_that_has_gone_since_a_child_wrote_to_it_is_not_pinned() -> None:
    found = alone("""
held = pinned.pin(pages)
if held < COUNT * PAGESIZE: print("cannot be had"); raise SystemExit  # others of this user may hold all that it may
memory.close()
print(held - pinned.pin(pages) >= COUNT * PAGESIZE)
pinned.release()
print(pinned.pin([Pages(PAGESIZE, PAGESIZE)]))
""")
    assert found == "True\n0\n"


def test_memory_that_may_be_in_large_pages_is_left_alone() -> None:
    found = alone("""
from ctypes import addressof, c_char
from mmap import MADV_HUGEPAGE
from pytest_repro.engine.memory_map import MemoryMap
whole = Pages(addressof(c_char.from_buffer(memory)), len(memory))
def present(): return sum(one.size for one in MemoryMap().present([whole])) // PAGESIZE
print(present())
memory.madvise(MADV_HUGEPAGE)
print(present())
""")
    assert found == "800\n0\n"


def test_no_descriptor_is_left_in_a_child_nor_after_the_release() -> None:
    found = alone("""
below = in_child(descriptors)
pinned.release()
print(in_child(descriptors) - below, descriptors() - before)
""")
    assert found == "0 0\n"


def test_a_campaign_pins_while_it_isolates_and_nothing_after_its_end(lab: Lab) -> None:
    alone("")
    lab.write(
        conftest="""
import os
def held(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(line.split()[1] != "0" for line in status if line.startswith("VmPin"))
def pytest_sessionfinish(): say("at the end", held(os.getpid()))
""",
        test_it=f"{PLANT}\nfrom conftest import held\ndef test_it(): say(held(os.getppid()))\n",
    )
    run = bounded(lab, "--repro-stress=60", FORK)
    held = [event for event in run.events if event in ("True", "False")]
    if "True" not in held and not may_lock_memory():
        pytest.skip("another process has pinned what this user may")
    assert held == ["False"] + 59 * ["True"]
    assert run.events[-1] == "at the end False"


# What the system answers to calls that pin pages, put in its place in pytest's own process.
ANSWERS = {"refusal": "-1", "the end of the process": "os.kill(os.getpid(), signal.SIGSYS)"}


@pytest.mark.parametrize("answer", [*ANSWERS, ""])
def test_a_campaign_is_the_same_whatever_the_system_makes_of_pinning(lab: Lab, answer: str) -> None:
    if answer:
        lab.write(
            conftest=f"""
import os, signal
from pytest_repro.engine import pinned_pages
pinned_pages._system_call = lambda: lambda *_: (say("asked"), {ANSWERS[answer]})[1]
"""
        )
    lab.write(
        test_it=f"""{PLANT}
SEEN = []
def files(): return [os.path.realpath(f"/proc/self/fd/{{name}}") for name in os.listdir("/proc/self/fd")]
def test_it():
    SEEN.append(0)
    assert len(SEEN) == 1
    assert not [file for file in files() if "io_uring" in file]
    assert count() != 55, "the 55th"
"""
    )
    run = bounded(lab, "--repro-stress=60", FORK)
    assert outcomes(run, "test_it") == {"passed": 59, "failed": 1}, run.out
    assert numbers(run) == {"test_it": list(range(1, 61))}
    assert any("60 run, 0 lost" in line for line in run.section), run.out
    assert run.counts.get("asked", 0) <= 1  # once, in a child
