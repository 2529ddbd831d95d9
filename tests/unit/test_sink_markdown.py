"""The summary says verdict, number, evidence, command and what is not shown, in bounded room; text stays text."""

import html
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sink_campaigns import NODEID, campaign, lines, replay_command, signature

from pytest_repro.core.record import IterationRecord, Line, PlannedTest, Probe, Remark
from pytest_repro.core.tally import CampaignTally
from pytest_repro.sinks.markdown import code, fenced, markdown_summary

PLENTY = 1_000_000
HOSTILE = st.text(st.sampled_from("`~|\\<>&*_[]()!#:@$\n\r\x1b\x00- \t=+.'\"a1\ud800é"), max_size=40)


def summary(tally: CampaignTally, room: int = PLENTY) -> str:
    return markdown_summary(tally, replay_command, room)


def test_the_facts_stand_in_their_order() -> None:
    tally = campaign(*lines("p" * 100, "t.py::stable"), *lines("p" * 8 + "f" + "p" * 90 + "f", messages=("one", "two")))
    facts = [
        r"^## pytest-repro: 1 FLAKY, 1 STABLE$",
        r"^seed 7314 · 2 tests · iterations: 200 asked, 200 run · 6\.2 s$",
        r"^\| verdict \| test \| failing iterations \|$",
        r"^\| \*\*FLAKY\*\* \| `tests/test_pool\.py::test_close` \| 2/100: 2\.0 % \[0\.24, 7\.0\] \|$",
        r"^\| \*\*STABLE\*\* \| `t\.py::stable` \| 0/100: below 3\.0 % \(95 %\) \|$",
        r"^### FLAKY `tests/test_pool\.py::test_close`$",
        r"^- 1x `RuntimeError: one` at `src/pool\.py:88`, first at iteration 9$",
        r"^- 1x `RuntimeError: two` at `src/pool\.py:88`, first at iteration 100$",
        r"^```text\ntraceback of one\n```$",
        r"^```sh\npytest 'tests/test_pool\.py::test_close' --repro-replay=r1-\w{29}\n```$",
        r"^Not shown: why a test fails; that a test without a failure never fails: its rate lies below the bound",
    ]
    text, at = summary(tally), 0
    for fact in facts:
        found = re.compile(fact, re.MULTILINE).search(text, at)
        assert found, f"{fact} is not in what follows\n{text[at:]}"
        at = found.end()


def test_the_most_frequent_failure_stands_first() -> None:
    tally = campaign(*lines("pf", "t.py::half"), *lines("ff", "t.py::always"), *lines("pppf", "t.py::quarter"))
    names = re.findall(r"^### \w+ `t\.py::(\w+)`", summary(tally), re.MULTILINE)

    assert names == ["always", "half", "quarter"]


def test_what_was_asked_and_not_run_or_not_counted_is_said() -> None:
    text = summary(campaign(*lines("pfss", asked=10), reason="interrupted"))

    assert "iterations: 10 asked, 4 run · 6.2 s · ended by: interrupted" in text
    assert "- not run: 6 of the 10 iterations that were asked" in text
    assert "- not counted: 2 iterations" in text


def test_a_campaign_without_an_end_or_a_count_says_so() -> None:
    text = summary(CampaignTally.of([PlannedTest("a", None, 1)]))

    assert "iterations: without a count asked, 0 run · not ended" in text
    assert "| **NOT RUN** | `a` | not run |" in text


def test_no_test_is_said_too() -> None:
    assert summary(campaign()).startswith("## pytest-repro: no test was selected\n")


def test_a_replay_claims_no_rate() -> None:
    text = summary(campaign(*lines("ff"), replay="r1-x"))

    assert "This is a replay" in text
    assert "%" not in text


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ("p" * 6, "0/6: below 39.4 % (95 %); **shown**: below 40.0 % |"),
        ("p" * 5, "**not shown**: below 40.0 % (6 clean runs are needed; excluded so far: 45.1 %) |"),
        ("s", "excluded so far: nothing) |"),
        ("pf", "; **refuted**: below 40.0 % |"),
    ],
)
def test_a_proof_stands_in_the_row(outcomes: str, said: str) -> None:
    assert said in summary(campaign(*lines(outcomes), prove=0.4))


def test_a_failure_that_only_a_shared_process_shows_is_told_apart() -> None:
    shared, alone = lines("pff"), lines("p" * 30)[1:]
    isolated = [replace(line, isolation="fork") for line in alone if isinstance(line, IterationRecord)]
    digest = signature().digest
    tally = campaign(*shared, *isolated, Probe(NODEID, 2, digest, ["os.environ['X'] = 'a`b'"], 2))
    text = summary(tally)

    assert f"| **NIO** | `{NODEID}` | 0/30: below 9.6 % (95 %) isolated, 2/3 in a shared process |" in text
    assert "- leaves behind: ``os.environ['X'] = 'a`b'``" in text
    assert "it failed every time after" not in text


