"""JUnit files that pytest did not write, and hostile ones: names as printed, no node id, nothing expanded."""

import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from harness.logs.reports.reports import Reported, read_report
from harness.logs.text.quote import QUOTED

PLAIN = "<failure message='x'/>"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "/opt/src/shop/tests/test_cart.py", line 12, in test_sum\n'
    "    self.assertEqual(cart.sum(), 3)\n"
    "AssertionError: 2 != 3\n"
)


def read(text: str | bytes) -> Reported:
    return read_report("junit", io.BytesIO(text if isinstance(text, bytes) else text.encode()), "")


def suite(*cases: str, counts: str = "") -> str:
    return f"{HEAD}<testsuites><testsuite name='shop' {counts}>{''.join(cases)}</testsuite></testsuites>"


def case(body: str, name: str = "test_sum", classname: str = "tests.test_cart.Cart") -> str:
    return f'<testcase classname="{classname}" name="{name}">{body}</testcase>'


def test_unittest_xml_reporting_names_tests_as_unittest_does() -> None:
    reported = read(
        suite(
            case(f'<failure type="AssertionError" message="2 != 3"><![CDATA[{TRACEBACK}]]></failure>'),
            case('<error type="ValueError" message="boom&#10;more">x</error>', name="test_boom"),
            case('<failure type="AssertionError" message="1 != 0">x</failure>', name="test_sub [part] (i=1)"),
            case('<failure type="AssertionError" message="2 != 0">x</failure>', name="test_sub [part] (i=2)"),
            case('<error type="UnexpectedSuccess" message="Unexpected success: so"/>', name="test_xp"),
            case('<skipped type="XFAIL" message="expected"/>', name="test_xf"),
            case('<skipped type="skip" message="no"/>', name="test_skip"),
            case(f'<error type="OSError" message="down">{TRACEBACK}</error>', "setUpClass (tests.test_cart.Pay)", ""),
        )
    )
    found = {test.label: (test.phase, test.outcome, test.exception, test.message) for test in reported.failing}
    assert found == {
        "tests.test_cart.Cart.test_sum": ("call", "failed", "AssertionError", "2 != 3"),
        "tests.test_cart.Cart.test_boom": ("call", "error", "ValueError", "boom"),
        "tests.test_cart.Cart.test_sub": ("call", "failed", "AssertionError", "1 != 0"),
        "tests.test_cart.Cart.test_xp": ("call", "error", None, "Unexpected success: so"),
        "tests.test_cart.Pay": ("setup", "error", "AssertionError", "2 != 3"),
    }
    assert {test.nodeid for test in reported.failing} == {None}
    assert reported.failing[0].location == "/opt/src/shop/tests/test_cart.py:12"
    assert reported.tally == {"failed": 3, "errors": 3, "xfailed": 1, "skipped": 1}
    assert reported.complete


def test_a_module_that_unittest_could_not_import_is_named_as_in_its_log() -> None:
    text = (
        "ImportError: Failed to import test module: test_gone\nTraceback (most recent call last):\n"
        '  File "/opt/src/test_gone.py", line 1, in &lt;module&gt;\n    import gone\n'
        "ModuleNotFoundError: No module named 'gone'\n"
    )
    reported = read(
        suite(
            case(
                f'<error type="ImportError" message="Failed">{text}</error>', "test_gone", "unittest.loader._FailedTest"
            )
        )
    )
    (test,) = reported.failing
    assert (test.label, test.phase, test.exception) == ("test_gone", "collect", "ModuleNotFoundError")
    assert test.message == "No module named 'gone'"


def test_what_nose_could_not_import_stands_for_no_test_and_its_captured_output_for_nothing() -> None:
    printed = "-------------------- >> begin captured stdout << ---------------------\nOSError: printed\n"
    reported = read(
        suite(
            case(
                '<error type="exceptions.ImportError" message="No module named x">t</error>',
                "runTest",
                "nose.failure.Failure",
            ),
            case(
                f'<failure type="exceptions.AssertionError" message="2 != 3"><![CDATA[{TRACEBACK}{printed}]]></failure>'
            ),
        )
    )
    (test,) = reported.failing
    assert (test.exception, test.message) == ("AssertionError", "2 != 3")
    assert "a failure that stands for no test: exceptions.ImportError: No module named x" in reported.notes
    assert not reported.complete


def test_nose2_says_the_same_message_of_every_test() -> None:
    (test,) = read(suite(case(f'<failure message="test failure">{TRACEBACK}</failure>'))).failing
    assert (test.nodeid, test.exception, test.message) == (None, "AssertionError", "2 != 3")


