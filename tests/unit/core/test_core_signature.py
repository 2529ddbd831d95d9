"""A signature is the same for the same failure, on every machine, and travels as JSON."""

import json
from dataclasses import replace

import pytest

from pytest_repro.core.message import normalise
from pytest_repro.core.signature import Signature, matches_text

CAUSE = Signature("KeyError", "'a'", relation="cause")
POOL = Signature("ValueError", "bad <n>", "src/pool.py", "Pool._check", 3, "self._check()", nested=(CAUSE,))


def test_a_digest_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert POOL.digest == "794c4fba49ff81fd"
    assert Signature("AssertionError", "").digest == "b41dc84aecc60ec9"


@pytest.mark.parametrize(
    "change",
    [
        {"exception": "TypeError"},
        {"message": "bad name"},
        {"path": "src/tool.py"},
        {"function": "Pool.check"},
        {"offset": 4},
        {"code": "self.check()"},
        {"relation": "cause"},
        {"nested": ()},
        {"nested": (replace(CAUSE, message="'b'"),)},
        {"nested": (replace(CAUSE, relation="context"),)},
        {"nested": (CAUSE, CAUSE)},
    ],
)
def test_every_part_of_the_identity_changes_the_digest(change: dict[str, object]) -> None:
    assert replace(POOL, **change).digest != POOL.digest  # type: ignore[arg-type]  # the table's values fit their names


@pytest.mark.parametrize("change", [{"path": "copy.py"}, {"function": "f"}, {"offset": 9}])
def test_a_failure_that_moved_is_the_same_failure(change: dict[str, object]) -> None:
    assert POOL.same_failure(replace(POOL, **change))  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "change",
    [
        {"exception": "TypeError"},
        {"message": "bad name"},
        {"code": "self.check()"},
        {"nested": ()},
        {"nested": (CAUSE, CAUSE)},
        {"nested": (replace(CAUSE, message="'b'"),)},
    ],
)
def test_another_type_message_line_or_cause_is_another_failure(change: dict[str, object]) -> None:
    other = replace(POOL, **change)  # type: ignore[arg-type]  # as above

    assert not POOL.same_failure(other)
    assert not other.same_failure(POOL)


def test_a_signature_travels_as_json() -> None:
    assert Signature.from_json(json.loads(json.dumps(POOL.to_json()))) == POOL


def test_members_of_a_later_schema_are_ignored() -> None:
    later = POOL.to_json() | {"colour": "red"}
    later["nested"][0]["colour"] = "blue"

    assert Signature.from_json(later) == POOL


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        ("ValueError", "bad 7"),
        ("builtins.ValueError", "bad 12"),
        ("ValueError", None),
        ("ValueError", ""),
        (None, "bad 3"),
        (None, None),
        ("ValueError", "bad..."),
        ("ValueError", "ba..."),
        ("ValueError", "bad 1..."),
    ],
)
def test_a_log_that_tells_this_failure_matches(exception: str | None, message: str | None) -> None:
    assert matches_text(POOL, exception, message)


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        ("TypeError", "bad 7"),
        ("MyValueError", "bad 7"),
        ("ValueError", "good 7"),
        ("ValueError", "bad name"),
        ("ValueError", "ba"),
        ("ValueError", "bad 7 and more"),
        ("ValueError", "good..."),
        ("ValueError", "bad seven..."),
    ],
)
def test_a_log_that_tells_another_failure_does_not_match(exception: str, message: str) -> None:
    assert not matches_text(POOL, exception, message)


def test_a_type_is_compared_by_its_own_name() -> None:
    """pytest prints the full name in one place and the last part in another."""
    signature = Signature("app.errors.PoolClosed", "pool is closed")

    assert matches_text(signature, "PoolClosed", "pool is closed")
    assert matches_text(signature, "errors.PoolClosed", "pool is closed")
    assert not matches_text(signature, "Closed", "pool is closed")


def test_the_first_line_of_a_message_of_many_lines_matches() -> None:
    signature = Signature("AssertionError", normalise("assert 3 == 4\n +  where 3 = len([1, 2, 3])"))

    assert matches_text(signature, "AssertionError", "assert 5 == 4")
    assert not matches_text(signature, "AssertionError", "assert 5 =")


@pytest.mark.parametrize(
    "full",
    [
        "no job 6f1ed002-ab59-5c3a-9b6e-0b0ad3c1f0aa in the queue of the pool",
        "cannot open /tmp/pytest-of-ann/pytest-0/x.db for the pool",
        "it took 12345678 ms for the pool",
        "late since 2026-11-20T16:40:11.123Z in the pool",
        "in <Pool object at 0x7f3a2c0055aa> of the pool",
    ],
)
def test_a_message_matches_wherever_the_log_cut_it(full: str) -> None:
    """A cut goes through ids and paths, too, and half an id is masked in another way than a whole one."""
    signature = Signature("ValueError", normalise(full))

    for length in range(4, len(full)):
        assert matches_text(signature, "ValueError", full[:length] + "..."), full[:length]
    assert not matches_text(signature, "ValueError", "no user 12...")
