"""For any text: what is written is read back, what is masked stays masked, and no word is lost."""

import json
import re
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_repro.core.duration import format_duration, parse_duration
from pytest_repro.core.errors import ReproError
from pytest_repro.core.message import normalise
from pytest_repro.core.record import (
    SCHEMA,
    CampaignEnd,
    CampaignHeader,
    FailureDetail,
    IterationRecord,
    PlannedTest,
    encode_line,
    read_lines,
)
from pytest_repro.core.seed import LARGEST_ROOT, derive_seed
from pytest_repro.core.signature import Signature, matches_text
from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.token import ReplayToken, decode_token

ANY_TEXT = st.text(st.characters())  # lone surrogates included
# Pieces that sit close to what the masks look for, put together in any way.
PIECES = """
0x7f /tmp /tmp/a pytest-of-ann C:\\ \\Temp\\ 12 3.5 -7 1e9 . : - _ tmpab12cd3x deadbeef0123 gw1 word ' " ( ) < > n e
2026-11-20 16:40:11 ü ² 6f1ed002-ab59-5c3a-9b6e-0b0ad3c1f0aa , =
"""
PIECE = st.sampled_from([*PIECES.split(), " ", "\n", "\x1b", "\x1b[31m"])
NEAR_TEXT = st.lists(st.one_of(PIECE, st.text(max_size=3))).map("".join)
WORD = st.text(string.ascii_letters, min_size=1, max_size=12)
SECONDS = st.floats(0, 1e9)
SIGNATURE = st.recursive(
    st.builds(Signature, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.integers(0, 9999), ANY_TEXT),
    lambda inner: st.builds(Signature, ANY_TEXT, ANY_TEXT, nested=st.lists(inner, max_size=3).map(tuple)),
    max_leaves=5,
)
LINE = st.one_of(
    st.builds(CampaignHeader, st.just(SCHEMA), st.integers(0, LARGEST_ROOT), SECONDS, st.none() | st.integers(1)),
    st.builds(PlannedTest, ANY_TEXT, st.none() | st.integers(1), st.integers(0, LARGEST_ROOT)),
    st.builds(
        IterationRecord,
        st.sampled_from("abc"),
        st.integers(1, 10**9),
        st.sampled_from(["passed", "failed", "error", "skipped"]),
        st.integers(0, 2**64 - 1),
        SECONDS,
        SECONDS,
        signature=st.sampled_from(["", "s1", "s2"]),
        message=ANY_TEXT,
    ),
    st.builds(FailureDetail, ANY_TEXT, ANY_TEXT, SIGNATURE.map(Signature.to_json), traceback=ANY_TEXT),
    st.builds(CampaignEnd, st.sampled_from(["complete", "interrupted"]), SECONDS),
)


def refusal(parse: Callable[[str], object], text: str) -> ReproError | None:
    """Return the error that `parse` raises for `text`, None where it takes it; other errors pass through."""
    try:
        parse(text)
    except ReproError as error:
        return error
    return None


@given(st.one_of(ANY_TEXT, NEAR_TEXT))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@given(st.lists(WORD), st.sampled_from([" ", ", ", "\n", ": ", "' '"]))
def test_no_word_is_lost_or_changed(words: list[str], between: str) -> None:
    assert re.findall("[A-Za-z]+", normalise(between.join(words))) == words


@given(st.lists(st.one_of(WORD, st.integers(), st.floats(allow_nan=False, allow_infinity=False))), st.data())
def test_messages_that_differ_in_their_numbers_alone_become_equal(parts: list[object], data: st.DataObject) -> None:
    number = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    others = [part if isinstance(part, str) else data.draw(number) for part in parts]

    assert normalise(" ".join(map(str, parts))) == normalise(" ".join(map(str, others)))


