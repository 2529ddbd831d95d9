"""Failing tests grouped by cause, and the signature by which a failure is known again in another log."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.causes import causes_of, signature_of, signed

LINE = (Evidence("summary", 1, "FAILED"),)
WORDS = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=9), min_size=1, max_size=6).map(" ".join)
TYPES = st.sampled_from(["ValueError", "KeyError", "RuntimeError", "AssertionError", "ConnectionError", "PoolClosed"])
FILES = st.sampled_from(["pool.py", "test_pool.py", "store.py"])


def failing(
    exception: str | None = "ValueError",
    message: str | None = "pool is closed",
    location: str | None = "src/pool.py:88",
    nodeid: str = "tests/test_pool.py::test_close",
) -> FailingTest:
    return FailingTest(nodeid, nodeid, "call", exception, message, location, LINE)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (failing(), failing(location="src/pool.py:91")),
        (failing(), failing(location="/home/runner/src/shop/shop/src/pool.py:88")),
        (failing(), failing(location="D:\\a\\shop\\src\\pool.py:88")),
        (failing(), failing(nodeid="tests/test_pool.py::test_other[7]")),
        (failing("shop.errors.Closed"), failing("Closed")),
        (failing(message="pool 7 is closed"), failing(message="pool 1204 is closed")),
        (failing(message="<Pool at 0x7f12ab>"), failing(message="<Pool at 0xffeedd00>")),
        (
            failing(message="no file '/home/runner/src/shop/data/a.json'"),
            failing(message="no file '/builds/team/shop/data/a.json'"),
        ),
        (failing(message="cannot open C:\\a\\shop\\b.txt"), failing(message="cannot open D:\\work\\b.txt")),
        # -q prints no traceback: an assertion lies in the test's own file nearly always.
        (
            failing("AssertionError", "assert 3 == 4", "tests/test_pool.py:12"),
            failing("AssertionError", "assert 3 == 4", None),
        ),
        (
            failing("ModuleNotFoundError", "No module named 'numpyish'", "tests/test_a.py:1"),
            failing("ModuleNotFoundError", "No module named 'numpyish'", "tests/test_b.py:3"),
        ),
        # Later Pythons have this module frozen in.
        (
            failing("KeyError", "'SHOP_URL'", "/opt/python/3.10/x64/lib/python3.10/os.py:680"),
            failing("KeyError", "'SHOP_URL'", "<frozen os>:714"),
        ),
    ],
)
def test_the_same_failure_elsewhere_has_the_same_signature(here: FailingTest, there: FailingTest) -> None:
    assert signature_of(here) == signature_of(there)


@pytest.mark.parametrize(
    "other",
    [
        failing("KeyError"),
        failing(message="pool is open"),
        failing(location="src/store.py:88"),
        failing(message=None),
        failing(None),
    ],
)
def test_another_type_message_or_file_is_another_failure(other: FailingTest) -> None:
    assert signature_of(other) != signature_of(failing())


def test_files_that_every_package_has_are_told_apart_by_their_folder() -> None:
    first, second = failing(location="shop/cart/__init__.py:3"), failing(location="shop/till/__init__.py:3")
    assert signature_of(first) != signature_of(second)


def test_an_assertion_of_a_library_is_another_failure_in_each_file_of_tests() -> None:
    place = "/opt/x64/lib/python3.12/site-packages/arrays/testing.py:81"
    tests = [failing("AssertionError", "Arrays differ", place, f"tests/test_{name}.py::test") for name in ("a", "b")]
    assert len(causes_of(signed(tests))) == 2


def test_what_pytest_itself_says_of_files_that_it_cannot_collect_is_one_cause() -> None:
    tests = [
        FailingTest(path, path, "collect", None, "import file mismatch:", None, LINE)
        for path in ("a/test_x.py", "b/test_y.py")
    ]
    assert len(causes_of(signed(tests))) == 1


def test_tests_of_which_nothing_is_told_are_a_cause_each() -> None:
    tests = [failing(None, None, None, f"tests/test_a.py::test_{name}") for name in "abc"]
    assert [cause.tests for cause in causes_of(signed(tests))] == [(test.label,) for test in tests]


def test_one_cause_of_the_environment_behind_many_files_is_one_cause() -> None:
    tests = [
        FailingTest(path, path, "collect", "ModuleNotFoundError", "No module named 'brewery'", f"{path}:{line}", LINE)
        for line, path in enumerate((f"tests/test_{number}.py" for number in range(100)), 1)
    ]
    (cause,) = causes_of(signed(tests))
    assert len(cause.tests) == 100


def test_time_limits_without_a_message_are_told_apart_by_their_place() -> None:
    tests = [failing("TimeoutError", None, f"{name}.py:9", f"{name}.py::test") for name in ("a", "b")]
    assert len(causes_of(signed(tests))) == 2


def test_the_cause_with_the_most_tests_comes_first_then_the_order_of_the_log() -> None:
    rare, common = failing("KeyError"), [failing(nodeid=f"a.py::test_{n}") for n in range(3)]
    late = failing("TypeError")
    assert [cause.exception for cause in causes_of(signed([rare, late, *common]))] == [
        "ValueError",
        "KeyError",
        "TypeError",
    ]


class TestMessagesThatTheLogCuts:
    def test_belong_to_the_one_cause_that_begins_so_however_short_the_line_was(self) -> None:
        tests = [
            failing(message="pool is closed by its ow...", location=None, nodeid="a.py::test_1"),
            failing(message="pool is clo...", location=None, nodeid="a.py::test_much_longer_name"),
            failing(message="pool is closed by its owner", nodeid="a.py::test_2"),
        ]
        (cause,) = causes_of(signed(tests))
        assert cause.message == "pool is closed by its owner"
        assert cause.tests == tuple(test.label for test in tests)
        assert cause.signature == signature_of(tests[2])

    def test_are_a_cause_of_their_own_where_two_begin_so(self) -> None:
        whole = [failing(message=f"pool is closed by {who}", nodeid=f"a.py::{who}") for who in ("owner", "guest")]
        cut = failing(message="pool is closed by...", nodeid="a.py::cut")
        assert len(causes_of(signed([*whole, cut]))) == 3

    def test_are_a_cause_of_their_own_where_hardly_anything_is_left(self) -> None:
        assert len(causes_of(signed([failing(), failing(message="po...", location=None)]))) == 2

    def test_of_assertions_never_join_those_of_another_file(self) -> None:
        whole = failing("AssertionError", "assert total == 4", "tests/test_a.py:9", "tests/test_a.py::test_a")
        cut = failing("AssertionError", "assert total...", None, "tests/test_b.py::test_b")
        assert len(causes_of(signed([whole, cut]))) == 2

    def test_never_join_another_type(self) -> None:
        assert len(causes_of(signed([failing(), failing("KeyError", "pool is clo...", None)]))) == 2


class TestFailuresWithoutAPlace:
    def test_belong_to_the_one_cause_with_their_message(self) -> None:
        (cause,) = causes_of(signed([failing(location=None, nodeid="a.py::test_1"), failing(nodeid="a.py::test_2")]))
        assert (cause.location, cause.tests) == ("src/pool.py:88", ("a.py::test_1", "a.py::test_2"))

    def test_are_a_cause_of_their_own_where_two_have_their_message(self) -> None:
        places = [failing(location=f"src/{name}.py:8", nodeid=f"a.py::{name}") for name in ("pool", "store")]
        assert len(causes_of(signed([*places, failing(location=None)]))) == 3

    def test_of_assertions_never_join_those_of_another_file(self) -> None:
        told = failing("AssertionError", "assert 3 == 4", "tests/test_a.py:9", "tests/test_a.py::test_a")
        assert (
            len(causes_of(signed([told, failing("AssertionError", "assert 3 == 4", None, "tests/test_b.py::test_b")])))
            == 2
        )


@settings(deadline=None)
@given(TYPES, WORDS, FILES, st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(["", "/ci/shop/", "C:\\x\\"]))
def test_where_it_ran_and_at_which_line_is_no_part_of_a_signature(
    kind: str, words: str, file: str, line: int, number: int, root: str
) -> None:
    here = failing(kind, f"{words} {number} in '/home/a/{file}'", f"src/{file}:{line}")
    there = failing(f"shop.{kind}", f"{words} 5 in '/builds/b/c/{file}'", f"{root}src/{file}:1")
    assert signature_of(here) == signature_of(there)


@settings(deadline=None)
@given(st.tuples(TYPES, WORDS), st.tuples(TYPES, WORDS))
def test_a_signature_tells_types_and_words_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    same = signature_of(failing(*one)) == signature_of(failing(*other))
    assert same == (one == other)


@settings(deadline=None)
@given(st.lists(st.tuples(TYPES, st.one_of(st.none(), WORDS, WORDS.map("{}...".format))), max_size=30))
def test_each_test_is_in_exactly_one_cause(told: list[tuple[str, str | None]]) -> None:
    tests = [failing(kind, words, nodeid=f"a.py::test_{at}") for at, (kind, words) in enumerate(told)]
    causes = causes_of(signed(tests))
    assert sorted(name for cause in causes for name in cause.tests) == sorted(test.label for test in tests)
    assert len({cause.signature for cause in causes}) == len(causes)
    assert [len(cause.tests) for cause in causes] == sorted((len(cause.tests) for cause in causes), reverse=True)


@pytest.mark.parametrize("piece", ["/", "a/", "C:\\", "\\\\", "~/", "/a", "b.", "..."])
def test_a_message_of_one_piece_repeated_takes_no_longer_than_reading_it(piece: str) -> None:
    assert signature_of(failing(message=piece * 100_000)) != signature_of(failing(message="pool is closed"))
