"""For any plan: shards partition, proofs keep their promise, shares are fair, and no junk is an obstacle."""

import math
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_repro.core.allocation import ASSURED, DurationOutliers, Evidence, shares
from pytest_repro.core.errors import ReproError
from pytest_repro.core.fault_stack import FaultFrame, frame_of_interest, parse_fault_stack
from pytest_repro.core.proof import Proof, parse_confidence, parse_rate
from pytest_repro.core.shard import Shard, parse_shard
from pytest_repro.core.todo import Todo, todo_for

NODEID = st.text(max_size=30)
COUNT = st.integers(1, 300)
OF = st.integers(1, 20)
DONE = st.lists(st.integers(1, 320), max_size=60)
RATE = st.floats(0.01, 0.9)
CONFIDENCE = st.floats(0.5, 0.999)
SECONDS = st.floats(0, 1e6)


def shards(of: int) -> list[Shard]:
    return [Shard(index, of) for index in range(1, of + 1)]


def numbers(todo: Todo) -> list[int]:
    return [todo.number(ordinal) for ordinal in range(todo.total)]


@given(COUNT, NODEID, OF, DONE)
def test_the_shards_of_a_count_partition_what_is_left(asked: int, nodeid: str, of: int, done: list[int]) -> None:
    todos = [todo_for(asked, nodeid, shard, done) for shard in shards(of)]

    assert sorted(number for todo in todos for number in numbers(todo)) == sorted({*range(1, asked + 1)} - {*done})
    assert not any(todo.endless for todo in todos)


@given(st.integers(1, 10**15), NODEID, OF)
def test_no_shard_has_two_iterations_more_than_another(asked: int, nodeid: str, of: int) -> None:
    totals = [todo_for(asked, nodeid, shard).total for shard in shards(of)]

    assert sum(totals) == asked
    assert max(totals) - min(totals) <= 1


@given(NODEID, OF, st.integers(0, 10**15))
def test_the_shards_of_an_endless_campaign_partition_every_stretch(nodeid: str, of: int, turn: int) -> None:
    found = sorted(todo_for(None, nodeid, shard).number(turn) for shard in shards(of))

    assert found == list(range(turn * of + 1, (turn + 1) * of + 1))


@given(NODEID, OF, DONE, st.data())
def test_an_endless_shard_goes_on_with_exactly_what_is_missing(
    nodeid: str, of: int, done: list[int], data: st.DataObject
) -> None:
    shard = data.draw(st.sampled_from(shards(of)))
    whole, rest = todo_for(None, nodeid, shard), todo_for(None, nodeid, shard, done)
    missing = [number for number in map(whole.number, range(400)) if number not in done]

    assert [rest.number(ordinal) for ordinal in range(len(missing))] == missing
    assert whole.total - rest.total == 400 - len(missing)
    assert rest.endless


@given(COUNT, NODEID, OF, DONE, st.data())
def test_numbers_are_in_order_and_ranges_never_empty(
    asked: int, nodeid: str, of: int, done: list[int], data: st.DataObject
) -> None:
    todo = todo_for(asked, nodeid, data.draw(st.sampled_from(shards(of))), done)

    assert numbers(todo) == sorted(set(numbers(todo)))
    assert all(todo.ranges)


@given(OF, st.data())
def test_a_shard_is_read_back_as_it_was_written(of: int, data: st.DataObject) -> None:
    shard = data.draw(st.sampled_from(shards(of)))

    assert parse_shard(str(shard)) == shard


@given(RATE, CONFIDENCE, st.floats(0, 1))
def test_no_way_of_stopping_accepts_too_high_a_rate_more_often_than_promised(
    rate: float, confidence: float, excess: float
) -> None:
    """The best chance of an adversary who looks after every run and stops when it pleases, by backward induction."""
    true_rate = rate + excess * (1 - rate)
    proof = Proof(rate, confidence)
    best = 0.0
    for clean in range(proof.needed + 1, -1, -1):
        refuted = float(proof.verdict(clean, 1).state == "shown")  # a failure leaves nothing to hope for
        going_on = true_rate * refuted + (1 - true_rate) * best
        best = max(float(proof.verdict(clean, 0).state == "shown"), going_on)

    assert best <= (1 - confidence) * (1 + 1e-9)


@given(RATE, CONFIDENCE, st.lists(st.booleans(), max_size=300))
def test_a_rate_is_shown_exactly_when_the_wealth_of_the_largest_bet_is_reached(
    rate: float, confidence: float, failed: list[bool]
) -> None:
    proof, wealth, failures = Proof(rate, confidence), 1.0, 0
    for clean, failure in enumerate([False, *failed]):
        failures += failure
        if clean:
            wealth *= 1 + (1 / (1 - rate)) * (rate - failure)
        verdict = proof.verdict(clean - failures, failures)
        reached = wealth * (1 - confidence)
        assert (verdict.state == "refuted") == (failures > 0)
        if not math.isclose(reached, 1, rel_tol=1e-9):
            assert (verdict.state == "shown") == (failures == 0 and reached > 1)


