"""Sets up, before any fork, the fixtures that all iterations of a test share."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from pytest_repro.engine.appearances import Appearances
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.fixture_order import SharedFixture, shared_fixtures_of
from pytest_repro.engine.inherited_fixtures import definition_behind

_LEAVING: Final = (KeyboardInterrupt, pytest.exit.Exception)


@dataclass(frozen=True, slots=True)
class Preparation:
    """The fixtures of a test that were set up here, and those that each child has to set up itself: name and why.

    The why follows on "it": "started a thread (Thread-1)", "raised OSError", "uses server", "comes after server".
    """

    shared: tuple[str, ...] = ()
    in_child: tuple[tuple[str, str], ...] = ()


class SharedFixtures:
    """Sets up fixtures of a longer scope than a function in the campaign process, through pytest's own machinery.

    A fixture during whose set-up a thread, socket, event loop or child process appeared is torn down at once and is
    left to the children for the rest of the session; so is what uses it, and what pytest promises to set up after it.
    One that raised is left to the children of the test at hand.
    What its teardown leaves running, `fork_hindrance` tells.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._state: Any = session._setupstate  # pytest offers no public way
        self._unsafe: dict[object, str] = {}  # fixture definition, or collector with a set-up of its own -> why

    def prepare(self, item: pytest.Item) -> Preparation:
        """Set up what the iterations of `item` share and does not stand yet; everything else stays as it was.

        What raises is left to the children: it may fail by chance, and kept by pytest one failure would be that of
        every iteration. A skip ends the set-up and is kept. KeyboardInterrupt and pytest.exit pass through. Fixtures of
        a test that conftest hooks skip are set up all the same, since the hooks belong to an iteration.
        """
        chain = item.listchain()
        assert list(self._state.stack) == chain[: len(self._state.stack)], "the test before was not closed"
        twin, _ = ItemCloner(item).fresh()
        # The twin is a place on pytest's stack; nothing of its own happens.
        twin.__dict__["setup"] = twin.__dict__["teardown"] = lambda: None
        plan = _Plan(shared_fixtures_of(item))
        with _as_in_setup(item):
            if not _is_skipped(twin) and self._set_up_collectors(item, plan):
                self._set_up_fixtures(twin, item, plan)
        return Preparation(tuple(plan.shared), tuple(plan.left.items()))

    # -- collectors, which may have a set-up of their own: a package has

    def _set_up_collectors(self, item: pytest.Item, plan: "_Plan") -> bool:
        """Whether all of them stand now."""
        for node in item.listchain()[:-1]:
            why = self._unsafe.get(node) or self._set_up_collector(node)
            if why is None:
                return False
            if why:
                plan.leave_all(node.nodeid, why)
                return False
        return True

    def _set_up_collector(self, node: Any) -> str | None:
        """Return "", why the collector may not stand here, or None if its set-up skips."""
        if node in self._state.stack:
            return "" if self._state.stack[node][1] is None else None
        before = Appearances.now()
        error = _raised(lambda: self._state.setup(node))
        appeared = before.appeared_since()
        if not appeared and (error is None or _skips(error)):
            return "" if error is None else None
        _raised(lambda: self._state.teardown_exact(node.parent))
        if not appeared:
            return f"raised {type(error).__name__}"
        self._unsafe[node] = why = _did(appeared)
        return why

    # -- fixtures

    def _set_up_fixtures(self, twin: pytest.Item, item: pytest.Item, plan: "_Plan") -> None:
        self._state.setup(twin)
        try:
            for fixture in plan.fixtures:
                if why := self._reason(fixture, plan):
                    self._leave(fixture, why, plan)
                elif not self._set_up(fixture, twin, plan):
                    break
        finally:
            self._state.teardown_exact(item)

    def _reason(self, fixture: SharedFixture, plan: "_Plan") -> str:
        """Return why a fixture is left to the children before it has been tried."""
        if used := plan.used_by(fixture):
            return f"uses {used}"
        if fixture.stands:
            return ""
        first = plan.first_of(fixture)
        return self._unsafe.get(fixture.definition, "") or (first and f"comes after {first}")

    def _leave(self, fixture: SharedFixture, why: str, plan: "_Plan") -> None:
        plan.leave(fixture, why)
        if fixture.definition.cached_result is not None:  # with another parameter: a child must not tear that down
            for finalizer in list(self._finalizers_of(fixture.definition)):
                _raised(finalizer)

    def _set_up(self, fixture: SharedFixture, twin: Any, plan: "_Plan") -> bool:
        """Whether the set-up may go on."""
        marks, stood, before = self._marks(), fixture.stands, Appearances.now()
        twin._initrequest()  # a request remembers fixtures that are torn down by now
        error = _raised(lambda: twin._request.getfixturevalue(fixture.name))
        if appeared := before.appeared_since():
            self._undo(marks)
            self._unsafe[fixture.definition] = why = _did(appeared)
            plan.leave(fixture, why)
        elif error is None:
            plan.shared.append(fixture.shown)
        elif not fixture.raises_again:
            self._undo(marks)
        elif not stood and (plan.left or not _skips(error)):
            self._undo(marks)
            missed = f" without {' and '.join(plan.left)}" if plan.left else ""
            plan.leave(fixture, f"raised {type(error).__name__}{missed}")
            return True
        return error is None

    def _marks(self) -> dict[Any, int]:
        return {node: len(finalizers) for node, (finalizers, _) in self._state.stack.items()}

    def _undo(self, marks: dict[Any, int]) -> None:
        """Tear down what was set up since `marks`, in pytest's order; errors come again where children tear down."""
        for node, (finalizers, _) in reversed(self._state.stack.items()):
            while len(finalizers) > marks[node]:
                finalizer = finalizers.pop()
                _raised(finalizer)
                definition = definition_behind(finalizer)
                if definition is not None and definition.cached_result is None:
                    definition._finalizers.clear()  # pytest leaves them where the set-up did not come to a value

    def _finalizers_of(self, definition: Any) -> Iterator[Callable[[], object]]:
        for finalizers, _ in reversed(self._state.stack.values()):
            yield from (one for one in reversed(finalizers) if definition_behind(one) is definition)


