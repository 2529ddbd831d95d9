"""Where a process was when it died is read from what faulthandler writes."""

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_repro.core.fault_stack import FaultFrame, FaultStack, FaultThread, frame_of_interest, parse_fault_stack

LIB = "/usr/lib/python3.12"
SEGFAULT = f"""Fatal Python error: Segmentation fault

Thread 0x00007f2b412d96c0 (most recent call first):
  File "/proj/tests/test_it.py", line 4 in waits
  File "{LIB}/threading.py", line 1010 in run

Current thread 0x00007f2b41f58b80 (most recent call first):
  File "{LIB}/ctypes/__init__.py", line 525 in string_at
  File "/proj/src/pack.py", line 3 in unpack
  File "/proj/tests/test_it.py", line 9 in test_it
  File "/proj/.venv/lib/python3.12/site-packages/_pytest/python.py", line 159 in pytest_pyfunc_call
  ...

Extension modules: _ctypes, numpy.core._multiarray_umath (total: 2)
"""
TIMEOUT = f"""Timeout (0:00:00.100000)!
Thread 0x00007f0209f186c0 (most recent call first):
  File "{LIB}/threading.py", line 982 in run

Thread 0x00007f020aca4b80 (most recent call first):
  File "{LIB}/threading.py", line 327 in wait
  File "/proj/tests/test_it.py", line 15 in test_it
"""


def test_a_segmentation_fault_is_read_with_all_of_its_threads() -> None:
    stack = parse_fault_stack(SEGFAULT)

    assert stack.error == "Segmentation fault"
    assert [(thread.current, len(thread.frames)) for thread in stack.threads] == [(False, 2), (True, 4)]
    assert stack.threads[1].frames[1] == FaultFrame("/proj/src/pack.py", 3, "unpack")


def test_the_frame_of_interest_is_the_deepest_of_the_project_in_the_thread_that_crashed() -> None:
    assert frame_of_interest(parse_fault_stack(SEGFAULT), "/proj") == FaultFrame("/proj/src/pack.py", 3, "unpack")


def test_at_a_time_out_the_main_thread_is_of_interest() -> None:
    stack = parse_fault_stack(TIMEOUT)

    assert stack.error == ""
    assert not any(thread.current for thread in stack.threads)
    assert frame_of_interest(stack, "/proj") == FaultFrame("/proj/tests/test_it.py", 15, "test_it")


@pytest.mark.parametrize("root", ["/elsewhere", "/pro", "/proj/tests/test_it.py", "/proj/src/pack.py/"])
def test_without_a_frame_of_the_project_the_deepest_is_taken(root: str) -> None:
    assert frame_of_interest(parse_fault_stack(TIMEOUT), root) == FaultFrame(f"{LIB}/threading.py", 327, "wait")


@pytest.mark.parametrize("root", ["/proj/", "/proj", "/"])
def test_a_slash_at_the_end_of_the_root_does_not_matter(root: str) -> None:
    text = 'Current thread 0x1 (most recent call first):\n  File "/proj/a.py", line 1 in f\n'

    assert frame_of_interest(parse_fault_stack(text), root) == FaultFrame("/proj/a.py", 1, "f")


@pytest.mark.parametrize(
    "folder",
    [
        ".venv/lib/python3.11/site-packages",
        "env/lib/python3.13t",
        "conda/lib/python3.12",
        "v/Lib/site-packages",
        "d/dist-packages",
    ],
)
def test_what_is_installed_below_the_root_is_not_the_projects_own(folder: str) -> None:
    text = (
        "Current thread 0x1 (most recent call first):\n"
        f'  File "/proj/{folder}/x.py", line 1 in deep\n  File "/proj/a.py", line 2 in mine\n'
    )

    assert frame_of_interest(parse_fault_stack(text), "/proj") == FaultFrame("/proj/a.py", 2, "mine")


def test_a_project_that_itself_lies_in_site_packages_is_looked_into() -> None:
    root = "/venv/lib/python3.11/site-packages/pkg"
    text = (
        "Current thread 0x1 (most recent call first):\n"
        f'  File "/x.py", line 1 in f\n  File "{root}/t.py", line 2 in g\n'
    )

    assert frame_of_interest(parse_fault_stack(text), root) == FaultFrame(f"{root}/t.py", 2, "g")


def test_windows_paths_lie_below_their_root() -> None:
    text = (
        "Windows fatal exception: access violation\n\nCurrent thread 0x00001a2c (most recent call first):\n"
        '  File "C:\\Python\\Lib\\ctypes\\__init__.py", line 1 in f\n  File "C:\\proj\\t.py", line 2 in g\n'
    )
    stack = parse_fault_stack(text)

    assert stack.error == "access violation"
    assert frame_of_interest(stack, "C:\\proj") == FaultFrame("C:\\proj\\t.py", 2, "g")


