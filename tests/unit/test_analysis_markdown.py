"""An analysis as Markdown, as a CI job's summary or a comment shows it."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from analyses import ALONE, FAILED, MISSING, PASSED, POOL, SHARED, UNKNOWN, analysis
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.analysis import Analysis
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.failing_test import Evidence
from harness.domain.verdict import Verdict
from harness.render.analysis_markdown import analysis_markdown
from harness.render.next_commands import Given, next_commands


def shown(found: Analysis) -> str:
    return analysis_markdown(found, next_commands(found, Given("repro", log="/home/ada/ci.log")))


def test_the_whole_of_a_failing_log() -> None:
    text = shown(FAILED)
    lines = text.splitlines()
    assert lines[:7] == [
        "# test\\_failure: ci.log",
        "",
        "**test\\_failure, assertion: an assertion or an exception in the test** (93 % sure; next to it timeout)",
        "",
        "- step: `Run tests`",
        "- line 1042: `E   ValueError: pool is closed`",
        "- the summary says 40 failed, 304 passed; 37 named: incomplete",
    ]
    assert [line for line in lines if line.startswith("## ")] == [
        "## 37 failing tests, 2 causes",
        "## Circumstances",
        "## Why",
        "## What to do",
        "## Next, in the folder of the project",
    ]
    assert f"1. `ValueError: pool is closed at src/pool.py:88`, 36 tests, signature `{SHARED.signature}`" in lines
    assert [line for line in lines if line.startswith("    - ")] == [
        *(f"    - `{name}`" for name in POOL[:5]),
        "    - and 31 more",
        "    - `tests/test_late.py::test_late`",
    ]
    assert "| commit | `4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a on main` |" in lines
    assert "Files: `src/pool.py`, `tests/test_pool.py`" in lines
    assert "- Note: the closing line counts 40 failed, 37 named: incomplete" in lines


@pytest.mark.parametrize("found", [PASSED, UNKNOWN, MISSING, FAILED])
def test_no_section_is_empty_and_no_blank_lines_pile_up(found: Analysis) -> None:
    text = shown(found)
    assert "\n\n\n" not in text
    assert "##\n" not in text
    assert text.endswith("\n")
    lines = [line for line in text.splitlines() if line]
    assert not any(one.startswith("## ") and two.startswith("## ") for one, two in pairwise(lines))


def test_a_passing_job_has_nothing_to_do() -> None:
    assert shown(PASSED) == (
        "# none: ci.log\n\n**none: no failure, the job passed** (98 % sure)\n\n- the summary says 12 passed\n"
    )


def test_what_a_checkout_does_not_settle_is_a_section() -> None:
    ids = CheckoutIds("/x", 9, {}, {"TestA.test_b": ("a.py::TestA::test_b", "b.py::TestA::test_b")}, ())
    assert "## In the checkout\n\n- `TestA.test_b` can be 2 tests" in shown(replace(FAILED, checkout=ids))


@settings(max_examples=60, deadline=None)
@given(st.text("`|*_#@<>&[]()!~\\\n\r\t -+=1.)a\x1b\u202e", max_size=40))
def test_text_of_a_log_makes_no_markup_mention_or_link(hostile: str) -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py renders the page for this test")
    verdict = Verdict(
        "timeout",
        None,
        0.5,
        "rule",
        Evidence("line", 1, hostile),
        (Evidence("line", 2, hostile, hostile),),
        (hostile,),
        (hostile,),
        hostile,
    )
    found = analysis(verdict, replace(ALONE, message=hostile, tests=(f"a.py::{hostile}",)), notes=(hostile,))
    rendered = markdown_it.MarkdownIt("commonmark", {"linkify": False}).enable("table").render(shown(found))

    tags = re.findall(r"</?([a-z0-9]+)", re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", rendered, flags=re.DOTALL))
    assert set(tags) <= {"h1", "h2", "p", "ul", "ol", "li", "strong"}
    assert tags.count("h1") == 2
    assert re.search(r"[@#][A-Za-z0-9]", re.sub(r"<code.*?</code>", "", rendered, flags=re.DOTALL)) is None