def test_surefires_flaky_tests_passed_and_its_rerun_failures_are_no_further_tests() -> None:
    reported = read(
        suite(
            case(
                '<flakyFailure type="java.lang.AssertionError" message="no">x</flakyFailure>',
                "sometimes",
                "shop.CartTest",
            ),
            case(
                '<flakyError type="java.io.IOException" message="no"><stackTrace>x</stackTrace></flakyError>',
                "often",
                "shop.CartTest",
            ),
            case(
                '<failure type="java.lang.AssertionError" message="expected: 3">at shop.Cart</failure>'
                '<rerunFailure type="java.lang.AssertionError" message="z">x</rerunFailure><rerunError message="y"/>',
                "never",
                "shop.CartTest",
            ),
            counts='failures="1" errors="0"',
        )
    )
    (test,) = reported.failing
    assert (test.printed, test.exception, test.message) == (
        "shop.CartTest.never",
        "java.lang.AssertionError",
        "expected: 3",
    )
    assert reported.tally == {"passed": 2, "failed": 1}
    assert reported.complete
    assert "failed first and passed when run again: shop.CartTest.sometimes, shop.CartTest.often" in reported.notes


def test_nested_and_several_suites_are_read_and_outer_counts_are_those_of_all_within() -> None:
    inner = f'<testsuite name="b" failures="1">{case(PLAIN, "test_b")}</testsuite>'
    text = (
        f'{HEAD}<testsuites><testsuite name="a" failures="2" errors="0">'
        '<properties><property name="k" value="v"/></properties>'
        f"{inner}{inner.replace('test_b', 'test_c')}</testsuite>"
        f'<testsuite name="c" tests="1">{case("", "test_d")}</testsuite></testsuites>'
    )
    reported = read(text)
    assert [test.printed.rpartition(".")[2] for test in reported.failing] == ["test_b", "test_c"]
    assert (reported.tally, reported.complete) == ({"failed": 2, "passed": 1}, True)


def test_one_testcase_with_several_failures_is_one_test_and_a_failure_and_an_error_are_two_phases() -> None:
    body = (
        '<failure message="ValueError: one"/><failure message="KeyError: two"/>'
        '<error message="failed on teardown with &quot;OSError: x&quot;"/>'
    )
    reported = read(suite(case(body)))
    assert [(test.phase, test.exception) for test in reported.failing] == [
        ("call", "ValueError"),
        ("teardown", "OSError"),
    ]


def test_old_pytest_says_setup_and_teardown_in_fixed_words() -> None:
    body = '<error message="test setup failure">E       OSError: down</error>'
    (test,) = read(suite(case(body))).failing
    assert (test.phase, test.exception, test.message) == ("setup", "OSError", "down")


def test_a_suite_that_counts_more_than_it_holds_is_incomplete() -> None:
    reported = read(suite(case(PLAIN), counts='failures="3" errors="1"'))
    assert not reported.complete
    assert any("3 more failures" in note for note in reported.notes)


def test_output_that_imitates_a_testcase_is_output() -> None:
    fake = "&lt;testcase name='fake'&gt;&lt;failure/&gt;"
    text = suite(
        case(f"<system-out>{fake}</system-out><system-err><![CDATA[<testcase name='fake'><failure/>]]></system-err>")
    )
    reported = read(text)
    assert (reported.failing, reported.tally) == ((), {"passed": 1})


@pytest.mark.parametrize("cut", range(60, 300, 13))
def test_a_cut_file_keeps_what_was_read_and_says_truncated(cut: int) -> None:
    text = suite(
        case("<failure message='ValueError: one'>text</failure>", "test_a"), case("<failure message='two'/>", "test_b")
    )
    reported = read(text[:cut])
    assert not reported.complete
    assert any("truncated" in note for note in reported.notes)
    assert [test.printed[-6:] for test in reported.failing] == ["test_a", "test_b"][
        : text[:cut].count("'>text") + text[:cut].count("'two'/>")
    ]


def test_a_damaged_file_keeps_what_stands_before_the_damage() -> None:
    reported = read(suite(case(PLAIN, "test_a"), "<oops <<>>", case(PLAIN, "test_b")))
    assert [test.printed for test in reported.failing] == ["tests.test_cart.Cart.test_a"]
    assert any(note.startswith("damaged: not well-formed XML at line 2") for note in reported.notes)


def test_control_characters_and_bytes_that_are_no_utf8_are_survived() -> None:
    text = suite(
        case("<failure message='x'/><system-out>\x1b[1m \x00 XX</system-out>", "test_a"),
        case("<failure message='y'/>", "test_b"),
    )
    reported = read(text.encode().replace(b"XX", b"\xff\xc3"))
    assert len(reported.failing) == 2
    assert reported.complete


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = suite(case("<failure message='größer'/>")).replace("UTF-8", encoding.replace("utf-8-sig", "utf-8"))
    (test,) = read(text.encode(encoding)).failing
    assert test.message == "größer"


def test_an_unknown_encoding_is_said_and_not_guessed() -> None:
    reported = read(suite(case(PLAIN)).replace("UTF-8", "klingon"))
    assert reported.failing == ()
    assert not reported.complete
    assert reported.notes


AMPERSAND = "<failure message='&a;'/>"
BOMB = '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, '<!DOCTYPE t SYSTEM "http://127.0.0.1:9/t.dtd">'])
def test_a_document_type_is_refused_and_nothing_is_expanded(doctype: str) -> None:
    text = f"<?xml version='1.0'?>{doctype}<testsuite>{case(AMPERSAND)}</testsuite>"
    reported = read(text)
    assert reported.failing == ()
    assert not reported.complete
    assert any("document type" in note for note in reported.notes)