@dataclass(slots=True)
class _Plan:
    """How far the set-up for one test has come."""

    fixtures: list[SharedFixture]
    shared: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)  # name -> why
    _left: list[SharedFixture] = field(default_factory=list)

    def leave(self, fixture: SharedFixture, why: str) -> None:
        self.left[fixture.shown] = why
        self._left.append(fixture)

    def leave_all(self, name: str, why: str) -> None:
        self.left = {name: why} | {one.shown: f"comes after {name}" for one in self.fixtures}

    def used_by(self, fixture: SharedFixture) -> str:
        """Return a fixture that is left to the children and that this one uses, "" if there is none."""
        return next((one.shown for one in self._left if one.name in fixture.needs), "")

    def first_of(self, fixture: SharedFixture) -> str:
        """Return a fixture that is left to the children and must come before this one, "" if there is none."""
        return next((one.shown for one in self._left if one.comes_before(fixture)), "")


def _raised(act: Callable[[], object]) -> BaseException | None:
    """Return what `act` raised, other than what ends the session."""
    try:
        act()
    except _LEAVING:
        raise
    except BaseException as error:  # noqa: BLE001  each child shows it to the person: this is the project's own code
        return error
    return None


def _skips(error: BaseException) -> bool:
    unittest = sys.modules.get("unittest")
    return isinstance(error, (pytest.skip.Exception, *((unittest.SkipTest,) if unittest is not None else ())))


def _did(appeared: list[str]) -> str:
    return " and ".join(f"{'opened' if 'socket' in one.split(' (')[0] else 'started'} {one}" for one in appeared)


def _is_skipped(twin: pytest.Item) -> bool:
    """Whether a marker keeps the test from being set up at all; asked of pytest's own plugin alone."""
    skipping: Any = twin.config.pluginmanager.getplugin("skipping")
    return skipping is not None and _raised(lambda: skipping.pytest_runtest_setup(item=twin)) is not None


@contextmanager
def _as_in_setup(item: pytest.Item) -> Iterator[None]:
    """Within the block output, warnings and the variable with the test's name are as in pytest's own set-up."""
    capture: Any = item.config.pluginmanager.getplugin("capturemanager")
    caught: Any = item.config.pluginmanager.getplugin("warnings")
    name, before = "PYTEST_CURRENT_TEST", os.environ.get("PYTEST_CURRENT_TEST")
    os.environ[name] = f"{item.nodeid} (setup)".replace("\x00", "(null)")
    try:
        with (
            capture.item_capture("setup", item) if capture is not None else nullcontext(),
            caught.catch_warnings_for_item(config=item.config, ihook=item.ihook, when="runtest", item=item)
            if caught is not None
            else nullcontext(),
        ):
            yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