@given(RATE, CONFIDENCE, st.integers(0, 2000))
def test_the_excluded_rate_falls_with_every_clean_run_and_is_what_the_verdict_says(
    rate: float, confidence: float, clean: int
) -> None:
    proof = Proof(rate, confidence)
    now, then = proof.verdict(clean, 0), proof.verdict(clean + 1, 0)

    assert 0 < then.excluded < now.excluded <= 1 or then.state == "shown"
    assert (now.state == "shown") == (now.excluded <= rate)


@given(st.floats(1e-8, 1 - 1e-8))
def test_every_rate_that_python_prints_is_read_back(rate: float) -> None:
    assert parse_rate(repr(rate)) == rate
    assert math.isclose(parse_rate(f"{rate * 100:.12f}%"), rate, rel_tol=1e-6)


@given(st.text(max_size=20) | st.from_regex(r"[0-9.eE%/ -]{0,12}", fullmatch=True))
def test_every_text_is_read_or_refused_with_a_hint(text: str) -> None:
    for parse in (parse_rate, parse_confidence, parse_shard):
        found = result_of(parse, text)

        assert found.hint if isinstance(found, ReproError) else isinstance(found, Shard) or 0 < found < 1


def result_of(parse: Callable[[str], float | Shard], text: str) -> float | Shard | ReproError:
    try:
        return parse(text)
    except ReproError as error:
        return error


@st.composite
def seen(draw: st.DrawFn) -> Evidence:
    done = draw(st.integers(0, 10**6))
    failures = draw(st.integers(0, done))
    return Evidence(done, failures, draw(st.integers(0, done - failures)), draw(SECONDS))


@given(st.lists(seen(), min_size=1, max_size=30), st.booleans())
def test_shares_are_all_of_the_time_and_no_test_has_less_than_is_assured(
    evidence: list[Evidence], adaptive: bool
) -> None:
    found = shares(evidence, adaptive)

    assert math.isclose(sum(found), 1)
    assert min(found) >= ASSURED / len(evidence)
    assert shares(evidence, adaptive) == found


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), SECONDS, st.lists(seen(), max_size=10))
def test_who_failed_or_nearly_failed_has_more_than_who_was_clean_as_often(
    done: int, failures: int, near: int, seconds: float, others: list[Evidence]
) -> None:
    failures = min(failures, done)
    near = min(near, done - failures)
    clean, suspicious, *_ = shares(
        [Evidence(done, 0, 0, seconds), Evidence(done, failures, near, seconds), *others], adaptive=True
    )

    assert (suspicious > clean) == (failures + near > 0)
    assert suspicious >= clean


@given(st.lists(SECONDS, max_size=100))
def test_whatever_the_durations_an_outlier_is_long_and_not_among_the_first_ten(durations: list[float]) -> None:
    outliers = DurationOutliers()
    found = [seconds for seconds in durations if outliers.is_outlier(seconds)]

    assert all(seconds >= 0.005 for seconds in found)
    assert len(found) <= max(0, len(durations) - 10)


FRAGMENT = st.sampled_from(
    [
        *("Fatal Python error: ", "Segmentation fault", "Timeout (0:00:01)!"),
        *("Current thread 0x1", "Thread 0x", "Stack", " [name]", " (most recent call first):", "<no Python frame>"),
        *('  File "', '"', "/proj/a.py", ", line ", "3", "99999999999999999999", " in ", "test_it", "???", "  ..."),
        *("\n", "\r", "\x00", "\u2028", "\\x", "\\U00110000", "\\ud800"),
    ]
)


@given(st.text(max_size=200) | st.lists(FRAGMENT | st.text(max_size=3), max_size=60).map("".join), st.text(max_size=8))
@example('Current thread 0x1 (most recent call first):\n  File "\\U00110000", line 3 in \\ud800', "/proj")
def test_no_junk_stops_the_reading_of_a_stack(text: str, root: str) -> None:
    stack = parse_fault_stack(text)
    frame = frame_of_interest(stack, root)

    assert frame is None or any(frame in thread.frames for thread in stack.threads)


PRINTED = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="\\"), min_size=1, max_size=20
)


@given(st.lists(st.tuples(PRINTED, st.integers(0, 10**6), st.from_regex("[a-z_]{1,9}", fullmatch=True)), max_size=20))
def test_frames_are_read_back_as_they_were_written(frames: list[tuple[str, int, str]]) -> None:
    lines = [f'  File "{path}", line {line} in {function}' for path, line, function in frames]
    text = "\n".join(["Fatal Python error: Aborted", "", "Current thread 0x1 (most recent call first):", *lines])

    assert parse_fault_stack(text).threads[0].frames == tuple(FaultFrame(*frame) for frame in frames)
