"""The whole result of a campaign as one JSON document. Published in docs/reference/outputs.md."""

import json
import math
from collections import Counter
from dataclasses import asdict
from typing import Any, Final, TypedDict

from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.sinks.evidence import Evidence, ReplayCommand, evidence, is_replay, replay_of, verdict_on
from pytest_repro.sinks.terminal import label

SCHEMA: Final = 1


class Rate(TypedDict):
    """Failing iterations of those that count; fractions, null where the runs are no sample or there is none."""

    failures: int
    runs: int
    confidence: float
    value: float | None
    low: float | None
    high: float | None
    below: float | None


class First(TypedDict):
    """The first failing iteration with a signature, as in the journal."""

    iteration: int
    seed: int
    at: float | None
    outcome: str
    phase: str
    worker: str
    isolation: str
    message: str
    example: str
    note: str
    attempts: list[str]


class ProofResult(TypedDict):
    """What the iterations say about the rate that was to be excluded."""

    state: str
    excluded: float
    needed: int


class SignatureResult(TypedDict):
    """A kind of failure of one test, with the first traceback seen and the command that replays it."""

    digest: str
    count: int
    exception: str
    path: str
    line: int
    identity: dict[str, Any] | None
    first: First
    traceback: str
    replay: str | None


class TestResult(TypedDict):
    """What is shown of one test."""

    nodeid: str
    label: str
    asked: int | None
    run: int
    failures: int
    root: int
    seconds: float | None
    outcomes: dict[str, int]
    isolated: dict[str, int]
    rate: Rate
    proof: ProofResult | None
    signatures: list[SignatureResult]
    replay: str | None
    leaves: list[str]
    in_child: dict[str, str]
    notes: dict[str, int]
    rerun: dict[str, int]


class Totals(TypedDict):
    """The counts of all tests together."""

    tests: int
    asked: int | None
    run: int
    failures: int
    labels: dict[str, int]
    outcomes: dict[str, int]


class End(TypedDict):
    """Why the campaign ended, and after how long."""

    reason: str
    seconds: float | None


class Result(TypedDict):
    """The document; `campaign` holds every member of the journal's first line, `end` is null after a kill."""

    schema: int
    campaign: dict[str, Any] | None
    end: End | None
    totals: Totals
    remarks: list[str]
    tests: list[TestResult]


def result_text(tally: CampaignTally, replay_command: ReplayCommand) -> str:
    """Return the document, ASCII only, ended by a newline; a number that JSON lacks is null."""
    return json.dumps(_finite(result(tally, replay_command)), indent=2, allow_nan=False) + "\n"


def result(tally: CampaignTally, replay_command: ReplayCommand) -> Result:
    """Return the document as an object; tests in the order of the campaign, signatures as they were first seen."""
    return {
        "schema": SCHEMA,
        "campaign": {k: v for k, v in asdict(tally.header).items() if k != "schema"} if tally.header else None,
        "end": {"reason": tally.end.reason, "seconds": tally.end.seconds} if tally.end else None,
        "totals": _totals(tally),
        "remarks": list(tally.remarks),
        "tests": [_test(tally, test, replay_command) for test in tally.tests.values()],
    }


def _totals(tally: CampaignTally) -> Totals:
    tests = tally.tests.values()
    return {
        "tests": len(tests),
        "asked": tally.asked,
        "run": tally.run,
        "failures": sum(test.failures for test in tests),
        "labels": dict(Counter(label(test) for test in tests)),
        "outcomes": dict(sum((test.outcomes for test in tests), Counter[str]())),
    }


def _test(tally: CampaignTally, test: TestTally, replay_command: ReplayCommand) -> TestResult:
    return {
        "nodeid": test.nodeid,
        "label": label(test),
        "asked": test.asked,
        "run": test.run,
        "failures": test.failures,
        "root": test.root,
        "seconds": test.seconds,
        "outcomes": dict(test.outcomes),
        "isolated": dict(test.isolated),
        "rate": _rate(tally, test),
        "proof": _proof(tally, test),
        "signatures": [_signature(test, one, replay_command) for one in evidence(tally, test)],
        "replay": replay_command(test) if test.first_failure else None,
        "leaves": sorted({left for probe in test.probes for left in probe.leaves}),
        "in_child": dict(test.in_child),
        "notes": dict(test.notes),
        "rerun": dict(test.rerun),
    }


def _rate(tally: CampaignTally, test: TestTally) -> Rate:
    rate = test.rate
    sample = rate.runs > 0 and not is_replay(tally)
    low, high = rate.interval if sample and rate.failures else (None, None)
    return {
        "failures": rate.failures,
        "runs": rate.runs,
        "confidence": rate.confidence,
        "value": rate.value if sample else None,
        "low": low,
        "high": high,
        "below": rate.excluded if sample and not rate.failures else None,
    }


def _proof(tally: CampaignTally, test: TestTally) -> ProofResult | None:
    if (verdict := verdict_on(tally, test)) is None:
        return None
    return {"state": verdict.state, "excluded": verdict.excluded, "needed": verdict.needed}


def _signature(test: TestTally, one: Evidence, replay_command: ReplayCommand) -> SignatureResult:
    return {
        "digest": one.digest,
        "count": one.count,
        "exception": one.exception,
        "path": one.path,
        "line": one.line,
        "identity": one.detail.signature if one.detail else None,
        "first": {
            "iteration": one.first.iteration,
            "seed": one.first.seed,
            "at": one.first.at,
            "outcome": one.first.outcome,
            "phase": one.first.phase,
            "worker": one.first.worker,
            "isolation": one.first.isolation,
            "message": one.first.message,
            "example": one.first.example,
            "note": one.first.note,
            "attempts": list(one.first.attempts),
        },
        "traceback": one.detail.traceback if one.detail else "",
        "replay": replay_of(test, one, replay_command),
    }


def _finite(value: Any) -> Any:
    """Return `value` with null for every number that JSON has no form for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list) else value
