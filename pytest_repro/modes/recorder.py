"""From an iteration to the journal's lines."""

import pytest

from pytest_repro.core.record import FailureDetail, IterationRecord, Line
from pytest_repro.engine.iteration import Iteration
from pytest_repro.modes.failure_book import FailureBook

LONGEST_TRACEBACK = 20_000


def lines_of(
    item: pytest.Item,
    iteration: Iteration,
    book: FailureBook,
    *,
    number: int,
    seed: int,
    at: float,
    worker: str = "",
    isolation: str = "",
) -> list[Line]:
    """Return the record of an ended iteration, with the failure's detail before it where that is new to `book`."""
    if iteration.failing is None:
        record = IterationRecord(
            item.nodeid, number, iteration.outcome, seed, at, iteration.seconds, worker, isolation=isolation
        )
        return [record]
    failure, digest = book.look_up(iteration.failing, iteration.error)
    lines: list[Line] = []
    if book.first_to_write(digest):
        text = iteration.failing.longreprtext[:LONGEST_TRACEBACK]
        lines.append(FailureDetail(item.nodeid, digest, failure.signature.to_json(), failure.line, text))
    lines.append(
        IterationRecord(
            item.nodeid,
            number,
            iteration.outcome,
            seed,
            at,
            iteration.seconds,
            worker,
            iteration.failing.when or "",
            digest,
            failure.message,
            failure.example,
            isolation,
            attempts=iteration.attempts,
        )
    )
    return lines
