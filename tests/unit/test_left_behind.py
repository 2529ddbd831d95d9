"""What a run left behind is told in words, and no code of the project runs for it."""

import importlib
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_repro.engine.left_behind import Snapshot

REGISTRY = """
from collections import OrderedDict, defaultdict, deque
from functools import lru_cache

HANDLERS = {}
QUEUE = deque()
SEEN = set()
GROUPS = defaultdict(list, {"a": []})
SETTINGS = {"debug": False, "limits": [1, 2]}
COUNT = 1
NAME = None
API_TOKEN = ""
RAW = OrderedDict()

def handler():
    pass

@lru_cache
def load(name):
    return name

class Base:
    instances = []
    limit = 3

    def __init__(self):
        self.entries = {}
        self.state = "new"

the_registry = Base()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str = "left_registry", text: str = REGISTRY) -> ModuleType:
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield write
    for name in set(sys.modules) - before:
        if name.startswith(("left_", "test_left_users")):
            del sys.modules[name]


def left(root: Path, change: Callable[[], object]) -> list[str]:
    before = Snapshot.take(str(root))
    change()
    return before.differences(Snapshot.take(str(root)))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("HANDLERS['x'] = handler", "left_registry.HANDLERS (+1 entry)"),
        ("QUEUE.extend('abc')", "left_registry.QUEUE (+3 entries)"),
        ("SEEN.add(1)", "left_registry.SEEN (+1 entry)"),
        ("GROUPS.clear()", "left_registry.GROUPS (-1 entry)"),
        ("GROUPS['a'].append(1)", "left_registry.GROUPS['a'] (+1 entry)"),
        ("SETTINGS['debug'] = True", "left_registry.SETTINGS['debug'] = True"),
        ("SETTINGS.pop('debug'); SETTINGS['d'] = 2", "left_registry.SETTINGS['d'] = 2"),
        ("SETTINGS['limits'].clear()", "left_registry.SETTINGS['limits'] (-2 entries)"),
        ("HANDLERS = {1: 2}", "left_registry.HANDLERS (+1 entry)"),
        ("RAW['x'] = 1", "left_registry.RAW (+1 entry)"),
        ("COUNT += 1", "left_registry.COUNT = 2"),
        ("COUNT = True", "left_registry.COUNT = True"),
        ("COUNT = 10 ** 5000", "left_registry.COUNT (now a number of 16610 bits)"),
        ("NAME = 'n' * 100", f"left_registry.NAME = '{'n' * 59}…"),
        ("NAME = Base()", "left_registry.NAME (now Base)"),
        ("NAME = 'https://me:pw@host'", "left_registry.NAME (changed)"),
        (f"NAME = 'https://me:{'p' * 99}@host'", "left_registry.NAME (changed)"),
        (f"NAME = b'https://me:{'p' * 99}@host'", "left_registry.NAME (changed)"),
        (f"NAME = 'https://host/{'p' * 99}'", f"left_registry.NAME = 'https://host/{'p' * 46}…"),
        ("API_TOKEN = 'abc'", "left_registry.API_TOKEN (changed)"),
        ("handler = lambda: 1", "left_registry.handler (another function)"),
        ("handler = None", "left_registry.handler = None"),
        ("load(1); load(2)", "left_registry.load (+2 entries)"),
        ("Base.instances.append(1)", "left_registry.Base.instances (+1 entry)"),
        ("Base.limit = 4", "left_registry.Base.limit = 4"),
        ("Base.fresh = 1", "left_registry.Base.fresh = 1"),
        ("the_registry.entries[1] = 1", "left_registry.the_registry.entries (+1 entry)"),
        ("the_registry.state = 'used'", "left_registry.the_registry.state = 'used'"),
        ("the_registry = Base()", "left_registry.the_registry (another Base)"),
        ("NEW = 1", "left_registry.NEW = 1"),
        ("del COUNT", "left_registry.COUNT (removed)"),
    ],
)
def test_a_change_in_a_module_is_told(
    project: Callable[..., ModuleType], tmp_path: Path, statement: str, words: str
) -> None:
    module = project()
    told = left(tmp_path, lambda: exec(statement, module.__dict__))
    assert told[0] == words
    assert told[1:] in ([], ["left_registry.SETTINGS['debug'] (removed)"])


def test_nothing_is_told_of_what_is_as_it_was(project: Callable[..., ModuleType], tmp_path: Path) -> None:
    module = project()
    use = "HANDLERS['x'] = 1; del HANDLERS['x']; SEEN |= set(); NAN = float('nan'); del NAN; Base(); QUEUE = deque()"
    assert left(tmp_path, lambda: exec(use, module.__dict__)) == []


def test_what_two_modules_hold_is_told_once_and_of_the_one_that_has_no_tests(
    project: Callable[..., ModuleType], tmp_path: Path
) -> None:
    module = project()
    users = project("test_left_users", "from left_registry import HANDLERS, Base, the_registry\n")
    sys.modules["left_registry"] = sys.modules.pop("left_registry")  # as if the test's import had been the first to end

    def change() -> None:
        users.HANDLERS["x"] = 1
        users.Base.limit = 1
        users.the_registry.state = "used"

    assert left(tmp_path, change) == [
        "left_registry.HANDLERS (+1 entry)",
        "left_registry.Base.limit = 1",
        "left_registry.the_registry.state = 'used'",
    ]
    assert module.HANDLERS == {"x": 1}


def test_what_one_module_took_from_another_is_told_of_the_latter(
    project: Callable[..., ModuleType], tmp_path: Path
) -> None:
    (tmp_path / "left_registry.py").write_text(REGISTRY)
    front = project("left_front", "from left_registry import HANDLERS\n")
    assert left(tmp_path, lambda: front.HANDLERS.update(x=1)) == ["left_registry.HANDLERS (+1 entry)"]


def test_a_module_that_the_run_imported_is_told_without_what_is_in_it(
    project: Callable[..., ModuleType], tmp_path: Path
) -> None:
    project()
    assert left(tmp_path, lambda: project("left_late", "X = 1\n")) == ["module left_late (imported)"]


def test_modules_outside_the_project_are_not_looked_at(project: Callable[..., ModuleType], tmp_path: Path) -> None:
    module = project()
    (tmp_path / "elsewhere").mkdir()
    assert left(tmp_path / "elsewhere", lambda: module.HANDLERS.update(x=1)) == []
    module.__dict__["__file__"] = str(tmp_path / "venv" / "site-packages" / "left_registry.py")
    assert left(tmp_path, lambda: module.HANDLERS.update(y=1)) == []


def test_changes_of_the_process_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEFT_OLD", "1")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))
    level, handler = logging.root.level, signal.getsignal(signal.SIGUSR1)

    def change() -> None:
        monkeypatch.setenv("CURRENCY", "EUR")
        monkeypatch.setenv("LEFT_SECRET", "abc")
        monkeypatch.delenv("LEFT_OLD")
        monkeypatch.chdir(tmp_path.parent)
        sys.path.append("/x")
        logging.root.handlers.append(logging.NullHandler())
        logging.root.setLevel(level + 1)
        logging.disable(logging.INFO)
        warnings.filterwarnings("ignore", message="left behind")
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    try:
        with warnings.catch_warnings():
            before = Snapshot.take(str(tmp_path))
            change()
            after = Snapshot.take(str(tmp_path))
        assert before.differences(after) == [
            "os.environ['CURRENCY'] = 'EUR'",
            "os.environ['LEFT_SECRET'] (changed)",
            f"working directory {tmp_path} -> {tmp_path.parent}",
            "sys.path (+1 entry)",
            "warnings.filters (+1 entry)",
            "logging.root.handlers (+1 entry)",
            f"logging.root.level = {level + 1}",
            "logging.root.manager.disable = 20",
            "handler of SIGUSR1 (now SIG_IGN)",
            "os.environ['LEFT_OLD'] (removed)",
        ]
    finally:
        signal.signal(signal.SIGUSR1, handler)
        logging.root.setLevel(level)
        logging.disable(logging.NOTSET)


def test_a_working_directory_that_is_gone_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(tmp_path)

    def change() -> None:
        os.chdir(gone)
        gone.rmdir()

    try:
        assert left(tmp_path, change) == [f"working directory {tmp_path} -> (deleted)"]
    finally:
        os.chdir(tmp_path)


def test_more_than_ten_changes_are_counted(project: Callable[..., ModuleType], tmp_path: Path) -> None:
    module = project()
    told = left(tmp_path, lambda: module.__dict__.update({f"n{number}": number for number in range(12)}))
    assert told == [*(f"left_registry.n{number} = {number}" for number in range(10)), "… and 2 more"]


# Whatever is asked of these says so; a snapshot asks nothing.
HOSTILE = """
import collections, sys, types

