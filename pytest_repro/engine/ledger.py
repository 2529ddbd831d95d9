"""What the processes of one campaign share: which iterations are handed out, what is in flight, whether to stop.

A file mapped into memory: the campaign process, its children and xdist's workers see each other's numbers at once, and
what a process was at when it died is still there.
"""

import fcntl
import mmap
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from struct import Struct
from typing import Final

from pytest_repro.engine.child import nameless_file
from pytest_repro.engine.clock import now
from pytest_repro.engine.ledger_entry import IDLE, LEFT_BEHIND, TOLD, Claim, TestCounts
from pytest_repro.engine.process_state import is_alive

SLOTS: Final = 256  # processes at once, and ranges that dead ones left behind

# Digest of the tests, stop, interrupted, failures, ranges left behind, tests, slots that were ever used, start.
_HEADER: Final = Struct("<QQQQQQQd")
ROOM: Final = 1 << 26  # bytes of a shared ledger's file, of which only those in use take space: some 800,000 tests
_TEST: Final = Struct("<QQQQQQQQdd")  # see TestCounts
_SLOT: Final = Struct("<qqqqqdqq")  # see Claim
_ASKED_AT: Final = 40
_FLAGS_AT: Final = 48
_STOP: Final = 8
_INTERRUPTED: Final = 16
_FAILURES: Final = 24
_LEFT: Final = 32
_USED: Final = 48
_STARTED: Final = 56
_NUMBER: Final = Struct("<Q")
_TIME: Final = Struct("<d")
_PROGRESS: Final = Struct("<qq")  # the members of a slot that change with each iteration: cursor, running
_PROGRESS_AT: Final = 16  # where they lie in a slot
_SINCE_AT: Final = 40
_ISOLATED_AT: Final = 48
_WORD: Final = Struct("<q")


