"""The lines of one job, chosen by a name as a person types it."""

import pytest

from harness.logs.dialects.job_choice import JobChoice, job_of
from harness.logs.dialects.lines import Line
from pytest_repro.core.errors import ReproError


@pytest.mark.parametrize(
    ("stream", "job"),
    [
        ("", ""),
        ("\tbuild (3.11)\tRun tests", "build (3.11)"),
        ("gh.log\tbuild\tUNKNOWN STEP", "build"),
        ("0_build (3.11).txt", "build (3.11)"),
        ("build (3.11).log", "build (3.11)"),
        ("build (3.11)/4_Run tests.txt", "build (3.11)"),
        ("12_monkeys.txt", "monkeys"),
    ],
)
def test_the_name_of_a_job_stands_in_columns_a_folder_or_a_file(stream: str, job: str) -> None:
    assert job_of(stream) == job


def chosen(wanted: str, *streams: str) -> list[str]:
    return [line.text for line in JobChoice(wanted).lines(Line(1, stream, stream) for stream in streams)]


def test_case_blanks_and_what_a_forge_drops_from_names_do_not_matter() -> None:
    assert chosen("Test / unit:  3.11", "0_test  unit 3.11.txt", "1_lint.txt") == ["0_test  unit 3.11.txt"]


def test_part_of_a_name_chooses_nothing() -> None:
    with pytest.raises(ReproError, match=r"it holds build \(3.11\), build \(3.12\)"):
        chosen("build", "0_build (3.11).txt", "1_build (3.12).txt")


def test_a_log_without_names_of_jobs_says_so() -> None:
    with pytest.raises(ReproError, match="do not name their job") as caught:
        chosen("build", "")
    assert caught.value.slug == "no-such-job"


def test_many_names_are_not_all_listed() -> None:
    with pytest.raises(ReproError, match="and 90 more"):
        chosen("build", *(f"{number}_job {number:02}.txt" for number in range(100)))