calls = []

def shout(self, *args):
    calls.append(args)
    raise RuntimeError("code of the project ran")

NAMES = ("__eq__", "__hash__", "__len__", "__iter__", "__repr__", "__bool__", "__getattribute__", "__getattr__",
         "items",
         "__contains__", "__getitem__", "__instancecheck__", "__subclasscheck__", "__lt__", "__str__", "copy", "keys")
body = {name: shout for name in NAMES}
body["__class__"] = property(shout)

class Meta(type):
    for _name in NAMES:
        locals()[_name] = shout
    __name__ = property(shout)
    __mro__ = property(shout)
    __module__ = "left_hostile"

class Dict(dict):
    locals().update(body)

class List(list):
    locals().update(body)

class Set(set):
    locals().update(body)

class Text(str):
    locals().update(body)

class Plain:
    locals().update(body)
    __dict__ = property(shout)

class Slots:
    __slots__ = ("a",)
    locals().update(body)

class Module(types.ModuleType):
    locals().update(body)

MetaClass = types.new_class("MetaClass", (), {"metaclass": Meta})
a, b, c, d, e, f = Dict(x=1), List([1]), Set([1]), Text("x"), Plain(), Slots()
g = {"inner": Plain(), 1: Dict(), (1, 2): List()}
h = [MetaClass, MetaClass(), {MetaClass(): 1}] if not calls else None
i = MetaClass()
big = {number: [number] for number in range(1000)}
loop = []
loop.append(loop)
lazy = Module("left_lazy")
types.ModuleType.__dict__["__dict__"].__get__(lazy)["__file__"] = __file__
sys.modules["left_lazy"] = lazy
sys.modules["left_none"] = None
sys.modules["left_object"] = Plain()
globals()[1] = "no name"
"""


def test_no_code_of_the_project_runs(project: Callable[..., ModuleType], tmp_path: Path) -> None:
    module = project("left_hostile", HOSTILE)
    calls: list[object] = module.calls
    calls.clear()

    def change() -> None:
        dict.__setitem__(module.a, "y", 2)
        list.append(module.b, 2)
        set.add(module.c, 2)
        module.d = module.Text("y")
        module.g["inner"] = module.Plain()

    told = left(tmp_path, change)
    assert calls == []
    assert told == [
        "left_hostile.a (+1 entry)",
        "left_hostile.b (+1 entry)",
        "left_hostile.c (+1 entry)",
        "left_hostile.d (another Text)",
        "left_hostile.g['inner'] (another Plain)",
    ]


def test_what_is_not_equal_to_itself_has_not_changed(project: Callable[..., ModuleType], tmp_path: Path) -> None:
    project("left_nan", 'NAN = float("nan")\nLIMITS = {"most": NAN}')
    assert Snapshot.take(str(tmp_path)).differences(Snapshot.take(str(tmp_path))) == []


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
trees = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@settings(max_examples=40)
@given(old=st.dictionaries(st.text(), trees), new=st.dictionaries(st.text(), trees))
def test_any_plain_state_can_be_compared(old: dict[str, object], new: dict[str, object]) -> None:
    module = ModuleType("left_any")
    module.__file__ = os.path.join(os.sep, "left-any", "x.py")
    sys.modules["left_any"] = module
    try:
        module.__dict__["state"] = old
        before = Snapshot.take(os.path.join(os.sep, "left-any"))
        assert before.differences(Snapshot.take(os.path.join(os.sep, "left-any"))) == []
        module.__dict__["state"] = new
        told = before.differences(Snapshot.take(os.path.join(os.sep, "left-any")))
        assert all("\n" not in line for line in told)
        assert bool(told) or len(old) == len(new)
    finally:
        del sys.modules["left_any"]
