"""Text that imitates pytest, is cut, or comes from several runs is weighed rightly."""

import pytest
from read_log import read_log

from harness.domain.ci_log import LogReading
from harness.logs.text.node_text import progress_entry, split_message, summary_entry, title_of


def bar(title: str, fill: str = "=", width: int = 80) -> str:
    """Return a bar as pytest prints it: exactly `width` wide."""
    side = max((width - len(title) - 2) // 2, 1)
    line = f"{fill * side} {title} {fill * side}"
    return line + fill * (width - len(line))


START = bar("test session starts")
SUMMARY = bar("short test summary info")
FAILURES = bar("FAILURES")


def read(*lines: str) -> LogReading:
    return read_log("\n".join(lines) + "\n")


def named(reading: LogReading) -> list[str]:
    return [test.label for test in reading.failing]


def block(title: str, *body: str) -> list[str]:
    return [bar(title, "_"), "", *body]


def body(function: str, path: str = "tests/test_x.py") -> list[str]:
    return [f"    def {function}():", ">       assert 0", "E       assert 0", "", f"{path}:3: AssertionError"]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("a.py::b - E: x", "a.py::b", "E: x"),
        ("a.py::b[x - y] - E: [1", "a.py::b[x - y]", "E: [1"),
        ("a.py::b[[] - E: x", "a.py::b[[]", "E: x"),
        ("a.py::b[x - y]", "a.py::b[x - y]", None),
        ("dir with - dash/a.py::b - E", "dir with - dash/a.py::b", "E"),
        ("tests/nodes - KeyError: 'v'", "tests/nodes", "KeyError: 'v'"),
    ],
)
def test_an_id_ends_where_its_brackets_balance(text: str, name: str, message: str | None) -> None:
    assert split_message(text) == (name, message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FAILED a.py::T::b[ok 2:30pm now] - E: x", ("failed", "a.py::T::b[ok 2:30pm now]", "E: x")),
        ("FAIL a.py::T::b", ("failed", "a.py::T::b", None)),
        ("ERROR tests/x.py", ("error", "tests/x.py", None)),
        ("ERROR tests/unit/nodes - KeyError: 'v'", ("error", "tests/unit/nodes", "KeyError: 'v'")),
        ("SUBFAILED[a b] (i=1) a.py::b - assert 1", ("failed", "a.py::b", "assert 1")),
        ("FAILED (failures=1)", None),
        ("ERROR root:app.py:12 something - went wrong", None),
        ("ERROR: could not find x", None),
        ("ERROR http://host/x", None),
        ("SKIPPED [1] a.py:3: no", None),
    ],
)
def test_only_lines_that_name_a_test_are_summary_lines(text: str, expected: object) -> None:
    assert summary_entry(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tests/a.py::b PASSED            [ 12%]", ("tests/a.py::b", "PASSED")),
        ("tests/a.py::b[x y] FAILED       [100%]", ("tests/a.py::b[x y]", "FAILED")),
        ("tests/a.py::b SKIPPED (a reason)  [  1%]", ("tests/a.py::b", "SKIPPED")),
        ("tests/a.py::b[x] XFAIL (it FAILED before)  [  1%]", ("tests/a.py::b[x]", "XFAIL")),
        ("tests/a.py::b[x FAILED y] FAILED  [  1%]", ("tests/a.py::b[x FAILED y]", "FAILED")),
        ("tests/a.py::b ... ERROR", ("tests/a.py::b", "ERROR")),
        ("tests/a.py::b PASSED   [  1%]tests/a.py::c", None),
        ("tests/a.py::b[x] FAILEDtests/a.py::c[y] FAILED", None),
        ("[gw11] [ 99%] ERROR tests/a.py::b ", ("tests/a.py::b ", "ERROR")),
        ("[gw0] FAILED tests/a.py::b", ("tests/a.py::b", "FAILED")),
        ("tests/a.py::C::b <- base.py FAILED  [ 5%]", ("tests/a.py::C::b", "FAILED")),
        ("tests/a.py::b", ("tests/a.py::b", None)),
        ("std::vector FAILED", None),
        ("the test a::b FAILED", None),
        ("test foo::bar ... FAILED", None),
    ],
)
def test_progress_lines_give_id_and_outcome(text: str, expected: object) -> None:
    assert progress_entry(text) == expected


def test_the_title_of_an_id_keeps_its_parameters() -> None:
    assert title_of("a.py::T::b[x::y.z]") == "T.b[x::y.z]"


def test_a_pytest_run_inside_captured_output_names_nothing() -> None:
    inner = [
        START,
        "collected 1 item",
        "test_in.py::test_inner FAILED",
        FAILURES,
        *block("test_inner", *body("test_inner")),
        SUMMARY,
        "FAILED test_in.py::test_inner - assert 0",
        bar("1 failed in 0.01s"),
    ]
    reading = read(
        START,
        "tests/test_x.py F",
        FAILURES,
        *block("test_outer", *body("test_outer")),
        bar("Captured stdout call", "-"),
        *inner,
        *inner,
        bar("Captured stderr call", "-"),
        "noise",
        SUMMARY,
        "FAILED tests/test_x.py::test_outer - assert 0",
        bar("1 failed in 2.00s"),
    )
    assert named(reading) == ["tests/test_x.py::test_outer"]
    assert reading.complete
    assert reading.tally == {"failed": 1}


