"""What a forked child has from its parent: set-up fixtures, of which none is the child's to tear down."""

import functools
from typing import Any, Final

import pytest

_KEPT_ALIVE: Final = pytest.StashKey[list[Any]]()


def forget_inherited(session: pytest.Session) -> None:
    """In a forked child that tears down what it sets up: make sure that it tears down nothing of its parent's.

    The values that the parent had set up stay in use, and go without a teardown when their scope ends. The child must
    end by os._exit: until then what is dropped is kept alive, as it would be cleaned up when its memory is freed.
    """
    state: Any = session._setupstate  # pytest offers no public way
    kept = session.stash.setdefault(_KEPT_ALIVE, [])
    for finalizers, _ in list(state.stack.values()):
        for definition in filter(None, map(definition_behind, finalizers)):
            kept.append(definition.cached_result)
            _keep_order_alone(definition._finalizers, kept)
        _keep_order_alone(finalizers, kept)


def _keep_order_alone(finalizers: list[Any], kept: list[Any]) -> None:
    """Leave of `finalizers` those by which a fixture ends the fixtures that use it: theirs are emptied as well."""
    kept.extend(finalizers)
    finalizers[:] = [one for one in finalizers if definition_behind(one) is not None]


def definition_behind(finalizer: Any) -> Any:
    """Return the definition of the fixture that `finalizer` finishes, if it is pytest's own of that kind."""
    owner = getattr(finalizer.func, "__self__", None) if isinstance(finalizer, functools.partial) else None
    return owner if isinstance(owner, pytest.FixtureDef) else None
