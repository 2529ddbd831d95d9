"""The failing tests of a log among those that pytest collects in a checkout."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from harness.domain.failing_test import FailingTest
from harness.domain.resolved_test import fitting_ids

_BETWEEN: Final = re.compile(r"::|\.")


@dataclass(frozen=True, slots=True)
class CheckoutIds:
    """What a checkout makes of a log's names. Keys are labels of failing tests.

    folder: the checkout; collected: how many tests pytest collects there; resolved: the one node id that a label can
    mean there; ambiguous: the several that it can mean; missing: labels that nothing there fits.
    """

    folder: str
    collected: int
    resolved: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]

    @classmethod
    def among(cls, failing: Iterable[FailingTest], collected: tuple[str, ...], folder: str) -> "CheckoutIds":
        """Return what each of `failing` is among `collected`; a label that fits one test alone is that test."""
        resolved: dict[str, str] = {}
        ambiguous: dict[str, tuple[str, ...]] = {}
        missing: list[str] = []
        everything = frozenset(collected)
        alike: dict[str, list[str]] = {}
        for one in collected:
            alike.setdefault(_own_name(one), []).append(one)
        for test in failing:
            if test.phase == "collect" or test.label in resolved or test.label in ambiguous:
                continue
            fits = (
                (test.label,) if test.label in everything else fitting_ids(test, alike.get(_own_name(test.label), []))
            )
            if len(fits) == 1:
                resolved[test.label] = fits[0]
            elif fits:
                ambiguous[test.label] = fits
            elif test.label not in missing:
                missing.append(test.label)
        return cls(folder, len(collected), resolved, ambiguous, tuple(missing))

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into equal CheckoutIds."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CheckoutIds":
        """Return the CheckoutIds that `to_json` described."""
        ambiguous = {label: tuple(ids) for label, ids in data["ambiguous"].items()}
        return cls(**{**data, "ambiguous": ambiguous, "missing": tuple(data["missing"])})


def _own_name(name: str) -> str:
    """Return the last part of a node id or a dotted name, parameters included: an id that fits a label shares it."""
    _, inside, rest = name.partition("::")
    head, bracket, parameters = (rest if inside else name).partition("[")
    return _BETWEEN.split(head)[-1] + bracket + parameters
