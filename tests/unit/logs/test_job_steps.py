"""Which step of a job failed, and what is kept of it."""

from collections.abc import Iterable

import pytest
from short_logs import azure, circle, github, gitlab, jenkins, travis, travis_stopped

from harness.logs.dialects.ansi import without_ansi
from harness.logs.dialects.lines import Line, normalised
from harness.logs.sources.source import read_source
from harness.logs.text.session import Session
from harness.logs.verdicts.job_steps import TAIL, Job, JobSteps, failed_steps


def jobs_of(text: str) -> tuple[Job, ...]:
    steps = JobSteps()
    for line in normalised(read_source(text)[1]):
        steps.feed(line, in_report=False)
    return steps.finish()


def fed(lines: Iterable[tuple[str, str]]) -> tuple[Job, ...]:
    """Return the jobs of (stream, text) lines."""
    steps = JobSteps()
    for number, (stream, text) in enumerate(lines, start=1):
        steps.feed(Line(number, stream, text), in_report=False)
    return steps.finish()


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        (github("make check", "boom", code=2), "make check", 2),
        (github("acme/tool@v1", "boom", last="##[error]The process 'make' failed with exit code 3"), "acme/tool@v1", 3),
        (github("acme/tool@v1", "boom", last="##[error]Something is wrong"), "acme/tool@v1", None),
        (travis("make check", "boom", code=2), "make check", 2),
        (travis_stopped("pip install .", "boom", 100), "pip install .", 100),
        (gitlab("boom"), "make check", 1),
        (circle("boom"), None, 1),
        (azure("boom"), "Test", 1),
        (jenkins("boom"), "Execute shell", None),
    ],
)  # fmt: skip
def test_the_step_that_failed_is_named_with_its_exit_code(text: str, name: str | None, code: int | None) -> None:
    jobs = jobs_of(text)
    (step,) = failed_steps(jobs)
    assert (step.name, step.exit_code) == (name, code)
    assert step.ending is not None
    assert any(line.text == "boom" for line in step.lines)
    assert [job.passed for job in jobs] == [False]


@pytest.mark.parametrize(
    "text",
    [
        github("make check", "fine", code=0),
        travis("make check", "fine", code=0),
        gitlab("fine", "Job succeeded"),
        azure("fine", "fine too"),
        jenkins("fine", "SUCCESS"),
        "Build started\nfine\nBuild success\n",
    ],
)
def test_a_job_that_passed_says_so_and_holds_no_failed_step(text: str) -> None:
    jobs = jobs_of(text)
    assert failed_steps(jobs) == []
    assert [job.passed for job in jobs] == [True]


def test_a_text_without_a_word_of_a_ci_leaves_open_how_it_ended() -> None:
    (job,) = jobs_of("fine\nfine too\n")
    assert job.passed is None
    assert [line.text for line in job.steps[-1].lines] == ["fine", "fine too"]


def test_a_command_whose_text_has_lines_ends_where_its_last_line_says() -> None:
    (job,) = jobs_of('$ a\nboom\nThe command "a \\\n&& b\n" exited with 4.\n\nDone. Your build exited with 1.\n')
    (step,) = failed_steps([job])
    assert step.exit_code == 4


def test_what_follows_the_failure_is_no_part_of_the_step() -> None:
    text = travis("make check", "boom", after="store build cache\nlater trouble\n")
    (step,) = failed_steps(jobs_of(text))
    assert "later trouble" not in [line.text for line in step.lines]


def test_a_line_that_imitates_the_end_far_from_it_is_no_end() -> None:
    (job,) = jobs_of("Finished: SUCCESS\n" + "still running\n" * 60)
    assert job.passed is None


def test_lines_of_a_report_are_not_kept_but_for_those_that_read_the_environment() -> None:
    session = Session(start=1)
    steps = JobSteps(lambda: session)
    for number, text in enumerate(["E   No space left on device", "    os.environ['A_URL']", "Finished: SUCCESS"], 1):
        steps.feed(Line(number, "", text), in_report=True)
    session.tally = {"failed": 1}
    (job,) = steps.finish()
    assert job.passed is None
    assert [step.lines for step in job.steps] == [[]]
    assert [line.text for step in job.steps for line in step.environ] == ["    os.environ['A_URL']"]


def test_of_a_long_step_the_tail_is_kept_and_what_told_of_trouble_before_it() -> None:
    body = "error: first trouble\n" + "fine\n" * 3000 + "last words"
    (step,) = failed_steps(jobs_of(github("make check", body)))
    texts = [line.text for line in step.lines]
    assert texts[0] == "error: first trouble"
    assert texts[-1] == "last words"
    assert len(texts) <= TAIL + 10


