"""What must not come up in a process that is going to fork: threads, sockets, event loops, child processes."""

import gc
import os
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_LOOKS: Final = 20  # Linux shows a thread for a moment after join(), and a new process by its parent's name
_PAUSE: Final = 0.001  # seconds between two looks
_KINDS: Final = (
    ("threads", "a thread", "threads"),
    ("sockets", "a socket", "sockets"),
    ("loops", "an event loop", "event loops"),
    ("children", "a child process", "child processes"),
)


@dataclass(frozen=True, slots=True)
class Appearances:
    """What this process had at one moment, each with its name ("" if it has none that Python knows).

    Linux tells it itself; elsewhere only what Python objects stand for is seen. An epoll descriptor counts as an event
    loop: that is what a loop has, whichever library it belongs to.
    """

    threads: Mapping[int, str]
    sockets: Mapping[Any, str]
    loops: Mapping[Any, str]
    children: Mapping[int, str]

    @classmethod
    def now(cls) -> "Appearances":
        """Return what there is now; takes well below a millisecond on Linux."""
        return _as_linux_tells() if os.path.isdir("/proc/self/task") else _as_objects_tell()

    def appeared(self, after: "Appearances") -> list[str]:
        """Return what `after` has and this had not, in plain words: "a thread (Thread-1)", "2 sockets"."""
        told = (
            _told([_name(kind, key, name) for key, name in getattr(after, kind).items() if key not in known], one, many)
            for kind, one, many in _KINDS
            for known in [getattr(self, kind)]
        )
        return [words for words in told if words]

    def appeared_since(self) -> list[str]:
        """Return what has appeared until now; threads that are just ending are given some milliseconds to end."""
        return self.appeared(_without_ending_threads(self.threads))


def python_threads() -> set[int]:
    """Return the native ids of Python's threads beside the calling one."""
    own = threading.get_native_id()
    return {one.native_id for one in threading.enumerate() if one.native_id is not None} - {own}


def fork_hindrance(known: Collection[int] = ()) -> str:
    """Return why this process may not fork now; "" if nothing speaks against it.

    A Python thread beside the calling one does: a child has a copy of the locks that it held, and nobody to release
    them or to do its work. `known` are native ids of threads that the tests have nothing to do with (another plugin's
    from before the collection, xdist's). Threads that libraries made without Python, as numerical ones do on import,
    are left to the libraries, which look after themselves in a fork. A thread that a fixture left behind when it was
    torn down is told here too.
    """
    if not hasattr(os, "fork"):
        return "this platform has no fork"
    expected = {*known, threading.get_native_id()}
    others = {
        key: name for key, name in _without_ending_threads(expected).threads.items() if name and key not in expected
    }
    if not others:
        return ""
    names = [_name("threads", key, name) for key, name in others.items()]
    return f"{_told(names, 'another thread', 'other threads')} {'is' if len(others) == 1 else 'are'} running"


def _without_ending_threads(known: Collection[int]) -> Appearances:
    """Look until each thread beside `known` is one that Python has, or has stayed for some milliseconds."""
    for _ in range(_LOOKS):
        seen = Appearances.now()
        if all(name or key in known for key, name in seen.threads.items()):
            return seen
        time.sleep(_PAUSE)
    return Appearances.now()


def _told(names: list[str], one: str, many: str) -> str:
    if not names:
        return ""
    known = ", ".join(name for name in names if name)
    return (one if len(names) == 1 else f"{len(names)} {many}") + (f" ({known})" if known else "")


def _name(kind: str, key: object, name: str) -> str:
    """Return `name`, or what Linux calls a thread or process that has none."""
    if name or kind not in ("threads", "children"):
        return name
    if kind == "threads":
        return _read(f"/proc/self/task/{key}/comm").strip()
    program = _command(key).split("\x00")[0]
    return os.path.basename(program) or _read(f"/proc/{key}/comm").strip()


def _command(process: object) -> str:
    """Return a child's command line, "" of one that has ended; just after its start Linux shows ours or none."""
    own, command = _read("/proc/self/cmdline"), ""
    for _ in range(_LOOKS):
        if (command := _read(f"/proc/{process}/cmdline")) not in ("", own):
            break
        time.sleep(_PAUSE)
    return command


def _read(path: str) -> str:
    try:
        with open(path, errors="backslashreplace") as file:
            return file.read()
    except OSError:  # it has ended, or this is not Linux
        return ""


# -- Linux


def _as_linux_tells() -> Appearances:
    threads = {int(number): "" for number in os.listdir("/proc/self/task")}
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    sockets: dict[Any, str] = {}
    loops = _running_loop()
    for number, target in _descriptors():
        if target.startswith("socket:["):
            sockets[target] = ""
        elif target == "anon_inode:[eventpoll]":
            loops[number] = ""
    return Appearances({key: names.get(key, "") for key in threads}, sockets, loops, _children(threads))


def _descriptors() -> Iterator[tuple[str, str]]:
    for number in os.listdir("/proc/self/fd"):
        try:
            yield number, os.readlink(f"/proc/self/fd/{number}")
        except OSError:  # the listing's own descriptor is closed by now
            continue


def _children(threads: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for thread in threads:
        try:
            with open(f"/proc/self/task/{thread}/children") as listed:
                found.update(dict.fromkeys(map(int, listed.read().split()), ""))
        except FileNotFoundError:  # the kernel was built without it, or the thread has ended
            found.update(_known_children())
        except OSError:  # the thread is ending
            continue
    return found


# -- without /proc


def _as_objects_tell() -> Appearances:
    started = [one for one in _objects("subprocess", "Popen") if one.returncode is None]
    return Appearances(
        threads={thread.native_id or 0: thread.name for thread in threading.enumerate()},
        sockets={id(one): "" for one in _objects("socket", "socket") if one.fileno() >= 0},
        loops={id(one): "" for one in _objects("asyncio", "AbstractEventLoop") if not one.is_closed()}
        | _running_loop(),
        children=_known_children() | {one.pid: os.path.basename(_program(one.args)) for one in started},
    )


def _objects(module: str, name: str) -> list[Any]:
    """Return all objects of a class, by their true class: a proxy may tell a false one. None if nobody imported it."""
    wanted = getattr(sys.modules.get(module), name, None)
    return [] if wanted is None else [found for found in gc.get_objects() if issubclass(type(found), wanted)]


def _program(args: Any) -> str:
    return os.fsdecode(args if isinstance(args, str | bytes | os.PathLike) else next(iter(args), ""))


# -- both


def _running_loop() -> dict[Any, str]:
    asyncio: Any = sys.modules.get("asyncio")
    loop = None if asyncio is None else asyncio._get_running_loop()
    return {} if loop is None else {id(loop): ""}


def _known_children() -> dict[int, str]:
    multiprocessing: Any = sys.modules.get("multiprocessing")  # who did not import it has started none with it
    children = multiprocessing.active_children() if multiprocessing is not None else ()
    return {child.pid: child.name for child in children if child.pid is not None}
