"""A fresh item for every iteration, so that nothing which a test or plugin hangs on its item survives."""

import copy
from functools import cache
from typing import Any

import pytest

_SLOTS = ("_id", "_nodeid", "config", "name", "parent", "path", "session")


class Reports:
    """What an iteration logged by itself through its item: reports of subtests, kept back from the terminal."""

    __slots__ = ("_hooks", "found")

    def __init__(self, hooks: Any) -> None:
        self._hooks = hooks
        self.found: list[pytest.TestReport] = []

    def __getattr__(self, name: str) -> Any:
        """Pass every other hook on."""
        return getattr(self._hooks, name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the report: the mode decides which iteration's are shown."""
        self.found.append(report)


class ItemCloner:
    """Makes shallow copies of one collected item; the item itself never runs and stays as collection left it.

    Copies have their own stash, report sections, properties and markers, a fresh instance of the test class, and an
    `ihook` that keeps logged reports in `Reports` (subtests log theirs from inside the test).
    """

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._class = _class_with_own_hooks(type(item))
        self._slots = [(name, getattr(item, name)) for name in _SLOTS if hasattr(item, name)]
        self._state = dict(item.__dict__)
        self._state["location"] = item.location  # else each copy would work it out for itself
        # These two point to the instance that collection made: pytest makes a new one where they are missing.
        self._has_instance = getattr(item, "_instance", None) is not None
        if self._state.get("_instance") is not None:
            self._state.pop("_obj", None)
            self._state.pop("_instance")
        self._hooks = item.ihook
        self._has_request = hasattr(item, "_request")
        self._doctest = self._state.get("dtest")

    def give(self, **attributes: Any) -> None:
        """Let every copy have `attributes`, as another plugin would hang them on the item."""
        self._state |= attributes

    def fresh(self) -> tuple[pytest.Item, Reports]:
        """Return a copy that has never run, and the place where its own reports arrive."""
        clone = object.__new__(self._class)
        for name, value in self._slots:
            setattr(clone, name, value)
        item, own = self._item, Reports(self._hooks)
        clone._store = stash = _copy_stash(item.stash)
        state = clone.__dict__
        state.update(self._state)
        state["stash"] = stash
        state["own_markers"] = item.own_markers.copy()
        state["keywords"] = _copy_keywords(clone, item.keywords)
        state["user_properties"] = item.user_properties.copy()
        state["_report_sections"] = []
        state["extra_keyword_matches"] = item.extra_keyword_matches.copy()
        state["_repro_reports"] = own
        if self._doctest is not None:  # its names would live on in the next iteration
            state["dtest"] = copy.copy(self._doctest)
            state["dtest"].globs = self._doctest.globs.copy()
        if self._has_request:
            clone._initrequest()
        if self._has_instance:  # teardown needs an instance, and a traceback the function, also if setup makes neither
            clone.obj  # noqa: B018  pytest makes both when it is first asked for
        return clone, own


@cache  # to make a class costs more than a short test, and there are few kinds of items
def _class_with_own_hooks(cls: Any) -> Any:
    """Return a subclass of `cls`, by the same name, whose `ihook` is the iteration's own."""
    own = property(lambda self: self._repro_reports)
    return type(cls)(
        cls.__name__, (cls,), {"ihook": own, "__module__": cls.__module__, "__qualname__": cls.__qualname__}
    )


def _copy_stash(stash: pytest.Stash) -> pytest.Stash:
    fresh = pytest.Stash()
    fresh._storage.update(stash._storage)
    return fresh


def _copy_keywords(clone: pytest.Item, keywords: Any) -> Any:
    fresh = type(keywords)(clone)
    fresh._markers.update(keywords._markers)
    return fresh
