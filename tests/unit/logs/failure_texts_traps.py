"""Logs whose words mislead."""

from typing import Final

from short_logs import GREEN, Case, failed_run, github, gitlab, jenkins, travis

TRAPS: Final = (
    Case(
        "healthy words of trouble",
        "none",
        "github",
        github(
            "make check",
            (
                "docker pull acme/base:1.0 ... done\ntimeout is 30 seconds\nport 137 is open\n"
                "SyntaxError is raised for bad input ... ok\nPermission denied for guests ... ok\n"
                "Connection refused is retried ... ok\nNo space left on device is reported ... ok"
            ),
            code=0,
        ),
    ),
    Case(
        "a warning with the word error",
        "none",
        "travis",
        travis(
            "python setup.py test",
            ("DeprecationWarning: error_handler is deprecated, errors will raise\nwarning: 0 errors found\nOK"),
            code=0,
        ),
    ),
    Case(
        "a transfer that worked at last",
        "none",
        "gitlab",
        gitlab(
            ("curl: (28) Operation timed out after 30000 milliseconds\nretrying (2 of 3)\ndownloaded core.tar.gz"),
            "Job succeeded",
        ),
    ),
    Case(
        "a cache that was not stored",
        "none",
        "travis",
        travis(
            "make check",
            "all good",
            code=0,
            after="store build cache\nfailed to upload cache\ncurl: (22) The requested URL returned error: 403\n",
        ),
    ),
    Case(
        "a step that may fail",
        "none",
        "github",
        github(
            "npm run lint",
            "✖ 1 problem (1 error, 0 warnings)",
            after=(
                "##[group]Run pytest",
                "shell: bash",
                "##[endgroup]",
                *GREEN.rstrip().split("\n"),
                "Post job cleanup.",
                "Cache hit occurred on the primary key Linux-pip-0a1b, not saving cache.",
            ),
        ),
    ),
    Case(
        "tests after a step that may fail",
        "none",
        "github",
        github(
            "npm run lint",
            "✖ 1 problem (1 error, 0 warnings)",
            after=(
                "##[group]Run pytest",
                "shell: bash",
                "##[endgroup]",
                *GREEN.rstrip().split("\n"),
            ),
        ),
    ),
    Case(
        "a test that prints trouble",
        "test_failure",
        "github",
        github(
            "pytest",
            failed_run(
                "test_area",
                ">       assert area(2) == 4",
                "AssertionError: assert 5 == 4",
                captured=(
                    "ERROR: failed to solve: no such image\nOSError: [Errno 28] No space left on device\nKilled\n"
                    "Permission denied (publickey).\nModuleNotFoundError: No module named 'sprockets'\n"
                    "SyntaxError: invalid syntax"
                ),
            ),
        ),
    ),
    Case(
        "a test that prints how CIs end",
        "test_failure",
        "travis",
        travis(
            "pytest",
            failed_run(
                "test_area",
                ">       assert area(2) == 4",
                "AssertionError: assert 5 == 4",
                captured="Done. Your build exited with 0.\nFinished: SUCCESS\nJob succeeded",
            ),
        ),
    ),
    Case(
        "a traceback that a green run prints",
        "none",
        "github",
        github(
            "python -m unittest",
            (
                'Traceback (most recent call last):\n  File "/srv/widgets/core.py", line 4, in grow\n'
                "##[error]    raise ValueError('too big')\nValueError: too big\nRan 12 tests in 0.2s\n\nOK"
            ),
            code=0,
        ),
    ),
    Case(
        "a transfer that worked before a test failed",
        "test_failure",
        "gitlab",
        gitlab(
            "fatal: unable to access 'https://forge.example/core.git/': Connection timed out\nretrying\n"
            "Cloning into 'core'... done.\n12 examples, 1 failure"
        ),
    ),
    Case(
        "a process killed after the end",
        "test_failure",
        "travis",
        travis("npm test", "  1 failing")
        + "/opt/ci/run.sh: line 146:   807 Killed                  adb shell input keyevent 82\n",
    ),
    Case(
        "steps that tidy up after a failure",
        "test_failure",
        "github",
        github(
            "cargo test",
            "test result: FAILED. 11 passed; 1 failed",
            after=(
                "##[group]Run actions/upload-artifact@v4",
                "with:",
                "##[endgroup]",
                "No files were found with the provided path: logs. No artifacts will be uploaded.",
            ),
        ),
    ),
    Case(
        "a build that Jenkins calls good",
        "none",
        "jenkins",
        jenkins(
            ("Tests run: 9, Failures: 0, Errors: 0, Skipped: 0\n[INFO] BUILD SUCCESS\nERROR is a word in this line"),
            "SUCCESS",
        ),
    ),
    Case(
        "an upload that does not count",
        "none",
        "travis",
        travis(
            "sbt coveralls",
            (
                "[error] Uploading to coverage.example failed: Couldn't find a repository matching this job.\n"
                "[success] Total time: 43 s"
            ),
            code=0,
        ),
    ),
    Case(
        "the optional parts that CMake misses",
        "syntax_error",
        "travis",
        travis(
            "cmake . && make",
            (
                "-- Could NOT find Doxygen (missing: DOXYGEN_EXECUTABLE)\n-- Configuring done\n"
                "src/core.cpp:4:1: error: expected unqualified-id"
            ),
            code=2,
        ),
    ),
    Case("nothing but a code", "unknown", "github", github("./step.sh", "working\ndone with part 1")),
    Case("nothing at all that tells", "unknown", "plain", "one line\nanother line\n"),
    Case(
        "a target that is not there",
        "unknown",
        "travis",
        travis("rake", "rake aborted!\nNo Rakefile found (looking for: rakefile, Rakefile)"),
    ),
    Case("a green run without a CI", "none", "plain", GREEN),
    Case(
        "a token that is missed in passing",
        "test_failure",
        "github",
        github(
            "cargo test",
            ("No FORGE_TOKEN is set, continuing without checking hooks\ntest result: FAILED. 1 passed; 1 failed"),
            code=101,
        ),
    ),
    Case(
        "a lint that is no error of the compiler",
        "unknown",
        "github",
        github(
            "cargo clippy",
            "error: this could be shorter\n  = note: `-D clippy::needless-return` implied by `-D warnings`\n"
            "error: could not compile `widgets` (lib) due to 1 previous error",
            code=101,
        ),
    ),
    Case(
        "an error of the compiler among lints",
        "syntax_error",
        "github",
        github(
            "cargo clippy",
            "error: this could be shorter\n  = note: `-D clippy::needless-return` implied by `-D warnings`\n"
            "error[E0425]: cannot find value `widget` in this scope\n"
            "error: could not compile `widgets` (lib) due to 2 previous errors",
            code=101,
        ),
    ),
    Case(
        "tests that pass while the coverage is too low",
        "unknown",
        "github",
        github("mix test --cover", "198 tests, 0 failures\n\nCoverage test failed, threshold not met:\n", code=3),
    ),
    Case(
        "a variable that a missing library's own message names",
        "missing_dependency",
        "github",
        github(
            "cargo build",
            "error: failed to run custom build command for `widget-sys v0.2.0`\n"
            "  The system library `widget-2.0` required by crate `widget-sys` was not found.\n"
            "  The PKG_CONFIG_PATH environment variable is not set.",
            code=101,
        ),
    ),
)
