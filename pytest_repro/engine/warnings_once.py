"""Passes each warning of a test on once: pytest keeps every one that it sees until the test ends."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

_MOST: Final = 500  # a text that varies would make every iteration's warning a new one


@dataclass(slots=True)
class Given:
    """How many warnings were given, those that were passed on and those that were not."""

    count: int = 0


@contextmanager
def repeated_warnings_dropped() -> Iterator[Given]:
    """Within the block a warning of a category, place and text reaches pytest once, whatever the number of iterations.

    Without this a test that warns costs memory with every iteration, and the summary counts iterations, not warnings.
    """
    given = Given()
    seen: set[tuple[type[Warning], str, str, int]] = set()
    passed_on: Callable[[warnings.WarningMessage], Any] = warnings._showwarnmsg_impl  # type: ignore[attr-defined]  # private

    def show_once(message: warnings.WarningMessage) -> None:
        given.count += 1
        key = (message.category, str(message.message), message.filename, message.lineno)
        if key not in seen and len(seen) < _MOST:
            seen.add(key)
            passed_on(message)

    warnings._showwarnmsg_impl = show_once  # type: ignore[attr-defined]  # what catch_warnings(record=True) replaces
    try:
        yield given
    finally:
        warnings._showwarnmsg_impl = passed_on  # type: ignore[attr-defined]  # private