def test_xfailures_and_passes_are_not_failures() -> None:
    reading = read(
        START,
        "tests/test_x.py xF.",
        bar("XFAILURES"),
        *block("test_expected", *body("test_expected")),
        bar("PASSES"),
        *block("test_fine", bar("Captured stdout call", "-"), "FAILED tests/test_x.py::test_fine"),
        SUMMARY,
        "XFAIL tests/test_x.py::test_expected - why",
        "PASSED tests/test_x.py::test_fine",
        bar("2 passed, 1 xfailed in 1s"),
    )
    assert reading.failing == ()
    assert reading.complete


def test_what_a_passing_run_prints_is_overruled_by_its_closing_line() -> None:
    reading = read(
        START,
        "tests/test_x.py::test_a FAILED",
        "FAILED tests/test_x.py::test_b - no",
        SUMMARY,
        "FAILED tests/test_x.py::test_c - no",
        bar("3 passed in 0.10s"),
    )
    assert reading.failing == ()


def test_lines_like_failures_outside_a_run_name_nothing_when_there_is_a_run() -> None:
    reading = read(
        "FAILED tests/test_x.py::test_a - no",
        START,
        "tests/test_x.py .",
        bar("1 passed in 0.10s"),
        "FAILED tests/test_x.py::test_b",
        bar("test_c", "_"),
        "E   ValueError: x",
    )
    assert reading.failing == ()
    assert reading.complete


def test_several_runs_are_united_and_later_evidence_is_added() -> None:
    run = [START, "tests/test_x.py F", SUMMARY, "FAILED tests/test_x.py::test_a - E: 1", bar("1 failed in 1s")]
    other = [START, "tests/test_x.py F", SUMMARY, "FAILED tests/test_x.py::test_b - E: 1", bar("1 failed in 1s")]
    reading = read(*run, *run, *other)
    assert named(reading) == ["tests/test_x.py::test_a", "tests/test_x.py::test_b"]
    assert [item.line for item in reading.failing[0].evidence] == [4, 9]
    assert reading.tally == {"failed": 3}
    assert reading.complete


def test_a_closing_line_that_counts_more_than_is_named_is_said() -> None:
    reading = read(START, SUMMARY, "FAILED tests/test_x.py::test_a - E: 1", bar("12 failed in 1s"))
    assert named(reading) == ["tests/test_x.py::test_a"]
    assert not reading.complete
    assert reading.notes == ("the closing line counts 12 failed, 1 named: incomplete",)


def test_a_log_cut_in_the_dots_names_nothing_and_says_so() -> None:
    reading = read(START, "tests/test_x.py .F.E                    [ 10%]", "FF                      [ 20%]")
    assert reading.failing == ()
    assert "truncated: no closing line" in reading.notes
    assert any("4 failures, 0 named" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["tests/test_a.py ..", "Killed"], "2 tests of tests/test_a.py"),
        (["tests/test_a.py ..", "tests/test_b.py .Fatal Python error: Aborted"], "1 test of tests/test_b.py"),
        (["tests/test_a.py ..", "tests/test_b.py Fatal Python error: Aborted"], "no test of tests/test_b.py"),
        (["tests/test_a.py ..", "tests/test_b.py ../run.sh: line 3:   12 Killed   pytest"], None),
    ],
)
def test_a_run_that_died_among_its_dots_tells_how_far_they_came(lines: list[str], told: str | None) -> None:
    reading = read(START, "collected 9 items", "", *lines)
    assert reading.failing == ()
    (note,) = (note for note in reading.notes if "was killed" in note)
    assert note.endswith(f"; by the last dots before that, {told} had ended" if told else "during which test")


def test_lines_of_failures_without_ids_are_told_as_places() -> None:
    reading = read(
        START, "tests/test_a.py F.", "", FAILURES, "/w/tests/test_a.py:3: assert 0", bar("1 failed, 1 passed in 1s")
    )
    assert reading.failing == ()
    assert "the log shows where tests failed, but not which: /w/tests/test_a.py:3" in reading.notes


def test_a_killed_run_names_the_test_that_was_running_but_a_cut_log_does_not() -> None:
    cut = [START, "tests/test_x.py::test_a PASSED", "tests/test_x.py::test_b"]
    assert read(*cut).failing == ()
    assert any("test_b was running" in note for note in read(*cut).notes)
    assert named(read(*cut, "run.sh: line 3:  1950 Killed                  pytest")) == ["tests/test_x.py::test_b"]
    workers = [
        START,
        "tests/test_x.py::test_b",
        "[gw0] [ 10%] PASSED tests/test_x.py::test_a",
        "tests/test_x.py::test_c",
    ]
    assert read(*workers, "Killed").failing == ()  # with workers, several tests run at a time


