"""Generators without a seed follow ours; those that their owner seeded stay his."""

import copy
import random
import secrets
import subprocess
import sys
from collections.abc import Iterator
from weakref import ref

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_repro.engine.random_instances import RandomInstances


@pytest.fixture
def instances() -> Iterator[RandomInstances]:
    watched = RandomInstances()
    watched.watch()
    yield watched
    watched.unwatch()


def values(rng: random.Random) -> list[float]:
    return [rng.random() for _ in range(3)]


def planted(instances: RandomInstances, seed: int, *rngs: random.Random) -> list[list[float]]:
    instances.plant(seed)
    return [values(rng) for rng in rngs]


def test_unseeded_generators_repeat_under_the_same_seed_and_differ_from_each_other(instances: RandomInstances) -> None:
    one, other = random.Random(), random.Random(None)
    instances.find()
    first = planted(instances, 1, one, other)
    assert planted(instances, 1, one, other) == first
    assert planted(instances, 2, one, other) != first
    assert first[0] != first[1]


@pytest.mark.parametrize("seed", [42, 0, "text", b"bytes", 1.5])
def test_a_generator_with_a_seed_of_its_own_keeps_it(instances: RandomInstances, seed: int | str | bytes) -> None:
    at_birth, later, by_name = random.Random(seed), random.Random(), random.Random()
    later.seed(seed)
    by_name.seed(a=seed)
    instances.find()
    expected = values(random.Random(seed))
    assert planted(instances, 1, at_birth, later, by_name) == [expected] * 3


def test_a_state_that_was_set_on_purpose_stays(instances: RandomInstances) -> None:
    original = random.Random(42)
    twin, restored = copy.copy(original), random.Random()
    restored.setstate(original.getstate())
    instances.find()
    expected = values(original)
    assert planted(instances, 1, twin, restored) == [expected] * 2


def test_a_generator_that_is_seeded_after_it_was_found_is_its_owners_from_then_on(instances: RandomInstances) -> None:
    rng = random.Random()
    instances.find()
    rng.seed(42)
    assert planted(instances, 1, rng) == [values(random.Random(42))]


def test_a_generator_that_was_there_before_is_left_alone() -> None:
    rng, instances = random.Random(), RandomInstances()
    expected = values(copy.copy(rng))
    instances.watch()
    instances.find()
    instances.unwatch()
    assert planted(instances, 1, rng) == [expected]


def test_the_search_runs_no_code_of_the_classes_that_it_meets(instances: RandomInstances) -> None:
    pytest.importorskip("numpy.random", reason="only generators of NumPy are searched for")

    class Unhashable(type):
        def __eq__(cls, other: object) -> bool:
            raise AssertionError("asked")

        __hash__ = None  # type: ignore[assignment]  # as Python itself sets it beside an __eq__

    class Met(metaclass=Unhashable):
        pass

    here = Met()
    instances.find()
    assert isinstance(here, Met)


def test_a_generator_that_is_made_after_the_search_is_left_alone(instances: RandomInstances) -> None:
    instances.find()
    rng = random.Random()
    expected = values(copy.copy(rng))
    assert planted(instances, 1, rng) == [expected]


def test_an_unseeded_generator_of_a_subclass_follows_and_a_seeded_one_does_not(instances: RandomInstances) -> None:
    class Own(random.Random):
        def seed(self, a: object = None, version: int = 2) -> None:
            super().seed(None if a is None else f"own {a}", version)

    free, fixed = Own(), Own(42)
    instances.find()
    expected = values(random.Random("own 42"))
    first = planted(instances, 1, free, fixed)
    assert first == [*planted(instances, 1, free), expected]


def test_the_systems_randomness_and_the_shared_generator_are_not_touched(instances: RandomInstances) -> None:
    system, state = random.SystemRandom(), random.getstate()
    random.seed()
    random.setstate(state)
    instances.find()
    assert planted(instances, 1, system) != planted(instances, 1, system)
    assert random.getstate() == state


def test_a_generator_that_is_gone_is_not_kept_and_changes_no_other(instances: RandomInstances) -> None:
    one, other = random.Random(), random.Random()
    instances.find()
    first = planted(instances, 1, one, other)
    gone = ref(one)
    del one
    assert gone() is None
    assert len(instances._notes.unseeded) == 1
    assert planted(instances, 1, other) == first[1:]


def test_afterwards_everything_is_as_before() -> None:
    before = (random.Random.seed, random.Random.setstate, secrets.randbits)
    instances = RandomInstances()
    instances.watch()
    assert random.Random.seed is not before[0]
    instances.unwatch()
    assert (random.Random.seed, random.Random.setstate, secrets.randbits) == before


def test_what_somebody_else_put_over_it_stays(instances: RandomInstances, monkeypatch: pytest.MonkeyPatch) -> None:
    def others(self: random.Random, *args: object) -> None:
        ours(self, *args)  # type: ignore[arg-type]  # passed on as they came

    ours = random.Random.seed
    monkeypatch.setattr(random.Random, "seed", others)
    instances.unwatch()
    assert random.Random.seed is others


@example(seed=0)
@example(seed=2**64 - 1)
@settings(max_examples=8)  # each looks at every object that there is
@given(seed=st.integers(0, 2**64 - 1))
def test_every_seed_can_be_planted(seed: int) -> None:
    instances = RandomInstances()
    instances.watch()
    rng = random.Random()
    instances.find()
    instances.unwatch()
    assert planted(instances, seed, rng) == planted(instances, seed, rng)


NUMPY = """
import secrets, sys
from pytest_repro.engine.random_instances import RandomInstances
if {early}:
    import numpy.random
plain = secrets.randbits
instances = RandomInstances()
instances.watch()
import numpy as np
free = [np.random.RandomState(), np.random.default_rng(), np.random.Generator(np.random.Philox())]
theirs = lambda: [np.random.RandomState(42), np.random.RandomState(np.random.MT19937(5)), np.random.default_rng(2**127),
                  np.random.Generator(np.random.PCG64(7))]
fixed = theirs()
late = np.random.RandomState()
instances.find()
late.seed(3)
np.random.seed(3)

def draw(rngs):
    return [(rng.random(2).tolist(), rng.normal()) for rng in rngs]

def planted(seed):
    instances.plant(seed)
    return draw(free)

first = planted(1)
assert planted(1) == first
assert all(one != other for one, other in zip(planted(2**63), first))
assert len(set(map(str, first))) == 3
assert draw(fixed) == draw(theirs())
assert late.random() == np.random.RandomState(3).random() == np.random.random()
instances.unwatch()
assert secrets.randbits is sys.modules["numpy.random.bit_generator"].randbits is plain
"""


@pytest.mark.parametrize("early", [True, False])
def test_generators_of_numpy_follow_unless_their_owner_seeded_them(early: bool) -> None:
    pytest.importorskip("numpy", reason="NumPy is not installed here")
    done = subprocess.run([sys.executable, "-c", NUMPY.format(early=early)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_generator_has_the_same_values_whatever_other_modules_make() -> None:
    script = """
import types, random
from pytest_repro.engine.random_instances import RandomInstances
instances = RandomInstances()
instances.watch()
modules = {}
for name in %r:
    modules[name] = types.ModuleType(name)
    exec("import random; rng = random.Random()", modules[name].__dict__)
instances.find()
instances.plant(1)
print(modules["app"].rng.random())
"""
    told = {
        subprocess.run([sys.executable, "-c", script % (names,)], capture_output=True, text=True, check=True).stdout
        for names in (("app",), ("other", "app"), ("app", "other"))
    }
    assert len(told) == 1
