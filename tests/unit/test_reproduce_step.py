"""The reproduction, and its honest ends."""

from dataclasses import replace
from pathlib import Path

import pytest
from flow_fakes import CLOSED, NODEID, OTHER, Answer, FakeRunner, context, result, spec, tally

from harness.domain.baseline import Baseline
from harness.domain.checkout import Checkout
from harness.domain.ending import Ending
from harness.domain.spec import Spec
from harness.ports import Worktree
from harness.steps import reproduce
from harness.steps.context import Context, Ended
from pytest_repro.core.message import normalise
from pytest_repro.core.signature import Signature

CHECKOUT = Checkout(
    "c" * 40, "main", "b" * 40, "main", NODEID, "the only one", "RuntimeError", "pool is closed", "line 3: FAILED"
)
ALWAYS = spec(deterministic=True)


class Tree:
    path = Path("tree")


@pytest.fixture
def reproduced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def act(answer: Answer, given: Spec | None = None) -> tuple[Baseline, Context]:
        ctx = context(tmp_path, answer, given)
        monkeypatch.setattr(Context, "tree", lambda *_: _as_worktree())
        return reproduce.run(ctx, CHECKOUT), ctx

    return act


def _as_worktree() -> Worktree:
    return Tree()  # type: ignore[return-value]  # only its path is asked for


def ending_of(act, *args) -> Ending:
    with pytest.raises(Ended) as end:
        act(*args)
    return end.value.ending


def test_three_of_three_processes_show_a_deterministic_failure(reproduced) -> None:
    baseline, ctx = reproduced(lambda _: result(tally("failed")), ALWAYS)
    assert baseline.reproduction.rate.counts == "3/3"
    assert ctx.runner.rounds == 3
    assert {one.stress for one in ctx.runner.requests} == {1}


def test_a_failure_that_comes_and_goes_needs_five_failures_and_fifty_runs(reproduced) -> None:
    baseline, ctx = reproduced(lambda _: result(tally(*["passed"] * 9, "failed")))
    assert baseline.reproduction.rate.counts == "6/60"
    assert isinstance(ctx.runner, FakeRunner)
    assert ctx.runner.rounds == 3


def test_two_of_three_is_not_deterministic_and_the_input_to_change_is_named(reproduced) -> None:
    answers = iter([result(tally("failed")), result(tally("passed"))])
    ending = ending_of(reproduced, lambda _: next(answers), ALWAYS)
    assert ending.kind == "not reproduced"
    assert any('"deterministic": false' in one for one in ending.advice)


def test_never_failing_says_which_rate_is_excluded(reproduced) -> None:
    ending = ending_of(reproduced, lambda _: result(tally("passed")), ALWAYS)
    assert (ending.kind, ending.exit_code, ending.status) == ("not reproduced", 1, "failed")
    assert "below 63.2 % (95 %)" in ending.seen


def test_a_spent_budget_is_told(reproduced) -> None:
    ending = ending_of(reproduced, lambda _: result(tally("passed")), spec(budget={"reproduce": "1s"}))
    assert "The budget of 1.0 s is spent" in ending.seen


def test_another_failure_is_named_and_not_counted(reproduced) -> None:
    ending = ending_of(reproduced, lambda _: result(tally("failed", signature=OTHER)), ALWAYS)
    assert ending.kind == "other signature"
    assert "3x ValueError" in ending.seen


def test_a_test_that_is_skipped_was_not_reproduced(reproduced) -> None:
    ending = ending_of(reproduced, lambda _: result(tally("skipped")), ALWAYS)
    assert ending.kind == "no test to run"
    assert "skipped" in ending.seen


def test_the_baseline_keeps_the_failure_as_it_was_printed(reproduced) -> None:
    baseline, _ = reproduced(lambda _: result(tally("failed", signature=CLOSED)), ALWAYS)
    assert baseline.failure == "RuntimeError: pool is closed"
    assert baseline.reproduction.basis.startswith("the log's exception and message")


def test_the_folder_of_the_jobs_checkout_does_not_make_another_failure_of_it() -> None:
    log = "no file '/home/runner/src/shop/shop/data/prices.json' in 3 places"
    here = Signature("OSError", normalise("no file '/srv/cache/trees/x/reproduce/data/prices.json' in 4 places"))
    other = Signature("OSError", normalise("no file '/srv/cache/trees/x/reproduce/data/stock.json' in 4 places"))
    match = reproduce._match(replace(CHECKOUT, exception="OSError", message=log))
    assert match(here)
    assert not match(other)
