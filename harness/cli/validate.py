"""`repro validate`: is everything there that a run will need?"""

import json
import shlex
import sys
from collections.abc import Iterable, Sequence

import click

from harness.cli.check import Check
from harness.cli.checks import all_checks
from harness.cli.errors import DONE, NOT_REACHED
from harness.cli.program import program
from harness.cli.spec_file import read_spec
from harness.domain.spec import Spec
from harness.domain.spec_problem import SpecErrors, printable
from harness.domain.spec_values import duration_text

_WIDTH = 11  # columns of a check's name


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on standard output.")
def validate(file: str, as_json: bool) -> int:
    """Check the input FILE (- for standard input), the tools and the repository; nothing is changed.

    Exit codes: 0 all fine, 1 something is missing, 2 the file itself is wrong.
    """
    try:
        spec = read_spec(file)
    except SpecErrors as error:
        if as_json:
            _write_json(file, [problem.to_json() for problem in error.problems], [])
        raise
    input_check = Check("input", True, _summary(spec))
    if as_json:
        checks = [input_check, *all_checks(spec)]
        _write_json(file, [], checks)
    else:
        checks = list(_printed([input_check], all_checks(spec)))
        click.echo(_closing(file, checks))
    return DONE if all(check.fine for check in checks) else NOT_REACHED


def _printed(*sources: Iterable[Check]) -> Iterable[Check]:
    for source in sources:
        for check in source:
            click.echo(_line(check))
            yield check


def _line(check: Check) -> str:
    state = "ok     " if check.fine else "missing"
    found = " ".join(map(printable, check.found.split()))
    mend = f"\n{' ' * 8}{printable(check.remedy)}" if check.remedy else ""
    return f"{state} {check.name:<{_WIDTH}} {found}{mend}"


def _closing(file: str, checks: Sequence[Check]) -> str:
    missing = sum(not check.fine for check in checks)
    if missing:
        return f"\n{missing} of {len(checks)} missing; what mends it stands below each."
    return f"\nall fine; next: {program()} run {shlex.quote(file)}" + ("  (with the same input)" * (file == "-"))


def _summary(spec: Spec) -> str:
    kind = "deterministic" if spec.deterministic else "not deterministic"
    return f"{kind}; {spec.attempts} attempts; budget {duration_text(spec.budget.total)}"


def _write_json(file: str, problems: Sequence[object], checks: Sequence[Check]) -> None:
    fine = not problems and all(check.fine for check in checks)
    data = {"schema": 1, "file": file, "fine": fine, "problems": problems, "checks": [c.to_json() for c in checks]}
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
