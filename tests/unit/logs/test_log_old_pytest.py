"""What pytest printed before 4: crowded headers, instances in ids, the path of a base class behind that of the file."""

import pytest
from read_log import read_log

from harness.domain.ci_log import LogReading
from harness.logs.text.bars import crowded_title
from harness.logs.text.node_text import progress_entry, summary_entry

START = " test session starts ".center(80, "=")
FAILURES = " FAILURES ".center(80, "=")
LONG = "TestVerifiedBasketOfOneCustomer.test_init_raises_for_missing_claims[end-at noon]"


def read(*lines: str) -> LogReading:
    return read_log("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f" {LONG}", LONG),
        (f" {LONG[3:]} _", LONG[3:]),
        (f" ERROR at setup of {LONG}", f"ERROR at setup of {LONG}"),
        (" too_short", None),
        (f"  {LONG}", None),
        (" a sentence that a program prints is no title, however long it may be, as it is here", None),
        (f" {LONG} and more", None),
    ],
)
def test_a_long_title_has_no_bar_but_single_spaces(text: str, title: str | None) -> None:
    assert crowded_title(text, 80) == title


def test_failures_under_crowded_headers_are_named() -> None:
    name = LONG.partition(".")[2]
    reading = read(
        START,
        "tests/shop_test.py .FF",
        "",
        FAILURES,
        " test_pay ".center(80, "_"),
        "",
        "    def test_pay():",
        ">       assert 0",
        "E       assert 0",
        "",
        "tests/shop_test.py:3: AssertionError",
        f" {LONG}",
        "",
        "self = <shop_test.TestVerifiedBasketOfOneCustomer object at 0x7f00>",
        "",
        "    def test_init_raises_for_missing_claims(self):",
        ">       assert 0",
        "E       assert 0",
        "",
        "tests/shop_test.py:9: AssertionError",
        " 2 failed, 1 passed in 0.10 seconds ".center(80, "="),
    )
    assert [test.nodeid for test in reading.failing] == [
        "tests/shop_test.py::test_pay",
        f"tests/shop_test.py::TestVerifiedBasketOfOneCustomer::{name}",
    ]
    assert reading.complete


def test_an_id_with_an_instance_in_it_is_the_one_without() -> None:
    assert summary_entry("FAIL a/test_x.py::TestA::()::test_b") == ("failed", "a/test_x.py::TestA::test_b", None)
    assert progress_entry("a/test_x.py::TestA::()::test_b FAILED") == ("a/test_x.py::TestA::test_b", "FAILED")
    assert progress_entry("a/test_x.py <- base.py::TestA::test_b FAILED") == ("a/test_x.py::TestA::test_b", "FAILED")


def test_a_summary_line_of_a_test_printed_while_another_runs_is_no_id() -> None:
    assert progress_entry("ERROR a/test_x.py::test_b - no") is None


def test_a_doctest_has_the_id_of_its_file_where_that_fits_its_name() -> None:
    def block(name: str, place: str) -> list[str]:
        return [f" [doctest] {name} ".center(80, "_"), "001 x", "Expected:", "    3", f"{place}: DocTestFailure"]

    reading = read(
        START,
        "rootdir: /ci/shop",
        FAILURES,
        *block("shop.till.add", "/ci/shop/src/shop/till.py:8"),
        *block("guide.txt", "docs/guide.txt:3"),
        *block("other.add", "/ci/shop/src/shop/till.py:8"),
        " 3 failed in 0.10 seconds ".center(80, "="),
    )
    assert [test.nodeid for test in reading.failing] == [
        "src/shop/till.py::shop.till.add",
        "docs/guide.txt::guide.txt",
        None,
    ]


def test_two_methods_of_one_title_in_two_files_are_two_tests() -> None:
    def block(path: str) -> list[str]:
        return [" TestA.test_b ".center(80, "_"), f"{path}:3: in test_b", "    assert 0", "E   assert 0"]

    reading = read(
        START, FAILURES, *block("a/test_x.py"), *block("a/test_y.py"), " 2 failed in 0.10 seconds ".center(80, "=")
    )
    assert [test.nodeid for test in reading.failing] == ["a/test_x.py::TestA::test_b", "a/test_y.py::TestA::test_b"]


def test_failing_subtests_without_a_summary_are_one_test() -> None:
    def block(suffix: str) -> list[str]:
        return [f" T.test_a {suffix} ".center(80, "_"), "self = <test_x.T testMethod=test_a>", "E   assert 0"]

    reading = read(
        START, FAILURES, *block("[part] (i=1)"), *block("(i=2)"), " 2 failed, 1 passed in 0.1s ".center(80, "=")
    )
    assert [(test.printed, test.nodeid) for test in reading.failing] == [("T.test_a", None)]
    assert reading.complete


def test_a_file_that_fails_as_module_and_as_doctest_is_one_failing_file() -> None:
    def block(*lines: str) -> list[str]:
        return [
            " ERROR collecting a/test_x.py ".center(80, "_"),
            *lines,
            "E   ModuleNotFoundError: No module named 'y'",
        ]

    reading = read(
        START,
        " ERRORS ".center(80, "="),
        *block("a/test_x.py:1: in <module>", "    import y"),
        *block("ImportError while importing test module '/ci/a/test_x.py'.", "Traceback:"),
        "!!!!!!!!!!!!!!!!!!! Interrupted: 2 errors during collection !!!!!!!!!!!!!!!!!!!",
        " 2 error in 17.50 seconds ".center(80, "="),
    )
    (test,) = reading.failing
    assert (test.nodeid, test.phase, test.exception) == ("a/test_x.py", "collect", "ModuleNotFoundError")
    assert reading.complete


def test_of_a_run_from_elsewhere_an_absolute_path_is_not_made_an_id() -> None:
    reading = read(
        START,
        "rootdir: /ci/shop",
        "../../ci/shop/tests/test_x.py .F [100%]",
        FAILURES,
        " test_pay ".center(80, "_"),
        "    def test_pay():",
        ">       assert 0",
        "E       assert 0",
        "/ci/shop/tests/test_x.py:3: AssertionError",
        " 1 failed, 1 passed in 0.10 seconds ".center(80, "="),
    )
    assert [(test.printed, test.nodeid) for test in reading.failing] == [("test_pay", None)]
