"""No child outlives us, whatever it does and however we end."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.adapters import process
from harness.adapters.process import TAIL, Command, Finished, run_group, run_groups
from pytest_repro.core.errors import ReproError

linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted by PR_SET_CHILD_SUBREAPER, Linux only")
ENOUGH = 30.0  # seconds; a limit that only a broken run reaches


def shell(script: str, folder: Path, limit: float = ENOUGH, grace: float = 3.0) -> Finished:
    return run_groups([Command(("/bin/sh", "-c", script), folder, dict(os.environ), limit, grace=grace)])[0]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids(folder: Path) -> list[int]:
    return [int(one.read_text()) for one in sorted(folder.glob("*.pid"))]


@pytest.fixture
def time_begins(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let no time pass until all the named files are written, and then all the time there is."""

    def when_written(*files: Path) -> None:
        def monotonic() -> float:
            return 1e6 if all(one.exists() and one.read_text().endswith("\n") for one in files) else 0.0

        monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=monotonic))

    return when_written


def test_exit_code_output_and_time_are_told(tmp_path: Path) -> None:
    ended = shell("echo out; echo err >&2; exit 3", tmp_path)
    assert (ended.exit_code, ended.output_tail, ended.cut) == (3, "out\nerr\n", False)
    assert 0 < ended.seconds < ENOUGH


def test_a_signal_that_ended_the_command_is_its_negative_number(tmp_path: Path) -> None:
    assert shell("kill -SEGV $$", tmp_path).exit_code == -signal.SIGSEGV


def test_standard_input_is_closed(tmp_path: Path) -> None:
    assert shell("read line; echo got $? [$line]", tmp_path).output_tail == "got 1 []\n"


def test_the_environment_is_exactly_the_given_one(tmp_path: Path) -> None:
    ended = run_group(
        [sys.executable, "-c", "import os; print(os.environ.get('A'), 'HOME' in os.environ)"],
        tmp_path,
        {"A": "b"},
        ENOUGH,
    )
    assert ended.output_tail == "b False\n"


def test_at_the_limit_the_whole_group_ends(tmp_path: Path, time_begins: Callable[..., None]) -> None:
    time_begins(tmp_path / "a.pid", tmp_path / "b.pid")
    ended = shell("sleep 300 & echo $! >a.pid; echo $$ >b.pid; wait", tmp_path, limit=0.05)
    assert (ended.cut, ended.exit_code) == (True, -signal.SIGTERM)
    assert len(pids(tmp_path)) == 2
    assert not [one for one in pids(tmp_path) if is_alive(one)]


def test_what_ignores_the_polite_request_is_killed(tmp_path: Path, time_begins: Callable[..., None]) -> None:
    time_begins(tmp_path / "a.pid")
    ended = shell("trap '' TERM; echo $$ >a.pid; while :; do sleep 300; done", tmp_path, limit=0.05, grace=0.2)
    assert (ended.cut, ended.exit_code) == (True, -signal.SIGKILL)
    assert not is_alive(pids(tmp_path)[0])


def test_a_limit_of_nothing_cuts_at_once(tmp_path: Path) -> None:
    assert shell("sleep 300", tmp_path, limit=-1).cut


@linux
def test_a_daemon_that_left_the_group_ends_too(tmp_path: Path) -> None:
    script = "setsid sh -c 'echo $$ >a.pid; sleep 300' & until [ -s a.pid ]; do :; done"
    ended = shell(script, tmp_path)
    assert (ended.cut, ended.exit_code) == (False, 0)
    assert not is_alive(pids(tmp_path)[0])


def test_what_runs_in_the_background_ends_with_the_command(tmp_path: Path) -> None:
    shell("sleep 300 & echo $! >a.pid", tmp_path)
    assert not is_alive(pids(tmp_path)[0])


