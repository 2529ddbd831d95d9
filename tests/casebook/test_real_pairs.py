"""Real bugs of real packages, from the log that pytest really printed to a fix that holds, or honestly does not.

The packages come from the index by pip; where it cannot be reached these tests fail and say so.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flow_world import LEAN, Ended, World
from read_log import read_log
from real_pair import (
    COMPACT,
    SQLPARSE,
    TOMLKIT,
    XMLTODICT,
    CannotFetch,
    Pair,
    Sources,
    by_changes,
    by_upstream,
    counted,
    fetch,
    make_real_world,
    run,
)

pytestmark = pytest.mark.network

Fetch = Callable[[Pair], Sources]


@dataclass(frozen=True)
class Walked:
    """A run that ended, with the user's things as they were before it and after it."""

    pair: Pair
    sources: Sources
    world: World
    ended: Ended
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def report(self) -> dict[str, Any]:
        return self.ended.report

    @property
    def fix(self) -> str:
        return f"fix/{self.pair.slug}"

    @property
    def repro(self) -> str:
        return f"repro/{self.pair.slug}"


def walk(pair: Pair, sources: Sources, world: World) -> Walked:
    """Run `repro run` on the world's input file."""
    before = snapshot(world)
    ended = world.repro("run", "info.json")
    return Walked(pair, sources, world, ended, before, snapshot(world))


def snapshot(world: World) -> dict[str, Any]:
    """Everything of the user's, git's own view of it included."""
    status = world.git("--no-optional-locks", "status", "--porcelain=v2", "--branch", "--ignored", "--show-stash")
    worktrees = world.git("worktree", "list", "--porcelain")
    return world.untouched() | {"status": status, "worktrees": worktrees}


def own_branches(world: World) -> list[str]:
    """Return the branches that the user has not made."""
    names = world.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    return [name for name in names if name != "main"]


def in_worktree(walked: Walked, branch: str, look: Callable[[Path], Any]) -> Any:
    """Return what `look` sees in a worktree of `branch`."""
    place = walked.world.folder / "look"
    walked.world.git("worktree", "add", "--quiet", "--detach", str(place), branch)
    try:
        return look(place)
    finally:
        walked.world.git("worktree", "remove", "--force", str(place))


def readme_command(walked: Walked) -> str:
    """Return the one command that the README on the reproduction branch tells."""
    readme = walked.world.git("show", f"{walked.repro}:{walked.pair.folder}/README.md")
    commands: list[str] = re.findall(r"```sh\n(.*?)\n```", readme, re.S)
    [command] = commands
    return command


def failure(printed: str) -> tuple[str | None, str | None]:
    """Return exception and message of the first failing test in what pytest printed."""
    first = read_log(printed).failing[0]
    return first.exception, first.message


@pytest.fixture(scope="session")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Fetch:
    """Fetches each pair once for all tests."""
    folder = tmp_path_factory.mktemp("packages")

    @cache
    def tried(pair: Pair) -> Sources | CannotFetch:
        try:
            return fetch(pair, folder)
        except CannotFetch as error:  # kept, so that the other tests fail at once
            return error

    def get(pair: Pair) -> Sources:
        found = tried(pair)
        if isinstance(found, CannotFetch):
            pytest.fail(str(found), pytrace=False)
        return found

    return get


