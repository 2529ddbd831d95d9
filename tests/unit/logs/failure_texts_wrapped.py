"""Failures that another message stands around, before or beside."""

from typing import Final

from short_logs import MAVEN, Case, circle, failed_run, github, gitlab, jenkins, travis, travis_stopped

WRAPPED: Final = (
    Case(
        "a warning about another server before the artifact that is not there",
        "missing_dependency",
        "travis",
        travis_stopped(
            "mvn install",
            "[WARNING] Could not transfer metadata org.example:base from/to snapshots: old.example.org: "
            "Name or service not known\n"
            f"{MAVEN}on project widgets: Could not resolve dependencies for project org.example:widgets:jar:1.0: "
            "Failure to find org.example:core:jar:9.9 in https://repo.example.org was cached -> [Help 1]",
        ),
    ),
    Case(
        "a compiler that could not write",
        "resource_exhaustion",
        "jenkins",
        jenkins(
            f"{MAVEN}org.apache.maven.plugins:maven-compiler-plugin:3.7.0:testCompile (default-testCompile) on project "
            "widgets: Error while storing the mojo status: /srv/w/created.lst (No space left on device) -> [Help 1]"
        ),
    ),
    Case(
        "a flag about memory on the command line of a worker",
        "test_failure",
        "travis",
        travis(
            "gradle check",
            "7 tests completed, 1 failed\n"
            "Received result Failure from daemon Info{opts=-XX:+HeapDumpOnOutOfMemoryError,-Xmx1g}",
        ),
    ),
    Case(
        "tests by a plugin of another name",
        "test_failure",
        "travis",
        travis(
            "mvn verify", f"{MAVEN}org.example:web-maven-plugin:2.6.0:test (default) on w: There was test failures."
        ),
    ),
    Case(
        "tests counted by xUnit",
        "test_failure",
        "travis",
        travis(
            "./build.sh",
            "    Widgets.Tests.CoreFixture.Should_add [FAIL]\n"
            "   Widgets.Tests  Total: 151, Errors: 0, Failed: 1, Skipped: 0, Time: 3.824s\n"
            "=An error occurred when executing task 'Test'.",
        ),
    ),
    Case("tests in words", "test_failure", "circle", circle("2 tests in checks/widgets failed")),
    Case(
        "tests counted by the console of JUnit",
        "test_failure",
        "github",
        github("ant test", "[junit] [   2358 tests successful      ]\n[junit] [     38 tests failed          ]"),
    ),
    Case("suites in words", "test_failure", "gitlab", gitlab("Elapsed time: 244 seconds\nSome test suites failed")),
    Case(
        "tasks of tests without the end of the job",
        "test_failure",
        "plain",
        "$ sbt testAll\n[error] 1 of 17 test tasks failed:\n[error] (testAll) testAll failed due to previous errors\n",
    ),
    Case(
        "a compiler that says what on the next line",
        "syntax_error",
        "travis",
        travis("stack build", "/srv/w/src/Core.hs:528:3: error:\n    * Couldn't match type 'Bool' with 'Int'"),
    ),
    Case(
        "the build script of a crate",
        "missing_dependency",
        "travis",
        travis("cargo build", "error: failed to run custom build command for `widget-sys v0.2.0`\nerror: build failed"),
    ),
    Case(
        "an address that has moved",
        "network_error",
        "travis",
        travis(
            "make", "* Requesting https://pkg.example.org/core.sig\n* Failure 404 Not Found\nmake: *** [all] Error 101"
        ),
    ),
    Case("a kill that make tells of", "resource_exhaustion", "gitlab", gitlab("make: *** [Makefile:8: all] Error 137")),
    Case(
        "a wrapper's time limit",
        "timeout",
        "travis",
        travis("travis_wait make check", 'Timeout (20 minutes) reached. Terminating "make check"'),
    ),
    Case(
        "a limit of six hours",
        "timeout",
        "github",
        github("make soak", "round 812", last="##[error]The job has exceeded the maximum execution time of 6h0m0s"),
    ),
    Case(
        "two variables at once",
        "env_variable_missing",
        "github",
        github("deploy", "Environment variables WIDGET_KEY_ID and WIDGET_SECRET must be defined for this to work."),
    ),
    Case(
        "a login that is not set",
        "env_variable_missing",
        "travis",
        travis_stopped("gradle assemble", "repository username or password not set\nFAILURE: Build failed."),
    ),
    Case(
        "a folder of somebody else in a step that the CI says nothing about",
        "permission_denied",
        "github",
        github(
            "acme/paper-action@v2",
            "Working on paper.tex\nfatal: unsafe repository ('/srv/workspace' is owned by someone else)\n"
            "tar: Exiting with failure status due to previous errors",
            code=0,
        ),
    ),
    Case(
        "hosts that exist in the tests alone",
        "test_failure",
        "github",
        github(
            "pytest",
            failed_run(
                "test_proxy",
                ">       get()",
                "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='3.web.widgets.tld', port=443): "
                "Max retries exceeded with url: /port",
            ),
        ),
    ),
    Case(
        "a cache that is kept whatever happened",
        "test_failure",
        "github",
        github(
            "./gradlew test",
            "12 tests completed, 2 failed\nBUILD FAILED in 5s",
            after=("Post job cleanup.", "##[group]Caching Gradle state", "Cache saved successfully", "##[endgroup]"),
        ),
    ),
)
