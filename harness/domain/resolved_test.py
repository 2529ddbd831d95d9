"""A failing test of a log, found again among the tests that collect in a checkout."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.domain.failing_test import FailingTest


@dataclass(frozen=True, slots=True)
class ResolvedTest:
    """`test` of the log is `nodeid` in the checkout; `why` says why this one, in words."""

    test: FailingTest
    nodeid: str
    why: str


def fitting_ids(test: FailingTest, collected: Iterable[str]) -> tuple[str, ...]:
    """Return the collected ids that the log's name for `test` can mean; one means that there is no doubt.

    A full id fits itself and one that lies in a deeper root folder; a printed `TestA.test_b`, `test_b` or
    `package.module.TestA.test_b` fits the ids that end so.
    """
    if test.phase == "collect":
        return ()
    return fitting_label(test.label, collected)


def fitting_label(label: str, collected: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that `label` (of a FailingTest) can mean."""
    if "::" in label:
        return tuple(one for one in collected if one == label or _ends(one, label) or _ends(label, one))
    return tuple(one for one in collected if _dotted(one) == label or _dotted(one).endswith(f".{label}"))


def _ends(longer: str, shorter: str) -> bool:
    return longer.endswith(f"/{shorter}")


def _dotted(nodeid: str) -> str:
    path, _, rest = nodeid.partition("::")
    head, bracket, parameters = rest.partition("[")
    return path.removesuffix(".py").replace("/", ".") + "." + head.replace("::", ".") + bracket + parameters
