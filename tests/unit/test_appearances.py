"""What must not exist when a process forks is seen when it comes, and named where it has a name."""

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_repro.engine import appearances
from pytest_repro.engine.appearances import Appearances, _as_objects_tell, fork_hindrance

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has /proc")
LOOKS = [pytest.param(Appearances.now, id="system"), pytest.param(_as_objects_tell, id="objects")]
Look = Callable[[], Appearances]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, what is just coming or going is waited for."""
    monkeypatch.setattr(appearances, "_LOOKS", 30_000)


@contextmanager
def running_thread(name: str) -> Iterator[None]:
    """A thread that runs until the block ends."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name=name)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@contextmanager
def running_child() -> Iterator[None]:
    """A child process that runs until the block ends."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE):
        yield


@pytest.mark.parametrize("look", LOOKS)
def test_a_thread_appears_with_its_name(look: Look) -> None:
    before = look()
    with running_thread("poller"):
        assert before.appeared(look()) == ["a thread (poller)"]


@pytest.mark.parametrize("look", LOOKS)
def test_two_threads_are_counted_and_both_named(look: Look) -> None:
    before = look()
    with running_thread("one"), running_thread("other"):
        (told,) = before.appeared(look())
    assert told.startswith("2 threads (")
    assert {"one", "other"} == set(told.removeprefix("2 threads (").removesuffix(")").split(", "))


@pytest.mark.parametrize("look", LOOKS)
def test_sockets_are_counted(look: Look) -> None:
    before = look()
    with socket.socket():
        assert before.appeared(look()) == ["a socket"]
    one, other = socket.socketpair()
    with one, other:
        assert before.appeared(look()) == ["2 sockets"]
    assert before.appeared(look()) == []


@pytest.mark.parametrize("look", LOOKS)
def test_an_event_loop_appears_and_goes_when_it_is_closed(look: Look) -> None:
    before = look()
    loop = asyncio.new_event_loop()
    try:
        assert "an event loop" in before.appeared(look())
    finally:
        loop.close()
    assert before.appeared(look()) == []


@pytest.mark.parametrize("look", LOOKS)
def test_an_event_loop_that_runs_is_seen_from_within(look: Look) -> None:
    async def told() -> list[str]:
        return before.appeared(look())

    before = look()
    assert any("event loop" in words for words in asyncio.run(told()))


@linux
def test_a_child_process_appears_with_its_name(patient: None) -> None:
    before = Appearances.now()
    with running_child():
        assert before.appeared(Appearances.now()) == ["a child process (cat)"]


def test_a_child_process_is_known_by_its_program_where_the_system_does_not_tell(patient: None) -> None:
    before = _as_objects_tell()
    with running_child():
        assert before.appeared(_as_objects_tell()) == ["a child process (cat)"]


def test_a_file_and_a_pipe_are_no_matter() -> None:
    before = Appearances.now()
    read, write = os.pipe()
    with open(read), open(write, "w"), open(os.devnull):
        assert before.appeared(Appearances.now()) == []


def test_threads_that_have_just_been_joined_have_not_appeared(patient: None) -> None:
    before = Appearances.now()
    for _ in range(50):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(str, range(8)))
        assert before.appeared_since() == []


def test_another_thread_hinders_a_fork_and_is_named() -> None:
    with running_thread("poller"):
        hindrance = fork_hindrance()
    assert "poller" in hindrance
    assert hindrance.endswith(("is running", "are running"))


def test_a_process_of_one_thread_may_fork() -> None:
    code = "from pytest_repro.engine.appearances import fork_hindrance; print(repr(fork_hindrance()))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "''"


@linux
def test_a_thread_that_python_does_not_know_by_name_is_left_to_who_made_it() -> None:
    code = """
        import _thread, threading
        from pytest_repro.engine.appearances import fork_hindrance
        started, end = _thread.allocate_lock(), _thread.allocate_lock()
        started.acquire(), end.acquire()
        _thread.start_new_thread(lambda: (started.release(), end.acquire()), ())
        started.acquire()
        print(len(threading.enumerate()), fork_hindrance())
    """
    told = subprocess.check_output([sys.executable, "-c", textwrap.dedent(code)], text=True)
    assert told == "1 \n"


def test_a_platform_without_fork_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    assert fork_hindrance() == "this platform has no fork"


names = st.dictionaries(st.integers(10**9, 10**9 + 5), st.sampled_from(["", "a", "b"]))
moments = st.builds(Appearances, names, names, names, names)


@given(moments, moments)
def test_what_was_there_before_or_has_gone_is_never_told(before: Appearances, after: Appearances) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(appearances, "_LOOKS", 1)  # there are no such processes to wait for
        told = before.appeared(after)
    kinds = [(before.threads, after.threads), (before.sockets, after.sockets)]
    kinds += [(before.loops, after.loops), (before.children, after.children)]
    assert len(told) == sum(bool(now.keys() - was.keys()) for was, now in kinds)
    assert before.appeared(before) == []