def test_elements_too_deep_in_each_other_end_the_reading() -> None:
    reported = read(suite(case(PLAIN), "<a>" * 100_000))
    assert len(reported.failing) == 1
    assert any("deep" in note for note in reported.notes)


class Generated(io.RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def memory_of(parts: Iterator[bytes]) -> tuple[Reported, int]:
    tracemalloc.start()
    try:
        reported = read_report("junit", io.BufferedReader(Generated(parts)), "")
        return reported, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_much_output_and_long_lines_take_no_memory() -> None:
    def parts() -> Iterator[bytes]:
        yield f"{HEAD}<testsuite>".encode()
        yield b'<testcase classname="a" name="test_a"><failure message="KeyError: 1">'
        yield from (b"x" * 100_000 for _ in range(200))
        yield b"</failure><system-out>"
        yield from (b"word " * 20_000 for _ in range(200))
        yield b"</system-out></testcase></testsuite>"

    reported, most = memory_of(parts())
    assert (len(reported.failing), reported.complete) == (1, True)
    assert most < 8 << 20


def test_of_very_many_failing_tests_the_first_are_kept_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.logs.reports.junit.TESTS", 3)
    reported = read(suite(*(case(PLAIN, f"test_{number}") for number in range(5))))
    assert [test.printed[-6:] for test in reported.failing] == ["test_0", "test_1", "test_2"]
    assert reported.tally == {"failed": 5}
    assert not reported.complete
    assert any("2 failing tests" in note for note in reported.notes)


def test_names_and_messages_of_any_length_are_kept_in_part_and_settle_no_id() -> None:
    text = f'<testcase classname="tests.test_a" name="{"t" * 9000}" file="tests/test_a.py">'
    (test,) = read(suite(f'{text}<failure message="{"m" * 9000}"/></testcase>')).failing
    assert test.nodeid is None
    assert len(test.printed) < 5000
    assert len(test.message or "") == 1000


def test_a_tag_that_never_ends_is_given_up() -> None:
    def parts() -> Iterator[bytes]:
        yield f'{HEAD}<testsuite><testcase name="'.encode()
        yield from (b"x" * 1_000_000 for _ in range(40))

    reported, _ = memory_of(parts())
    assert not reported.complete
    assert any("a tag of more than" in note for note in reported.notes)


def test_names_with_what_xml_forbids_settle_no_id() -> None:
    body = (
        '<failure message="KeyError: 1">def test_a(x):\n>   x\nE   KeyError\n\ntests/test_cart.py:3: KeyError</failure>'
    )
    names = 'classname="tests.test_cart" name="test_a[#x07]" file="tests/test_cart.py"'
    known = f"<testcase {names}>{body}</testcase>"
    reported = read(suite(known, known.replace("#x07", "seven")))
    assert [test.nodeid for test in reported.failing] == [None, "tests/test_cart.py::test_a[seven]"]


@pytest.mark.parametrize(
    ("classname", "name", "file"),
    [
        ("tests.test_cart.test_more", "test_a", "tests/test_cart.py"),  # tests/test_cart/test_more.py, inherited
        ("tests.test_cart.TestA", "test_a", "/opt/src/tests/test_cart.py"),
        ("tests.test_cart.TestA", "test_a", "../tests/test_cart.py"),
        ("tests.test_carts", "test_a", "tests/test_cart.py"),
        ("tests.test_cart", "reads a file", "tests/test_cart.py"),
        ("tests.test_cart.cases", "test_a", "tests/test_cart.py"),
        ("", "test_a", "tests/test_cart.py"),
    ],
)
def test_a_file_that_does_not_fit_the_names_settles_no_id(classname: str, name: str, file: str) -> None:
    text = f'<testcase classname="{classname}" name="{name}" file="{file}"><failure message="no"/></testcase>'
    (test,) = read(suite(text)).failing
    assert test.nodeid is None


def test_a_testcase_with_very_many_failures_takes_no_memory_and_all_are_counted() -> None:
    failure = f'<failure message="{"x" * 20_000}">E   assert 1 == 2</failure>'.encode()

    def parts() -> Iterator[bytes]:
        yield b'<testsuite failures="3000" errors="0"><testcase classname="tests.test_cart" name="test_sum">'
        for _ in range(3000):
            yield failure
        yield b"</testcase></testsuite>"

    found, memory = memory_of(parts())

    assert [test.printed for test in found.failing] == ["tests.test_cart.test_sum"]
    assert found.tally == {"failed": 3000}
    assert found.complete
    assert memory < 20 << 20


def test_no_half_of_a_secret_is_left_where_a_testcase_is_cut() -> None:
    secret = "ghp_" + "k3ep0ut" * 6
    found = read(suite(case("<failure/>", name="a" * (QUOTED - 60) + f" {secret}")))

    assert "k3ep" not in found.failing[0].evidence[0].text
