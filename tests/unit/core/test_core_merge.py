"""Journals of one campaign's shards are added up; those of different campaigns are refused with the difference."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.merge import merge, merged_lines
from pytest_repro.core.record import (
    SCHEMA,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
    Probe,
    Remark,
    Sharing,
)
from pytest_repro.core.shard import Shard
from pytest_repro.core.todo import todo_for

A, B = "test_a.py::test_a", "test_a.py::test_b"


def header(shard: str = "", **changes: Any) -> CampaignHeader:
    return CampaignHeader(**({"schema": SCHEMA, "root": 7, "started": 1.0, "stress": 8, "shard": shard} | changes))


def run(nodeid: str, *numbers: int, outcome: str = "passed", signature: str = "") -> list[Line]:
    return [IterationRecord(nodeid, n, outcome, n, n / 10, 0.1, signature=signature) for n in numbers]


def shard(index: int, of: int = 4, end: str | None = "complete", seconds: float = 5.0, **changes: Any) -> list[Line]:
    """The journal of one shard, in which each iteration of two tests passed."""
    lines: list[Line] = [header(f"{index}/{of}", **changes)]
    numbers = {}
    for nodeid in (A, B):
        todo = todo_for(8, nodeid, Shard(index, of))
        numbers[nodeid] = [todo.number(ordinal) for ordinal in range(todo.total)]
        lines.append(PlannedTest(nodeid, todo.total, 7))
    lines += [line for nodeid, found in numbers.items() for line in run(nodeid, *found)]
    return [*lines, *([CampaignEnd(end, seconds)] if end else [])]


def named(*journals: list[Line]) -> list[tuple[str, list[Line]]]:
    return [(f"{letter}.jsonl", lines) for letter, lines in zip("abcdefgh", journals, strict=False)]


def refused(*journals: list[Line]) -> ReproError:
    with pytest.raises(ReproError) as caught:
        merge(named(*journals))
    return caught.value


def test_four_shards_are_one_complete_campaign() -> None:
    merged = merge(named(*(shard(index, seconds=index) for index in (1, 2, 3, 4))))

    assert merged.tally.header == header()
    assert merged.tally.end == CampaignEnd("complete", 4)
    assert [(test.asked, test.run, test.root) for test in merged.tally.tests.values()] == [(8, 8, 7)] * 2
    assert (merged.shortfalls, merged.failing, merged.tally.remarks) == ([], 0, [])


def test_a_missing_shard_is_named_and_its_iterations_are_not_run() -> None:
    merged = merge(named(shard(1), shard(2), shard(4)))

    assert merged.tally.remarks == ["shard 3/4 is missing: 4 iterations not run"]
    assert merged.shortfalls == ["shard 3/4 is missing", "4 iterations not run"]
    assert [(test.asked, test.run) for test in merged.tally.tests.values()] == [(8, 6)] * 2
    assert merged.tally.end == CampaignEnd("interrupted", 5.0)
    assert merged.tally.header == header("1-2,4/4")


def test_several_missing_shards_are_named_as_ranges() -> None:
    merged = merge(named(shard(2, of=8)))

    assert merged.tally.remarks == ["shards 1,3-8/8 are missing: 14 iterations not run"]


def test_a_missing_shard_is_told_without_a_number_where_no_count_tells_it() -> None:
    marked = [header("1/2", stress=None), PlannedTest(A, 20, 7), *run(A, *range(1, 21)), CampaignEnd("complete", 1.0)]
    merged = merge(named(marked))

    assert merged.tally.remarks == ["shard 2/2 is missing"]
    assert merged.shortfalls == ["shard 2/2 is missing"]


def test_with_fewer_iterations_than_shards_a_missing_one_may_have_had_other_tests() -> None:
    few = [header("1/8", stress=1), PlannedTest(A, 1, 7), *run(A, 1), CampaignEnd("complete", 1.0)]

    assert merge(named(few)).tally.remarks == ["shards 2-8/8 are missing"]


def test_a_test_that_only_one_shard_knows_is_asked_what_that_shard_was_asked() -> None:
    whole = [header(), PlannedTest(A, 8, 7), *run(A, *range(1, 9)), CampaignEnd("complete", 1.0)]

    assert merge(named(whole, shard(1))).tally.tests[B].asked == 2


def test_a_count_of_a_marker_is_not_taken_for_a_part_of_the_campaigns() -> None:
    marked = [header("1/2", stress=100), PlannedTest(A, 3, 7), *run(A, 1, 2, 3), CampaignEnd("complete", 1.0)]

    assert merge(named(marked)).tally.tests[A].asked == 3


def test_a_missing_shard_without_a_count_is_told_without_one() -> None:
    endless = [
        header("1/2", stress=None, seconds=5.0),
        PlannedTest(A, None, 7),
        *run(A, 1, 3),
        CampaignEnd("time", 5.0),
    ]
    merged = merge(named(endless))

    assert merged.tally.remarks == ["shard 2/2 is missing"]
    assert merged.tally.asked is None


def test_the_same_shard_twice_counts_once() -> None:
    merged = merge(named(shard(1, of=2), shard(2, of=2), shard(1, of=2)))

    assert merged.tally.tests[A].asked == merged.tally.tests[A].run == 8
    assert merged.duplicates == 8
    assert merged.shortfalls == []


def test_a_journal_without_an_end_is_told_as_cut() -> None:
    merged = merge(named(shard(1, of=2), shard(2, of=2, end=None)[:-1]))

    assert merged.cut == ("b.jsonl",)
    assert merged.shortfalls == ["b.jsonl has no end", "1 iteration not run"]
    assert merged.tally.remarks == ["b.jsonl has no end: its campaign was killed, or was still running"]
    assert merged.tally.end is not None
    assert merged.tally.end.reason == "interrupted"


def test_a_cut_journal_does_no_harm_beside_a_complete_one_of_its_shard() -> None:
    merged = merge(named(shard(1, of=2), shard(2, of=2, end=None)[:-1], shard(2, of=2)))

    assert merged.shortfalls == []
    assert merged.tally.end == CampaignEnd("complete", 5.0)


def test_the_length_of_a_cut_campaign_is_known_from_its_last_iteration() -> None:
    merged = merge(named([header(), PlannedTest(A, 8, 7), *run(A, 1, 2, 3)]))

    assert merged.tally.end is not None
    assert merged.tally.end.seconds == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("reasons", "worst"),
    [
        (("complete", "complete"), "complete"),
        (("complete", "failures"), "failures"),
        (("time", "failures"), "time"),
        (("interrupted", "time"), "interrupted"),
        (("interrupted", "broken off"), "broken off"),
        (("time", "a reason of a later version"), "a reason of a later version"),
    ],
)
def test_the_most_serious_end_is_the_end_of_all(reasons: tuple[str, str], worst: str) -> None:
    merged = merge(named(*(shard(index, of=2, end=reason) for index, reason in enumerate(reasons, 1))))

    assert merged.tally.end == CampaignEnd(worst, 5.0)
    assert bool(merged.shortfalls) == (worst not in ("complete", "failures", "time"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"root": 8}, "the root seed is 7 in the first and 8 in the second"),
        ({"stress": 9}, "--repro-stress is 8 in the first and 9 in the second"),
        ({"seconds": 90.0}, "--repro-time is not given in the first and 90 in the second"),
        ({"stop": 3}, "--repro-stop is not given in the first and 3 in the second"),
        ({"timeout": 2.5}, "--repro-timeout is not given in the first and 2.5 in the second"),
        ({"isolate": "fork"}, "--repro-isolate is not given in the first and fork in the second"),
        ({"prove": 0.01}, "--repro-prove is not given in the first and 0.01 in the second"),
        ({"confidence": 0.99}, "--repro-confidence is not given in the first and 0.99 in the second"),
        ({"watch": "ab"}, "--repro-watch is not given in the first and ab in the second"),
        ({"allocate": "adaptive"}, "--repro-allocate is not given in the first and adaptive in the second"),
        ({"shard": "2/3"}, "the number of shards is 4 in the first and 3 in the second"),
    ],
)
def test_another_plan_is_refused_with_the_first_difference_and_both_files(changes: dict[str, Any], words: str) -> None:
    other = shard(2)
    other[0] = replace(other[0], **changes)
    error = refused(shard(1), other)

    assert error.slug == "different-plans"
    assert error.message.startswith(f"a.jsonl and b.jsonl are of different plans: {words}")


def test_the_number_of_shards_is_compared_with_the_first_journal_that_has_any() -> None:
    whole = [header(), PlannedTest(A, 8, 7), CampaignEnd("complete", 1.0)]

    assert refused(whole, shard(1), shard(2, of=3)).message.startswith("b.jsonl and c.jsonl are of different plans")


@pytest.mark.parametrize(
    ("planned", "words"),
    [
        (PlannedTest(A, 2, 8), f"the root seed of {A} is 7 in the first and 8 in the second"),
        (PlannedTest(A, None, 7), f"what is asked of {A} is 2 in the first and not given in the second"),
    ],
)
def test_a_test_with_another_plan_is_refused(planned: PlannedTest, words: str) -> None:
    error = refused(shard(1), [header("2/4"), planned])

    assert error.slug == "different-plans"
    assert words in error.message


def test_one_shard_that_was_asked_two_different_numbers_is_refused() -> None:
    error = refused(shard(1), [header("1/4"), PlannedTest(A, 3, 7)])

    assert f"what is asked of {A} is 2 in the first and 3 in the second" in error.message


def test_different_versions_are_merged_and_told() -> None:
    versions = [{"python": "3.11.2", "pytest": "9.0"}, {"python": "3.12.1", "pytest": "9.0"}]
    journals = named(*(shard(index, of=2, versions=one) for index, one in enumerate(versions, 1)))
    merged = merge(journals)

    assert merged.tally.remarks == ["the shards ran under different versions of python: 3.11.2, 3.12.1"]
    assert merged.shortfalls == []
    step = list(merged_lines(merged, journals))
    assert merge(named(step, journals[0][1])).tally.remarks == merged.tally.remarks


def test_a_replay_is_no_part_of_a_campaign() -> None:
    assert refused(shard(1), [header(replay="r1-x")]).slug == "merge-replay"


def test_lines_without_a_header_are_no_journal() -> None:
    error = refused(shard(1), shard(2)[1:])

    assert error.slug == "not-a-journal"
    assert "b.jsonl" in error.message
    assert refused([]).slug == "not-a-journal"
    assert refused().slug == "not-a-journal"


@pytest.mark.parametrize("text", ["x", "2", "0/4", "5/4", "2-1/4", "1,1/4", "1/x", "1/"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    assert refused([header(text)]).slug == "journal-damaged"


@pytest.mark.parametrize("number", [0, -1, "3", 2.5, None, True])
def test_an_iteration_without_a_number_is_refused(number: Any) -> None:
    error = refused([header(), *run(A, 1), replace(run(A, 1)[0], iteration=number)])

    assert error.slug == "journal-damaged"
    assert "a.jsonl" in error.message


def test_two_merged_journals_that_share_some_shards_are_refused() -> None:
    first, second = named(shard(1), shard(2)), named(shard(2), shard(3))
    steps = [list(merged_lines(merge(journals), journals)) for journals in (first, second)]

    assert refused(*steps).slug == "overlapping-shards"


def test_of_two_merged_journals_the_larger_one_counts_if_it_holds_the_other() -> None:
    pair, more = named(shard(1), shard(2)), named(shard(1), shard(2), shard(3))
    steps = [list(merged_lines(merge(journals), journals)) for journals in (pair, more)]
    merged = merge(named(*steps))

    assert merged.missing == "4/4"
    assert merged.planned == (PlannedTest(A, 6, 7), PlannedTest(B, 6, 7))


def test_late_iterations_that_come_first_are_put_behind_the_early_ones() -> None:
    late = [header("1/2", stress=600), *run(A, 600, outcome="failed", signature="aa" * 8)]
    early = [header("2/2", stress=600), *run(A, 1, 300)]

    assert merge(named(late, early)).tally.tests[A].strip.draw(80) == "▁▁█"


def test_the_first_failure_is_the_one_with_the_lowest_number() -> None:
    late = [header("1/2"), PlannedTest(A, 4, 7), *run(A, 5, 6), *run(A, 7, outcome="failed", signature="aa" * 8)]
    early = [header("2/2"), PlannedTest(A, 4, 7), *run(A, 1), *run(A, 2, outcome="failed", signature="bb" * 8)]
    early += [*run(A, 3, outcome="failed", signature="aa" * 8)]
    test = merge(named(late, early)).tally.tests[A]

    assert [(digest, record.iteration) for digest, record in test.first_seen.items()] == [("bb" * 8, 2), ("aa" * 8, 3)]
    assert test.passed_after_failure == 2
    assert test.strip.draw(80) == "▁██▁▁█"


def test_more_signatures_than_are_told_apart_never_come_first() -> None:
    many = [run(A, n, outcome="failed", signature=f"{n:016x}")[0] for n in range(301, 501)]
    late = [header("1/2", stress=600), *many]
    early = [header("2/2", stress=600), *run(A, 1, outcome="failed", signature="aa" * 8)]
    test = merge(named(late, early)).tally.tests[A]

    assert test.failures == 201
    assert test.first_failure is not None
    assert test.first_failure.iteration == 301
    assert list(test.first_seen)[-1] == "rest"


def test_what_else_was_seen_comes_along_once() -> None:
    probe = Probe(A, 2, "aa" * 8, ["HANDLERS (+1 entry)"])
    said: list[Line] = [
        Remark("shared fixtures are set up in each child"),
        Sharing(A, {"server": "opens a socket"}),
        probe,
        probe,
        FailureDetail(A, "aa" * 8, {"exception": "E"}, 3, "first"),
    ]
    journals = named([*shard(1, of=2), *said], [*shard(2, of=2), *said], [*shard(2, of=2), *said])
    merged = merge(journals)

    assert merged.tally.remarks == ["shared fixtures are set up in each child"]
    assert merged.tally.tests[A].probes == [probe, probe]
    assert merged.tally.tests[A].in_child == {"server": "opens a socket"}
    lines = list(merged_lines(merged, journals))
    assert [lines.count(one) for one in said] == [1, 1, 2, 2, 1]


def test_a_campaign_that_had_leave_to_end_a_test_early_lacks_nothing() -> None:
    stopped = [header(stop=1), PlannedTest(A, 8, 7), *run(A, 1, outcome="failed", signature="aa" * 8)]

    assert merge(named([*stopped, CampaignEnd("complete", 1.0)])).shortfalls == []
    assert merge(named([*stopped, CampaignEnd("time", 1.0)])).shortfalls == ["7 iterations not run"]


def test_a_resumed_journal_counts_what_it_repeats_once() -> None:
    resumed = [*shard(1, of=1, end="interrupted")[:-3], header("1/1", started=9.0), *run(A, 7, 8), *run(B, 6, 7, 8)]
    merged = merge(named([*resumed, CampaignEnd("complete", 3.0)]))

    assert merged.tally.run == merged.tally.asked == 16
    assert merged.tally.header == header()


def test_memory_does_not_grow_with_the_iterations() -> None:
    def journal(count: int) -> Iterator[Line]:
        yield header(stress=count)
        for number in range(1, count + 1):
            yield IterationRecord(A, number, "failed" if number % 3 == 0 else "passed", 1, 0.0, 0.1, signature="aa" * 8)

    def peak(count: int) -> int:
        tracemalloc.start()
        merge([("a.jsonl", journal(count))])
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(100)  # what is made once
    assert peak(30_000) - peak(100) < 2 * 30_000  # bytes: not two for each iteration
