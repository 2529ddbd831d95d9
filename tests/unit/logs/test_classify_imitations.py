"""What a test prints as if it were the CI does not decide how the job ended."""

import pytest
from short_logs import github, gitlab, travis

from harness.logs.analyze import analyze

PRINTED = [
    "##[error]Process completed with exit code 137.",
    "##[error]The operation was canceled.",
    "ERROR: Job failed: exit code 1",
    "Finished: FAILURE",
    "Finished: SUCCESS",
    "Job succeeded",
    "Done. Your build exited with 0.",
    "##[group]Run docker build .\n##[error]buildx failed with: exit code: 1",
    "No output has been received in the last 10m0s, this potentially indicates a stalled build.",
]
START = (
    f"{' test session starts ':=^80}\nplatform linux -- Python 3.11.9, pytest-8.4.1, pluggy-1.6.0\ncollected 2 items\n"
)
HEADER = f"{' test_x ':_^80}\n"
OUTPUT = f"{' Captured stdout call ':-^80}\n"
WRAPPED = {
    "github": lambda body, code: github("pytest", body, code=code),
    "gitlab": lambda body, code: gitlab(body, "ERROR: Job failed: exit code 1" if code else "Job succeeded"),
    "travis": lambda body, code: travis("pytest", body, code=code),
}


def failing(printed: str, where: str) -> str:
    """Return a run with one failing test, which prints: live (as under -s), or as captured output."""
    live = f"{printed}\n" if where == "live" else ""
    captured = f"{OUTPUT}{printed}\n" if where == "captured" else ""
    return (
        f"{START}\ntests/test_a.py {live}F.\n\n{' FAILURES ':=^80}\n{HEADER}\n    def test_x():\n"
        f">       assert 0\nE       assert 0\n\ntests/test_a.py:2: AssertionError\n"
        f"{captured}{' short test summary info ':=^80}\n"
        f"FAILED tests/test_a.py::test_x - assert 0\n{' 1 failed, 1 passed in 0.05s ':=^80}\n"
    )


def passing(printed: str, where: str) -> str:
    """Return a run without a failure whose test prints: live, or shown by -rA."""
    live = f"{printed}\n" if where == "live" else ""
    shown = f"{' PASSES ':=^80}\n{HEADER}{OUTPUT}{printed}\n" if where == "captured" else ""
    return f"{START}\ntests/test_a.py {live}..\n\n{shown}{' 2 passed in 0.04s ':=^80}\n"


@pytest.mark.parametrize("where", ["live", "captured"])
@pytest.mark.parametrize("dialect", WRAPPED)
@pytest.mark.parametrize("printed", PRINTED)
def test_a_failing_test_that_prints_an_ending_fails_as_it_would_without(printed: str, dialect: str, where: str) -> None:
    found = analyze(WRAPPED[dialect](failing(printed, where), 1))
    assert found.verdict.failure_class == "test_failure"
    assert [test.nodeid for test in found.reading.failing] == ["tests/test_a.py::test_x"]


@pytest.mark.parametrize("where", ["live", "captured"])
@pytest.mark.parametrize("dialect", WRAPPED)
@pytest.mark.parametrize("printed", PRINTED)
def test_a_job_that_passed_has_passed_whatever_its_tests_print(printed: str, dialect: str, where: str) -> None:
    found = analyze(WRAPPED[dialect](passing(printed, where), 0))
    assert found.verdict.failure_class == "none"