def test_commands_run_at_the_same_time_and_answer_in_order(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # each end waits for the other: one after the other, neither would end
    scripts = ("cat pipe; echo reader", "echo from the writer >pipe; echo writer; exit 2")
    commands = [Command(("/bin/sh", "-c", one), tmp_path, dict(os.environ), ENOUGH) for one in scripts]
    first, second = run_groups(commands)
    assert (first.output_tail, second.output_tail) == ("from the writer\nreader\n", "writer\n")
    assert (first.exit_code, second.exit_code, first.cut or second.cut) == (0, 2, False)


def test_each_command_has_its_own_limit(tmp_path: Path) -> None:
    env = dict(os.environ)
    short = Command(("sleep", "300"), tmp_path, env, 0.2)
    done = Command(("true",), tmp_path, env, ENOUGH)
    assert [one.cut for one in run_groups([short, done, short])] == [True, False, True]


def test_only_the_last_whole_lines_of_long_output_stay_in_memory(tmp_path: Path) -> None:
    ended = run_group(
        [sys.executable, "-c", "for i in range(40000): print(f'line {i}')"],
        tmp_path,
        os.environ,
        ENOUGH,
        tmp_path / "out",
    )
    lines = ended.output_tail.splitlines()
    assert len(ended.output_tail) <= TAIL
    assert lines[0].startswith("line ")
    assert lines[-1] == "line 39999"
    assert (tmp_path / "out").read_text().startswith("line 0\nline 1\n")


def test_output_that_is_no_text_is_shown_all_the_same(tmp_path: Path) -> None:
    assert shell(r"printf '\377ok\n'", tmp_path).output_tail == "�ok\n"


def test_output_does_not_follow_a_link_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    (tmp_path / "out").symlink_to("precious")
    with pytest.raises(OSError, match="symbolic links"):
        run_group(["echo", "y"], tmp_path, os.environ, ENOUGH, tmp_path / "out")
    assert (tmp_path / "precious").read_text() == "x"


def test_a_program_that_does_not_exist_is_said(tmp_path: Path) -> None:
    ended = run_group(["no-such-program"], tmp_path, os.environ, ENOUGH)
    assert ended.exit_code == 127
    assert "no-such-program: No such file" in ended.output_tail


@pytest.mark.parametrize(("argv", "folder"), [(["true"], "missing"), (["true", "a\0b"], ".")])
def test_what_cannot_be_started_is_an_error_with_a_hint(tmp_path: Path, argv: list[str], folder: str) -> None:
    with pytest.raises(ReproError) as caught:
        run_group(argv, tmp_path / folder, os.environ, ENOUGH)
    assert (caught.value.slug, bool(caught.value.hint)) == ("cannot-start", True)


def test_a_command_that_cannot_start_takes_the_started_ones_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")
    started, start = [], subprocess.Popen

    def start_after_the_first(argv: list[str], **how: Any) -> subprocess.Popen[bytes]:
        if "true" in argv:
            started.append(int((tmp_path / "fifo").read_text()))
        return start(argv, **how)

    monkeypatch.setattr(process.subprocess, "Popen", start_after_the_first)
    good = Command(("/bin/sh", "-c", "echo $$ >fifo; sleep 300"), tmp_path, dict(os.environ), ENOUGH)
    with pytest.raises(ReproError):
        run_groups([good, Command(("true",), tmp_path / "missing", {}, ENOUGH)])
    assert [is_alive(one) for one in started] == [False]


@linux
def test_no_zombie_stays(tmp_path: Path) -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    before = children()
    shell("sleep 300 & true", tmp_path)
    shell("sleep 300", tmp_path, limit=0.1)
    assert children() <= before


STARTER = """
import os, sys
from pathlib import Path
from harness.adapters.process import Command, run_groups
folder = Path(sys.argv[1])
script = "sleep 300 & setsid sleep 301 & echo $$ $! >{}.fifo; wait"
run_groups([Command(("/bin/sh", "-c", script.format(n)), folder, dict(os.environ), 300.0, grace=0.2) for n in "ab"])
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_when_we_are_ended_so_are_all_children(tmp_path: Path, how: signal.Signals) -> None:
    for name in "ab":
        os.mkfifo(tmp_path / f"{name}.fifo")
    root = Path(__file__).parents[2]
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(root)},
        stderr=subprocess.DEVNULL,
    )
    started = [int(pid) for name in "ab" for pid in (tmp_path / f"{name}.fifo").read_text().split()]
    handles = [os.pidfd_open(pid) for pid in started]
    starter.send_signal(how)
    starter.wait(ENOUGH)
    try:
        for handle in handles:
            assert select.select([handle], [], [], ENOUGH)[0], "a child outlived its starter"
    finally:
        for handle in handles:
            os.close(handle)
    assert len(started) == 4


@linux
def test_a_killed_keeper_takes_its_command_along(tmp_path: Path) -> None:
    ended = shell("sleep 300 & echo $! >a.pid; echo $$ >b.pid; kill -KILL $PPID; wait", tmp_path)
    assert ended.exit_code == -signal.SIGKILL
    assert [_dies(one) for one in pids(tmp_path)] == [True, True]


def _dies(pid: int) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], ENOUGH)[0])
    finally:
        os.close(handle)
