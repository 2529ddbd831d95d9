"""Campaigns for the tests of the sinks, made from records as a journal holds them."""

from collections.abc import Sequence

from pytest_repro.core.record import (
    SCHEMA,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
)
from pytest_repro.core.signature import Signature
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.core.token import ReplayToken

OUTCOMES = dict(
    zip("pfectsxX", ["passed", "failed", "error", "crashed", "timed out", "skipped", "xfailed", "xpassed"], strict=True)
)
NODEID = "tests/test_pool.py::test_close"


def campaign(
    *lines: Line, seconds: float = 6.2, reason: str = "complete", replay: str = "", prove: float | None = None
) -> CampaignTally:
    """Return a campaign of seed 7314 that ended."""
    header = CampaignHeader(SCHEMA, 7314, 1_800_000_000.0, stress=100, replay=replay, prove=prove)
    return CampaignTally.of([header, *lines, CampaignEnd(reason, seconds)])


def signature(message: str = "pool is closed", path: str = "src/pool.py") -> Signature:
    """Return a signature that differs with its message."""
    return Signature("RuntimeError", message, path, "close", 3, "self._check()")


def lines(
    outcomes: str,
    nodeid: str = NODEID,
    messages: Sequence[str] = ("pool is closed",),
    *,
    asked: int | None = None,
    traceback: str = "",
    path: str = "src/pool.py",
    detailed: bool = True,
) -> list[Line]:
    """Return a test's lines, an iteration a letter; failures take `messages` in turn, each a signature of its own.

    p passed, f failed, e error in setup, c crashed, t timed out, s skipped, x xfailed, X xpassed.
    """
    found: list[Line] = [PlannedTest(nodeid, len(outcomes) if asked is None else asked, 7314)]
    failures = 0
    for number, letter in enumerate(outcomes, 1):
        if letter in "psxX":
            found.append(IterationRecord(nodeid, number, OUTCOMES[letter], number, 0.1 * number, 0.01))
            continue
        message = messages[failures % len(messages)]
        one = signature(message, path)
        if detailed and failures < len(messages):
            text = traceback or f"traceback of {message}"
            found.append(FailureDetail(nodeid, one.digest, one.to_json(), 88, text))
        phase = "setup" if letter == "e" else "call"
        said = f"RuntimeError: {message}"
        record = IterationRecord(
            nodeid, number, OUTCOMES[letter], number, 0.1 * number, 0.01, "", phase, one.digest, said
        )
        found.append(record)
        failures += 1
    return found


def replay_command(test: TestTally) -> str:
    """Return a command as the plugin makes it."""
    first = test.first_failure
    assert first is not None
    token = ReplayToken.for_failure(test.root, test.nodeid, first.iteration, first.signature).encode()
    return f"pytest '{test.nodeid}' --repro-replay={token}"
