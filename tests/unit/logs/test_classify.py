"""What a verdict says besides its class, and what it is decided from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from short_logs import GREEN, MAVEN, collect_error, failed_run, github, gitlab, jenkins, travis

from harness.domain.verdict import FAILURE_CLASSES, NONE, UNKNOWN, Verdict
from harness.logs.analyze import analyze


def verdict_of(text: str) -> Verdict:
    return analyze(text).verdict


def test_a_verdict_names_the_step_the_line_the_files_and_what_to_do() -> None:
    error = "src/core.c:41:5: error: expected ';' before 'return'"
    body = f"src/core.c: In function 'area':\n{error}\nmake: *** [core.o] Error 1"
    verdict = verdict_of(travis("make", body, code=2))
    assert (verdict.failure_class, verdict.rule, verdict.step) == ("syntax_error", "native-compile", "make")
    assert verdict.quoted is not None
    assert verdict.quoted.kind == "line"
    assert verdict.quoted.text == error
    assert verdict.affected_files == ("src/core.c",)
    assert verdict.advice == ("The sources do not compile: mend the first error, others may follow from it.",)


def test_the_advice_has_what_the_rule_caught() -> None:
    verdict = verdict_of(github("pip install .", "ERROR: No matching distribution found for sprockets==9.9"))
    assert verdict.advice[0].startswith("Correct the requirement `sprockets==9.9`")


def test_files_of_other_people_are_no_affected_files() -> None:
    body = (
        'Traceback (most recent call last):\n  File "/usr/lib/python3/site.py", line 1, in <module>\n'
        '  File "/venv/lib/python3.12/site-packages/x/y.py", line 1, in <module>\n'
        '  File "/srv/widgets/run.py", line 3, in <module>\n  File "tools/a.py", line 3, in <module>\n'
        "ModuleNotFoundError: No module named 'sprockets'"
    )
    assert verdict_of(github("python run.py", body)).affected_files == ("tools/a.py", "/srv/widgets/run.py")


def test_the_root_cause_has_the_lines_that_say_the_same() -> None:
    body = "npm ERR! code ETARGET\nnpm ERR! notarget No matching version found for sprockets@9."
    verdict = verdict_of(github("npm ci", body))
    assert [item.text for item in verdict.root_cause] == body.split("\n")


def test_secrets_are_taken_out_of_what_is_quoted() -> None:
    body = "::add-mask::hunter2xyz\nfatal: Authentication failed for 'https://bob:hunter2xyz@forge.example/w.git/'"
    quoted = verdict_of(github("git push", body)).quoted
    assert quoted is not None
    assert "hunter2xyz" not in quoted.text


def test_secrets_are_taken_out_of_the_advice_and_of_the_files() -> None:
    body = "::add-mask::hunter2xyz\nERROR: No matching distribution found for hunter2xyz==9"
    assert "hunter2xyz" not in verdict_of(github("pip install .", body)).advice[0]
    body = "::add-mask::hunter2xyz\nsrc/hunter2xyz/core.c:41:5: error: expected ';' before 'return'"
    assert verdict_of(github("make", body)).affected_files == ("src/<redacted>/core.c",)


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("exec: tool: executable file not found in $PATH", "Install it in the job before it is used."),
        ("Error: No value for required variable", "Set it there"),
        ("Missing required environment variables", "Set the environment variable in the job;"),
    ],
)
def test_an_advice_reads_well_where_the_line_names_nothing(body: str, advice: str) -> None:
    assert advice in verdict_of(github("./step.sh", body)).advice[0]


SUREFIRE = (
    "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.2:test (default-test) on "
    "project widgets: There are test failures."
)


@pytest.mark.parametrize(
    ("body", "code", "quoted"),
    [
        ("/opt/step.sh: line 1:  811 Killed                  make -j8", 137, "Killed"),
        ("sh: 1: sprocketc: not found\nsh: 2: gone: No such file or directory", 127, "sprocketc: not found"),
        ("[ERROR] grows(org.example.PoolTest)  Time elapsed: 0.01 s  <<< FAILURE!\n" + SUREFIRE, 1, "grows("),
        ("  ● pool › grows\n\nTests:       1 failed, 3 passed, 4 total", 1, "pool › grows"),
        ("There was 1 failure:\n\n1) PoolTest::grows\n\nFAILURES!\nTests: 2, Assertions: 2, Failures: 1.", 1, "1) "),
        ("  3 passing\n  1 failing\n\n  1) pool grows:\n     boom", 1, "1) pool grows:"),
        ("pool.PoolTest > grows FAILED\n4 tests completed, 1 failed", 1, "PoolTest > grows"),
    ],
)  # fmt: skip
def test_the_line_that_says_why_is_quoted_not_the_count_behind_it(body: str, code: int, quoted: str) -> None:
    verdict = verdict_of(github("make check", body, code=code))
    assert verdict.quoted is not None
    assert quoted in verdict.quoted.text
    assert any(quoted in line.text for line in verdict.root_cause)


def test_a_numbered_list_alone_is_no_failing_test() -> None:
    assert verdict_of(github("./deploy.sh", "What to do:\n1) log in\n2) deploy")).failure_class == UNKNOWN


def test_what_the_step_said_before_the_ci_cut_it_off_is_no_class_of_its_own() -> None:
    body = "npm ERR! network retry\nerror[E0308]: mismatched types\nstill waiting"
    verdict = verdict_of(github("cargo watch", body, last="##[error]The operation was canceled."))
    assert (verdict.failure_class, verdict.rule) == ("timeout", "canceled")
    assert verdict.confidence < 0.7  # a person may have cancelled it


def test_tests_that_failed_before_the_run_was_cut_off_do_not_hide_the_limit() -> None:
    cut = "tests/test_core.py::test_area FAILED\ntests/test_core.py::test_pool "
    started = "============================= test session starts =============================\ncollected 9 items\n\n"
    log = github("pytest -v", started + cut, last="##[error]The operation was canceled.")
    assert verdict_of(log).failure_class == "timeout"
    other = github("pytest", failed_run("test_area", ">       area()", "AssertionError: assert 5 == 4"))
    assert verdict_of(other).failure_class == "test_failure"


def test_the_line_of_githubs_web_page_ends_a_step_too() -> None:
    body = "ERROR: file or directory not found: checks\nno tests ran in 0.01s\n"
    verdict = verdict_of(body + "Error: Process completed with exit code 4.\n")
    assert (verdict.failure_class, verdict.kind) == ("test_failure", "collection")


def test_what_a_package_manager_echoes_is_no_failing_test() -> None:
    body = "> echo done\ndone\nerror Command failed with exit code 1.\nmake: *** [Makefile:3: verify] Error 1"
    assert verdict_of(github("yarn test:verify", body)).failure_class == UNKNOWN


@pytest.mark.parametrize(
    ("error", "kind"),
    [("AssertionError: assert 5 == 4", "assertion"), ("Failed: Timeout >1.0s", "hang")],
)
def test_a_test_failure_has_a_kind(error: str, kind: str) -> None:
    verdict = verdict_of(github("pytest", failed_run("test_area", ">       area()", error)))
    assert (verdict.failure_class, verdict.kind) == ("test_failure", kind)


def test_an_error_in_a_fixture_is_told_from_a_failure_of_the_test() -> None:
    text = (
        "=================================== ERRORS ===================================\n"
        "_________________________ ERROR at setup of test_area _________________________\n\n"
        "    @pytest.fixture\n    def room():\n>       raise ValueError('no room')\nE       ValueError: no room\n\n"
        "tests/test_core.py:5: ValueError\n"
        "=========================== short test summary info ============================\n"
        "ERROR tests/test_core.py::test_area - ValueError: no room\n"
        "=============================== 1 error in 0.10s ===============================\n"
    )
    start = GREEN[: GREEN.index("\ntests/")]
    assert verdict_of(github("pytest", start + "\ntests/test_core.py E [100%]\n\n" + text)).kind == "fixture"


def test_a_run_of_tests_that_was_killed_is_no_failure_of_its_tests() -> None:
    text = "tests/test_core.py::test_a FAILED\ntests/test_core.py::test_b \n/ci/9.sh: line 1: 77 Killed       pytest -v"
    start = GREEN[: GREEN.index("\ntests/")]
    assert verdict_of(github("pytest -v", f"{start}\n{text}", code=137)).failure_class == "resource_exhaustion"


def test_the_cause_that_a_tool_prints_below_its_summary_decides() -> None:
    body = (
        "> Could not resolve all dependencies for configuration ':app'.\n   > Could not resolve org.example:core:1.0.\n"
        "      > Could not GET 'https://repo.example/core.pom'.\n         > repo.example: Name or service not known"
    )
    verdict = verdict_of(travis("./gradlew check", body))
    assert (verdict.failure_class, verdict.runner_up) == ("network_error", "missing_dependency")


def test_what_competes_lowers_the_confidence() -> None:
    alone = verdict_of(gitlab("c++: fatal error: Killed signal terminated program cc1plus"))
    body = "Tests run: 3, Failures: 1, Errors: 0\nc++: fatal error: Killed signal terminated program cc1plus"
    both = verdict_of(gitlab(body))
    assert alone.failure_class == both.failure_class == "resource_exhaustion"
    assert both.confidence < alone.confidence
    assert both.runner_up == "test_failure"


@pytest.mark.parametrize(("code", "name"), [(127, "missing_dependency"), (126, "permission_denied"), (124, "timeout")])
def test_an_exit_code_that_says_it_all_decides_where_nothing_else_does(code: int, name: str) -> None:
    assert verdict_of(travis("widgetc build", "working", code=code)).failure_class == name


def test_an_exit_code_that_agrees_raises_it() -> None:
    body = "/ci/9.sh: line 1: widgetc: command not found"
    assert verdict_of(github("x", body, code=127)).confidence > verdict_of(github("x", body, code=1)).confidence


def test_a_job_that_is_not_known_to_have_failed_is_judged_with_less_confidence() -> None:
    body = "ERROR: No matching distribution found for sprockets==9.9"
    assert verdict_of(body + "\n").confidence < verdict_of(github("pip", body)).confidence


def test_a_job_passed_as_surely_as_something_says_so() -> None:
    quiet = verdict_of(github("make", "working", code=0))
    green = verdict_of(github("make check", "All tests passed", code=0))
    told = verdict_of(travis("make", "working", code=0))
    assert {quiet.failure_class, green.failure_class, told.failure_class} == {NONE}
    assert quiet.confidence < 0.85 < green.confidence < told.confidence


def test_an_error_at_the_end_of_a_step_that_the_ci_says_nothing_about_is_no_sure_failure() -> None:
    body = "fatal: unsafe repository ('/srv/workspace' is owned by someone else)"
    assert verdict_of(github("acme/paper@v2", body, code=0)).confidence < 0.7
    assert verdict_of(github("acme/paper@v2", f"{body}\nBuild succeeded", code=0)).failure_class == NONE


def test_a_cancelled_job_may_have_timed_out() -> None:
    verdict = verdict_of(github("make soak", "round 812", last="##[error]The operation was canceled."))
    assert verdict.failure_class == "timeout"
    assert verdict.confidence < 0.6


def test_a_line_that_calls_itself_a_warning_says_less() -> None:
    line = "curl: (6) Could not resolve host: pkg.example.org"
    assert verdict_of(gitlab(f"[WARNING] {line}")).confidence < verdict_of(gitlab(line)).confidence


@pytest.mark.parametrize("command", ["make test", "npm run test:unit", "./run_tests.sh"])
def test_a_command_that_runs_tests_and_tells_of_a_failure_has_failing_tests(command: str) -> None:
    verdict = verdict_of(travis(command, "core: ok\nparser: FAILED, see parser.log"))
    assert (verdict.failure_class, verdict.kind) == ("test_failure", "assertion")
    assert verdict.confidence <= 0.5


def test_a_command_that_checks_style_has_no_failing_tests_because_it_failed() -> None:
    assert verdict_of(travis("npm run test:lint", "core: ok\nparser: FAILED")).failure_class == UNKNOWN


def test_the_columns_of_gh_give_the_same_verdict() -> None:
    raw = github("cargo test", "test result: FAILED. 11 passed; 1 failed")
    columns = "".join(f"build\tUNKNOWN STEP\t{line}\n" for line in raw.removeprefix("\ufeff").splitlines())
    named = "".join(
        f"build\t{'Post' if 'Post job' in line else 'Test'}\t{line}\n"
        for line in raw.removeprefix("\ufeff").splitlines()
    )
    for text in (columns, named):
        verdict = verdict_of(text)
        assert (verdict.failure_class, verdict.confidence) == ("test_failure", verdict_of(raw).confidence)


def test_one_job_of_many_that_failed_makes_the_run_fail() -> None:
    good = github("make", "fine", code=0).removeprefix("\ufeff")
    bad = github("npm ci", "npm ERR! code ETARGET").removeprefix("\ufeff")
    text = "".join(f"{job}\tRun\t{line}\n" for job, log in (("a", good), ("b", bad)) for line in log.splitlines())
    assert verdict_of(text).failure_class == "missing_dependency"


def test_an_unstable_build_has_failing_tests() -> None:
    verdict = verdict_of(jenkins("[INFO] BUILD SUCCESS\nRecording test results", "UNSTABLE"))
    assert verdict.failure_class == "test_failure"


def test_a_disk_that_is_full_is_not_hidden_by_the_check_that_it_stopped() -> None:
    body = (
        MAVEN
        + "org.jacoco:jacoco-maven-plugin:0.8.7:report (report) on project widgets: x.gif (No space left on device)"
    )
    assert verdict_of(jenkins(body)).failure_class == "resource_exhaustion"


def test_a_socket_of_the_machine_is_no_network() -> None:
    body = (
        "initctl: Unable to connect to Upstart: Failed to connect to socket /com/upstart: Connection refused\n"
        "E: Sub-process /usr/bin/dpkg returned an error code (1)"
    )
    assert verdict_of(travis("sudo apt-get install x", body, code=100)).failure_class == "missing_dependency"


@pytest.mark.parametrize(("package", "name"), [("widgets", "test_failure"), ("sprockets", "missing_dependency")])
def test_a_name_that_an_installed_package_lacks_is_a_matter_of_versions_unless_it_is_our_own(
    package: str, name: str
) -> None:
    place = f"(/srv/widgets/.tox/py/lib/python3.12/site-packages/{package}/core.py)"
    text = github("tox", collect_error(f"ImportError: cannot import name 'make' from '{package}.core' {place}"), code=2)
    assert verdict_of(text).failure_class == name


def test_what_pip_did_not_find_because_it_was_not_connected_is_no_missing_package() -> None:
    body = (
        "Could not fetch URL https://pip.example/simple/x/: connection error: HTTPSConnectionPool(host='pip.example'): "
        "Max retries exceeded with url: /simple/x/\nERROR: No matching distribution found for x"
    )
    assert verdict_of(github("pip install x", body)).failure_class == "network_error"


NONE_OF = (
    "ERROR: Could not find a version that satisfies the requirement widgets{}\nERROR: No matching distribution found"
)


@pytest.mark.parametrize(
    ("after", "name"),
    [
        (NONE_OF.format(" (from versions: none)"), "network_error"),
        (NONE_OF.format("==9 (from versions: 1.0, 2.0, 3.0)"), "missing_dependency"),
        ("Successfully installed widgets\nsprocketc: command not found", "missing_dependency"),
        ("Successfully installed widgets\nmake: *** [Makefile:3: check] Error 1", "test_failure"),
        ("Successfully installed widgets\napp.py:3:1: F401 'os' imported but unused", UNKNOWN),
        ("Successfully installed widgets\n" + failed_run("test_url", ">       go()", "KeyError: 1"), "test_failure"),
    ],
    ids=["no index", "no such version", "no program", "make", "style", "tests"],
)
def test_an_index_that_pip_asked_in_vain_is_to_blame_only_for_what_pip_then_did_not_find(after: str, name: str) -> None:
    retry = (
        "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection "
        "broken by 'ReadTimeoutError(\"HTTPSConnectionPool(host='pip.example'): Read timed out.\")': /simple/widgets/"
    )
    assert verdict_of(github("./build.sh", f"{retry}\n{after}")).failure_class == name


def test_an_image_whose_tests_fail_is_an_image_that_was_not_built() -> None:
    body = '#9 3.2 Tests run: 9, Failures: 1, Errors: 0\nERROR: failed to solve: process "/bin/sh -c mvn verify"'
    assert verdict_of(github("docker build .", body)).failure_class == "docker_build"


def test_a_job_at_its_time_limit_timed_out_whatever_failed_before() -> None:
    text = "[ERROR] There are test failures.\nRunning NetTest\nThe job exceeded the maximum time limit for jobs\n"
    assert verdict_of(text).failure_class == "timeout"


def test_a_test_that_asserts_about_a_network_error_asserts() -> None:
    error = "AssertionError: {0: 'URLError: <urlopen error [Errno -2] Name or service not known>'} is not false"
    assert (
        verdict_of(github("pytest", failed_run("test_url", ">       check()", error))).failure_class == "test_failure"
    )


def test_a_killed_make_decides_before_a_test_that_failed_earlier() -> None:
    body = "Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\nRunning NetTest\nmake: *** [test] Killed"
    assert verdict_of(travis("make test", body, code=2)).failure_class == "resource_exhaustion"


def test_an_empty_log_says_nothing() -> None:
    assert verdict_of("\n") == Verdict(UNKNOWN)


@given(
    st.lists(
        st.sampled_from(["error: x", "FAILED", "Killed", "Done. Your build exited with 0.", "ok", ""]), max_size=30
    )
)
def test_any_text_gets_a_known_class_with_a_confidence(lines: list[str]) -> None:
    verdict = verdict_of("\n".join(["start", *lines, ""]))
    assert verdict.failure_class in (*FAILURE_CLASSES, NONE, UNKNOWN)
    assert 0 <= verdict.confidence <= 1
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_of_an_unknown_failure_the_last_lines_of_its_step_are_shown() -> None:
    body = (
        "::add-mask::hunter2xyz\n" + "\n".join(f"working on part {part}" for part in range(9)) + "\nhunter2xyz is odd"
    )
    verdict = verdict_of(github("./step.sh", body))
    assert (verdict.failure_class, verdict.quoted, verdict.step) == (UNKNOWN, None, "./step.sh")
    assert [item.text for item in verdict.root_cause][-2:] == ["working on part 8", "<redacted> is odd"]
    assert len(verdict.root_cause) == 5


@pytest.mark.parametrize("failure_class", [*FAILURE_CLASSES, NONE, UNKNOWN])
def test_a_fix_may_be_proposed_for_what_touches_no_code_no_secret_and_no_right(failure_class: str) -> None:
    mended = {"missing_dependency", "timeout", "docker_build", "resource_exhaustion", "network_error"}
    assert Verdict(failure_class).fix_may_be_proposed is (failure_class in mended)
