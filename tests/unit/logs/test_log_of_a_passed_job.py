"""A job that passed has no failing test, whatever failed in it on the way."""

from harness.logs.analyze import analyze

START = (
    f"{' test session starts ':=^80}\nplatform linux -- Python 3.11.9, pytest-8.4.1, pluggy-1.6.0\ncollected 2 items\n"
)
FAILED = (
    f"{START}\ntests/test_a.py F.\n\n{' short test summary info ':=^80}\n"
    f"FAILED tests/test_a.py::test_x - assert 0\n{' 1 failed, 1 passed in 0.05s ':=^80}\n"
)
PASSED = f"{START}\ntests/test_a.py ..\n\n{' 2 passed in 0.04s ':=^80}\n"


def test_tests_that_failed_before_the_job_passed_are_told_in_a_note_alone() -> None:
    found = analyze(f"##[group]Run pytest || pytest\n##[endgroup]\n{FAILED}{PASSED}Post job cleanup.\n")
    assert found.verdict.failure_class == "none"
    assert found.reading.failing == ()
    assert found.causes == ()
    note = next(note for note in found.reading.notes if "passed in the end" in note)
    assert "1 test failed in a job that passed in the end" in note
    assert "tests/test_a.py::test_x" in note


def test_what_tests_log_in_a_run_that_passed_is_no_reason() -> None:
    live = f"{' live log call ':-^80}\nERROR    shop:test_a.py:6 Killed: No space left on device\n"
    run = f"{START}\ntests/test_a.py::test_x \n{live}PASSED\ntests/test_a.py::test_y PASSED\n"
    passed = f"{run}\n{' 2 passed in 0.04s ':=^80}\n"
    assert analyze(passed).verdict.failure_class == "none"
    last = "make: *** [lint] Error 1\n##[error]Process completed with exit code 2.\n"
    assert analyze(f"##[group]Run make check\n##[endgroup]\n{passed}{last}").verdict.failure_class == "unknown"
    assert analyze(f"{run}OSError: [Errno 28] No space left on device\n").verdict.failure_class == "resource_exhaustion"


def test_tests_that_fail_in_the_last_run_of_a_failed_job_stay_named() -> None:
    log = f"##[group]Run pytest || pytest\n##[endgroup]\n{FAILED}{FAILED}##[error]Process completed with exit code 1.\n"
    found = analyze(log)
    assert found.verdict.failure_class == "test_failure"
    assert [test.nodeid for test in found.reading.failing] == ["tests/test_a.py::test_x"]
