"""However a campaign is cut into shards, its journals add up to what one process would have written."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_repro.core.merge import merge, merged_lines
from pytest_repro.core.number_set import NumberSet
from pytest_repro.core.record import (
    SCHEMA,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    Line,
    PlannedTest,
    encode_line,
    read_lines,
)
from pytest_repro.core.shard import Shard
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.todo import todo_for

ROOT = 7
OUTCOMES = st.sampled_from(
    ["passed"] * 4 + ["failed", "error", "crashed", "timed out", "skipped", "xfailed", "xpassed"]
)
FAILING = ("failed", "error", "crashed", "timed out")


@dataclass
class Campaign:
    """Outcomes of each test's iterations; `of` shards cut them as the plugin does."""

    outcomes: dict[str, list[str]]
    of: int

    counted: bool  # whether a number of iterations was asked for

    @property
    def count(self) -> int:
        return max(map(len, self.outcomes.values()))

    def numbers(self, nodeid: str, shard: int | None) -> list[int]:
        cut = Shard(shard, self.of) if shard else None
        todo = todo_for(self.count if self.counted else None, nodeid, cut)
        found = (todo.number(ordinal) for ordinal in range(min(todo.total, self.count)))
        return [number for number in found if number <= self.count]

    def records(self, nodeid: str, shard: int | None) -> list[Line]:
        found: list[Line] = []
        for number in self.numbers(nodeid, shard):
            outcome = self.outcomes[nodeid][number - 1]
            digest = f"{number % 3:016x}" if outcome in FAILING else ""
            isolation = "fork" if number % 2 else ""
            again = ["failed", ("passed", "error")[number % 2]] if digest and number % 3 else []
            record = IterationRecord(
                nodeid, number, outcome, number, number / 4, 0.25, signature=digest, isolation=isolation, attempts=again
            )
            found += [FailureDetail(nodeid, digest, {"exception": "E"}), record] if digest else [record]
        return found

    def journal(self, shard: int | None) -> list[Line]:
        """The journal of one shard, or of one process that ran it all."""
        name = f"{shard}/{self.of}" if shard and self.of > 1 else ""
        lines: list[Line] = [CampaignHeader(SCHEMA, ROOT, 1.0, stress=self.count if self.counted else None, shard=name)]
        for nodeid in self.outcomes:
            lines.append(PlannedTest(nodeid, len(self.numbers(nodeid, shard)) if self.counted else None, ROOT))
        for nodeid in self.outcomes:
            lines += self.records(nodeid, shard)
        return [*lines, CampaignEnd("complete", 1000.0)]


@st.composite
def campaigns(draw: st.DrawFn, *, always_counted: bool = False) -> Campaign:
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
    count = draw(st.integers(1, 30))
    outcomes = {name: draw(st.lists(OUTCOMES, min_size=count, max_size=count)) for name in names}
    return Campaign(outcomes, draw(st.integers(1, 5)), always_counted or draw(st.booleans()))


def named(journals: list[list[Line]]) -> list[tuple[str, list[Line]]]:
    return [(f"{number}.jsonl", lines) for number, lines in enumerate(journals)]


def same(one: CampaignTally, other: CampaignTally) -> None:
    """Compare all but the order in which tests and details came."""
    assert one.tests == other.tests
    assert [list(test.first_seen) for _, test in sorted(one.tests.items())] == [
        list(test.first_seen) for _, test in sorted(other.tests.items())
    ]
    assert one.details == other.details
    assert (one.header, one.end) == (other.header, other.end)
    assert sorted(one.remarks) == sorted(other.remarks)


