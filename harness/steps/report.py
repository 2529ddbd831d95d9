"""Step 9: the report, written from every end."""

import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.domain.ending import Ending
from harness.domain.facts import Facts
from harness.domain.own_things import OwnThings
from harness.domain.report import ReportModel, TimeRow
from harness.domain.run_journal import STEPS
from harness.domain.slug import slug
from harness.domain.spec import CommandFix, PatchFix, Spec
from harness.logs.publish_mask import for_publication
from harness.render.markdown import markdown
from harness.steps.attempts import attempts_so_far, patch_file, read_patch
from harness.steps.context import Context
from harness.steps.people import people
from harness.steps.report_commands import commands
from harness.steps.report_phases import branch_rows, cause_part, fix_part, log_part, reproduction_part
from harness.steps.report_words import next_steps, not_shown, remote_words, summary


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report on disk: its Markdown at `path`, the JSON twin beside it."""

    path: Path
    model: ReportModel


def build(
    ctx: Context, facts: Facts, ending: Ending, seconds: Mapping[str, float], version: str, own: OwnThings
) -> ReportModel:
    """Return the report of a run that ended as `ending`, from what it knows; `own`: the user's things since."""
    attempts = tuple(attempts_so_far(ctx))
    diff = read_patch(patch_file(ctx, attempts[-1].number)) if attempts else ""
    baseline = facts.reproduce or (facts.fix_branch.baseline if facts.fix_branch else None)
    commit = facts.fix_branch.base if facts.fix_branch else facts.checkout.commit if facts.checkout else ""
    asked = people(ctx.repository, commit, baseline.reproduction if baseline else None, diff) if commit else ()
    return ReportModel(
        run=ctx.run,
        status=ending.status,
        ending=ending.kind,
        title=_title(facts, ctx.run),
        summary=summary(facts, ending, own),
        written=_local_time(ctx.clock.now()),
        version=version,
        inputs=inputs(ctx.spec, facts, str(ctx.repository.root)),
        prompt=for_publication(ctx.spec.prompt),
        reproduction=reproduction_part(facts),
        cause=cause_part(facts),
        fix=fix_part(facts, attempts, ctx.spec.fix.by, diff),
        branches=branch_rows(facts, ending),
        commands=commands(ctx, facts, ending),
        remote_words=remote_words(ctx.repository.remote()),
        next_steps=tuple(for_publication(one) for one in next_steps(ending, bool(asked))),
        people=asked,
        times=times(ctx.spec, seconds),
        not_shown=not_shown(facts, ending),
        evidence=str(ctx.folder),
        exit_code=ending.exit_code,
        log=log_part(facts.intake),
    )


def without_run(spec: Spec, ending: Ending, now: float, version: str) -> ReportModel:
    """Return the report of a run that could not begin."""
    return ReportModel(
        run="",
        status=ending.status,
        ending=ending.kind,
        title=slug(for_publication(spec.prompt)),
        summary=(for_publication(ending.seen), "Nothing was run and nothing was changed."),
        written=_local_time(now),
        version=version,
        inputs=inputs(spec, Facts(), spec.repository),
        prompt=for_publication(spec.prompt),
        reproduction=None,
        cause=None,
        fix=None,
        branches=(),
        commands=(),
        remote_words=remote_words(None),
        next_steps=tuple(for_publication(one) for one in next_steps(ending, asked=False)),
        people=(),
        times=(),
        not_shown=not_shown(Facts(), ending),
        evidence="",
        exit_code=ending.exit_code,
    )


def write(model: ReportModel, folder: Path, now: float) -> WrittenReport:
    """Write the report into `folder` under a name that no report has yet."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{time.strftime('%Y-%m-%d_%H-%M-%S', time.localtime(now))}_{slug(model.title)}"
    path, number = folder / f"{stem}.md", 1
    while path.exists() or path.with_suffix(".json").exists():
        number += 1
        path = folder / f"{stem}-{number}.md"
    path.write_text(markdown(model), encoding="utf-8", errors="replace")
    text = json.dumps(model.to_json(), indent=2) + "\n"
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    return WrittenReport(path, model)


def inputs(spec: Spec, facts: Facts, repository: str) -> tuple[tuple[str, str], ...]:
    """Return the input as (key, value) rows; values of `env` stay out, they may be secret."""
    given = spec.url or spec.raw_logs
    log = facts.intake.source if facts.intake else (given.splitlines()[0][:200] if given else "")
    base = (
        f"{facts.checkout.base_name} ({facts.checkout.base[:12]})"
        if facts.checkout
        else spec.base or "the default branch"
    )
    rows = (
        ("deterministic", "yes, said the input" if spec.deterministic else "no, said the input"),
        ("log", for_publication(log)),
        ("existing test", spec.existing_test_path or ""),
        ("repository", repository),
        ("base", base),
        ("commit of the job", _commit_words(spec, facts)),
        ("python", spec.python or "the one that runs repro"),
        ("setup", for_publication("; ".join(" ".join(argv) for argv in spec.setup))),
        ("pytest arguments", for_publication(" ".join(spec.pytest_args))),
        ("environment", ", ".join(spec.env)),
        ("fix by", for_publication(_fix_words(spec))),
        ("attempts at most", str(spec.attempts)),
        ("confidence", f"{spec.verify.confidence * 100:g} %"),
    )
    return tuple((name, value) for name, value in rows if value)


def _commit_words(spec: Spec, facts: Facts) -> str:
    if not spec.commit:
        return "" if spec.existing_test_path else "not given; the base was used"
    return facts.checkout.commit[:12] if facts.checkout else spec.commit


def _fix_words(spec: Spec) -> str:
    match spec.fix:
        case CommandFix(command=command):
            return f"command: {shlex.join(command)}"
        case PatchFix(patch=patch):
            return f"patch: {patch}"
        case _:
            return spec.fix.by


def times(spec: Spec, seconds: Mapping[str, float]) -> tuple[TimeRow, ...]:
    """Return what each step took, and the total, against the budgets."""
    own = {"reproduce": spec.budget.reproduce, "fix": spec.budget.fix}
    rows = [TimeRow(step, seconds[step], own.get(step)) for step in STEPS if step in seconds]
    return (*rows, TimeRow("total", sum(seconds.values()), spec.budget.total))


def _title(facts: Facts, run: str) -> str:
    if facts.write_test:
        return facts.write_test.name
    return run.split("-", 2)[-1]


def _local_time(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(now))