@pytest.fixture(scope="module", params=[XMLTODICT, SQLPARSE, TOMLKIT], ids=lambda pair: pair.name)
def mended(request: pytest.FixtureRequest, fetched: Fetch, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """A run whose fixer applies the upstream change."""
    pair: Pair = request.param
    sources = fetched(pair)
    world = make_real_world(pair, sources, tmp_path_factory.mktemp(pair.name) / "world")
    return walk(pair, sources, by_upstream(world, sources, pair))


class TestTheUpstreamChange:
    def test_the_log_names_the_tests_that_are_known_to_fail(self, mended: Walked) -> None:
        summary = [
            line for line in (mended.world.desk / "ci.log").read_text().splitlines() if line.startswith("FAILED ")
        ]
        assert len(summary) == len(mended.pair.failing)
        assert all(
            line.startswith(f"FAILED {nodeid}") for line, nodeid in zip(summary, mended.pair.failing, strict=True)
        )

    def test_is_proven_to_fix_it(self, mended: Walked) -> None:
        ended, report = mended.ended, mended.report
        assert ended.code == 0, ended.out + ended.err
        assert (report["status"], report["ending"], report["exit_code"]) == ("success", "fixed", 0)
        assert "success: the fix holds." in ended.out
        assert report["reproduction"]["counts"] == "3/3"
        assert [row["counts"] for row in report["fix"]["measured"]] == ["3/3", "0/5"]
        assert re.match(r"([1-9]\d*)/\1 iterations failed again", report["fix"]["revert"])
        assert [row["state"] for row in report["fix"]["attempts"]] == ["passed"]

    def test_is_matched_with_the_failure_of_the_log(self, mended: Walked) -> None:
        exception, message = failure((mended.world.desk / "ci.log").read_text())
        reproduction = mended.report["reproduction"]
        assert reproduction["nodeid"] == mended.pair.first
        assert exception
        assert message
        assert exception in reproduction["failure"]
        assert reproduction["basis"] == f"the log's exception and message: {exception}: {message}"

    def test_the_fix_branch_is_main_with_the_package_of_the_newer_release(self, mended: Walked) -> None:
        world, package = mended.world, mended.pair.package
        changed = world.git("diff", "--name-only", "main", mended.fix).splitlines()
        assert changed
        assert all(path == package or path.startswith(f"{package}/") for path in changed)

        def difference(tree: Path) -> str:
            theirs = str(mended.sources.fixed / package)
            return run(tree, ["git", "diff", "--no-index", "--stat", package, theirs]).stdout

        assert in_worktree(mended, mended.fix, difference) == ""
        assert in_worktree(mended, "main", difference) != ""

    def test_nothing_of_the_users_is_changed(self, mended: Walked) -> None:
        assert mended.after == mended.before
        assert own_branches(mended.world) == [mended.fix, mended.repro]

    def test_the_journal_tells_of_every_iteration_and_the_report_says_the_same(self, mended: Walked) -> None:
        events = mended.world.events()
        facts = {event["step"]: event["data"] for event in events if event["event"] == "finished"}
        assert told(events) == shown(mended.world.run_folder, {mended.pair.first, facts["write_test"]["nodeid"]})
        report, baseline = mended.report, facts["fix_branch"]["baseline"]["reproduction"]
        assert report["reproduction"]["counts"] == counts(facts["reproduce"]["reproduction"])
        assert [row["counts"] for row in report["fix"]["measured"]] == [counts(baseline), counts(facts["verify"])]
        steps = {event["step"] for event in events if event["event"] == "finished"} - {"report"}
        assert {row["step"] for row in report["times"]} == steps | {"total"}

    def test_the_suite_comparison_counts_what_plain_pytest_counts(self, mended: Walked) -> None:
        arguments = ["python", "-m", "pytest", "-q", *LEAN, *mended.pair.pytest_args]
        before = counted((mended.world.desk / "ci.log").read_text())
        after = in_worktree(mended, mended.fix, lambda tree: counted(run(tree, arguments).stdout))
        rows = {word: (old, new) for word, old, new in mended.report["fix"]["suite_rows"]}
        assert rows == {word: (before.get(word, 0), after.get(word, 0)) for word in before | after}
        assert rows["failed"] == (len(mended.pair.failing), 0)
        assert mended.report["fix"]["suite_scope"] == "the whole suite"
        assert mended.report["fix"]["suite_words"][:3] == ["broken: none", "newly skipped: none", "gone: none"]

    def test_the_readme_command_fails_as_the_log_says_and_passes_with_the_fix(self, mended: Walked) -> None:
        command = readme_command(mended)

        def look(tree: Path) -> tuple[str, str]:
            fails = run(tree, ["sh", "-c", command])
            assert fails.returncode == 1, fails.stdout + fails.stderr
            run(tree, ["git", "checkout", "--quiet", mended.fix, "--", mended.pair.package]).check_returncode()
            passes = run(tree, ["sh", "-c", command])
            assert passes.returncode == 0, passes.stdout + passes.stderr
            return fails.stdout, passes.stdout

        fails, passes = in_worktree(mended, mended.repro, look)
        assert (counted(fails), counted(passes)) == ({"failed": 1}, {"passed": 1})
        assert failure(fails) == failure((mended.world.desk / "ci.log").read_text())

    def test_the_report_names_every_failing_test_and_which_one_was_followed(self, mended: Walked) -> None:
        reproduction, markdown = mended.report["reproduction"], mended.ended.markdown
        failing = mended.pair.failing
        assert (reproduction["nodeid"], *reproduction["log_others"]) == failing
        assert [nodeid for nodeid in failing if f"`{nodeid}`" not in markdown] == []
        if len(failing) > 1:
            assert f"the first of the log's {len(failing)} failing tests" in reproduction["why"]
            assert any(f"({len(failing) - 1}) failed: only" in one for one in mended.report["not_shown"])
            passing = f"ll {len(failing) - 1} other failing tests of the log pass with the fix, in one run each"
            assert passing in mended.report["summary"][0]
            assert passing in mended.ended.out

    def test_the_report_shows_the_change_as_it_is(self, mended: Walked) -> None:
        real = mended.world.git("diff", "main", mended.fix).splitlines()
        body = [line for line in real if not line.startswith(("index ", "@@ "))]
        printed = [line for line in mended.report["fix"]["diff"].splitlines() if not line.startswith(("index ", "@@ "))]
        assert printed == body

    def test_the_fixers_words_are_told_as_its_own(self, mended: Walked) -> None:
        assert mended.report["cause"]["notes"] == f"Took {mended.pair.package} of the newer release.\n"
        assert "its own words, not shown by this run" in mended.ended.markdown


def counts(fact: dict[str, Any]) -> str:
    return f"{fact['failures']}/{fact['runs']}"


def told(events: list[dict[str, Any]]) -> Counter[str]:
    """Return how many iterations passed and failed by the run's journal, those of the suite comparison left out."""
    last: dict[tuple[str, str], tuple[int, int]] = {}
    for data in (event["data"] | {"step": event["step"]} for event in events if event["event"] == "progress"):
        if "purpose" in data:
            last[data["step"], data["purpose"]] = (data["runs"], data["failures"])
        elif "tries" in data:
            last[data["step"], str(data["level"])] = (data["tries"], data["failures"])
    failed = sum(failures for _, failures in last.values())
    return Counter(failed=failed, passed=sum(runs for runs, _ in last.values()) - failed)


def shown(run_folder: Path, nodeids: set[str]) -> Counter[str]:
    """Return the same by the plugin's journals: those of processes that ran one of `nodeids` alone."""
    found: Counter[str] = Counter()
    for journal in (run_folder / "journals").glob("*.jsonl"):
        records = [json.loads(line) for line in journal.read_text().splitlines()]
        if nodeids & set(records[0]["args"]):
            found.update(record["outcome"] for record in records if record["kind"] == "iteration")
    return found


class TestAChangeThatIsNoFix:
    @pytest.fixture(params=[XMLTODICT, SQLPARSE], ids=lambda pair: pair.name)
    def pair(self, request: pytest.FixtureRequest) -> Pair:
        pair: Pair = request.param
        return pair

    def end(self, walked: Walked) -> list[dict[str, Any]]:
        """Check what holds at the end of every wrong way, and return the attempts."""
        report = walked.report
        assert walked.ended.code == 1, walked.ended.out + walked.ended.err
        assert (report["status"], report["ending"], report["exit_code"]) == ("failed", "not fixed", 1)
        assert "the fix holds" not in (walked.ended.out + walked.ended.markdown).lower()
        assert walked.after == walked.before
        assert own_branches(walked.world) == [walked.fix, walked.repro]
        changed = walked.world.git("diff", "--name-only", "main", walked.fix).splitlines()
        assert [path for path in changed if not path.startswith(f"{walked.pair.folder}/")] == []
        attempts: list[dict[str, Any]] = report["fix"]["attempts"]
        return attempts

    def test_a_real_change_that_mends_something_else_is_not_a_fix(
        self, pair: Pair, fetched: Fetch, tmp_path: Path
    ) -> None:
        world = make_real_world(pair, fetched(pair), tmp_path / "world")
        walked = walk(pair, fetched(pair), by_changes(world, pair.irrelevant, attempts=2))
        attempts = self.end(walked)
        assert [row["state"] for row in attempts] == ["still failing", "identical"]
        assert "1 of 1 iteration failed" in attempts[0]["seen"]
        assert "the same change as attempt 1" in attempts[1]["seen"]
        assert f"Both attempts by command left {pair.first} failing" in walked.report["summary"][0]
        assert all(row["changed"].startswith(f"{pair.irrelevant[0].file} (+1 -1)") for row in attempts)

    def test_a_change_that_breaks_another_test_does_not_stand(self, pair: Pair, fetched: Fetch, tmp_path: Path) -> None:
        world = make_real_world(pair, fetched(pair), tmp_path / "world")
        walked = walk(pair, fetched(pair), by_changes(world, pair.damaging, attempts=1))
        [attempt] = self.end(walked)
        assert pair.harmed in walked.ended.out
        assert any(
            words.startswith("broken: ") and pair.harmed in words for words in walked.report["fix"]["suite_words"]
        )
        assert attempt["state"] == "rejected"
        assert pair.harmed in attempt["seen"]


@pytest.fixture(scope="module")
def partly(fetched: Fetch, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """A run whose fixer makes the right change for the first two of sqlparse's failing tests, and nothing else."""
    world = make_real_world(SQLPARSE, fetched(SQLPARSE), tmp_path_factory.mktemp("partly") / "world")
    return walk(SQLPARSE, fetched(SQLPARSE), by_changes(world, SQLPARSE.damaging[:1], attempts=1))


class TestAChangeThatMendsTheFirstOfSeveralCauses:
    def test_fixes_that_one_and_the_others_are_counted_as_failing(self, partly: Walked) -> None:
        assert partly.ended.code == 1, partly.ended.out + partly.ended.err
        assert (partly.report["status"], partly.report["ending"]) == ("partial", "partly fixed")
        rows = {word: (old, new) for word, old, new in partly.report["fix"]["suite_rows"]}
        assert rows["failed"] == (11, 9)
        assert rows["passed"] == (449, 451)

    def test_says_first_that_others_still_fail(self, partly: Walked) -> None:
        words = "9 other tests of the log still fail"
        assert partly.report["summary"][0].startswith(f"The fix holds for one test, but {words}")
        assert words in "".join(partly.report["not_shown"])
        assert words in partly.ended.out.partition("\npartial: partly fixed.")[2]
        named = [one for one in partly.report["fix"]["suite_groups"] if one[0].endswith("tests, still failing")]
        assert [name for _, names in named for name in names] == list(SQLPARSE.failing[2:])

    def test_leaves_tests_of_the_log_failing_that_the_report_names(self, partly: Walked) -> None:
        said = "\n".join(partly.report["fix"]["suite_words"] + partly.report["not_shown"])
        assert [nodeid for nodeid in SQLPARSE.failing[2:] if nodeid not in said] == []


def test_an_expected_failure_that_passes_with_the_fix_and_so_fails_is_named(fetched: Fetch, tmp_path: Path) -> None:
    strict = replace(SQLPARSE, pytest_args=("-o", "xfail_strict=true"))
    sources = fetched(SQLPARSE)
    world = make_real_world(strict, sources, tmp_path / "world")
    walked = walk(strict, sources, by_upstream(world, sources, strict))
    assert {word: (old, new) for word, old, new in walked.report["fix"]["suite_rows"]}["failed"] == (11, 1)
    said = "\n".join(walked.report["fix"]["suite_words"] + walked.report["not_shown"])
    assert "tests/test_regressions.py::test_issue484_comments_and_newlines" in said
    assert "unharmed" not in walked.ended.out


def test_a_parameter_id_with_blanks_and_an_escaped_line_end_is_followed_to_the_end(
    fetched: Fetch, tmp_path: Path
) -> None:
    sources = fetched(SQLPARSE)
    world = make_real_world(SQLPARSE, sources, tmp_path / "world", "-k", "test_compact")
    ended = walk(SQLPARSE, sources, by_upstream(world, sources, SQLPARSE)).ended
    assert ended.code == 0, ended.out + ended.err
    assert ended.report["reproduction"]["nodeid"] == COMPACT
    assert own_branches(world) == ["fix/compact", "repro/compact"]
    own = next(
        event["data"] for event in world.events() if (event["step"], event["event"]) == ("write_test", "finished")
    )
    assert own["nodeid"].partition("::")[2] == COMPACT.partition("::")[2]
    assert f"`{COMPACT}`" in world.git("show", "repro/compact:tests/repro_compact/README.md")
