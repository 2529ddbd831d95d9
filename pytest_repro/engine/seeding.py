"""Puts an iteration's seed into every generator that is known, and takes other plugins' hands off them."""

import random
import sys
from typing import Any

import pytest


def seed_generators(seed: int, hypothesis: bool = True) -> None:
    """Seed `random`, NumPy's global state if NumPy is imported, and, if `hypothesis`, Hypothesis' generation."""
    random.seed(seed)
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed(seed % 2**32)  # its legacy generator takes 32 bits
    if hypothesis and (hypothesis_core := sys.modules.get("hypothesis.core")) is not None:
        # What --hypothesis-seed sets; @seed and derandomize on a test still win over it.
        hypothesis_core.global_force_seed = seed  # type: ignore[attr-defined]  # a plain module attribute


def silence_reseeding(config: pytest.Config) -> None:
    """Stop pytest-randomly from giving every iteration of a test the same values; its shuffling is left alone."""
    if hasattr(config.option, "randomly_reset_seed"):
        config.option.randomly_reset_seed = False


class ForcedHypothesisSeed:
    """Remembers a seed that the person forced with --hypothesis-seed, and puts back what was there."""

    def __init__(self, config: pytest.Config) -> None:
        self.forced = config.getoption("hypothesis_seed", None) is not None
        self._before = self._get()

    @staticmethod
    def _get() -> Any:
        return getattr(sys.modules.get("hypothesis.core"), "global_force_seed", None)

    def restore(self) -> None:
        """Put back the seed that was in force before the campaign."""
        if (core := sys.modules.get("hypothesis.core")) is not None:
            core.global_force_seed = self._before  # type: ignore[attr-defined]  # a plain module attribute


class WithoutExampleDatabase:
    """For one test: Hypothesis neither reads nor writes its example database, so iterations stay independent."""

    def __init__(self, item: pytest.Item) -> None:
        function: Any = getattr(item, "obj", None)
        function = getattr(function, "__func__", function)
        self._test = function if getattr(function, "is_hypothesis_test", False) else None
        self._settings = getattr(self._test, "_hypothesis_internal_use_settings", None)

    def __enter__(self) -> None:
        if self._test is not None and self._settings is not None:
            self._test._hypothesis_internal_use_settings = type(self._settings)(self._settings, database=None)

    def __exit__(self, *_: object) -> None:
        if self._test is not None and self._settings is not None:
            self._test._hypothesis_internal_use_settings = self._settings
