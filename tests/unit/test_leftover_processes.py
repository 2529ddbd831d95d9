"""What a test left running is named and ended, and nothing else is."""

import os
import select
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_repro.engine import leftover_processes
from pytest_repro.engine.leftover_processes import end_group, end_orphans, listed, own_children, threads_left

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and prctl")
pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
ENOUGH = 30.0  # seconds; a limit that only a broken run reaches


def group_of(script: str, folder: Path, *pipes: str) -> int:
    """Run a shell to its end as the leader of a group; what reads from `pipes` in the background is there then."""
    for name in pipes:
        os.mkfifo(folder / name)
    shell = subprocess.Popen(["sh", "-c", script], cwd=folder, process_group=0)
    for name in pipes:
        with (folder / name).open("w"):  # waits until the reader runs
            pass
    assert shell.wait(ENOUGH) == 0
    return shell.pid


# A reader that goes on when the writer has gone.
READ = "tail -f pipe{0} & echo $! >{0}.pid;"


def goes(folder: Path, name: str) -> bool:
    try:
        handle = os.pidfd_open(int((folder / f"{name}.pid").read_text()))
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], ENOUGH)[0])
    finally:
        os.close(handle)


@linux
def test_what_is_left_of_a_group_is_named_and_ended(tmp_path: Path) -> None:
    leader = group_of(READ.format("a") + READ.format("b"), tmp_path, "pipea", "pipeb")
    assert sorted(end_group(leader)) == ["tail -f pipea", "tail -f pipeb"]
    assert goes(tmp_path, "a")
    assert goes(tmp_path, "b")
    assert end_group(leader) == []


def test_names_are_listed_once_with_their_count() -> None:
    assert listed(["sleep 9", "sh -c x", "sleep 9", "sleep 9"]) == "sleep 9 (3 times), sh -c x"


def test_of_a_group_that_has_gone_nothing_is_left(tmp_path: Path) -> None:
    assert end_group(group_of("true", tmp_path)) == []


@linux
def test_a_long_command_line_is_cut_and_shows_no_control_characters(tmp_path: Path) -> None:
    leader = group_of(f"tail -f pipe '\033[31m' {'x' * 100} 2>/dev/null &", tmp_path, "pipe")
    (words,) = end_group(leader)
    assert words.startswith("tail -f pipe ?[31m xxx")
    assert (len(words), words[-1]) == (80, "…")


@linux
def test_children_that_are_known_go_on_and_the_others_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = own_children()
    known = subprocess.Popen(["tail", "-f", "/dev/null"], process_group=0)
    unknown = subprocess.Popen(["tail", "-f", str(tmp_path / "pipe")], process_group=0)
    with (tmp_path / "pipe").open("w"):
        pass
    try:
        assert own_children() - before == {known.pid, unknown.pid}
        left = end_orphans(before | {known.pid})
        assert left == [f"tail -f {tmp_path / 'pipe'}"[:79] + "…"] or left == [f"tail -f {tmp_path / 'pipe'}"]
        assert own_children() - before == {known.pid}
        assert known.poll() is None
    finally:
        for one in (known, unknown):
            one.kill()
            one.wait()


@linux
def test_children_of_our_own_group_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftover_processes, "_EXEC", ENOUGH)
    before = own_children()
    ours = subprocess.Popen(["sleep", "600"])
    theirs = subprocess.Popen(["sleep", "601"], process_group=0)
    try:
        assert end_orphans(before) == ["sleep 601"]
        assert ours.poll() is None
    finally:
        for one in (ours, theirs):
            one.kill()
            one.wait()


@linux
def test_a_process_that_is_just_becoming_another_program_is_told_with_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leftover_processes, "_EXEC", ENOUGH)
    before = own_children()
    for _ in range(200):  # without the wait for its words one in seventy was told by its bare name
        with subprocess.Popen(["sleep", "600"], process_group=0):
            assert end_orphans(before) == ["sleep 600"]


# A daemon that left its group, with a child that left it as well: both come to the subreaper, one after the other.
DAEMON = """
import os, subprocess, sys
from pytest_repro.engine.leftover_processes import become_subreaper, end_group, end_orphans
assert become_subreaper()
shell = "setsid sh -c 'setsid tail -f pipea & echo $! >a.pid; tail -f pipeb' & echo $! >b.pid"
leader = subprocess.Popen(["sh", "-c", shell], process_group=0)
leader.wait()
for name in ("pipea", "pipeb"):
    open(name, "w").close()
assert end_group(leader.pid) == [], "nothing is left in the group"
print(end_orphans(set()))
print(end_orphans(set()))
"""


def script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run([sys.executable, "-c", text], cwd=folder, env=env, capture_output=True, text=True, timeout=60)


@linux
def test_daemons_that_left_the_group_are_named_and_ended(tmp_path: Path) -> None:
    for name in ("pipea", "pipeb"):
        os.mkfifo(tmp_path / name)
    done = script(DAEMON, tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "'tail -f pipea'" in first
    assert "'tail -f pipeb'" in first
    assert second == "[]"
    assert goes(tmp_path, "a")
    assert goes(tmp_path, "b")


@linux
def test_a_descendant_that_ended_but_was_not_waited_for_is_no_leftover(tmp_path: Path) -> None:
    done = script(
        """
import os
from pytest_repro.engine.leftover_processes import become_subreaper, end_group, own_children
become_subreaper()
ended, says = os.pipe()
if not (child := os.fork()):
    os.setpgid(0, 0)
    if not os.fork():
        os._exit(0)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    os._exit(0)
os.waitpid(child, 0)
assert own_children(), "the grandchild waits for somebody to ask"
assert end_group(child) == []
assert own_children() == set()
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr


@linux
def test_what_python_itself_started_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftover_processes, "_EXEC", ENOUGH)
    text = """
import os, signal
from multiprocessing import resource_tracker
resource_tracker.ensure_running()
if os.fork():
    os._exit(0)
signal.pause()  # and holds open what the tracker waits for the end of
"""
    leader = subprocess.Popen([sys.executable, "-c", text], process_group=0)
    assert leader.wait(ENOUGH) == 0
    (left,) = end_group(leader.pid)
    assert "import os, signal" in left or left.endswith("…")


@linux
def test_a_child_dies_with_its_parent() -> None:
    read, write = os.pipe()
    text = f"""
import os, signal
from pytest_repro.engine.leftover_processes import die_with_parent, prepare
prepare()
ready, says = os.pipe()
if not os.fork():
    die_with_parent()
    os.write(says, b"x")
    signal.pause()
os.read(ready, 1)
os.close({write})
os.kill(os.getpid(), signal.SIGKILL)
"""
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    parent = subprocess.Popen([sys.executable, "-c", text], env=env, pass_fds=(write,))
    os.close(write)  # the child alone holds it then
    try:
        assert parent.wait(ENOUGH) == -9
        assert select.select([read], [], [], ENOUGH)[0], "the child outlived its parent"
    finally:
        os.close(read)


def test_threads_that_still_run_are_named() -> None:
    end, before = threading.Event(), threading.active_count()
    assert threads_left(before) == []
    workers = [threading.Thread(target=end.wait, args=(ENOUGH,), name=name) for name in ("pool-1", "pool-2")]
    for worker in workers:
        worker.start()
    try:
        assert threads_left(before) == ["pool-1", "pool-2"]
        assert threads_left(before + 1) == ["pool-2"]
    finally:
        end.set()
        for worker in workers:
            worker.join()
    assert threads_left(before) == []
