"""Journal lines: what is written is read back, and damage is told from a kill."""

import json
from typing import Any

import pytest

from pytest_repro.core.errors import ReproError
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
from pytest_repro.core.signature import Signature

SIGNATURE = Signature("ValueError", "bad <n>", "a.py", "f", 2, "g()")
LINES: list[Line] = [
    CampaignHeader(SCHEMA, 7314, 1700000000.5, 100, None, 3, versions={"python": "3.11.7"}, args=["-q", "tests/ü.py"]),
    PlannedTest("a.py::test_a", 100, 7314),
    PlannedTest("a.py::test_endless", None, 7314),
    IterationRecord("a.py::test_a", 1, "passed", 2**64 - 1, 0.0, 0.001),
    FailureDetail("a.py::test_a", SIGNATURE.digest, SIGNATURE.to_json(), 41, "Traceback …\n\x00\udc80"),
    IterationRecord("a.py::test_a", 2, "failed", 0, 0.5, 0.25, "gw1", "call", SIGNATURE.digest, "bad 7", "f(x=0)"),
    IterationRecord("a.py::test_a", 3, "failed", 0, 0.5, 0.25, attempts=["failed", "passed"]),
    CampaignEnd("complete", 1.5),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.kind)
def test_a_line_is_read_back_as_it_was_written(line: Line) -> None:
    assert list(read_lines([encode_line(line)])) == [line]
    assert list(read_lines([encode_line(line).decode()])) == [line]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.kind)
def test_a_line_is_one_line_of_ascii(line: Line) -> None:
    written = encode_line(line)

    assert written.isascii()
    assert written.count(b"\n") == 1
    assert written.endswith(b"}\n")


def test_a_passed_iteration_takes_little_room() -> None:
    assert json.loads(encode_line(LINES[3])) == {
        "kind": "iteration", "nodeid": "a.py::test_a", "iteration": 1, "outcome": "passed",
        "seed": 2**64 - 1, "at": 0.0, "duration": 0.001,
    }  # fmt: skip


def test_a_journal_cut_anywhere_in_its_last_line_keeps_all_lines_before() -> None:
    whole = b"".join(map(encode_line, LINES))
    before = len(whole) - len(encode_line(LINES[-1]))

    for length in range(before, len(whole) - 1):
        assert list(read_lines(whole[:length].splitlines(keepends=True))) == LINES[:-1]


@pytest.mark.parametrize(
    "damage", ["", "{", '{"kind":"iteration"', "[]", "7", "null", '{"kind":"iteration","nodeid":"a"}', "\x00\x00"]
)
def test_a_damaged_line_in_the_middle_is_an_error_that_names_it(damage: str) -> None:
    texts = [encode_line(line).decode() for line in LINES]

    with pytest.raises(ReproError, match="line 3 of the journal is damaged") as caught:
        list(read_lines([*texts[:2], damage, *texts[2:]]))

    assert caught.value.slug == "journal-damaged"


def test_lines_before_the_damage_are_handed_out_first() -> None:
    reading = read_lines([encode_line(LINES[0]), b"\xff\n", encode_line(LINES[1])])

    assert next(reading) == LINES[0]
    with pytest.raises(ReproError):
        next(reading)


@pytest.mark.parametrize("schema", [SCHEMA + 1, SCHEMA - 1, None, "1"])
def test_a_journal_of_another_schema_is_refused(schema: Any) -> None:
    header = LINES[0].to_json() | {"schema": schema}

    with pytest.raises(ReproError, match=f"schema {schema}, but this version reads schema {SCHEMA}") as caught:
        list(read_lines([json.dumps(header)]))

    assert caught.value.slug == "journal-schema"


def test_kinds_and_members_of_a_later_minor_form_are_passed_over() -> None:
    texts = [json.dumps(line.to_json() | {"colour": "red"}) for line in LINES]

    assert list(read_lines(['{"kind":"weather","rain":true}', '{"rain":true}', *texts])) == LINES


@pytest.mark.parametrize(
    ("outcome", "failing"),
    [
        ("passed", False),
        ("failed", True),
        ("error", True),
        ("crashed", True),
        ("timed out", True),
        ("skipped", False),
        ("xfailed", False),
        ("xpassed", False),
    ],
)
def test_an_outcome_is_failing_or_not(outcome: str, failing: bool) -> None:
    assert IterationRecord("a", 1, outcome, 0, 0.0, 0.0).failing is failing


def test_a_failure_detail_gives_its_signature_back() -> None:
    detail = LINES[4]

    assert isinstance(detail, FailureDetail)
    assert detail.parsed() == SIGNATURE
