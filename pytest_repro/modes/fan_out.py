"""Our place among xdist's workers, and a scheduler that leaves the scheduling to them."""

from collections.abc import Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any, Final, NamedTuple

import pytest

_WAIT: Final = 2.0  # seconds for a worker that has closed its connection to end


class Place(NamedTuple):
    """Which of `places` processes this one is; a plain run is the only one. `ledger` is what workers share."""

    worker: str = ""
    number: int = 0
    places: int = 1
    ledger: Path | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> "Place":
        """Return this process's place."""
        given: dict[str, Any] = getattr(config, "workerinput", {})
        if not given:
            return cls()
        worker, places = str(given["workerid"]), int(given["workercount"])
        digits = "".join(filter(str.isdigit, worker)) or "0"
        # A worker that takes a dead one's place has a number beyond the first ones.
        ledger = given["repro_ledger"]
        return cls(worker, int(digits) % places, places, Path(ledger) if ledger else None)


def ending_of(node: Any, error: str) -> str:
    """Say how the process of a dead worker ended; `error`, xdist's own word, where that cannot be known.

    xdist only knows that the connection broke. The process is known where the controller has started it.
    """
    from pytest_repro.engine.death import ending  # in hardly any campaign a worker dies

    process = getattr(getattr(node.gateway, "_io", None), "popen", None)
    try:
        return ending(process.wait(timeout=_WAIT)) if process is not None else error
    except TimeoutExpired:
        return error


class EveryWorker:
    """xdist's scheduler in a campaign: workers run all tests' iterations as the ledger hands them out."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._nodes: dict[Any, Sequence[str]] = {}
        self._expected = len(config.getoption("tx") or ())
        self._started = False

    @property
    def nodes(self) -> list[Any]:
        """The workers that are alive."""
        return list(self._nodes)

    @property
    def collection_is_completed(self) -> bool:
        """Whether every worker has told what it collected."""
        return len(self._nodes) >= self._expected and all(one is not None for one in self._nodes.values())

    @property
    def tests_finished(self) -> bool:
        """Whether all workers have ended: only they know when the tests have."""
        return self._started and not self._nodes

    @property
    def has_pending(self) -> bool:
        """Whether tests may still run."""
        return bool(self._nodes)

    def add_node(self, node: Any) -> None:
        """Take a worker in."""
        self._started = True
        self._nodes[node] = ()

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Take note of what a worker collected."""
        self._nodes[node] = collection

    def remove_node(self, node: Any) -> None:
        """Take note that a worker has ended; what it was at is accounted for elsewhere. Raises KeyError."""
        del self._nodes[node]

    def schedule(self) -> None:
        """Leave it to the workers, which began when they had collected."""

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Leave it to the ledger."""

    def mark_test_pending(self, item: str) -> None:
        """Leave it to the ledger."""

    def remove_pending_tests_from_node(self, node: Any, indices: Sequence[int]) -> None:
        """Leave it to the ledger."""


def lift_restart_cap(config: pytest.Config) -> None:
    """Let xdist replace every worker that dies: our own check is whether the campaign gets on."""
    if config.option.maxworkerrestart is None:
        config.option.maxworkerrestart = str(2**31)
