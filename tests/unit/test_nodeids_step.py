"""Names of a log looked up in a checkout: one node id or none, never a guess."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyses import FAILED, PASSED, analysis
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.analysis import Analysis
from harness.domain.cause import Cause
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.resolved_test import fitting_ids
from harness.ports import RunRequest, RunResult
from harness.steps.nodeids import look_up

HERE = Path("/checkout")


class Collected:
    """A runner that collects what it is told."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.asked = 0

    def collect(self, tree: Path, targets: Sequence[str]) -> tuple[str, ...]:
        self.asked += 1
        return self.ids

    def run(self, requests: Sequence[RunRequest]) -> list[RunResult]:
        raise AssertionError("nothing is run")

    def command(self, targets: Sequence[str], *options: str, tree: Path | None = None) -> str:
        raise AssertionError("nothing is run")


def named(*names: str) -> Analysis:
    return analysis(FAILED.verdict, Cause("00c0ffee00c0ffee", "ValueError", "closed", None, names))


def ids(found: Analysis) -> CheckoutIds:
    assert found.checkout is not None
    return found.checkout


def test_a_name_that_fits_one_test_becomes_its_node_id_everywhere_and_signatures_stay() -> None:
    before = named("TestPool.test_close", "a.py::test_a")
    found = look_up(before, Collected("t/a.py::TestPool::test_close", "a.py::test_a"), HERE)
    assert [test.nodeid for test in found.reading.failing] == ["t/a.py::TestPool::test_close", "a.py::test_a"]
    assert [test.printed for test in found.reading.failing] == ["TestPool.test_close", "a.py::test_a"]
    assert [(one.signature, one.tests) for one in found.causes] == [
        ("00c0ffee00c0ffee", ("t/a.py::TestPool::test_close", "a.py::test_a"))
    ]
    assert set(ids(found).resolved) == {"t/a.py::TestPool::test_close", "a.py::test_a"}


def test_a_name_that_fits_two_stays_and_both_are_listed() -> None:
    both = ("a.py::TestPool::test_close", "b.py::TestPool::test_close")
    found = look_up(named("TestPool.test_close"), Collected(*both), HERE)
    assert [test.nodeid for test in found.reading.failing] == [None]
    assert ids(found).ambiguous == {"TestPool.test_close": both}


def test_an_id_that_is_no_more_is_said_and_stays_as_the_log_has_it() -> None:
    found = look_up(named("a.py::test_gone"), Collected("a.py::test_a"), HERE)
    assert [test.nodeid for test in found.reading.failing] == ["a.py::test_gone"]
    assert ids(found).missing == ("a.py::test_gone",)


def test_an_id_of_a_deeper_root_is_resolved_but_the_log_keeps_its_own() -> None:
    found = look_up(named("tests/a.py::test_a"), Collected("shop/tests/a.py::test_a"), HERE)
    assert [test.nodeid for test in found.reading.failing] == ["tests/a.py::test_a"]
    assert ids(found).resolved == {"tests/a.py::test_a": "shop/tests/a.py::test_a"}


def test_a_file_that_could_not_be_collected_is_no_test_to_look_up() -> None:
    found = named("tests/a.py")
    failing = tuple(replace(test, phase="collect", nodeid="tests/a.py") for test in found.reading.failing)
    asked = look_up(replace(found, reading=replace(found.reading, failing=failing)), Collected("b.py::test_b"), HERE)
    assert (ids(asked).resolved, ids(asked).ambiguous, ids(asked).missing) == ({}, {}, ())


def test_nothing_is_collected_where_nothing_failed() -> None:
    runner = Collected()
    assert look_up(PASSED, runner, HERE) == PASSED
    assert runner.asked == 0


PARTS = st.sampled_from(["a", "b", "TestA", "test_a", "test_b", "test_a[1]", "test_a[x.y]"])


FOLDERS = st.sampled_from(["", "t/", "x/t/"])
IDS = st.builds("{}{}.py::{}".format, FOLDERS, st.sampled_from(["a", "b"]), st.lists(PARTS, min_size=1).map("::".join))
NAMES = st.one_of(st.lists(PARTS, min_size=1, max_size=3).map(".".join), IDS)


@settings(deadline=None)
@given(
    st.lists(NAMES, min_size=1, max_size=4, unique=True),
    st.lists(IDS, max_size=8, unique=True),
)
def test_every_resolved_id_is_one_that_was_collected_and_every_name_is_told_of_once(
    names: list[str], collected: list[str]
) -> None:
    failing = named(*names).reading.failing
    found = CheckoutIds.among(failing, tuple(collected), "/checkout")
    for test in failing:
        fits = (test.label,) if test.label in collected else fitting_ids(test, collected)
        assert found.resolved.get(test.label) == (fits[0] if len(fits) == 1 else None)
        assert found.ambiguous.get(test.label, ()) == (fits if len(fits) > 1 else ())
        assert (test.label in found.missing) == (not fits)
    assert CheckoutIds.from_json(found.to_json()) == found
