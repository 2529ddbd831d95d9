"""GitHub gets one error command a signature, and nothing that a test said becomes a command of its own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sink_campaigns import NODEID, campaign, lines, replay_command

from pytest_repro.core.record import IterationRecord
from pytest_repro.core.tally import CampaignTally
from pytest_repro.sinks.annotations import MOST, annotations

COMMAND = re.compile(r"::error (?P<properties>[^\r\n]*?)::(?P<message>[^\r\n]*)")
TEXT = st.text(st.characters(codec=None))


def commands(tally: CampaignTally, known: bool = True) -> list[str]:
    return annotations(tally, replay_command, lambda path: path if known else None)


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def parsed(command: str) -> tuple[dict[str, str], str]:
    """Read a command as GitHub's runner does: properties are split at commas, names from values at the first `=`."""
    found = COMMAND.fullmatch(command)
    assert found, command
    pairs = (pair.split("=", 1) for pair in found["properties"].split(","))
    return {name: unescaped(value) for name, value in pairs}, unescaped(found["message"])


def test_a_command_says_where_what_how_often_and_how_to_replay() -> None:
    (command,) = commands(campaign(*lines("ppfppppppp")))
    properties, message = parsed(command)

    assert properties == {"file": "src/pool.py", "line": "88", "title": f"FLAKY {NODEID}"}
    first, second, third = message.splitlines()
    assert first == "RuntimeError: pool is closed"
    assert second == f"seen 1x; {NODEID} failed 1/10: 10.0 % [0.25, 44.5]"
    assert third.startswith(f"replay: pytest '{NODEID}' --repro-replay=r1-")


def test_a_campaign_without_a_failure_gets_none() -> None:
    assert commands(campaign(*lines("pppsx"))) == []


def test_each_signature_of_a_test_gets_one_with_its_own_replay() -> None:
    found = commands(campaign(*lines("fpfpff", messages=("one", "two"))))
    messages = [parsed(command)[1] for command in found]

    assert [message.splitlines()[0] for message in messages] == ["RuntimeError: one", "RuntimeError: two"]
    assert len({message.splitlines()[-1] for message in messages}) == 2


def test_a_signature_that_many_tests_share_gets_one() -> None:
    tests = [line for name in "abc" for line in lines("pf", f"tests/test_pool.py::test_{name}")]
    (command,) = commands(campaign(*tests))
    properties, message = parsed(command)

    assert properties["title"] == "FLAKY tests/test_pool.py::test_a and 2 more tests"
    assert "seen 3x in 3 tests" in message


def test_the_ten_most_frequent_are_shown() -> None:
    tests = [
        line
        for number in range(1, 15)
        for line in lines("p" + "f" * number, f"test_it.py::test_{number}", [f"in {'abcdefghijklmnop'[number]}"])
    ]
    titles = [parsed(command)[0]["title"] for command in commands(campaign(*tests))]

    assert MOST == 10
    assert titles == [f"FLAKY test_it.py::test_{number}" for number in range(14, 4, -1)]


def test_a_failure_outside_the_repository_is_shown_at_the_tests_file() -> None:
    tally = campaign(*lines("pf", path="/usr/lib/python3/socket.py"))
    (command,) = annotations(tally, replay_command, lambda path: None if path.startswith("/") else f"sub/{path}")

    assert parsed(command)[0] == {"file": "sub/tests/test_pool.py", "title": f"FLAKY {NODEID}"}


def test_a_failure_of_no_known_file_still_has_its_title() -> None:
    (command,) = commands(campaign(*lines("pf")), known=False)

    assert parsed(command)[0] == {"title": f"FLAKY {NODEID}"}


def test_failures_that_were_not_told_apart_get_none() -> None:
    tally = campaign(*lines("f" * 220, messages=[f"word {'abcdefghij'[n % 10]}{n}" for n in range(220)]))
    tally.add(IterationRecord(NODEID, 221, "failed", 0, 0.0, 0.0, signature="0" * 16, message="new"))

    assert tally.tests[NODEID].signatures["rest"] > 0
    assert not any("not told apart" in command for command in commands(tally))


def test_a_replay_claims_no_rate() -> None:
    (command,) = commands(campaign(*lines("ff"), replay="r1-x"))

    assert f"{NODEID} failed 2/2\n" in parsed(command)[1]


@pytest.mark.parametrize(
    "message",
    [
        "a\n::set-output name=x::y",
        "a\r::stop-commands::x",
        "100%0A::error::x",
        "::error::x",
        "a, b: c = d :: e",
        "\ud800",
    ],
)
def test_a_message_never_becomes_a_command_of_its_own(message: str) -> None:
    (command,) = commands(campaign(*lines("pf", f"test_it.py::test_it[{message}]", [message])))
    properties, text = parsed(command)

    said = message.replace("\ud800", "\\ud800")
    assert text.startswith(f"RuntimeError: {said}\n")
    assert properties["title"] == f"FLAKY test_it.py::test_it[{said}]"


@given(message=TEXT, parameters=TEXT)
def test_whatever_a_test_says_stays_inside_one_line_and_comes_back_whole(message: str, parameters: str) -> None:
    (command,) = commands(campaign(*lines("pf", f"t.py::t[{parameters}]", [message])))

    command.encode()
    properties, text = parsed(command)
    assert properties.keys() == {"file", "line", "title"}
    assert text.startswith("RuntimeError:")


def test_long_titles_and_messages_are_cut() -> None:
    (command,) = commands(campaign(*lines("pf", "t.py::t[" + "x" * 5_000 + "]", ["m" * 50_000])))
    properties, text = parsed(command)

    assert len(properties["title"]) == 200
    assert len(text.splitlines()[0]) == 2_000
