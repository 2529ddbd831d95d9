"""Generators that a project made without a seed of its own: a forked child would repeat its parent's values in them."""

import gc
import random
import secrets
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any, Final
from weakref import ref

from pytest_repro.core.seed import derive_seed

_NUMPY: Final = "numpy.random.bit_generator"


class RandomInstances:
    """Knows the generators that nobody seeded, and seeds them; those that their owner seeded are never touched.

    A generator is known if it was made between `watch` and `find`: of others it cannot be told who seeded them. As long
    as it is watched, one that its owner seeds later, say in a fixture, is his from then on.
    """

    def __init__(self) -> None:
        self._notes = _Notes()
        self._replacements: list[_Replacement] = []
        self._numpy: list[tuple[str, Any]] = []

    def watch(self) -> None:
        """Note from now on which generators are made without a seed; costs about a microsecond for each."""
        cls, notes = random.Random, self._notes
        for name, own in (("seed", notes.around_seed(cls.seed)), ("setstate", notes.around_setstate(cls.setstate))):
            self._replace(cls, name, own)
        # This is where an unseeded generator of NumPy has its seed from, also if it is imported only later.
        randbits = notes.around_randbits(secrets.randbits)
        for owner in (secrets, sys.modules.get(_NUMPY)):
            if hasattr(owner, "randbits"):
                self._replace(owner, "randbits", randbits)

    def unwatch(self) -> None:
        """Put everything back as it was before `watch`."""
        # NumPy, if it was imported meanwhile, has taken our function over from `secrets`.
        late = [replace(one, owner=sys.modules.get(_NUMPY)) for one in self._replacements if one.owner is secrets]
        for one in self._replacements + late:
            if getattr(one.owner, one.name, None) is one.own:
                setattr(one.owner, one.name, one.original)
        self._replacements.clear()

    def find(self) -> None:
        """Note no generators that are made from now on; to be called once, before gc.freeze hides NumPy's."""
        self._notes.open = False
        mtrand = sys.modules.get("numpy.random.mtrand")
        state = getattr(mtrand, "RandomState", None)
        generator = getattr(sys.modules.get("numpy.random._generator"), "Generator", None)
        if state is None and generator is None:
            return
        # By identity: a set would ask the metaclass of each project's class for its hash.
        found = [one for one in gc.get_objects() if type(one) is state or type(one) is generator]
        # Weak references to these are impossible; there are few of them.
        self._numpy = [(name, one) for one in found if (name := self._notes.drawn.get(_entropy(one)))]

    def plant(self, seed: int) -> None:
        """Seed each known generator with a value of its own, derived from `seed` and the module that made it."""
        for name, weak in tuple(self._notes.unseeded.values()):
            if (instance := weak()) is not None:
                self._notes.plain_seed(instance, derive_seed(seed, name, 0, "instance"))
        for name, instance in self._numpy:
            if _entropy(instance) is not None:  # else its owner has seeded it since
                _plant_numpy(instance, derive_seed(seed, name, 0, "instance"))

    def _replace(self, owner: Any, name: str, own: Callable[..., Any]) -> None:
        self._replacements.append(_Replacement(owner, name, getattr(owner, name), own))
        setattr(owner, name, own)


@dataclass(frozen=True, slots=True)
class _Replacement:
    """What stands in for `original` as `owner`'s attribute `name`."""

    owner: Any
    name: str
    original: Callable[..., Any]
    own: Callable[..., Any]


@dataclass(slots=True)
class _Notes:
    """What was seen: unseeded instances of random.Random by their id, and the seeds that NumPy drew itself.

    Each is called by a name that the next process gives it as well: its maker's module and a running number there.
    """

    unseeded: dict[int, tuple[str, ref[random.Random]]] = field(default_factory=dict)
    drawn: dict[int | None, str] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    plain_seed: Callable[..., None] = random.Random.seed
    open: bool = True

    def around_seed(self, original: Callable[..., None]) -> Callable[..., None]:
        self.plain_seed = original

        def seed(instance: random.Random, *args: Any, **kwargs: Any) -> None:
            original(instance, *args, **kwargs)
            if (args[0] if args else kwargs.get("a")) is not None:
                self.unseeded.pop(id(instance), None)
            elif self.open:
                self._note(instance)

        return seed

    def around_setstate(self, original: Callable[..., None]) -> Callable[..., None]:
        def setstate(instance: random.Random, state: Any) -> None:
            original(instance, state)
            self.unseeded.pop(id(instance), None)

        return setstate

    def around_randbits(self, original: Callable[[int], int]) -> Callable[[int], int]:
        def randbits(k: int) -> int:
            bits = original(k)
            if self.open:
                self.drawn[bits] = self._name()
            return bits

        return randbits

    def _note(self, instance: random.Random) -> None:
        key, notes = id(instance), self.unseeded
        name = notes[key][0] if key in notes else self._name()
        notes[key] = (name, ref(instance, lambda _: notes.pop(key, None)))

    def _name(self) -> str:
        maker = _maker()
        self.made[maker] += 1
        return f"{maker}#{self.made[maker]}"


def _maker() -> str:
    """Return the name of the module whose code makes the generator."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (name := frame.f_globals.get("__name__")) in (__name__, "random"):
        frame = frame.f_back
    return str(name) if frame is not None else ""


def _entropy(instance: Any) -> int | None:
    """Return the number that a generator of NumPy was made from, None if that was no single number."""
    bits = getattr(instance, "_bit_generator", None) or getattr(instance, "bit_generator", None)
    entropy = getattr(getattr(bits, "_seed_seq", None), "entropy", None)
    return entropy if isinstance(entropy, int) else None


def _plant_numpy(instance: Any, seed: int) -> None:
    """Put a seed into a generator of NumPy and leave alone what tells how it was made."""
    if hasattr(instance, "set_state"):
        instance.set_state(type(instance)(seed % 2**32).get_state())
    else:
        bits = instance.bit_generator
        bits.state = type(bits)(seed).state