@given(campaigns(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_shards_in_any_order_and_some_of_them_twice_are_the_whole(campaign, random, copies) -> None:
    shards = [campaign.journal(shard) for shard in range(1, campaign.of + 1)]
    given_ = shards + [random.choice(shards) for _ in range(copies)]
    random.shuffle(given_)

    merged = merge(named(given_))

    same(merged.tally, CampaignTally.of(campaign.journal(None)))
    assert (merged.shortfalls, merged.conflicts, merged.missing, merged.cut) == ([], 0, "", ())
    records = sum(isinstance(line, IterationRecord) for lines in given_ for line in lines)
    assert merged.duplicates == records - sum(map(len, campaign.outcomes.values()))


@given(campaigns(), st.randoms(use_true_random=False), st.data())
def test_a_merged_journal_merges_again_to_the_same(campaign, random, data) -> None:
    shards = [campaign.journal(shard) for shard in range(1, campaign.of + 1)]
    present = data.draw(st.lists(st.sampled_from(shards), min_size=1, unique_by=id))
    random.shuffle(present)
    if data.draw(st.booleans()):  # killed: no end, and some of the last records are lost
        present[0] = [line for line in present[0] if not isinstance(line, CampaignEnd)][: data.draw(st.integers(1, 50))]

    merged = merge(named(present))
    text = [encode_line(line) for line in merged_lines(merged, named(present))]
    again = merge([("merged.jsonl", read_lines(text))])

    same(again.tally, merged.tally)
    assert (again.missing, again.not_run, again.duplicates) == (merged.missing, merged.not_run, 0)
    assert bool(again.shortfalls) == bool(merged.shortfalls)
    assert [encode_line(line) for line in merged_lines(again, [("merged.jsonl", read_lines(text))])] == text


@given(campaigns(), st.data())
def test_shards_merged_in_steps_are_the_same_as_at_once(campaign, data) -> None:
    shards = [campaign.journal(shard) for shard in range(1, campaign.of + 1)]
    cut = data.draw(st.integers(1, campaign.of))
    first = merge(named(shards[:cut]))
    step = list(merged_lines(first, named(shards[:cut])))

    merged = merge([("step.jsonl", step), *named(shards[cut - 1 :])])  # one shard is in both

    same(merged.tally, merge(named(shards)).tally)


@given(campaigns(always_counted=True), st.data())
def test_what_is_missing_is_not_run_and_never_left_out(campaign, data) -> None:
    gone = data.draw(st.sets(st.integers(1, campaign.of), max_size=campaign.of - 1))
    merged = merge(named([campaign.journal(shard) for shard in range(1, campaign.of + 1) if shard not in gone]))

    lost = sum(len(campaign.numbers(nodeid, shard)) for nodeid in campaign.outcomes for shard in gone)
    assert merged.not_run == lost
    assert merged.tally.asked == sum(map(len, campaign.outcomes.values()))
    assert bool(merged.shortfalls) == bool(gone)
    assert merged.missing == (f"{NumberSet(gone)}/{campaign.of}" if gone else "")


@given(campaigns(), st.data())
def test_a_contradiction_is_told_and_the_first_outcome_counts(campaign, data) -> None:
    whole = campaign.journal(None)
    at = data.draw(st.sampled_from([i for i, line in enumerate(whole) if isinstance(line, IterationRecord)]))
    record = whole[at]
    assert isinstance(record, IterationRecord)
    other = "skipped" if record.outcome != "skipped" else "xfailed"
    changed = [*whole[:at], replace(record, outcome=other), *whole[at + 1 :]]

    merged = merge(named([whole, changed]))

    assert merged.tally.tests == CampaignTally.of(whole).tests
    assert merged.conflicts == 1
    assert f"iteration {record.iteration} of {record.nodeid}" in merged.tally.remarks[0]
    assert merged.shortfalls == ["1 iteration with two outcomes"]


@given(st.lists(st.integers(1, 40)), st.lists(st.integers(1, 40)))
def test_a_number_set_is_a_set(numbers, others) -> None:
    held, plain = NumberSet(), set()
    for number in numbers:
        assert held.add(number) == (number not in plain)
        plain.add(number)

    assert list(held) == sorted(plain)
    assert len(held) == len(plain)
    assert [number for number in range(42) if number in held] == sorted(plain)
    assert list(held.gaps(40)) == [number for number in range(1, 41) if number not in plain]
    assert (held <= NumberSet(others)) == (plain <= set(others))
    assert list(NumberSet.union([held, NumberSet(others)])) == sorted(plain | set(others))
    assert not plain or list(NumberSet.parse(str(held))) == sorted(plain)
    assert all(last + 1 < first for (_, last), (first, _) in zip(held.ranges(), list(held.ranges())[1:], strict=False))
