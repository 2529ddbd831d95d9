"""Rounds of processes, counted from journals alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from flow_fakes import CLOSED, NODEID, OTHER, FakeRunner, context, result, tally

from harness.ports import RunRequest, RunResult
from harness.steps.budget import Deadline
from harness.steps.context import Context
from harness.steps.gathering import Gathering, baseline_of
from harness.steps.measure import Plan, cannot_run, measure


def plan_of(ctx: Context, **changes: object) -> Plan:
    plan = Plan("reproduce", "original test", Path("tree"), NODEID, 25, 2, Deadline(ctx.clock, 1010.0, "reproduce"))
    return replace(plan, **changes)  # type: ignore[arg-type]  # the names are Plan's own


def requests_of(ctx: Context) -> list[RunRequest]:
    assert isinstance(ctx.runner, FakeRunner)
    return ctx.runner.requests


def test_processes_run_at_once_with_seeds_of_their_own_and_end_at_their_first_failure(tmp_path: Path) -> None:
    ctx = context(tmp_path, lambda _: result(tally("passed", "failed")))
    found, _ = measure(ctx, plan_of(ctx), lambda so_far: so_far.processes >= 4)
    assert (found.runs, found.failures, found.processes) == (8, 4, 4)
    asked = requests_of(ctx)
    assert len({one.root for one in asked}) == 4
    assert {one.stop for one in asked} == {1}
    assert {one.stress for one in asked} == {25}


def test_the_same_run_draws_the_same_seeds_again_and_another_purpose_draws_others(tmp_path: Path) -> None:
    roots = []
    for purpose in ("before the fix", "before the fix", "after the fix"):
        ctx = context(tmp_path, lambda _: result(tally("passed")))
        measure(ctx, plan_of(ctx, purpose=purpose), lambda _: True)
        roots.append([one.root for one in requests_of(ctx)])
    assert roots[0] == roots[1]
    assert not set(roots[0]) & set(roots[2])


def test_no_round_begins_after_the_deadline_and_no_process_may_outlive_it(tmp_path: Path) -> None:
    ctx = context(tmp_path, lambda _: result(tally("passed")))
    assert isinstance(ctx.runner, FakeRunner)
    ctx.runner.seconds = 4.0
    found, _ = measure(ctx, plan_of(ctx), lambda _: False)
    assert ctx.runner.rounds == 3
    assert found.runs == 6
    assert [one.limit for one in ctx.runner.requests[::2]] == [10.0, 6.0, 2.0]


def test_a_round_that_counts_nothing_ends_the_measuring(tmp_path: Path) -> None:
    ctx = context(tmp_path, lambda _: result(tally("skipped"), exit_code=0))
    found, _ = measure(ctx, plan_of(ctx), lambda _: False)
    assert (found.runs, found.empty, found.processes) == (0, 2, 2)
    assert "skipped" in cannot_run(found)


def test_a_runner_that_crashed_and_only_printed_passed_counts_for_nothing(tmp_path: Path) -> None:
    ctx = context(tmp_path, lambda _: result(tally(), exit_code=-11, output=f"{NODEID} PASSED"))
    found, _ = measure(ctx, plan_of(ctx), lambda so_far: so_far.runs > 0)
    assert found.runs == 0
    assert "exit code -11" in cannot_run(found)


def test_the_chunk_doubles_only_while_nothing_fails(tmp_path: Path) -> None:
    answers: Iterator[RunResult] = iter([result(tally("passed"))] * 4 + [result(tally("passed", "failed"))] * 4)
    ctx = context(tmp_path, lambda _: next(answers))
    _, plan = measure(ctx, plan_of(ctx, grow=True), lambda so_far: so_far.processes >= 8)
    assert [one.stress for one in requests_of(ctx)[::2]] == [25, 50, 100, 100]
    assert plan.chunk == 100


def test_failures_of_another_signature_are_counted_apart() -> None:
    found = Gathering()
    for one in (CLOSED, CLOSED, OTHER):
        found.add(result(tally("passed", "failed", signature=one)))
    baseline = baseline_of(found, NODEID, False, "basis", lambda one: one.exception == "RuntimeError", 25, 2)
    assert baseline.reproduction.rate.counts == "2/6"
    assert [count for _, count in baseline.reproduction.others] == [1]
    assert baseline.process_counts == (2, 3)


def test_of_several_fitting_failures_the_most_frequent_is_the_baseline() -> None:
    found = Gathering()
    for one in (OTHER, CLOSED, CLOSED):
        found.add(result(tally("failed", signature=one)))
    baseline = baseline_of(found, NODEID, False, "basis", lambda _: True, 25, 2)
    assert baseline.reproduction.signature == CLOSED
    assert baseline.reproduction.rate.counts == "2/3"


def test_a_secret_in_a_traceback_is_not_kept() -> None:
    found = Gathering()
    found.add(result(tally("failed")))
    digest = next(iter(found.seen))
    found.seen[digest] = replace(found.seen[digest], traceback="password=hunter2hunter2")
    baseline = baseline_of(found, NODEID, False, "basis", lambda _: True, 25, 2)
    assert "hunter2" not in baseline.reproduction.traceback


def test_a_secret_in_a_signature_is_not_kept_and_hides_no_failure() -> None:
    said = replace(CLOSED, message="token=k3tTlek3tTle1 is unknown", code='sign_in(password="k3tTlek3tTle2")')
    found = Gathering()
    found.add(result(tally("failed", "failed", signature=replace(OTHER, nested=(said,)))))
    again = Gathering()
    again.add(result(tally("failed", signature=replace(OTHER, nested=(said,)))))

    baseline = baseline_of(found, NODEID, False, "basis", lambda _: True, 25, 2)

    assert "k3tTle" not in repr(baseline)
    assert baseline.reproduction.failures == 2
    assert baseline.reproduction.signature is not None
    assert again.matching(baseline.reproduction.signature.same_failure) == 1