@pytest.mark.parametrize(
    "head",
    [
        "Current thread 0x00007f2b41f58b80 [python] (most recent call first):",
        "Current thread 0x00007f2b41f58b80 [Dummy (most] (most recent call first):",
        "Stack (most recent call first):",
    ],
)
def test_the_forms_of_other_python_versions_name_the_current_thread(head: str) -> None:
    assert parse_fault_stack(f'{head}\n  File "/a.py", line 1 in f\n').threads == (
        FaultThread(True, (FaultFrame("/a.py", 1, "f"),)),
    )


def test_a_thread_without_python_frames_has_none() -> None:
    stack = parse_fault_stack(
        "Fatal Python error: Aborted\n\nCurrent thread 0x1 (most recent call first):\n  <no Python frame>\n"
    )

    assert stack == FaultStack("Aborted", (FaultThread(True, ()),))
    assert frame_of_interest(stack, "/proj") is None


def test_a_garbage_collection_is_no_frame() -> None:
    text = 'Current thread 0x1 (most recent call first):\n  Garbage-collecting\n  File "/a.py", line 1 in f\n'

    assert parse_fault_stack(text).threads[0].frames == (FaultFrame("/a.py", 1, "f"),)


def test_a_stack_of_c_functions_is_none_of_ours() -> None:
    text = SEGFAULT + (
        "\nCurrent thread's C stack trace (most recent call first):\n"
        '  Binary file "/usr/bin/python", at _Py_DumpStack+0x31 [0x5d2c1b]\n'
    )

    assert parse_fault_stack(text) == parse_fault_stack(SEGFAULT)


def test_what_python_does_not_know_is_left_empty() -> None:
    text = 'Current thread 0x1 (most recent call first):\n  File ???, line ??? in ???\n  File "/a.py", line ??? in f\n'

    assert parse_fault_stack(text).threads[0].frames == (FaultFrame("", 0, "???"), FaultFrame("/a.py", 0, "f"))


def test_paths_with_quotes_and_the_word_line_in_them_are_read_whole() -> None:
    text = 'Current thread 0x1 (most recent call first):\n  File "/a "b", line 7 in/c.py", line 3 in f\n'

    assert parse_fault_stack(text).threads[0].frames == (FaultFrame('/a "b", line 7 in/c.py', 3, "f"),)


def test_escaped_letters_are_read_back_and_a_backslash_of_a_windows_path_is_left() -> None:
    text = (
        "Current thread 0x1 (most recent call first):\n"
        '  File "/caf\\xe9/\\u2603/\\U0001f600.py", line 1 in gr\\xfc\xdfe\n  File "C:\\x41\\u0041.py", line 2 in g\n'
    )
    first, second = parse_fault_stack(text).threads[0].frames

    assert (first.path, first.function) == ("/café/☃/😀.py", "grüße")
    assert second.path == "C:\\x41\\u0041.py"


def test_of_two_dumps_the_last_is_read() -> None:
    stack = parse_fault_stack(TIMEOUT + "\n" + SEGFAULT)

    assert stack == parse_fault_stack(SEGFAULT)


@pytest.mark.parametrize(
    "text", ["", "\n", "Killed\n", '  File "/a.py", line 1 in f\n', "Traceback (most recent call last):\n"]
)
def test_text_without_a_dump_is_an_empty_stack(text: str) -> None:
    assert parse_fault_stack(text) == FaultStack("", ())
    assert frame_of_interest(parse_fault_stack(text), "/proj") is None


PROGRAM = """import faulthandler, os, threading, time
def waits(): started.set(); time.sleep(60)
def crash_here(): {crash}
started = threading.Event()
threading.Thread(target=waits, daemon=True).start()
started.wait()
faulthandler.enable()
crash_here()
"""


@pytest.mark.parametrize(
    ("crash", "error"),
    [
        ("os.abort()", "Aborted"),
        ("os.kill(os.getpid(), 11)", "Segmentation fault"),
        ("faulthandler.dump_traceback(); os._exit(0)", ""),
        ("faulthandler.dump_traceback_later(0.05, exit=True); threading.Event().wait()", ""),
    ],
)
def test_what_this_python_writes_is_understood(crash: str, error: str, tmp_path: Path) -> None:
    program = tmp_path / "prögram.py"
    program.write_text(PROGRAM.format(crash=crash), encoding="utf-8")
    ended = subprocess.run([sys.executable, "-I", str(program)], capture_output=True, check=False, timeout=60)
    stack = parse_fault_stack(ended.stderr.decode())

    assert stack.error == error
    assert frame_of_interest(stack, str(tmp_path)) == FaultFrame(str(program), 3, "crash_here")
    assert {frame.function for thread in stack.threads for frame in thread.frames} >= {"waits", "crash_here"}
