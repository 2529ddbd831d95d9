"""A shard is read as people type it, and what is none is refused with a hint that helps."""

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.shard import Shard, parse_shard


@pytest.mark.parametrize(
    ("text", "shard"), [("2/8", Shard(2, 8)), ("1/1", Shard(1, 1)), (" 8 / 8 ", Shard(8, 8)), ("03/10", Shard(3, 10))]
)
def test_a_shard_is_read_as_people_type_it(text: str, shard: Shard) -> None:
    assert parse_shard(text) == shard


def test_a_shard_is_written_as_it_is_read() -> None:
    assert str(parse_shard(" 2 / 8 ")) == "2/8"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "2/",
        "/8",
        "0/8",
        "9/8",
        "1/0",
        "0/0",
        "-1/8",
        "1/-8",
        "2/8/9",
        "2:8",
        "a/b",
        "1.0/2",
        "²/8",
        "1/1234567",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_shard(text)

    assert caught.value.slug == "bad-shard"
    assert repr(text) in caught.value.message


@pytest.mark.parametrize(("text", "hinted"), [("0/8", "8/8"), ("9/8", "8/8"), ("two of eight", "2/8"), ("1/0", "2/8")])
def test_the_hint_names_a_shard_that_is_accepted(text: str, hinted: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_shard(text)

    assert hinted in caught.value.hint
    assert str(parse_shard(hinted)) == hinted
