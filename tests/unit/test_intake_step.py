"""Step 1: what is taken in from a log, and how a run ends whose log names no failing test."""

from dataclasses import replace
from pathlib import Path

import pytest
from flow_fakes import context, spec
from test_fetched_run import PASSING, URL, fetched, log_of

from harness.logs.verdicts.rules import Rule
from harness.ports import FetchedRun
from harness.steps import intake
from harness.steps.context import Context, Ended
from pytest_repro.core.errors import ReproError

OWN = Rule("our-mirror", "network_error", r"mirror answered 50\d", advice="Restart the job.", confidence=0.9, own=True)


def given(tmp_path: Path, log: str) -> Context:
    (tmp_path / "ci.log").write_text(log)
    return context(tmp_path, lambda request: pytest.fail("nothing is run"), spec(raw_logs=str(tmp_path / "ci.log")))


def test_the_failing_tests_come_with_the_class_and_the_causes(tmp_path: Path) -> None:
    taken = intake.run(given(tmp_path, log_of("a.py::test_a")))
    assert [test.nodeid for test in taken.failing] == ["a.py::test_a"]
    assert taken.verdict is not None
    assert taken.verdict.failure_class == "test_failure"
    assert [cause.tests for cause in taken.causes] == [("a.py::test_a",)]
    assert "a.py::test_a" in (tmp_path / taken.excerpt).read_text()


def test_a_log_of_a_job_that_passed_ends_with_nothing_failed(tmp_path: Path) -> None:
    with pytest.raises(Ended) as ended:
        intake.run(given(tmp_path, PASSING))
    assert ended.value.ending.kind == "nothing failed"
    assert "1 passed" in ended.value.ending.seen


def test_a_failure_that_is_no_tests_ends_with_its_class_its_line_and_what_to_do(tmp_path: Path) -> None:
    log = (
        "##[group]Run make deps\n##[endgroup]\nthe mirror answered 503\n##[error]Process completed with exit code 2.\n"
    )
    ctx = given(tmp_path, log)
    ctx.rules = (OWN,)
    with pytest.raises(Ended) as ended:
        intake.run(ctx)
    ending = ended.value.ending
    assert (ending.kind, ending.exit_code, ending.resumable) == ("no failing test", 1, False)
    assert "network_error: something could not be reached" in ending.seen
    assert "line 3: the mirror answered 503" in ending.seen
    assert ending.advice[0] == "Restart the job."
    assert "existing-test-path" in ending.advice[-1]


def test_a_log_that_does_not_tell_ends_with_dont_know(tmp_path: Path) -> None:
    with pytest.raises(Ended) as ended:
        intake.run(given(tmp_path, "some words\nand no more\n"))
    assert ended.value.ending.kind == "no failing test"
    assert "unknown: don't know" in ended.value.ending.seen


class Forge:
    """Gives out one run; remembers where it put it."""

    def __init__(self, error: ReproError | None = None) -> None:
        self.error = error
        self.folders: list[Path] = []

    def fetch(self, url: str, target: Path) -> FetchedRun:
        self.folders.append(target)
        target.mkdir(parents=True)
        if self.error:
            raise self.error
        return fetched(target, {"build": log_of("a.py::test_a")})


@pytest.fixture
def by_url(tmp_path: Path) -> Context:
    asked = replace(given(tmp_path, ""), spec=spec(raw_logs="x\ny").model_copy(update={"raw_logs": None, "url": URL}))
    asked.log_source = Forge()
    return asked


def test_a_log_by_its_address_is_fetched_and_only_its_excerpt_stays(by_url: Context, tmp_path: Path) -> None:
    taken = intake.run(by_url)
    assert (taken.source, taken.failing[0].nodeid) == (URL, "a.py::test_a")
    assert isinstance(by_url.log_source, Forge)
    (folder,) = by_url.log_source.folders
    assert folder.is_relative_to(tmp_path)
    assert not folder.exists()
    assert "a.py::test_a" in (tmp_path / taken.excerpt).read_text()


def test_what_was_fetched_before_an_error_does_not_stay(by_url: Context) -> None:
    by_url.log_source = Forge(ReproError("no right", "forge-forbidden", ""))
    with pytest.raises(ReproError, match="no right"):
        intake.run(by_url)
    assert not by_url.log_source.folders[0].exists()
