"""What an analysis offers to paste is about the same part of the log, read by the same rules."""

import shlex
from dataclasses import replace

from analyses import ALONE, FAILED, analysis

from harness.domain.verdict import Verdict
from harness.render.next_commands import Given, next_commands

UNNAMED = analysis(Verdict("test_failure"), replace(ALONE, tests=("test_late",)))


def test_a_job_and_rules_that_were_chosen_are_chosen_again() -> None:
    given = Given("repro", log="/home/ada/logs.zip", job="build (3.11)", rules="/home/ada/my rules.toml")

    (only,) = next_commands(UNNAMED, given)

    words = shlex.split(only.lines[0])
    assert words == [
        "repro", "analyze", "/home/ada/logs.zip", "--job", "build (3.11)", "--rules", "/home/ada/my rules.toml",
        "--checkout", ".",
    ]  # fmt: skip


def test_a_run_would_follow_another_jobs_test_so_it_is_not_offered_for_one_job() -> None:
    def offered(given: Given) -> bool:
        return any("verified fix" in one.what for one in next_commands(FAILED, given))

    assert offered(Given("repro", log="/home/ada/logs.zip"))
    assert not offered(Given("repro", log="/home/ada/logs.zip", job="build (3.11)"))