def test_memory_stays_bounded_however_long_the_log_and_its_lines_are() -> None:
    lines = [("", "error " + "x" * 5000)] * 20_000 + [(f"job {n}", "error") for n in range(500) for _ in range(60)]
    kept = [step for job in fed(lines) for step in job.steps]
    assert sum(len(line.text) for step in kept for line in step.lines) < 5_000_000
    assert sum(len(step.lines) for step in kept) < 60_000


def test_each_stream_has_its_own_steps() -> None:
    lines = [("a", "##[group]Run make"), ("b", "##[group]Run lint"), ("a", "boom"), ("b", "fine")]
    lines += [("a", "##[error]Process completed with exit code 1."), ("b", "Post job cleanup.")]
    jobs = fed(lines)
    assert [(job.stream, job.passed) for job in jobs] == [("a", False), ("b", True)]


def test_an_error_in_the_midst_of_a_step_does_not_end_it() -> None:
    body = "##[error]one of the checks complains\n" + "fine\n" * 40
    (job,) = jobs_of(github("make check", body, code=0))
    assert job.passed is True


def test_a_cache_that_is_kept_at_the_end_shows_that_an_earlier_failure_was_allowed() -> None:
    after = ("Post job cleanup.", "Cache saved with key: Linux-pip-0a1b")
    (job,) = jobs_of(github("make lint", "boom", after=after))
    assert job.passed is True


def test_what_gitlab_runs_after_the_script_is_not_the_command_that_failed() -> None:
    (step,) = failed_steps(jobs_of(gitlab("boom\nRunning after script...\n$ cat debug.log\nnothing")))
    assert step.name == "make check"


def test_colours_do_not_hide_how_a_command_ended() -> None:
    text = travis("make check", "boom")
    assert "\x1b" in text
    assert without_ansi(text) != text
    assert len(failed_steps(jobs_of(text))) == 1


def test_what_ends_a_run_of_pytest_that_never_closed_is_the_last_that_the_ci_says() -> None:
    session = Session(start=1)
    steps = JobSteps(lambda: session)
    said = ["##[error]Process completed with exit code 137.", "Finished: SUCCESS", "the test goes on",
            "##[error]Process completed with exit code 139.", "Post job cleanup.", "bye"]  # fmt: skip
    for number, text in enumerate(said, 1):
        steps.feed(Line(number, "", text), in_report=False)
    (job,) = steps.finish()
    (step,) = failed_steps([job])
    assert step.exit_code == 139
    assert "bye" not in [line.text for line in step.lines]
    assert job.passed is False


STAGES = """Started by timer
[Pipeline] Start of Pipeline
[Pipeline] stage
[Pipeline] { (Build)
+ make
fine
[Pipeline] }
[Pipeline] // stage
[Pipeline] stage
[Pipeline] { (Check)
+ make check
boom
[Pipeline] }
[Pipeline] // stage
"""
SKIPPED = """[Pipeline] stage
[Pipeline] { (Deploy)
Stage "Deploy" skipped due to earlier failure(s)
[Pipeline] }
[Pipeline] // stage
[Pipeline] stage
[Pipeline] { (Announce)
Stage "Announce" skipped due to earlier failure(s)
[Pipeline] }
[Pipeline] // stage
"""
TIDIED = """[Pipeline] stage
[Pipeline] { (Declarative: Post Actions)
[WS-CLEANUP] done
[Pipeline] }
[Pipeline] // stage
"""


@pytest.mark.parametrize("after", ["", SKIPPED, TIDIED, SKIPPED + TIDIED])
def test_a_stage_of_jenkins_is_the_one_that_failed_not_those_that_were_skipped_after_it(after: str) -> None:
    jobs = jobs_of(
        STAGES + after + "[Pipeline] End of Pipeline\nERROR: script returned exit code 1\nFinished: FAILURE\n"
    )
    (step,) = failed_steps(jobs)
    assert step.name == "Check"
    assert "boom" in [line.text for line in step.lines]
    assert "fine" not in [line.text for line in step.lines]


def test_a_stage_that_says_it_was_skipped_where_none_ran_before_is_taken_as_it_is() -> None:
    (job,) = jobs_of('[Pipeline] { (Deploy)\nStage "Deploy" skipped due to earlier failure(s)\nFinished: FAILURE\n')
    assert job.passed is False


def test_a_failure_of_gitlabs_system_is_an_error_that_the_lines_behind_it_explain() -> None:
    end = "ERROR: Job failed (system failure): prepare environment: secrets is forbidden: User cannot get it"
    (job,) = jobs_of(gitlab("fine", end))
    assert job.passed is False