def test_a_test_that_prints_while_it_runs_is_read_over_lines() -> None:
    reading = read(
        START,
        "tests/test_x.py::test_a said something",
        "and more",
        "FAILED                 [ 50%]",
        "tests/test_x.py::test_b PASSED [100%]",
        bar("1 failed, 1 passed in 1s"),
    )
    assert named(reading) == ["tests/test_x.py::test_a"]


@pytest.mark.parametrize("name", ["test_a", "test_a[x y]"])
def test_so_is_one_whose_path_has_a_blank(name: str) -> None:
    reading = read(
        START,
        f"my tests/test_x.py::{name} ",
        "said something",
        "FAILED                 [ 50%]",
        "my tests/test_x.py::test_b PASSED [100%]",
        bar("1 failed, 1 passed in 1s"),
    )
    assert named(reading) == [f"my tests/test_x.py::{name}"]


def test_an_excerpt_without_any_run_is_read_for_what_it_names() -> None:
    reading = read(
        bar("ERROR collecting pkg/test_default.py", "_"),
        "pkg/test_default.py:8: in <module>",
        "    import os",
        "E   KeyError: 'HOME_OF_X'",
        bar("test_y.py", "_"),
        "worker 'gw0' crashed while running 'test_y.py::test_hang'",
        "FAILED tests/test_y.py::test_hang",
    )
    assert named(reading) == ["pkg/test_default.py", "tests/test_y.py::test_hang"]
    assert not reading.complete
    assert reading.failing[0].exception == "KeyError"
    assert reading.failing[0].phase == "collect"


def test_jobs_that_are_interleaved_are_read_apart() -> None:
    def job(name: str, *lines: str) -> list[str]:
        return [f"{name}\tRun\t2026-01-02T03:04:05.1234567Z {line}" for line in lines]

    one = job("one", START, "tests/test_x.py F", SUMMARY, "FAILED tests/test_x.py::test_a - E", bar("1 failed in 1s"))
    two = job("two", START, "tests/test_x.py .", "", "", bar("1 passed in 1s"))
    reading = read(*(line for pair in zip(one, two, strict=True) for line in pair))
    assert named(reading) == ["tests/test_x.py::test_a"]
    assert reading.tally == {"failed": 1, "passed": 1}
    assert reading.complete


def test_tox_s_own_summary_after_a_run_changes_nothing() -> None:
    run = [START, "tests/test_x.py F", FAILURES, *block("test_a", *body("test_a")), bar("1 failed in 1s")]
    reading = read(*run, bar("summary", "_"), "ERROR:   py311: commands failed", *run)
    assert named(reading) == ["tests/test_x.py::test_a"]
    assert reading.complete
    assert reading.tally == {"failed": 2}


def test_a_quiet_run_that_passed_is_complete() -> None:
    reading = read("....", "4 passed in 0.12s")
    assert reading.failing == ()
    assert reading.complete
    assert reading.tally == {"passed": 4}


def test_a_log_without_tests_is_not_called_complete() -> None:
    reading = read("building...", "ERROR: failed to solve: no such image", "exit 1")
    assert reading.failing == ()
    assert not reading.complete
    assert reading.notes == ("no run of pytest or unittest found",)


@pytest.mark.parametrize(
    ("shown", "command"),
    [
        ("##[group]Run pytest -x tests", "pytest -x tests"),
        ("$ python -m pytest -n 4", "python -m pytest -n 4"),
        ("+ PYTHONHASHSEED=0 coverage run -m pytest", "PYTHONHASHSEED=0 coverage run -m pytest"),
        ("Collecting pytest (from x)", None),
        ("pytest                    6.2.5            py37_2    conda-forge", None),
        ("$ pip install pytest", None),
    ],
)
def test_the_command_line_is_read_where_it_is_one(shown: str, command: str | None) -> None:
    assert read(shown, START, bar("1 passed in 1s")).circumstances.command_line == command


def test_what_a_test_prints_behind_its_id_is_no_part_of_it() -> None:
    reading = read_log(
        "\n".join(
            [
                bar("test session starts"),
                "collected 1 item",
                "",
                "tests/test_shop.py::test_pay[a b] said: hello",
                "FAILED",
                bar("1 failed in 1.00s"),
            ]
        )
    )
    assert [test.nodeid for test in reading.failing] == ["tests/test_shop.py::test_pay[a b]"]


def test_a_test_that_failed_as_expected_is_not_the_one_during_which_the_process_died() -> None:
    reading = read_log(
        "\n".join(
            [
                bar("test session starts"),
                "collected 2 items",
                "",
                "tests/test_shop.py::test_pay XFAIL (issue 12)                   [ 50%]",
                "Segmentation fault (core dumped)",
            ]
        )
    )
    assert reading.failing == ()
