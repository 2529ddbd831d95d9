"""Foreign text made harmless."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.render.escape import cell, code, code_cell, fence, one_line, plain, prose, quote

NASTY = [
    "`",
    "```",
    "~~~",
    "|",
    "<b>",
    "@team",
    "#12",
    "\x1b[31m",
    "\r",
    "\n",
    "\u202e",
    "&lt;",
    "[x](y)",
    "*",
    "\\",
    "\x00",
]
texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8))).map("".join)


@given(texts)
def test_a_fence_is_closed_by_nothing_inside_it(text: str) -> None:
    first, *body, last = fence(text).split("\n")
    ticks = first.removesuffix("text")
    assert last == ticks
    assert not any(line.strip().startswith(ticks) for line in body)


@given(texts)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    for shown in (plain(text), prose(text), cell(text), code(text), code_cell(text), fence(text), quote(text)):
        assert "\x1b" not in shown
        assert "\r" not in shown
        assert "\u202e" not in shown


@given(texts)
@example("\\|")
def test_a_cell_stays_on_one_line_and_is_one_cell(text: str) -> None:
    assert "\n" not in code(text)
    for shown in (cell(text), code_cell(text)):
        assert "\n" not in shown
        assert shown.replace("\\\\", "").replace("\\|", "").count("|") == 0


@given(texts)
def test_no_markup_of_html_and_no_mention_is_left_in_prose(text: str) -> None:
    shown = prose(text)
    assert shown.replace("\\<", "").count("<") == 0
    assert not any(shown[at + 1 : at + 2].isalnum() for at, letter in enumerate(shown) if letter == "@")


@given(texts)
def test_a_quotation_keeps_every_line_in_the_quotation(text: str) -> None:
    assert all(line.startswith(">") for line in quote(text).split("\n"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0.1.0", "0.1.0"), ("1. one", "1\\. one"), ("- a", "\\- a"), ("-5", "-5"), ("# a", "\\# a"), ("a_b", "a\\_b")],
)
def test_only_what_markdown_would_obey_is_escaped(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_a_long_line_is_cut_visibly() -> None:
    assert one_line("x" * 400, 10) == "x" * 9 + "…"


def test_a_bar_is_escaped_in_a_table_alone() -> None:
    assert code("test_ids[a|b]") == "`test_ids[a|b]`"
    assert code_cell("test_ids[a|b]") == "`test_ids[a\\|b]`"


def test_a_code_span_holds_backticks() -> None:
    assert code("a `b` c") == "``a `b` c``"
    assert code("`b`") == "`` `b` ``"


def test_a_code_span_and_a_line_keep_every_blank_of_a_node_id() -> None:
    nodeid = r"tests/test_a.py::test_b[case\n    when  x\n]"
    assert code(nodeid) == f"`{nodeid}`"
    assert one_line(f"\n{nodeid}\n  fails") == f"{nodeid} fails"


def test_a_code_span_replaces_line_ends_alone() -> None:
    assert code("a  b\nc\r\n  d\n") == "`a  b c   d`"


def test_blanks_at_both_ends_of_a_code_span_are_shown() -> None:
    assert code(" a ") == "`  a  `"
    assert code("  ") == "`  `"
