"""What a run of a test left behind, as far as it can be seen without running any of the project's code."""

import locale
import logging
import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import GetSetDescriptorType, ModuleType
from typing import Any, Final

_MOST: Final = 10  # differences that are told
_FEW: Final = 100  # entries up to which a container's entries are looked at one by one
_LONGEST: Final = 60  # characters of a value
_SECRET: Final = ("key", "token", "secret", "passw", "credential")  # names whose values are not shown
_INSTALLED: Final = {"site-packages", "dist-packages"}
_MOVES: Final = {"working directory", "locale"}
_SIMPLE: Final = (int, float, complex, str, bytes, bool, type(None))
_SIMPLE_TYPES: Final = frozenset(map(id, _SIMPLE))
_NAMES: Final = frozenset(map(id, (str, int, bool)))  # types of the keys by which an entry can be called
_CONTAINERS: Final[tuple[Any, ...]] = (dict, list, set, frozenset, tuple, deque, bytearray)
_CACHE: Final = type(lru_cache(lambda: None))
_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")
# Straight to the C level: classes and modules of the project may answer for themselves.
_type_name = type.__dict__["__name__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_module_dict: Callable[[ModuleType], dict[str, Any]] = vars(ModuleType)["__dict__"].__get__


@dataclass(frozen=True, slots=True, eq=False)
class _Fact:
    """What is known of a value: equal facts mean that no difference can be seen.

    `what` is the value itself if it is simple, None of a container, else what identifies it; `size` is a container's
    number of entries; `parts` are its entries or an object's attributes by the end of their label.
    """

    kind: str
    what: object
    size: int | None = None
    parts: dict[str, "_Fact"] | None = None

    def __eq__(self, other: object) -> bool:
        """By identity first, as in a tuple: NaN is what it was. Since Python 3.13 a dataclass does not."""
        if not isinstance(other, _Fact):
            return NotImplemented
        mine, others = (self.kind, self.what, self.size, self.parts), (other.kind, other.what, other.size, other.parts)
        return mine == others


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of this process and of a project's modules at one moment, by label."""

    facts: dict[str, _Fact]
    modules: frozenset[str]

    @classmethod
    def take(cls, root: str) -> "Snapshot":
        """Look at the process and at the modules whose files lie below the folder `root`."""
        modules = _modules_below(root)
        look = _Look(frozenset(modules))
        facts = dict(look.at_process())
        # What several modules hold is told of the first: of the one that defines it, whose import ended before theirs.
        for name in sorted(modules, key=_is_of_tests):
            facts.update(look.at_module(name, modules[name]))
        return cls(facts, look.modules)

    def differences(self, after: "Snapshot") -> list[str]:
        """Return in words what `after` has that this has not; at most ten, and how many more there are."""
        fresh = sorted(after.modules - self.modules)
        starts = tuple(f"{name}." for name in fresh)
        found = [
            words
            for label in {**after.facts, **self.facts}
            if not label.startswith(starts) and label not in fresh
            for words in _compare(label, self.facts.get(label), after.facts.get(label))
        ]
        found += [f"module {name} (imported)" for name in fresh]
        return found if len(found) <= _MOST else [*found[:_MOST], f"… and {len(found) - _MOST} more"]


def _compare(label: str, old: _Fact | None, new: _Fact | None) -> Iterator[str]:
    """Tell a difference at its deepest place."""
    if old == new:
        return
    if new is None:
        yield f"{label} (removed)"
    elif old is not None and old.kind == new.kind and (more := (new.size or 0) - (old.size or 0)):
        yield f"{label} ({more:+d} {'entry' if abs(more) == 1 else 'entries'})"
    elif old is not None and (old.what,) == (new.what,) and old.parts is not None and new.parts is not None:
        for end in {**new.parts, **old.parts}:
            yield from _compare(label + end, old.parts.get(end), new.parts.get(end))
    elif old is not None and label in _MOVES:
        yield f"{label} {old.what} -> {new.what}"
    else:
        yield _words(label, old, new)


def _words(label: str, old: _Fact | None, new: _Fact) -> str:
    if new.size is not None or id(type(new.what)) not in _SIMPLE_TYPES:
        return f"{label} ({'another' if old is not None and old.kind == new.kind else 'now'} {new.kind})"
    value = new.what
    if type(value) is int and value.bit_length() > 999:  # Python refuses to write out the longest ones
        return f"{label} (now a number of {value.bit_length()} bits)"
    shown = repr(value[: _LONGEST + 1] if isinstance(value, (str, bytes)) else value)
    if any(word in label.lower() for word in _SECRET) or ("://" in shown and _has_at(value)):
        return f"{label} (changed)"
    return f"{label} = {shown if len(shown) <= _LONGEST else shown[:_LONGEST] + '…'}"


def _has_at(value: object) -> bool:
    return "@" in value if isinstance(value, str) else isinstance(value, bytes) and b"@" in value


def _modules_below(root: str) -> dict[str, dict[str, Any]]:
    """Return the contents of the project's own modules by name, in the order in which their imports ended."""
    starts = tuple({one.rstrip(os.sep) + os.sep for one in (root, os.path.realpath(root))})
    found = {}
    for name, module in list(sys.modules.items()):
        if issubclass(type(module), ModuleType) and name.partition(".")[0] != "pytest_repro":
            contents = _module_dict(module)
            file = contents.get("__file__")
            if type(file) is str and file.startswith(starts) and not _INSTALLED & set(file.split(os.sep)):
                found[name] = contents
    return found


def _is_of_tests(module: str) -> bool:
    last = module.rpartition(".")[2]
    return last.startswith("test_") or last.endswith("_test") or last == "conftest"


class _Look:
    """Looks at values; what was looked into once is only identified where it turns up again."""

    def __init__(self, modules: frozenset[str]) -> None:
        self.modules = modules
        self._seen: set[int] = set()

    def at_process(self) -> Iterator[tuple[str, _Fact]]:
        """Yield what every test shares, by label."""
        for name, value in dict(os.environ).items():
            if name != "PYTEST_CURRENT_TEST":
                yield f"os.environ[{name!r}]", self._fact(value)
        yield "working directory", self._fact(_folder())
        yield "sys.path", self._fact(sys.path, 1)
        yield "warnings.filters", self._fact(warnings.filters)
        yield "logging.root.handlers", self._fact(logging.root.handlers)
        yield "logging.root.level", self._fact(logging.root.level)
        yield "logging.root.manager.disable", self._fact(logging.root.manager.disable)
        yield "locale", self._fact(locale.setlocale(locale.LC_ALL))
        for name in _SIGNALS:
            if (number := getattr(signal, name, None)) is not None:
                handler = signal.getsignal(number)
                own = _Fact(handler.name, (0,)) if isinstance(handler, signal.Handlers) else _identity(handler)
                yield f"handler of {name}", own

    def at_module(self, name: str, contents: dict[str, Any]) -> Iterator[tuple[str, _Fact]]:
        """Yield what a module and the classes defined in it hold, by label."""
        for attribute, value in _plain(contents):
            label = f"{name}.{attribute}"
            if id(value) in self._seen:
                yield label, _identity(value)
                continue
            fact = self._fact(value, 2)
            if fact.size is not None or fact.parts is not None:
                self._seen.add(id(value))
            yield label, fact
            if issubclass(type(value), type) and _type_dict(value).get("__module__") == name:
                self._seen.add(id(value))
                for own, inner in _plain(dict(_type_dict(value))):
                    yield f"{label}.{own}", self._fact(inner, 1)

    def _fact(self, value: Any, depth: int = 0) -> _Fact:
        kind = type(value)
        if id(kind) in _SIMPLE_TYPES:  # comparing types would ask their metaclass
            return _Fact(kind.__name__, value)
        if kind is _CACHE:
            return _Fact("cache", None, value.cache_info().currsize, {})
        for base in _CONTAINERS:
            if issubclass(kind, base):
                size = base.__len__(value)
                few = depth and size <= _FEW
                return _Fact(_type_name(kind), None, size, self._entries(base, value, depth - 1) if few else {})
        if depth and (attributes := self._attributes(value)) is not None:
            parts = {f".{name}": self._fact(inner, depth - 1) for name, inner in _plain(attributes)}
            return _Fact(_type_name(kind), (id(value),), None, parts)
        return _identity(value)

    def _entries(self, base: Any, value: Any, depth: int) -> dict[str, _Fact]:
        """Return the entries that have a name; none if another thread changes them just now."""
        if base not in (dict, list, tuple, deque):
            return {}
        try:
            pairs = list(dict.items(value)) if base is dict else list(enumerate(base.__iter__(value)))
        except RuntimeError:
            return {}
        return {f"[{key!r}]": self._fact(inner, depth) for key, inner in pairs if id(type(key)) in _NAMES}

    def _attributes(self, value: Any) -> dict[str, Any] | None:
        """Return the instance dictionary of an object of a class of the project, None of anything else."""
        cls = type(value)
        home = _type_dict(cls).get("__module__")
        if type(home) is not str or home not in self.modules or issubclass(cls, type):
            return None
        for one in _type_mro(cls):
            if (found := _type_dict(one).get("__dict__")) is not None:
                return found.__get__(value) if type(found) is GetSetDescriptorType else None
        return None


def _identity(value: Any) -> _Fact:
    return _Fact(_type_name(type(value)), (id(value),))


def _plain(contents: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the entries of a namespace without those that Python itself keeps there."""
    names = list(dict.items(contents))
    return [(name, value) for name, value in names if type(name) is str and not name.startswith("__")]


def _folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "(deleted)"