def test_remarks_are_there() -> None:
    assert "- `no fork on this system`" in summary(campaign(*lines("p"), Remark("no fork on this system")))


def test_many_tests_without_a_failure_are_one_row() -> None:
    tests = [line for number in range(500) for line in lines("pp", f"t.py::t{number}")]
    text = summary(campaign(*tests))

    assert "| **STABLE** | 500 tests | each 0/2: below 77.7 % (95 %) or better |" in text
    assert text.count("\n| **") == 1


def test_more_signatures_than_are_listed_are_counted() -> None:
    text = summary(campaign(*lines("f" * 26, messages="abcdefghijklmnopqrstuvwxyz")))

    assert text.count("\n- 1x ") == 10
    assert "- not listed: 16 more signatures" in text


def test_what_may_be_left_behind_is_said() -> None:
    assert "it failed every time after its first failure" in summary(campaign(*lines("ppfff")))


@pytest.mark.parametrize("room", [0, 100, 240, 300, 1_000, 5_000, 20_000, 100_000])
def test_the_room_is_kept_and_what_was_left_out_is_said(room: int) -> None:
    tests = [
        line for number in range(40) for line in lines("pf", f"t.py::t{number}", traceback=f"<{number}> " + "é" * 3_000)
    ]
    text = summary(campaign(*tests), room)

    assert len(text.encode()) <= room
    assert bool(text) == (room >= 240)
    if text:
        assert text.splitlines()[-1].startswith("**Left out, because a summary may hold 1 MiB:** ")
        said = {kind: int(n) for n, kind in re.findall(r"(\d+) (rows|tracebacks|sections)", text.splitlines()[-1])}
        if "\n### " in text or "sections" in said:
            assert text.count("\n### ") + said.get("sections", 0) == 40
            assert text.count("\n### ") - text.count("```text") == said.get("tracebacks", 0)
        if "| verdict |" in text:
            assert text.count("\n| **") + said.get("rows", 0) == 40


def test_with_room_for_all_nothing_is_left_out() -> None:
    assert "Left out" not in summary(campaign(*lines("pf")))


def test_a_huge_table_leaves_room_for_evidence() -> None:
    tests = [line for number in range(3_000) for line in lines("pf", f"t.py::t{number}_{'x' * 100}")]
    text = summary(campaign(*tests), 100_000)

    assert text.count("\n### ") > 10
    assert text.count("\n| **") > 10


@given(HOSTILE)
@example("```")
@example("a\n`````\nb")
def test_a_block_ends_where_it_should(text: str) -> None:
    opening, *body, closing = fenced(text, "text").removesuffix("\n").split("\n")

    assert opening == closing + "text"
    assert set(closing) == {"`"}
    assert not any(re.fullmatch(f" *{closing}`*[ \t]*", line) for line in body)


def test_colours_and_control_characters_are_no_part_of_a_block() -> None:
    assert fenced("\x1b[31mred\x1b[0m \x07\u2028\r\n\tend", "text") == "```text\nred \\x07\\x2028\n        end\n```\n"


@given(HOSTILE)
def test_a_code_span_is_one_line_and_ends_where_it_should(text: str) -> None:
    span = code(text)
    ticks = span[: len(span) - len(span.lstrip("`"))]

    assert len(span.splitlines()) == 1
    assert span.endswith(ticks)
    assert ticks not in re.findall("`+", span[len(ticks) : -len(ticks)])


@settings(max_examples=300)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_that_a_test_says_becomes_markup(parameters: str, message: str, traceback: str) -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py renders the summary for this test")
    nodeid = f"t.py::t[{parameters}]"
    tests: list[Line] = [*lines("pf", nodeid, [message], traceback=traceback or "none"), Remark(message)]
    rendered = (
        markdown_it.MarkdownIt("commonmark", {"linkify": False}).enable("table").render(summary(campaign(*tests)))
    )

    tags = re.findall(r"</?([a-z0-9]+)", re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", rendered, flags=re.DOTALL))
    assert set(tags) <= {"h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    assert (tags.count("h2"), tags.count("h3"), tags.count("table"), tags.count("td")) == (2, 2, 2, 6)
    blocks = [html.unescape(text) for text in re.findall(r"<pre><code[^>]*>(.*?)</code></pre>", rendered, re.DOTALL)]
    assert len(blocks) == 2


def test_a_bar_in_a_node_id_stays_in_its_cell() -> None:
    text = summary(campaign(*lines("pf", "t.py::t[a|b\\|<i>`*_*]")))
    row = next(line for line in text.splitlines() if line.startswith("| **FLAKY**"))

    assert row.count("|") == 4
    cell = re.search("<code>(.*)</code>", row)
    assert cell
    assert html.unescape(cell[1]) == "t.py::t[a|b\\|<i>`*_*]"
    assert NODEID not in text
