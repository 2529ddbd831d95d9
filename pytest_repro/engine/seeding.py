"""Puts an iteration's seed into every generator that is known, and takes other plugins' hands off them."""

import random
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any, Final

import pytest

# Generators of other libraries that do not follow `random.seed`: module, name of the `random.Random` in it.
_OTHER_GENERATORS: Final = (
    ("faker.generator", "random"),
    ("factory.random", "randgen"),
    ("model_bakery.random_gen", "baker_random"),
)


class LateNumpy(MetaPathFinder):
    """Seeds NumPy's generator when the test itself is the first to import it: a replay in a fresh process is."""

    def __init__(self) -> None:
        self.seed = 0

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Return what would be found without us, with a loader that seeds the module once it is there."""
        spec = PathFinder.find_spec(name, path, target) if name == "numpy.random" else None
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def execute_and_seed(module: Any) -> None:
                execute(module)
                module.seed(self.seed)

            loader.exec_module = execute_and_seed
        return spec


class SeedOwnership:
    """For one test: the seeds are ours. pytest-randomly would give every iteration the same values.

    A seed that the person forced with --hypothesis-seed stays in force: then `hypothesis` is False.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._option = config.option
        self.hypothesis = config.getoption("hypothesis_seed", None) is None
        self._forced: Any = None
        self._reset: Any = None
        self._late = LateNumpy()

    def plant(self, seed: int) -> None:
        """Seed `random`, NumPy's and other libraries' generators where imported, and Hypothesis' generation."""
        random.seed(seed)
        self._late.seed = legacy = seed % 2**32  # NumPy's global generator takes 32 bits
        if (numpy_random := sys.modules.get("numpy.random")) is not None:
            numpy_random.seed(legacy)
        for module, name in _OTHER_GENERATORS:
            if (generator := getattr(sys.modules.get(module), name, None)) is not None:
                generator.seed(seed)
        if self.hypothesis and (hypothesis_core := sys.modules.get("hypothesis.core")) is not None:
            # What --hypothesis-seed sets; @seed and derandomize on a test still win over it.
            hypothesis_core.global_force_seed = seed  # type: ignore[attr-defined]  # a plain module attribute

    def __enter__(self) -> "SeedOwnership":
        sys.meta_path.insert(0, self._late)
        self._forced = getattr(sys.modules.get("hypothesis.core"), "global_force_seed", None)
        self._reset = getattr(self._option, "randomly_reset_seed", None)
        if self._reset:
            self._option.randomly_reset_seed = False
        return self

    def __exit__(self, *_: object) -> None:
        if self._late in sys.meta_path:
            sys.meta_path.remove(self._late)
        if self._reset:
            self._option.randomly_reset_seed = self._reset
        if (core := sys.modules.get("hypothesis.core")) is not None:
            core.global_force_seed = self._forced  # type: ignore[attr-defined]  # a plain module attribute
