"""Failures of JavaScript jobs."""

from typing import Final

from short_logs import Case, azure, circle, github, gitlab, travis

JAVASCRIPT: Final = (
    Case(
        "tests of Jest",
        "test_failure",
        "github",
        github(
            "npm test",
            (
                "FAIL src/core.test.js\n  ● area › squares\n\n    expect(received).toBe(expected)\n\n"
                "Test Suites: 1 failed, 4 passed, 5 total\nTests:       1 failed, 40 passed, 41 total"
            ),
        ),
    ),
    Case(
        "tests of Mocha",
        "test_failure",
        "travis",
        travis(
            "npm test",
            (
                "  40 passing (2s)\n  1 failing\n\n  1) area squares:\n"
                "     Error: connect ECONNREFUSED 127.0.0.1:8080\n"
                "npm ERR! Test failed.  See above for more details."
            ),
        ),
    ),
    Case(
        "a package that nobody offers",
        "missing_dependency",
        "circle",
        circle("npm ERR! code ETARGET\nnpm ERR! notarget No matching version found for sprockets@^9.9.0."),
    ),
    Case(
        "a registry that is not reached",
        "network_error",
        "azure",
        azure(
            "npm ERR! code ECONNRESET\nnpm ERR! network aborted\n"
            "npm ERR! network This is a problem related to network connectivity."
        ),
    ),
    Case(
        "a module of Node",
        "missing_dependency",
        "gitlab",
        gitlab(
            "internal/modules/cjs/loader.js:883\n  throw err;\nError: Cannot find module 'sprockets'\n"
            "Require stack:\n- /srv/widgets/index.js"
        ),
    ),
    Case(
        "types that do not fit",
        "syntax_error",
        "github",
        github("npm run build", "src/core.ts(12,3): error TS2322: Type 'string' is not assignable to type 'number'."),
    ),
    Case(
        "a heap of Node",
        "resource_exhaustion",
        "github",
        github(
            "npm run build",
            (
                "<--- Last few GCs --->\n"
                "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"
            ),
            code=134,
        ),
    ),
    Case(
        "a style that is not liked",
        "unknown",
        "github",
        github(
            "npm run lint",
            ("/srv/widgets/src/core.js\n  1:1  error  Unexpected var  no-var\n\n✖ 1 problem (1 error, 0 warnings)"),
        ),
    ),
)