@given(SIGNATURE)
def test_a_signature_travels_as_json_and_is_the_same_failure_as_itself(signature: Signature) -> None:
    back = Signature.from_json(json.loads(json.dumps(signature.to_json())))

    assert back == signature
    assert back.digest == signature.digest
    assert back.same_failure(signature)


@given(st.lists(WORD, min_size=1).map(" ".join), st.data())
def test_a_message_matches_every_beginning_that_a_log_kept_of_it(message: str, data: st.DataObject) -> None:
    signature = Signature("ValueError", normalise(message))
    length = data.draw(st.integers(0, len(message)))

    assert matches_text(signature, "ValueError", message)
    assert matches_text(signature, "ValueError", message[:length] + "...")


@given(st.lists(LINE))
def test_any_lines_are_read_back_as_they_were_written(lines: list[CampaignEnd]) -> None:
    journal = b"".join(map(encode_line, lines))

    assert list(read_lines(journal.splitlines(keepends=True))) == lines


@given(st.lists(LINE), st.data())
def test_a_kill_costs_the_line_in_flight_and_no_other(lines: list[CampaignEnd], data: st.DataObject) -> None:
    journal = b"".join(map(encode_line, lines))
    cut = journal[: data.draw(st.integers(0, len(journal)))]
    kept = cut.count(b"\n")

    read = list(read_lines(cut.splitlines(keepends=True)))

    assert read[:kept] == lines[:kept]
    assert len(read) - kept in (0, 1)  # the newline alone may be missing


@given(st.lists(LINE))
def test_a_campaign_counts_every_iteration_exactly_once(lines: list[CampaignEnd]) -> None:
    tally = CampaignTally.of(lines)
    records = [line for line in lines if isinstance(line, IterationRecord)]

    assert tally.run == len(records)
    assert sum(test.failures for test in tally.tests.values()) == sum(record.failing for record in records)


@given(st.floats(0.01, 3e9))
def test_a_duration_that_was_said_is_read_back_as_nearly_as_it_was_said(seconds: float) -> None:
    step = 0.005 if seconds < 0.995 else 0.05 if seconds < 100 else 0.5 if seconds < 3600 else 60

    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=step + 1e-6)


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(["ms", "s", "m", "h", "d"])), min_size=1, max_size=5))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    total = sum(number * units[unit] for number, unit in parts)
    for between in ("", " "):
        text = between.join(f"{number}{unit}" for number, unit in parts)
        if total:
            assert parse_duration(text) == pytest.approx(total)
        else:
            with pytest.raises(ReproError):
                parse_duration(text)


@given(st.one_of(ANY_TEXT, st.text("0123456789.smhd -+e")))
def test_a_text_is_a_duration_or_refused_with_a_hint(text: str) -> None:
    error = refusal(parse_duration, text)

    assert parse_duration(text) > 0 if error is None else error.hint


@given(st.integers(0, LARGEST_ROOT), ANY_TEXT, st.integers(1, 2**32 - 1), st.text("0123456789abcdef", max_size=16))
def test_a_token_carries_root_and_iteration_and_recognises_its_nodeid(
    root: int, nodeid: str, iteration: int, digest: str
) -> None:
    token = ReplayToken.for_failure(root, nodeid, iteration, digest)

    assert decode_token(token.encode()) == token
    assert re.fullmatch("r1-[a-z2-7]{29}", token.encode())


@given(st.one_of(ANY_TEXT, st.text("r1-abcdefg234567", max_size=40)))
def test_any_text_is_a_token_or_refused(text: str) -> None:
    error = refusal(decode_token, text)

    assert error is None or error.slug in ("bad-token", "token-version")


@given(st.integers(0, LARGEST_ROOT), ANY_TEXT, st.integers(1, 10**6))
def test_a_seed_has_64_bits_and_differs_between_iterations(root: int, nodeid: str, iteration: int) -> None:
    seed = derive_seed(root, nodeid, iteration)

    assert 0 <= seed < 2**64
    assert seed != derive_seed(root, nodeid, iteration + 1)
