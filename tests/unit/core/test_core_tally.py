"""A tally counts what the records say, in bounded memory."""

import random
import sys
from typing import Any

import pytest

from pytest_repro.core.record import (
    SCHEMA,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
)
from pytest_repro.core.strip import CAPACITY, Strip
from pytest_repro.core.tally import MOST_SIGNATURES, REST, CampaignTally, TestTally

OUTCOMES = ("passed", "failed", "error", "crashed", "timed out", "skipped", "xfailed", "xpassed")


def records(outcomes: str, nodeid: str = "a.py::test_a") -> list[IterationRecord]:
    """One record a letter: p passed, f failed, e error, c crashed, t timed out, s skipped, x xfailed, X xpassed."""
    names = dict(zip("pfectsxX", [*OUTCOMES], strict=True))
    return [
        IterationRecord(nodeid, number, names[one], 0, 0.0, 0.5, signature="" if one in "psxX" else f"sig-{one}")
        for number, one in enumerate(outcomes, 1)
    ]


def tally(outcomes: str) -> TestTally:
    one = TestTally("a.py::test_a")
    for record in records(outcomes):
        one.add(record)
    return one


@pytest.mark.parametrize(
    ("outcomes", "failures", "runs"),
    [("", 0, 0), ("pppf", 1, 4), ("fect", 4, 4), ("psxX", 0, 2), ("sssx", 0, 0), ("pfs", 1, 2)],
)
def test_the_rate_counts_iterations_that_say_something_about_it(outcomes: str, failures: int, runs: int) -> None:
    rate = tally(outcomes).rate

    assert (rate.failures, rate.runs) == (failures, runs)


def test_every_iteration_counts_as_run_and_takes_its_time() -> None:
    one = tally("pfsx")

    assert one.run == 4
    assert one.seconds == pytest.approx(2.0)


def test_the_first_failure_of_each_signature_is_kept() -> None:
    one = tally("ppfpefe")

    assert one.first_failure is not None
    assert one.first_failure.iteration == 3
    assert {digest: record.iteration for digest, record in one.first_seen.items()} == {"sig-f": 3, "sig-e": 5}
    assert one.signatures == {"sig-f": 2, "sig-e": 2}


def test_without_a_failure_there_is_no_first_one() -> None:
    assert tally("ppsx").first_failure is None


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("pfff", True),
        ("ppppfefc", True),
        ("pfffs", True),
        ("pff", False),  # two failures may be chance
        ("ffff", False),  # it never passed
        ("pfffp", False),  # it recovered
        ("pfpff", False),
        ("pppp", False),
    ],
)
def test_a_test_that_never_passes_again_after_its_first_failure_is_told_apart(outcomes: str, expected: bool) -> None:
    assert tally(outcomes).only_failures_after_first is expected


def test_a_campaign_is_counted_the_same_in_whatever_order_its_lines_came() -> None:
    lines: list[Line] = [PlannedTest("a", 4, 1), PlannedTest("b", 3, 2), *records("pfps", "a"), *records("fee", "b")]
    lines += [FailureDetail("a", "sig-f", {"exception": "E", "message": ""}), CampaignEnd("complete", 3.0)]
    lines += [CampaignHeader(SCHEMA, 1, 0.0)]
    expected = facts(CampaignTally.of(lines))

    for seed in range(20):
        assert facts(CampaignTally.of(random.Random(seed).sample(lines, len(lines)))) == expected


def facts(campaign: CampaignTally) -> dict[str, Any]:
    tests = {
        test.nodeid: (test.asked, test.root, test.outcomes, test.signatures, test.rate, test.seconds)
        for test in campaign.tests.values()
    }
    return {"asked": campaign.asked, "run": campaign.run, "tests": tests, "details": campaign.details} | {
        "header": campaign.header,
        "end": campaign.end,
    }


def test_a_test_that_was_planned_and_never_ran_is_still_there() -> None:
    campaign = CampaignTally.of([PlannedTest("a", 5, 1)])

    assert (campaign.asked, campaign.run) == (5, 0)


def test_asked_is_open_where_any_test_has_no_count() -> None:
    assert CampaignTally.of([PlannedTest("a", 5, 1), PlannedTest("b", None, 1)]).asked is None


def test_the_first_traceback_of_a_signature_is_kept() -> None:
    first, second = (FailureDetail("a", "s", {"exception": "E", "message": ""}, traceback=text) for text in "12")

    assert CampaignTally.of([first, second]).details["a", "s"] is first


def test_the_first_header_and_the_last_end_count() -> None:
    headers = [CampaignHeader(SCHEMA, root, 0.0) for root in (1, 2)]
    ends = [CampaignEnd(reason, 1.0) for reason in ("interrupted", "complete")]
    campaign = CampaignTally.of([*headers, *ends])

    assert campaign.header is headers[0]
    assert campaign.end is ends[1]


def test_a_message_that_never_repeats_does_not_grow_the_tally() -> None:
    campaign = CampaignTally()
    for number in range(1, 3 * MOST_SIGNATURES + 1):
        digest = f"{number:016x}"
        campaign.add(FailureDetail("a", digest, {"exception": "E", "message": "m"}, traceback="long"))
        campaign.add(IterationRecord("a", number, "failed", 0, 0.0, 0.0, "", "call", digest, "m"))
    test = campaign.tests["a"]

    assert test.failures == 3 * MOST_SIGNATURES
    assert test.signatures[REST] == 2 * MOST_SIGNATURES
    assert len(test.signatures) == len(test.first_seen) == MOST_SIGNATURES + 1
    assert len(campaign.details) == MOST_SIGNATURES


def test_a_known_signature_is_counted_under_its_own_name_however_many_there_are() -> None:
    test = TestTally("a")
    for number in [*range(2 * MOST_SIGNATURES), 0, 0]:
        test.add(IterationRecord("a", 1, "failed", 0, 0.0, 0.0, signature=str(number)))

    assert test.signatures["0"] == 3


def strip(kinds: str) -> Strip:
    one = Strip()
    for kind in kinds:
        one.add({"p": "passed", "f": "failing", "o": "other"}[kind])
    return one


def test_the_strip_shows_one_mark_an_iteration_in_order() -> None:
    assert strip("ppfop").draw(80) == "▁▁█·▁"


def test_an_empty_strip_is_empty() -> None:
    assert strip("").draw(80) == ""


def test_a_strip_that_does_not_fit_says_that_it_goes_on() -> None:
    assert strip("p" * 50).draw(10) == "▁" * 9 + "…"
    assert strip("p" * 10).draw(10) == "▁" * 10


def test_a_full_strip_merges_neighbours_and_never_hides_a_failure() -> None:
    one = strip("p" * (CAPACITY - 1) + "f")

    assert one.width == 2
    assert one.draw(1000) == "▁" * (CAPACITY // 2 - 1) + "█"


def test_what_is_not_yet_a_full_cell_is_shown() -> None:
    assert strip("p" * CAPACITY + "f").draw(1000).endswith("▁█")


def test_a_pass_outweighs_a_skip_in_a_merged_cell() -> None:
    assert strip("op" * (CAPACITY // 2)).draw(1000) == "▁" * (CAPACITY // 2)


def test_the_strip_of_a_long_campaign_is_no_larger_than_that_of_a_short_one() -> None:
    one = strip("p" * 300_000)

    assert len(one.cells) < CAPACITY
    assert one.width == 2048
    assert sum(map(sys.getsizeof, (one.cells, one._last))) < 5000
