"""A fresh item for every iteration, so that nothing which a test or plugin hangs on its item survives."""

import copy
from typing import Any

import pytest

_SLOTS = ("_id", "_nodeid", "_store", "config", "name", "parent", "path", "session")


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
        self._slots = {name: getattr(item, name) for name in _SLOTS if name != "_store" and hasattr(item, name)}
        self._state = dict(item.__dict__)
        # These two point to the instance that collection made: pytest makes a new one where they are missing.
        if self._state.get("_instance") is not None:
            self._state.pop("_obj", None)
            self._state.pop("_instance")
        self._hooks = item.ihook

    def fresh(self) -> tuple[pytest.Item, Reports]:
        """Return a copy that has never run, and the place where its own reports arrive."""
        clone = object.__new__(self._class)
        for name, value in self._slots.items():
            setattr(clone, name, value)
        item = self._item
        clone.__dict__.update(self._state)
        clone.stash = clone._store = _copy_stash(item.stash)
        clone.own_markers = list(item.own_markers)
        clone.user_properties = list(item.user_properties)
        clone._report_sections = []
        clone.extra_keyword_matches = set(item.extra_keyword_matches)
        reports = Reports(self._hooks)
        clone._repro_reports = reports
        if (doctest := self._state.get("dtest")) is not None:  # its names would live on in the next iteration
            clone.dtest = copy.copy(doctest)
            clone.dtest.globs = doctest.globs.copy()
        if hasattr(item, "_request"):
            clone._initrequest()
        return clone, reports


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
