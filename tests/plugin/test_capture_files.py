"""Two children that print at the same time have each its own text, all of it."""

import json
import os
import sys
from typing import Any

import pytest
from campaign import Lab

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

# Each child writes one line and passes the turn, so that without files of their own the lines would be mixed.
CONFTEST = """
import json, os, subprocess, sys
from _pytest.runner import runtestprotocol
from pytest_repro.engine.capture_files import own_capture_files

TURNS = [os.pipe(), os.pipe()]

def write_lines(me):
    for number in range(20):
        os.read(TURNS[me][0], 1)
        print(f"{me} print {number}")
        print(f"{me} print {number}", file=sys.stderr)
        os.write(1, f"{me} write {number}\\n".encode())
        os.write(2, f"{me} write {number}\\n".encode())
        os.write(TURNS[1 - me][1], b"x")
    subprocess.run(["sh", "-c", f"echo {me} shell; echo {me} shell >&2"])

def open_files():
    return sorted(int(name) for name in os.listdir("/dev/fd"))

def both(main):
    pids = []
    for me in (0, 1):
        pid = os.fork()
        if not pid:
            try:
                main(me)
                os._exit(0)
            except BaseException as error:
                with open(f"error.{me}", "w") as file:
                    file.write(repr(error))
            finally:
                os._exit(1)
        pids.append(pid)
    os.write(TURNS[0][1], b"x")
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0, 0]

def tell(me, **found):
    with open(f"found.{me}", "w") as file:
        json.dump(found, file)
"""

# The fork happens between tests, while capturing is suspended.
BETWEEN = """
def pytest_runtest_protocol(item):
    def main(me):
        before = open_files()
        own_capture_files(item.config)
        after = open_files()
        os.write(1, f"{me} for the terminal\\n".encode())
        item.me = me
        call = runtestprotocol(item, log=False)[1]
        tell(me, before=before, after=after, outcome=call.outcome, out=call.capstdout, err=call.capstderr)
    both(main)
    return True
"""

# The fork happens inside a test, while capturing is on.
INSIDE = """
from conftest import both, open_files, own_capture_files, tell, write_lines
def test_forks(request):
    print("the parent's")
    def main(me):
        before = open_files()
        own_capture_files(request.config)
        after = open_files()
        write_lines(me)
        out, err = request.config.pluginmanager.getplugin("capturemanager").read_global_capture()
        tell(me, before=before, after=after, outcome="passed", out=out, err=err)
    both(main)
"""


def two_children(lab: Lab, *args: str, conftest: str, test: str) -> tuple[list[dict[str, Any]], str]:
    lab.write(conftest=CONFTEST + conftest, test_it=test)
    done = lab.run_process("-rP", *args)
    errors = [file.read_text() for file in sorted(lab.path.glob("error.*"))]
    assert (done.code, errors) == (0, []), done.out + done.err
    return [json.loads((lab.path / f"found.{me}").read_text()) for me in (0, 1)], done.out


def between(lab: Lab, *args: str) -> list[dict[str, Any]]:
    test = "from conftest import write_lines\ndef test_it(request):\n    write_lines(request.node.me)\n"
    children, out = two_children(lab, *args, conftest=BETWEEN, test=test)
    assert out.count(" for the terminal\n") == 2  # what is written while nothing is captured is not
    return children


def own_text(me: int, *ways: str, last: bool) -> str:
    lines = [f"{me} {way} {number}" for number in range(20) for way in ways]
    return "\n".join([*lines, f"{me} shell"] if last else lines) + "\n"


def test_children_forked_between_tests_have_their_own_text(lab: Lab) -> None:
    for me, found in enumerate(between(lab, "--capture=fd")):
        assert found["outcome"] == "passed"
        assert found["out"] == found["err"] == own_text(me, "print", "write", last=True)


def test_children_forked_while_capturing_have_their_own_text(lab: Lab) -> None:
    children, out = two_children(lab, "--capture=fd", conftest="", test=INSIDE)
    for me, found in enumerate(children):
        assert found["out"] == found["err"] == own_text(me, "print", "write", last=True)
    assert "the parent's" in out
    assert "0 print" not in out


@pytest.mark.parametrize("way", ["sys", "tee-sys"])
def test_capturing_in_memory_stays_as_it_is(lab: Lab, way: str) -> None:
    for me, found in enumerate(between(lab, f"--capture={way}")):
        assert found["outcome"] == "passed"
        assert found["out"] == found["err"] == own_text(me, "print", last=False)


@pytest.mark.parametrize("args", [("--capture=no",), ("-p", "no:capture")])
def test_without_capturing_nothing_happens(lab: Lab, args: tuple[str, ...]) -> None:
    for found in between(lab, *args):
        assert (found["outcome"], found["out"]) == ("passed", "")


@pytest.mark.skipif(sys.platform != "linux", reason="lists the open files in /dev/fd")
def test_no_file_stays_open(lab: Lab) -> None:
    for found in between(lab, "--capture=fd"):
        assert found["before"] == found["after"]
