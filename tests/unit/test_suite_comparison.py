"""The other tests without and with the fix."""

from pathlib import Path

from flow_fakes import context, result

from harness.domain.reproduction_test import ReproductionTest
from harness.ports import RunRequest, RunResult
from harness.steps.suite import Compared, compare
from pytest_repro.core.record import IterationRecord
from pytest_repro.core.tally import CampaignTally

TEST = ReproductionTest(
    "x", "repro/x", "c", "tests/repro_x", "tests/repro_x/test_repro_x.py::t", 1, 0, "", (1, 1), None
)
FILES = ("tests/test_a.py",)


class Tree:
    """A worktree that is never touched."""

    def __init__(self, name: str) -> None:
        self.path = Path(name)

    def head(self) -> str:
        return "c"


def outcomes(**by_name: str) -> CampaignTally:
    lines = [
        IterationRecord(
            f"tests/test_a.py::{name}", 1, outcome, 1, 0.0, 0.01, signature="s" if outcome == "failed" else ""
        )
        for name, outcome in by_name.items()
    ]
    return CampaignTally.of(lines)


def compared(tmp_path: Path, before: RunResult, after: RunResult, again: RunResult | None = None) -> Compared:
    def answer(request: RunRequest) -> RunResult:
        if again and request.stress > 1:
            return again
        return before if request.tree.name == "check" else after

    return compare(context(tmp_path, answer), Tree("check"), Tree("fix"), TEST, FILES)


def test_equal_outcomes_are_unharmed(tmp_path: Path) -> None:
    same = result(outcomes(a="passed", b="skipped"))
    found = compared(tmp_path, same, same)
    assert not found.suite.harmed
    assert (found.suite.scope, found.gaps) == ("the whole suite", ())


def test_broken_skipped_and_lost_tests_are_named(tmp_path: Path) -> None:
    before = result(outcomes(a="passed", b="passed", c="passed", d="failed"))
    after = result(outcomes(a="failed", b="skipped", d="passed"), exit_code=1)
    found = compared(tmp_path, before, after, again=result(outcomes(a="passed")))
    assert found.suite.broken == ("tests/test_a.py::a",)
    assert found.suite.newly_skipped == ("tests/test_a.py::b",)
    assert found.suite.gone == ("tests/test_a.py::c",)


def test_whatever_did_not_fail_without_the_fix_and_fails_with_it_is_broken(tmp_path: Path) -> None:
    before = result(outcomes(a="passed", b="skipped", c="xfailed", d="xpassed", e="failed"))
    after = result(outcomes(a="passed", b="failed", c="failed", d="failed", e="failed", new="failed"), exit_code=1)
    suite = compared(tmp_path, before, after, again=result(outcomes(a="passed"))).suite
    assert suite.broken == tuple(f"tests/test_a.py::{name}" for name in ("b", "c", "d", "new"))
    assert (suite.expected, suite.harmed) == (("tests/test_a.py::c",), True)


def test_an_expected_failure_that_fails_now_is_no_harm_by_itself(tmp_path: Path) -> None:
    before, after = result(outcomes(a="passed", c="xfailed")), result(outcomes(a="passed", c="failed"), exit_code=1)
    suite = compared(tmp_path, before, after, again=result(outcomes(c="xfailed"))).suite
    assert (suite.broken, suite.harmed) == (("tests/test_a.py::c",), False)


def test_a_test_that_fails_now_and_then_without_the_fix_too_is_not_held_against_it(tmp_path: Path) -> None:
    before, after = result(outcomes(a="passed", b="passed")), result(outcomes(a="failed", b="passed"), exit_code=1)
    found = compared(tmp_path, before, after, again=result(outcomes(a="failed")))
    assert found.suite.broken == ()


def test_a_suite_that_takes_too_long_is_compared_by_the_failing_tests_file_and_says_so(tmp_path: Path) -> None:
    def answer(request: RunRequest) -> RunResult:
        return result(outcomes(a="passed"), cut=not request.targets)

    found = compare(context(tmp_path, answer), Tree("check"), Tree("fix"), TEST, FILES)
    assert found.suite.scope.startswith("tests/test_a.py only: the whole suite did not end within")
    assert found.gaps == ()


def test_a_suite_that_crashes_with_the_fix_is_a_gap_and_not_a_pile_of_lost_tests(tmp_path: Path) -> None:
    before, after = result(outcomes(a="passed", b="passed")), result(outcomes(a="passed"), exit_code=-11)
    found = compared(tmp_path, before, after)
    assert found.gaps == ("the whole suite ended with pytest's exit code -11 with the fix",)
    assert found.suite.gone == ()


def test_the_reproduction_test_itself_is_left_out(tmp_path: Path) -> None:
    ours = IterationRecord(TEST.nodeid, 1, "failed", 1, 0.0, 0.01, signature="s")
    before, after = outcomes(a="passed"), outcomes(a="passed")
    before.add(ours)
    found = compared(tmp_path, result(before, exit_code=1), result(after))
    assert found.suite.before == {"passed": 1}


def test_a_suite_that_takes_too_long_without_a_file_to_compare_instead_is_no_full_comparison(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: RunRequest) -> RunResult:
        asked.append(request.tree.name)
        return result(outcomes(a="passed"), cut=request.tree.name == "check")

    found = compare(context(tmp_path, answer), Tree("check"), Tree("fix"), TEST, files=())
    assert found.suite.scope == "the whole suite"
    assert [gap.partition(" within")[0] for gap in found.gaps] == ["the whole suite did not end"]
    assert asked == ["check", "fix"]


def test_a_file_that_takes_too_long_as_well_is_no_full_comparison(tmp_path: Path) -> None:
    def answer(request: RunRequest) -> RunResult:
        return result(outcomes(a="passed"), cut=request.tree.name == "check")

    gaps = compare(context(tmp_path, answer), Tree("check"), Tree("fix"), TEST, FILES).gaps
    assert [gap.partition(" within")[0] for gap in gaps] == ["tests/test_a.py did not end"]