class Ledger:
    """The numbers, by the tests' positions in the collection. `shared` says that other processes claim as well."""

    def __init__(self, tests: int, digest: int, path: Path | None = None, *, spent: float = 0.0) -> None:
        """Map the file at `path`, made if it is new; without one it is this process's and its children's own.

        One that is new began `spent` seconds ago.

        Raises ValueError if `path` was laid out for other tests (`digest` says which).
        """
        self.tests = tests
        self.shared = path is not None
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600) if path is not None else nameless_file()
        self._tests_at = _HEADER.size
        self._slots_at = self._tests_at + tests * _TEST.size
        size = self._slots_at + SLOTS * _SLOT.size
        if path is None:  # no file: a limit on the size of files, which a test may set, does not hold for it
            self._map, self.created = mmap.mmap(-1, size), True
            _HEADER.pack_into(self._map, 0, digest, 0, 0, 0, 0, tests, 0, now() - spent)
        else:
            self._lay_out(size, digest, spent)

    def _lay_out(self, size: int, digest: int, spent: float) -> None:
        with self._held(always=True):
            if os.fstat(self._file).st_size < size:
                os.ftruncate(self._file, size)
            self._map = mmap.mmap(self._file, size)
            self.created = not _TIME.unpack_from(self._map, _STARTED)[0]
            if self.created:
                _HEADER.pack_into(self._map, 0, digest, 0, 0, 0, 0, self.tests, 0, now() - spent)
        if _NUMBER.unpack_from(self._map, 0)[0] != digest:
            self.close()
            raise ValueError("the ledger was laid out for other tests")

    @classmethod
    def at(cls, path: Path) -> "Ledger | None":
        """Return the ledger that another process has laid out at `path`, None if none has."""
        with path.open("rb") as file:
            digest, *_, tests, _, started = _HEADER.unpack(file.read(_HEADER.size))
        return cls(tests, digest, path) if started else None

    @staticmethod
    def make_room(path: Path) -> None:
        """Make the file of a shared ledger: a process whose tests limit the size of files could not."""
        with path.open("wb") as file:
            file.truncate(ROOM)

    @contextmanager
    def _held(self, always: bool = False) -> Iterator[None]:
        """Hold the others off; a lock of the file belongs to a process, and the kernel ends it with the process."""
        if not (self.shared or always):
            yield
            return
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def share(self) -> None:
        """From now on more than one process claims at once."""
        self.shared = True

    # -- the campaign

    @property
    def started(self) -> float:
        """When the first process began."""
        return float(_TIME.unpack_from(self._map, _STARTED)[0])

    def begin_at(self, started: float) -> None:
        """Take another process's start for the campaign's."""
        _TIME.pack_into(self._map, _STARTED, started)

    @property
    def stopped(self) -> bool:
        """Whether the campaign ends; looked at before every iteration."""
        return self._map[_STOP] != 0

    def stop(self) -> None:
        """End the campaign: nobody begins another iteration."""
        self._map[_STOP] = 1

    @property
    def interrupted(self) -> bool:
        """Whether a person or a signal ended the campaign."""
        return self._map[_INTERRUPTED] != 0

    def interrupt(self) -> None:
        """Note that a person or a signal ends the campaign."""
        self._map[_INTERRUPTED] = self._map[_STOP] = 1

    @property
    def failures(self) -> int:
        """Failing iterations of all tests."""
        return int(_NUMBER.unpack_from(self._map, _FAILURES)[0])

    # -- tests

    def counts(self, test: int) -> TestCounts:
        """Return the numbers of one test."""
        return TestCounts(*_TEST.unpack_from(self._map, self._tests_at + test * _TEST.size))

    def _put(self, test: int, counts: TestCounts) -> None:
        _TEST.pack_into(
            self._map, self._tests_at + test * _TEST.size, counts.next, counts.done, counts.failures, counts.apart,
            counts.near, counts.asked, counts.flags, counts.owner, counts.seconds, counts.begun,
        )  # fmt: skip

    def ask(self, asked: Iterable[int | None]) -> None:
        """Lay down what the whole campaign asks of each test (None: no count); each process does, before it claims."""
        with self._held():
            for test, number in enumerate(asked):
                _NUMBER.pack_into(self._map, self._tests_at + test * _TEST.size + _ASKED_AT, number or 0)

    def mark(self, test: int, flag: int) -> bool:
        """Set a flag and return whether it was not set before."""
        with self._held():
            counts = self.counts(test)
            if counts.flags & flag:
                return False
            counts.flags |= flag
            self._put(test, counts)
            return True

    def has(self, test: int, flag: int) -> bool:
        """Whether a flag is set; cheap enough to ask before every iteration."""
        return bool(self._map[self._tests_at + test * _TEST.size + _FLAGS_AT] & flag)

    def begin(self, test: int) -> float:
        """Return when the test was begun, which is now if it was not."""
        with self._held():
            counts = self.counts(test)
            if not counts.begun:
                counts.begun = now()
                self._put(test, counts)
            return counts.begun

    def note_failure(self, test: int, *, apart: bool) -> None:
        """Count a failing iteration at once: limits of others depend on it."""
        with self._held():
            counts = self.counts(test)
            counts.failures += 1
            counts.apart += apart
            self._put(test, counts)
            _NUMBER.pack_into(self._map, _FAILURES, self.failures + 1)

    # -- handing out

    def own(self, test: int, pid: int) -> bool:
        """Make the process `pid` the only one that may run `test`; False if another one is."""
        with self._held():
            counts = self.counts(test)
            if counts.owner not in (0, pid) and is_alive(counts.owner):
                return False
            counts.owner = pid
            self._put(test, counts)
            return True

    def disown(self, test: int) -> None:
        """Let others run `test` again."""
        with self._held():
            counts = self.counts(test)
            counts.owner = 0
            self._put(test, counts)

    def claim(self, slot: int, pid: int, test: int, total: int, most: int, sharers: int = 1) -> range:
        """Hand out the next ordinals of `test`, at most `most` and a shrinking part of what is left; empty: no more.

        What a dead process left comes first. With `sharers` processes at work nobody gets more than a part of what
        is left, so that all end at about the same time.
        """
        with self._held():
            if (left := self._left_behind(test, most)) is not None:
                start, stop = left
            else:
                counts = self.counts(test)
                rest = total - counts.next
                size = min(most, rest if sharers == 1 else max(1, rest // (2 * sharers)))
                if rest <= 0 or size <= 0:
                    return range(0)
                start, stop = counts.next, counts.next + size
                counts.next = stop
                self._put(test, counts)
            before = self.claim_of(slot)
            self._put_claim(slot, Claim(pid, test, start, IDLE, stop, 0.0, before.isolated, before.parent))
            return range(start, stop)

    def _left_behind(self, test: int, most: int) -> tuple[int, int] | None:
        for slot, claim in self._ranges_left_behind():
            if claim.test == test:
                stop = min(claim.stop, claim.cursor + most)
                if stop < claim.stop:
                    self._put_claim(slot, Claim(LEFT_BEHIND, test, stop, IDLE, claim.stop))
                else:
                    self._put_claim(slot, _FREE)
                    self._count_left_behind(-1)
                return claim.cursor, stop
        return None

    def _ranges_left_behind(self) -> Iterator[tuple[int, Claim]]:
        if _NUMBER.unpack_from(self._map, _LEFT)[0]:  # there is hardly ever one, and looking costs
            for slot, claim in self._used_slots():
                if claim.pid == LEFT_BEHIND:
                    yield slot, claim

    def _used_slots(self) -> Iterator[tuple[int, Claim]]:
        for slot in range(_NUMBER.unpack_from(self._map, _USED)[0]):
            yield slot, self.claim_of(slot)

    def _count_left_behind(self, more: int) -> None:
        _NUMBER.pack_into(self._map, _LEFT, _NUMBER.unpack_from(self._map, _LEFT)[0] + more)

    def reserve(self, pid: int) -> int:
        """Return a free slot, which belongs to `pid` from now on."""
        with self._held():
            slot = self._free_slot()
            self._put_claim(slot, Claim(pid, IDLE, 0, IDLE, 0, parent=os.getpid()))
            return slot

    def _free_slot(self) -> int:
        free = next((slot for slot, claim in self._used_slots() if claim.pid == 0), None)
        if free is None:
            free = _NUMBER.unpack_from(self._map, _USED)[0]
            if free == SLOTS:
                raise RuntimeError(f"more than {SLOTS} processes at once")
            _NUMBER.pack_into(self._map, _USED, free + 1)
        return int(free)

    def settle(self, slot: int) -> None:
        """Give back what a slot's process did not run; the slot stays its own."""
        with self._held():
            claim = self.claim_of(slot)
            self._give_back(claim)
            self._put_claim(slot, Claim(claim.pid, IDLE, 0, IDLE, 0, 0.0, claim.isolated, claim.parent))

    def free(self, slot: int) -> None:
        """Free a slot that held no claim."""
        self._put_claim(slot, _FREE)

    def give_up(self, slot: int) -> None:
        """Give back what a slot's process did not run, and free the slot."""
        with self._held():
            self._give_back(self.claim_of(slot))
            self._put_claim(slot, _FREE)

    def _give_back(self, claim: Claim) -> None:
        """Hand the rest of a claim out again, without the iteration in flight: somebody accounts for that one."""
        start = claim.running + 1 if claim.running != IDLE else claim.cursor
        if claim.test == IDLE or start >= claim.stop:
            return
        counts = self.counts(claim.test)
        if counts.next == claim.stop:
            counts.next = start
            self._put(claim.test, counts)
            return
        self._put_claim(self._free_slot(), Claim(LEFT_BEHIND, claim.test, start, IDLE, claim.stop))
        self._count_left_behind(1)

    def rest(self, test: int, total: int) -> int:
        """Return how many ordinals of `test` are still to be handed out."""
        counts = self.counts(test)
        left = total - counts.next
        return left + sum(one.stop - one.cursor for _, one in self._ranges_left_behind() if one.test == test)

    def busy(self, test: int) -> bool:
        """Whether a living process holds iterations of `test`."""
        return any(
            claim.pid > 0 and claim.test == test and claim.cursor < claim.stop and self._is_accounted_for(claim)
            for _, claim in self._used_slots()
        )

    # -- one process

    def claim_of(self, slot: int) -> Claim:
        """Return what `slot` holds."""
        return Claim(*_SLOT.unpack_from(self._map, self._at(slot)))

    def _put_claim(self, slot: int, claim: Claim) -> None:
        _SLOT.pack_into(
            self._map, self._at(slot), claim.pid, claim.test, claim.cursor, claim.running, claim.stop, claim.since,
            claim.isolated, claim.parent,
        )  # fmt: skip

    def _at(self, slot: int) -> int:
        return self._slots_at + slot * _SLOT.size

    def take_over(self, slot: int, pid: int, *, isolated: bool) -> None:
        """Make `pid` the process that `slot` is about. What else is there stays: that process may be at work by now."""
        at = self._at(slot)
        _WORD.pack_into(self._map, at, pid)
        _WORD.pack_into(self._map, at + _ISOLATED_AT, int(isolated))

    def note_told(self, slot: int) -> None:
        """Note that the iteration of `slot` has ended, though it is not written down yet."""
        _WORD.pack_into(self._map, self._at(slot) + _ISOLATED_AT, TOLD)

    def hand_out_again(self, test: int, ordinal: int) -> None:
        """Have somebody run an iteration again of which the outcome went with its campaign process."""
        with self._held():
            self._put_claim(self._free_slot(), Claim(LEFT_BEHIND, test, ordinal, IDLE, ordinal + 1))
            self._count_left_behind(1)

    def enter(self, slot: int, ordinal: int, since: float) -> None:
        """Note that the iteration `ordinal` begins."""
        at = self._slots_at + slot * _SLOT.size
        _PROGRESS.pack_into(self._map, at + _PROGRESS_AT, ordinal, ordinal)
        _TIME.pack_into(self._map, at + _SINCE_AT, since)

    def leave(self, slot: int, ordinal: int) -> None:
        """Note that the iteration `ordinal` is written down."""
        _PROGRESS.pack_into(self._map, self._slots_at + slot * _SLOT.size + _PROGRESS_AT, ordinal + 1, IDLE)

    def add(self, test: int, done: int, near: int, seconds: float) -> None:
        """Add to a test's numbers what a visit came to."""
        with self._held():
            counts = self.counts(test)
            counts.done += done
            counts.near += near
            counts.seconds += seconds
            self._put(test, counts)

    def dead_slots(self) -> list[int]:
        """Return the slots of processes that are gone without having given up their claims."""
        return [slot for slot, claim in self._used_slots() if claim.pid > 0 and not self._is_accounted_for(claim)]

    @staticmethod
    def _is_accounted_for(claim: Claim) -> bool:
        """Whether a process is at work, or has ended and its campaign process will see to what it left."""
        return is_alive(claim.pid) or is_alive(claim.parent)

    def orphans(self) -> list[int]:
        """Return the slots of processes that are alive although their campaign process is gone."""
        return [slot for slot, one in self._used_slots() if is_alive(one.pid) and not is_alive(one.parent)]

    def close(self) -> None:
        """Unmap, and close the file, if no test has."""
        self._map.close()
        with suppress(OSError):
            os.close(self._file)


_FREE: Final = Claim(0, IDLE, 0, IDLE, 0)
