"""The fixtures of a test that live longer than it, in the order in which pytest sets them up."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

_SCOPES: Final = ("session", "package", "module", "class")  # the first lives longest
_XUNIT: Final = re.compile(r"_(?:xunit|unittest)_(\w+?)_fixture_")  # a set-up that is no fixture to its author


@dataclass(frozen=True, slots=True)
class SharedFixture:
    """A fixture as one test uses it; `needs` are the names of the fixtures that it requests in its signature.

    `param` is the test's value of a parametrized fixture, None of any other.
    """

    name: str
    scope: str
    definition: Any  # pytest's FixtureDef, the one nearest to the test
    needs: tuple[str, ...]
    param: object

    @property
    def shown(self) -> str:
        """The name by which its author knows it."""
        xunit = _XUNIT.match(self.name)
        return xunit[1] if xunit else self.name

    @property
    def stands(self) -> bool:
        """Whether it is set up, with the parameter of this test."""
        cached = self.definition.cached_result
        return cached is not None and cached[1] is self.param

    @property
    def raises_again(self) -> bool:
        """Whether pytest has kept what its set-up raised, for every test that uses it; SystemExit it does not keep."""
        cached = self.definition.cached_result
        return cached is not None and cached[2] is not None

    def comes_before(self, other: "SharedFixture") -> bool:
        """Whether pytest promises that it is set up before `other`, which does not use it.

        A longer scope and autouse are promised; all other order is chance.
        https://docs.pytest.org/en/stable/reference/fixtures.html#fixture-instantiation-order
        """
        own, others = _SCOPES.index(self.scope), _SCOPES.index(other.scope)
        return own < others or (own == others and bool(getattr(self.definition, "_autouse", False)))


def shared_fixtures_of(item: pytest.Item) -> list[SharedFixture]:
    """Return them, each after those that it needs; none for an item that has no fixtures.

    Fixtures that are only asked for by `request.getfixturevalue` are not known before the test runs.
    """
    info: Any = getattr(item, "_fixtureinfo", None)
    if info is None or not hasattr(item, "_request"):
        return []
    definitions: Mapping[str, Sequence[Any]] = info.name2fixturedefs
    found = {name: _shared_fixture(item, name, chain) for name, chain in definitions.items() if chain}
    order: dict[str, None] = {}
    for name in item.fixturenames:  # type: ignore[attr-defined]  # an item with _fixtureinfo has them
        order.update(dict.fromkeys(_after_needs(name, found, ())))
    shared = (found[name] for name in order)
    return [one for one in shared if one.scope in _SCOPES]


def _after_needs(name: str, found: Mapping[str, SharedFixture], users: tuple[str, ...]) -> Iterator[str]:
    if name not in found or name in users:
        return
    circle = False
    for need in found[name].needs:
        circle = circle or need in users
        yield from _after_needs(need, found, (*users, name))
    # One that leads back to its user by an override makes sense only as a part of that user's set-up.
    if not circle:
        yield name


def _shared_fixture(item: Any, name: str, chain: Sequence[Any]) -> SharedFixture:
    callspec: Any = getattr(item, "callspec", None)  # None of a test that has no parameters
    definition = chain[-1]
    params = {} if callspec is None else callspec.params
    scope = callspec._arg2scope[name].value if name in params else definition.scope
    if scope == "class" and item.getparent(pytest.Class) is None:
        scope = "function"  # as pytest has it outside a class
    return SharedFixture(name, scope, definition, tuple(_needs(name, chain)), params.get(name))


def _needs(name: str, chain: Sequence[Any]) -> Iterator[str]:
    """Give what a fixture requests, and what the one requests that it overrides and uses."""
    for definition in reversed(chain):
        yield from (need for need in definition.argnames if need != name)
        if name not in definition.argnames:
            return
