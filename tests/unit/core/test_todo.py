"""Which iterations are left is the same on every machine, without gap or overlap."""

from collections import Counter

import pytest

from pytest_repro.core.number_set import NumberSet
from pytest_repro.core.shard import Shard
from pytest_repro.core.todo import Todo, todo_for


def numbers(todo: Todo, most: int = 10_000) -> list[int]:
    return [todo.number(ordinal) for ordinal in range(min(todo.total, most))]


def shards(of: int) -> list[Shard]:
    return [Shard(index, of) for index in range(1, of + 1)]


def test_without_shards_all_iterations_are_run_in_order() -> None:
    todo = todo_for(5, "test_a.py::test_it")

    assert numbers(todo) == [1, 2, 3, 4, 5]
    assert (todo.total, todo.endless) == (5, False)


def test_an_endless_campaign_counts_on_and_on() -> None:
    todo = todo_for(None, "test_a.py::test_it")

    assert todo.endless
    assert numbers(todo, 3) == [1, 2, 3]
    assert todo.number(10**12) == 10**12 + 1
    assert todo.total > 10**18


def test_the_total_of_an_endless_campaign_fits_in_64_bits_with_sign() -> None:
    assert 0 < todo_for(None, "test_a.py::test_it").total < 2**63


@pytest.mark.parametrize("ordinal", [-1, 5, 6, 10**30])
def test_an_ordinal_outside_is_refused(ordinal: int) -> None:
    with pytest.raises(IndexError):
        todo_for(5, "test_a.py::test_it").number(ordinal)


def test_a_todo_with_gaps_refuses_an_ordinal_before_its_first() -> None:
    with pytest.raises(IndexError):
        todo_for(5, "test_a.py::test_it", done=[3]).number(-1)


def test_the_parts_are_those_that_every_release_has_cut() -> None:
    """Machines of one campaign must agree; this pins the cut, hash and all."""
    found = [todo_for(10, "test_a.py::test_it", shard).ranges for shard in shards(4)]

    assert found == [(range(3, 6),), (range(6, 8),), (range(8, 11),), (range(1, 3),)]


def test_each_shard_has_consecutive_iterations_of_a_count() -> None:
    assert all(len(todo_for(100, "test_a.py::test_it", shard).ranges) == 1 for shard in shards(7))


def test_shards_of_an_endless_campaign_take_turns() -> None:
    found = [numbers(todo_for(None, "test_a.py::test_it", shard), 2) for shard in shards(3)]

    assert sorted(found) == [[1, 4], [2, 5], [3, 6]]


def test_over_many_tests_a_single_iteration_each_is_dealt_out_evenly() -> None:
    nodeids = [f"tests/test_{number // 20}.py::test_{number}" for number in range(4000)]
    load = Counter({str(shard): sum(todo_for(1, nodeid, shard).total for nodeid in nodeids) for shard in shards(8)})

    assert sum(load.values()) == 4000
    assert max(load.values()) < 1.2 * min(load.values())


def test_more_shards_than_iterations_leave_some_shards_nothing_to_do() -> None:
    todos = [todo_for(3, "test_a.py::test_it", shard) for shard in shards(8)]

    assert sorted(number for todo in todos for number in numbers(todo)) == [1, 2, 3]
    assert [todo for todo in todos if not todo.total] == [Todo(())] * 5


def test_what_is_done_is_left_out_whatever_its_order() -> None:
    assert numbers(todo_for(10, "test_a.py::test_it", done=[9, 2, 3, 10, 2])) == [1, 4, 5, 6, 7, 8]


def test_a_set_of_numbers_is_taken_as_it_is() -> None:
    assert numbers(todo_for(6, "test_a.py::test_it", done=NumberSet([1, 2, 5]))) == [3, 4, 6]


def test_a_campaign_that_is_done_leaves_nothing() -> None:
    assert todo_for(10, "test_a.py::test_it", done=range(1, 11)) == Todo(())


def test_numbers_beyond_the_count_do_not_matter() -> None:
    assert numbers(todo_for(3, "test_a.py::test_it", done=[2, 4, 100])) == [1, 3]


def test_an_endless_campaign_goes_on_with_what_is_missing() -> None:
    todo = todo_for(None, "test_a.py::test_it", done=[1, 2, 4, 7])

    assert todo.endless
    assert numbers(todo, 5) == [3, 5, 6, 8, 9]


def test_a_shard_of_an_endless_campaign_resumes_its_own_stride() -> None:
    whole = todo_for(None, "test_a.py::test_it", Shard(2, 3))
    first = [whole.number(ordinal) for ordinal in range(1000)]
    resumed = todo_for(None, "test_a.py::test_it", Shard(2, 3), done=[*first[:500], *first[501:999]])

    assert numbers(resumed, 3) == [first[500], first[999], whole.number(1000)]
    assert len(resumed.ranges) == 2


def test_many_gaps_are_counted_and_crossed() -> None:
    todo = todo_for(400_000, "test_a.py::test_it", done=range(2, 400_001, 2))

    assert todo.total == 200_000
    assert [todo.number(ordinal) for ordinal in (0, 1, 199_999)] == [1, 3, 399_999]
    assert [todo.number(ordinal) for ordinal in range(100_000, 100_003)] == [200_001, 200_003, 200_005]
