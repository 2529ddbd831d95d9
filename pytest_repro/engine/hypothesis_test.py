"""What a Hypothesis test needs so that its iterations are independent of each other."""

import sys
from typing import Any

import pytest


class IndependentExamples:
    """For one test: Hypothesis neither reads nor writes its example database, and lets each iteration have its own.

    - Every iteration has another instance of a test class, against which Hypothesis warns (`differing_executors`).
    - Its profile for CI derandomizes every test; a campaign there would run the same examples again and again.
      A test that is derandomized by its own settings stays so.
    """

    def __init__(self, item: pytest.Item) -> None:
        function: Any = getattr(item, "obj", None)
        function = getattr(function, "__func__", function)
        self._test: Any = function if getattr(function, "is_hypothesis_test", False) else None
        self._settings: Any = getattr(self._test, "_hypothesis_internal_use_settings", None)

    def __enter__(self) -> None:
        if self._settings is not None:
            self._test._hypothesis_internal_use_settings = _independent(self._settings)

    def __exit__(self, *_: object) -> None:
        if self._settings is not None:
            self._test._hypothesis_internal_use_settings = self._settings


def _independent(settings: Any) -> Any:
    hypothesis: Any = sys.modules["hypothesis"]
    profile = type(settings).default
    changed: dict[str, Any] = {
        "database": None,
        "suppress_health_check": {*settings.suppress_health_check, hypothesis.HealthCheck.differing_executors},
    }
    if settings.derandomize and profile is not None and profile.derandomize:
        changed["derandomize"] = False
    return type(settings)(settings, **changed)
