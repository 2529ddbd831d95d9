"""Child processes that cannot outlive us: a session each, a limit each, ended with everything that they started."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from pytest_repro.core.errors import ReproError

GRACE: Final = 3.0  # seconds between "please end" and "end"
TAIL: Final = 16_384  # bytes of output kept in memory
_LAST_RESORT: Final = 10.0  # seconds after the grace until the keeper itself is killed
_KEEPER: Final = Path(__file__).with_name("keeper.py")


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: `argv` in `cwd` with exactly `env`, ended `limit` seconds after its start.

    Output goes to the file `output` (None: kept only as the tail); standard input is closed.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    limit: float
    output: Path | None = None
    grace: float = GRACE


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: exit code (minus the signal that ended it), seconds, whether we cut it, its last output.

    Exit code 127 also means that the program cannot be run; the output says so.
    """

    exit_code: int
    seconds: float
    cut: bool
    output_tail: str


def run_group(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], limit: float, output: Path | None = None
) -> Finished:
    """Run one command to its end or its limit; nothing that it started is alive afterwards."""
    return run_groups([Command(tuple(argv), cwd, env, limit, output)])[0]


def run_groups(commands: Sequence[Command]) -> list[Finished]:
    """Run the commands at the same time and wait for all; results in the same order.

    Whatever interrupts the wait (Ctrl-C, a kill of this process) ends them all.
    """
    with ExitStack() as stack:
        kept = [stack.enter_context(_Kept(command)) for command in commands]
        _wait(kept)
        return [one.finished() for one in kept]


class _Kept:
    """A running command, seen through its keeper's socket."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.cut = False
        self.said = b""
        self.ended: float | None = None

    def __enter__(self) -> "_Kept":
        self.file: IO[bytes] = _output(self.command.output)
        self.line, theirs = socket.socketpair()
        with theirs:
            self.started = time.monotonic()
            self.keeper = self._start(theirs.fileno())
        self.deadline = self.started + max(0.0, self.command.limit)
        return self

    def _start(self, descriptor: int) -> subprocess.Popen[bytes]:
        # -I -S: the keeper is ours alone, whatever PYTHONPATH or sitecustomize the command is given.
        keeper = [sys.executable, "-I", "-S", str(_KEEPER), str(descriptor), str(self.command.grace)]
        try:
            return subprocess.Popen(
                [*keeper, *self.command.argv],
                cwd=self.command.cwd,
                env=dict(self.command.env),
                stdin=subprocess.DEVNULL,
                stdout=self.file,
                stderr=subprocess.STDOUT,
                pass_fds=(descriptor,),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in a word
            self.file.close()
            self.line.close()
            raise ReproError(
                f"{self.command.argv[0]} cannot be started in {self.command.cwd}: {error}",
                "cannot-start",
                "check that the folder exists and that the command is written correctly",
            ) from None

    def end(self) -> None:
        """Ask the keeper to end everything; fine if it has ended already."""
        self.deadline = time.monotonic() + self.command.grace + _LAST_RESORT
        try:
            self.line.shutdown(socket.SHUT_WR)
        except OSError:
            return  # it hung up first: it has ended

    def overdue(self) -> None:
        """Act on a passed deadline: ask once, then kill the keeper, which takes the command with it."""
        if self.cut:
            self.keeper.kill()
        else:
            self.cut = True
            self.end()

    def heard(self) -> None:
        """Take what the keeper says; its end of file means that all is over."""
        try:
            text = self.line.recv(64)
        except ConnectionError:
            text = b""
        self.said += text
        if not text:
            self.ended = time.monotonic()

    def finished(self) -> Finished:
        """Return how it ended; a keeper that was killed could not say it, and ended its command by that."""
        code = self._told("code")
        code = -signal.SIGKILL if code is None else code
        return Finished(code, (self.ended or time.monotonic()) - self.started, self.cut, _tail(self.file))

    def __exit__(self, *_: object) -> None:
        try:
            if self.ended is None:
                self.end()
                self.keeper.wait(self.command.grace + _LAST_RESORT)
        except subprocess.TimeoutExpired:
            self.keeper.kill()
        finally:
            self.keeper.wait()
            self._clear_group()
            self.line.close()
            self.file.close()

    def _clear_group(self) -> None:
        """End the command's group where its keeper was killed and could not."""
        if self.ended is None:
            self.line.setblocking(False)
            with suppress(BlockingIOError, ConnectionError):
                self.said += self.line.recv(64)
        group = self._told("group")
        if group is not None and self._told("code") is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def _told(self, what: str) -> int | None:
        """Return the number that the keeper gave for `what`, None if it did not."""
        lines = (line.split() for line in self.said.decode().splitlines())
        return next((int(words[1]) for words in lines if len(words) == 2 and words[0] == what), None)


def _wait(kept: Sequence[_Kept]) -> None:
    """Return when every command has ended, each cut at its own deadline."""
    with selectors.DefaultSelector() as selector:
        for one in kept:
            selector.register(one.line, selectors.EVENT_READ, one)
        while selector.get_map():
            waiting: list[_Kept] = [key.data for key in selector.get_map().values()]
            now = time.monotonic()
            for key, _ in selector.select(max(0.0, min(one.deadline for one in waiting) - now)):
                key.data.heard()
                if key.data.ended is not None:
                    selector.unregister(key.fileobj)
            for one in waiting:
                if one.ended is None and time.monotonic() >= one.deadline:
                    one.overdue()


def _output(path: Path | None) -> IO[bytes]:
    """Return the file for the output, readable too; a path in the way is never followed as a link."""
    if path is None:
        return tempfile.TemporaryFile()
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w+b")


def _tail(file: IO[bytes]) -> str:
    """Return the last whole lines of `file`, at most TAIL bytes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    text = file.read(TAIL)
    if size > TAIL:
        text = text.partition(b"\n")[2] or text
    return text.decode("utf-8", "replace")
