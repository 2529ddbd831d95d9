"""The JSON document holds the whole result, and nothing that JSON has no form for."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sink_campaigns import NODEID, campaign, lines, replay_command, signature

from pytest_repro.core.record import CampaignHeader, IterationRecord, PlannedTest, Probe, Remark
from pytest_repro.core.tally import CampaignTally
from pytest_repro.sinks.result_json import SCHEMA, result_text


def document(tally: CampaignTally) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    found = json.loads(result_text(tally, replay_command), parse_constant=refuse)
    assert isinstance(found, dict)
    return found


def test_campaign_end_and_totals_are_those_of_the_journal() -> None:
    found = document(campaign(*lines("pfp"), *lines("ps", "t.py::b"), seconds=2.5, reason="time"))

    assert found["schema"] == SCHEMA == 1
    assert found["campaign"]["root"] == 7314
    assert found["campaign"]["stress"] == 100
    assert found["end"] == {"reason": "time", "seconds": 2.5}
    assert found["totals"] == {
        "tests": 2,
        "asked": 5,
        "run": 5,
        "failures": 1,
        "labels": {"FLAKY": 1, "STABLE": 1},
        "outcomes": {"passed": 3, "failed": 1, "skipped": 1},
    }


def test_a_failing_test_is_told_with_interval_signatures_and_replay() -> None:
    (test,) = document(campaign(*lines("ppfefp", messages=("one", "two"))))["tests"]

    assert (test["nodeid"], test["label"], test["asked"], test["run"], test["failures"]) == (NODEID, "FLAKY", 6, 6, 3)
    assert test["outcomes"] == {"passed": 3, "failed": 2, "error": 1}
    assert test["rate"] == {
        "failures": 3,
        "runs": 6,
        "confidence": 0.95,
        "value": 0.5,
        "low": pytest.approx(0.118117, abs=1e-6),
        "high": pytest.approx(0.881883, abs=1e-6),
        "below": None,
    }
    one, two = test["signatures"]
    assert (one["count"], two["count"]) == (2, 1)
    assert one["digest"] == signature("one").digest
    assert one["identity"] == signature("one").to_json()
    assert (one["exception"], one["path"], one["line"]) == ("RuntimeError", "src/pool.py", 88)
    assert one["traceback"] == "traceback of one"
    assert (two["first"]["iteration"], two["first"]["phase"], two["first"]["outcome"]) == (4, "setup", "error")
    assert one["first"]["seed"] == 3
    assert test["replay"] == one["replay"] != two["replay"]


def test_a_test_without_a_failure_has_a_bound_and_no_interval() -> None:
    (test,) = document(campaign(*lines("p" * 100)))["tests"]

    assert test["rate"] | {"below": 0} == {
        "failures": 0, "runs": 100, "confidence": 0.95, "value": 0.0, "low": None, "high": None, "below": 0
    }  # fmt: skip
    assert test["rate"]["below"] == pytest.approx(0.0295, abs=1e-4)
    assert test["replay"] is None


@pytest.mark.parametrize(
    ("outcomes", "state", "excluded"), [("p" * 6, "shown", 0.393), ("p" * 5, "open", 0.451), ("pppf", "refuted", 1.0)]
)
def test_a_proof_is_told(outcomes: str, state: str, excluded: float) -> None:
    (test,) = document(campaign(*lines(outcomes), prove=0.4))["tests"]

    assert test["proof"] == {"state": state, "excluded": pytest.approx(excluded, abs=1e-3), "needed": 6}


@pytest.mark.parametrize("tally", [campaign(*lines("sss")), campaign(*lines("ff"), replay="r1-x")])
def test_without_a_sample_there_is_no_rate(tally: CampaignTally) -> None:
    (test,) = document(tally)["tests"]

    assert [test["rate"][name] for name in ("value", "low", "high", "below")] == [None] * 4


def test_a_killed_campaign_has_no_end_and_an_endless_one_no_count() -> None:
    found = document(CampaignTally.of([PlannedTest("a", None, 1)]))

    assert (found["campaign"], found["end"], found["totals"]["asked"]) == (None, None, None)
    assert found["tests"][0]["label"] == "NOT RUN"


def test_what_else_was_seen_is_there() -> None:
    tally = campaign(*lines("pf"), Probe(NODEID, 2, "", ["os.environ['X']"]), Remark("no fork here"))
    found = document(tally)

    assert found["remarks"] == ["no fork here"]
    assert found["tests"][0]["leaves"] == ["os.environ['X']"]


def test_many_signatures_counted_as_one_have_no_replay() -> None:
    tally = campaign(*lines("f" * 220, messages=[f"word {'abcdefghij'[n % 10]}{n}" for n in range(220)]))
    rest = document(tally)["tests"][0]["signatures"][-1]

    assert rest["digest"] == "rest"
    assert (rest["replay"], rest["identity"], rest["exception"]) == (None, None, "failed")


@example(math.nan, "\ud800")
@example(-math.inf, "")
@given(st.floats(), st.text(st.characters(codec=None)))
def test_every_number_and_text_has_a_form_in_json(number: float, text: str) -> None:
    header = CampaignHeader(1, 1, number, args=[text])
    record = IterationRecord(text, 1, "failed", 1, number, number, signature="0" * 16, message=text)
    found = document(CampaignTally.of([header, PlannedTest(text, 1, 1), record]))

    expected = number if math.isfinite(number) else None
    assert found["campaign"]["started"] == expected
    assert found["tests"][0]["signatures"][0]["first"]["at"] == expected
    assert found["tests"][0]["nodeid"] == text
