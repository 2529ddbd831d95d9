"""Keeps memory flat: lets go at an iteration's end of what it used, and of finalizers, which pytest never forgets."""

import functools
from typing import Any

import pytest

_KEEP = 16  # below this many a list is not worth a look


def let_go(item: Any) -> None:
    """Forget what the iteration of `item` that has ended used, as pytest does at the end of its own protocol.

    Item and request refer to each other: what fixtures gave, however large, would wait for the garbage collector.
    """
    if hasattr(item, "_request"):
        _prune_finalizers(item._request)
        item._request, item.funcargs = False, None


def _prune_finalizers(request: Any) -> None:
    """Drop, from the longer-lived fixtures that were used, finalizers of fixtures that are finished already.

    Each is `functools.partial(FixtureDef.finish)` and would return at once, since a finished fixture has no cached
    result; without this an iteration costs about 0.8 KB for ever.
    """
    for fixture in getattr(request, "_fixture_defs", {}).values():
        finalizers = getattr(fixture, "_finalizers", None)
        if isinstance(finalizers, list) and len(finalizers) > _KEEP and fixture.scope != "function":
            finalizers[:] = [one for one in finalizers if not _finished(one)]


def _finished(finalizer: Any) -> bool:
    if not isinstance(finalizer, functools.partial):
        return False
    owner = getattr(finalizer.func, "__self__", None)
    return isinstance(owner, pytest.FixtureDef) and owner.cached_result is None
