"""Failures of jobs in C, Go, Rust, Ruby and others."""

from typing import Final

from short_logs import Case, azure, circle, github, gitlab, jenkins, travis, travis_stopped

NATIVE: Final = (
    Case(
        "a compiler's error",
        "syntax_error",
        "travis",
        travis(
            "make",
            (
                "src/core.c: In function 'area':\nsrc/core.c:41:5: error: expected ';' before 'return'\n"
                "make: *** [core.o] Error 1"
            ),
            code=2,
        ),
    ),
    Case(
        "a header that is not there",
        "missing_dependency",
        "github",
        github(
            "make",
            (
                "src/core.c:1:10: fatal error: zlib.h: No such file or directory\ncompilation terminated.\n"
                "make: *** [Makefile:4: core.o] Error 1"
            ),
            code=2,
        ),
    ),
    Case(
        "a compiler that was killed",
        "resource_exhaustion",
        "gitlab",
        gitlab(
            "c++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\n"
            "make[2]: *** [core.o] Error 1"
        ),
    ),
    Case(
        "tests of CTest",
        "test_failure",
        "azure",
        azure(
            "67% tests passed, 1 tests failed out of 3\n\nThe following tests FAILED:\n"
            "\t  2 - area (Failed)\nErrors while running CTest"
        ),
    ),
    Case(
        "a library that configure misses",
        "missing_dependency",
        "travis",
        travis("./configure", "checking for widget_new in -lwidget... no\nconfigure: error: libwidget not found"),
    ),
    Case(
        "tests of Go",
        "test_failure",
        "github",
        github(
            "go test ./...",
            (
                "--- FAIL: TestArea (0.00s)\n    core_test.go:9: got 5, want 4\nFAIL\n"
                "FAIL\texample.org/widgets\t0.003s\nok  \texample.org/widgets/net\t0.010s\nFAIL"
            ),
        ),
    ),
    Case(
        "a package of Go that does not build",
        "syntax_error",
        "gitlab",
        gitlab("# example.org/widgets\n./core.go:9:2: undefined: area\nFAIL\texample.org/widgets [build failed]"),
    ),
    Case(
        "a module of Go",
        "missing_dependency",
        "github",
        github(
            "go build ./...",
            (
                "core.go:4:2: no required module provides package example.org/sprockets; to add it:\n"
                "\tgo get example.org/sprockets"
            ),
        ),
    ),
    Case(
        "a test of Go that hangs",
        "test_failure",
        "travis",
        travis(
            "go test ./...",
            ("panic: test timed out after 10m0s\n\ngoroutine 17 [running]:\nFAIL\texample.org/widgets\t600.012s"),
        ),
    ),
    Case(
        "tests of Rust",
        "test_failure",
        "github",
        github(
            "cargo test",
            (
                "failures:\n    area\n\ntest result: FAILED. 11 passed; 1 failed; 0 ignored; 0 measured\n\n"
                "error: test failed, to rerun pass `--lib`"
            ),
            code=101,
        ),
    ),
    Case(
        "a crate that does not compile",
        "syntax_error",
        "github",
        github(
            "cargo build",
            (
                "error[E0425]: cannot find value `widget` in this scope\n --> src/core.rs:4:5\n"
                "error: could not compile `widgets` due to previous error"
            ),
            code=101,
        ),
    ),
    Case(
        "examples of RSpec",
        "test_failure",
        "circle",
        circle(
            "Failures:\n\n  1) Area squares\n     Failure/Error: expect(area(2)).to eq(4)\n\n12 examples, 1 failure"
        ),
    ),
    Case(
        "a gem that is not there",
        "missing_dependency",
        "travis",
        travis_stopped(
            "bundle install",
            "Could not find gem 'sprockets (= 9.9)' in any of the gem sources listed in your Gemfile.",
            7,
        ),
    ),
    Case(
        "tests of PHPUnit",
        "test_failure",
        "travis",
        travis(
            "phpunit",
            (
                "There was 1 failure:\n\n1) CoreTest::testArea\nFailed asserting that 5 matches expected 4.\n\n"
                "FAILURES!\nTests: 12, Assertions: 30, Failures: 1."
            ),
        ),
    ),
    Case(
        "tests of .NET",
        "test_failure",
        "azure",
        azure("Failed!  - Failed:     2, Passed:    40, Skipped:     0, Total:    42, Duration: 1 s"),
    ),
    Case(
        "a system package",
        "missing_dependency",
        "gitlab",
        gitlab("Reading package lists...\nE: Unable to locate package libwidget-dev"),
    ),
    Case(
        "a tool that is not there",
        "missing_dependency",
        "github",
        github("widgetc build", "/srv/_temp/9.sh: line 1: widgetc: command not found", code=127),
    ),
    Case(
        "a shell script that does not parse",
        "syntax_error",
        "jenkins",
        jenkins("./build.sh: line 12: syntax error near unexpected token `fi'"),
    ),
)
