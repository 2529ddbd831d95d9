"""How the logs of jobs look on the CI systems: builders for short logs of invented projects."""

from typing import Final, NamedTuple

POST: Final = (
    "Post job cleanup.",
    "[command]/usr/bin/git version",
    "git version 2.43.0",
    "Cleaning up orphan processes",
)


class Case(NamedTuple):
    """One log. name: what it shows; failure_class: of its verdict; dialect: the CI that prints so."""

    name: str
    failure_class: str
    dialect: str
    text: str


def github(step: str, body: str, *, code: int | None = 1, last: str = "", after: tuple[str, ...] = ()) -> str:
    """Return the log of a job whose step ended with `code` (None or 0: it passed), or with the line `last`."""
    lines = ["##[group]Run actions/checkout@v4", "with:", "##[endgroup]", f"##[group]Run {step}", step]
    lines += ["shell: /usr/bin/bash -e {0}", "##[endgroup]", *body.strip("\n").split("\n")]
    if last or code:
        lines.append(last or f"##[error]Process completed with exit code {code}.")
    stamped = enumerate([*lines, *after, *POST])
    return "\ufeff" + "".join(f"2031-02-03T04:05:{at % 60:02d}.1234567Z {line}\n" for at, line in stamped)


def travis(command: str, body: str, *, code: int = 1, before: str = "", after: str = "") -> str:
    """Return the log of a job whose `command` ended with `code`."""
    return (
        f"travis_fold:start:system_info\r\x1b[0KBuild system information\n{before}"
        f"travis_time:start:0b1c2d3e\r\x1b[0K$ {command}\n{body.strip(chr(10))}\n\n"
        "travis_time:end:0b1c2d3e:start=1,finish=2,duration=1\r\x1b[0K\n"
        f'\x1b[31;1mThe command "{command}" exited with {code}.\x1b[0m\n{after}\n'
        f"Done. Your build exited with {int(code != 0)}.\n"
    )


def travis_stopped(command: str, body: str, code: int = 1) -> str:
    """Return the log of a job that a command before its script ended."""
    return (
        f'$ {command}\n{body.strip(chr(10))}\n\nThe command "{command}" failed and exited with {code} during .\n\n'
        "Your build has been stopped.\n"
    )


def jenkins(body: str, result: str = "FAILURE") -> str:
    marked = "Build step 'Execute shell' marked build as failure\n" if result == "FAILURE" else ""
    return (
        f"Started by timer\nRunning as SYSTEM\n+ ./build.sh\n{body.strip(chr(10))}\n{marked}"
        f"Archiving artifacts\nFinished: {result}\n"
    )


def gitlab(body: str, end: str = "ERROR: Job failed: exit code 1") -> str:
    return (
        "Running with gitlab-runner 17.0.0\nsection_start:1700000000:step_script\r\x1b[0K"
        f'Executing "step_script" stage of the job script\n$ make check\n{body.strip(chr(10))}\n'
        f"section_end:1700000001:step_script\r\x1b[0K{end}\n"
    )


def circle(body: str, end: str = "Exited with code exit status 1") -> str:
    return f"#!/bin/bash -eo pipefail\nmake check\n{body.strip(chr(10))}\n\n{end}\n"


def azure(body: str, end: str = "##[error]Bash exited with code '1'.") -> str:
    return (
        "##[section]Starting: Test\n==========\nTask         : Bash\n==========\n"
        f"{body.strip(chr(10))}\n{end}\n##[section]Finishing: Test\n"
    )


PYTEST: Final = """\
============================= test session starts ==============================
platform linux -- Python 3.12.1, pytest-8.4.0, pluggy-1.6.0
rootdir: /srv/widgets
collected {count} items
"""


def failed_run(test: str, lines: str, error: str, captured: str = "") -> str:
    """Return pytest's output for one test of two that fails with `error`."""
    shown = (
        f"----------------------------- Captured stdout call -----------------------------\n{captured}\n"
        if captured
        else ""
    )
    return (
        PYTEST.format(count=2)
        + f"""
tests/test_core.py .F                                                    [100%]

=================================== FAILURES ===================================
{f" {test} ".center(80, "_")}

{lines}
E       {error}

tests/test_core.py:12: {error.partition(":")[0]}
{shown}=========================== short test summary info ============================
FAILED tests/test_core.py::{test} - {error}
========================= 1 failed, 1 passed in 0.12s ==========================
"""
    )


def collect_error(error: str, source: str = "    import helpers", place: str = "tests/test_core.py:1") -> str:
    """Return pytest's output for a file that cannot be collected."""
    return (
        PYTEST.format(count=0)
        + f"""
==================================== ERRORS ====================================
_____________________ ERROR collecting tests/test_core.py ______________________
{place}: in <module>
{source}
E   {error}
=========================== short test summary info ============================
ERROR tests/test_core.py - {error}
!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!
=============================== 1 error in 0.10s ===============================
"""
    )


GREEN: Final = PYTEST.format(count=2) + (
    "\ntests/test_core.py ..                                                    [100%]\n\n"
    "============================== 2 passed in 0.02s ===============================\n"
)
MAVEN: Final = "[INFO] BUILD FAILURE\n[INFO] Total time:  1.2 s\n[ERROR] Failed to execute goal "
