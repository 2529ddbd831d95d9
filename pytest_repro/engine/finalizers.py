"""Keeps memory flat: pytest never forgets the finalizers that a function fixture leaves on the fixtures it uses."""

import functools
from typing import Any

import pytest

_KEEP = 16  # below this many a list is not worth a look


def prune_finalizers(item: pytest.Item) -> None:
    """Drop, from the longer-lived fixtures that `item` used, finalizers of fixtures that are finished already.

    Each is `functools.partial(FixtureDef.finish)` and would return at once, since a finished fixture has no cached
    result; without this an iteration costs about 0.8 KB for ever.
    """
    request: Any = getattr(item, "_request", None)
    for fixture in getattr(request, "_fixture_defs", {}).values():
        finalizers = getattr(fixture, "_finalizers", None)
        if isinstance(finalizers, list) and len(finalizers) > _KEEP and fixture.scope != "function":
            finalizers[:] = [one for one in finalizers if not _finished(one)]


def _finished(finalizer: Any) -> bool:
    if not isinstance(finalizer, functools.partial):
        return False
    owner = getattr(finalizer.func, "__self__", None)
    return isinstance(owner, pytest.FixtureDef) and owner.cached_result is None
