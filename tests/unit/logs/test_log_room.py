"""A log that names failing tests without end is read in bounded memory, and the reading says what it leaves out."""

from collections.abc import Callable, Iterator

import pytest
from read_log import read_log
from test_log_pytest_text import FAILURES, START, SUMMARY, bar

from harness.domain.ci_log import LogReading

KEPT = 5
MORE = f"more than {KEPT} failing tests: only the first {KEPT} are named"
RULER = "=" * 70


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("text.room", "read", "text.session"):
        monkeypatch.setattr(f"harness.logs.{module}.TESTS", KEPT)


def _read(lines: Iterator[str] | list[str]) -> LogReading:
    return read_log("\n".join(lines) + "\n")


def summary(count: int) -> Iterator[str]:
    yield from (START, "collected items", SUMMARY)
    yield from (f"FAILED tests/test_a.py::test_{n} - assert {n} == 0" for n in range(count))
    yield bar(f"{count} failed in 1.00s")


def loose(count: int) -> Iterator[str]:
    yield from ("make: entering" for _ in range(60))
    yield from (f"FAILED tests/test_a.py::test_{n} - assert {n} == 0" for n in range(count))


def progress(count: int) -> Iterator[str]:
    yield START
    yield from (f"tests/test_a.py::test_{n} FAILED   [ 50%]" for n in range(count))
    yield bar(f"{count} failed in 1.00s")


def workers(count: int) -> Iterator[str]:
    yield START
    yield from (f"[gw{n % 3}] [ 50%] FAILED tests/test_a.py::test_{n} " for n in range(count))
    yield bar(f"{count} failed in 1.00s")


def headers(count: int) -> Iterator[str]:
    yield from (START, FAILURES)
    for n in range(count):
        yield from (
            bar(f"test_{n}").replace("=", "_"),
            "",
            f"E   assert {n} == 0",
            "",
            "tests/test_a.py:3: AssertionError",
        )
    yield bar(f"{count} failed in 1.00s")


def crash_lines(count: int) -> Iterator[str]:
    yield from (START, FAILURES)
    yield from (f"/w/tests/test_a.py:{n + 1}: ValueError: {n}" for n in range(count))
    yield SUMMARY
    yield from (f"FAILED tests/test_a.py::test_{n} - ValueError: {n}" for n in range(count))
    yield bar(f"{count} failed in 1.00s")


def crashes(count: int) -> Iterator[str]:
    yield START
    for n in range(count):
        yield from (f"tests/test_a.py::test_{n} ", "Fatal Python error: Aborted")


def unittest(count: int) -> Iterator[str]:
    for n in range(count):
        yield from (RULER, f"FAIL: test_{n} (tests.test_a.T)", "-" * 70, f"AssertionError: {n} != 0", "")
    yield from ("-" * 70, f"Ran {count} tests in 0.1s", "", f"FAILED (failures={count})")


def attempts(count: int) -> Iterator[str]:
    for n in range(count):
        yield from (START, f"tests/test_a.py::test_{n} FAILED   [100%]", SUMMARY)
        yield from (f"FAILED tests/test_a.py::test_{n} - assert {n} == 0", bar("1 failed in 1.00s"))


SHAPES = (summary, loose, progress, workers, headers, crash_lines, crashes, unittest, attempts)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_first_failing_tests_are_named_and_a_note_tells_of_the_others(
    shape: Callable[[int], Iterator[str]],
) -> None:
    reading = _read(shape(4 * KEPT))
    first = _read(shape(KEPT)).failing
    assert [test.label for test in reading.failing] == [test.label for test in first]
    assert len(first) == KEPT
    assert MORE in reading.notes
    assert not reading.complete


@pytest.mark.parametrize("shape", SHAPES)
def test_as_many_as_there_is_room_for_are_nothing_to_tell(shape: Callable[[int], Iterator[str]]) -> None:
    reading = _read(shape(KEPT))
    assert len(reading.failing) == KEPT
    assert not any("more than" in note for note in reading.notes)
    assert reading.complete == (shape not in (loose, crashes))


@pytest.mark.parametrize("shape", [summary, progress, headers, unittest, attempts])
def test_the_counts_of_the_closing_lines_stay_whole(shape: Callable[[int], Iterator[str]]) -> None:
    assert _read(shape(4 * KEPT)).tally["failed"] == 4 * KEPT


def test_few_tests_that_fail_again_and_again_are_all_named_and_counted() -> None:
    again = [line for _ in range(4 * KEPT) for line in attempts(2)]
    reading = _read(again)
    assert [test.label for test in reading.failing] == ["tests/test_a.py::test_0", "tests/test_a.py::test_1"]
    assert reading.notes == ()
    assert reading.complete


def test_kinds_of_lines_do_not_add_up_to_more_tests() -> None:
    reading = _read([*summary(KEPT), *unittest(KEPT)])
    assert len(reading.failing) == KEPT
    assert MORE in reading.notes
    assert not reading.complete


def test_a_summary_that_a_test_printed_takes_no_room_from_the_real_one() -> None:
    printed = (SUMMARY, *(f"FAILED tests/test_p.py::test_{n}" for n in range(KEPT)))
    real = [line for line in summary(KEPT) if line not in (START, SUMMARY)]
    reading = _read([START, *printed, SUMMARY, *real])
    assert [test.label for test in reading.failing] == [f"tests/test_a.py::test_{n}" for n in range(KEPT)]
    assert reading.complete


def test_lines_outside_of_runs_take_no_room_from_them() -> None:
    reading = _read([*loose(3 * KEPT), *summary(KEPT)])
    assert len(reading.failing) == KEPT
    assert reading.notes == ()
    assert reading.complete


@pytest.mark.parametrize("shape", [attempts, unittest])
def test_more_runs_than_there_is_room_for_are_left_out_but_counted(
    monkeypatch: pytest.MonkeyPatch, shape: Callable[[int], Iterator[str]]
) -> None:
    for module in ("room", "unittest_text", "notes"):
        monkeypatch.setattr(f"harness.logs.text.{module}.RUNS", 3)
    reading = _read([line for _ in range(10) for line in shape(1)])
    assert reading.tally["failed"] == 10
    assert "more than 3 runs: 7 are left out, but for their counts" in reading.notes
    assert not reading.complete


def test_a_run_that_goes_on_behind_a_printed_closing_line_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.logs.text.room.RUNS", 3)
    printed = [bar("1 passed in 0.01s"), *["1 passed in 0.01s"] * 9]
    begun = [*attempts(1), START, "tests/test_b.py F", *printed]
    reading = _read([*begun, FAILURES, bar("test_b").replace("=", "_"), "E   assert 0", bar("1 failed in 1.00s")])
    assert [test.label for test in reading.failing] == ["tests/test_a.py::test_0", "test_b"]
    assert reading.tally["failed"] == 2


def test_long_names_and_messages_are_kept_in_part_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.logs.text.room.BYTES", 10_000)
    for module in ("text.room", "read"):
        monkeypatch.setattr(f"harness.logs.{module}.TESTS", 1000)
    long = [f"FAILED tests/test_a.py::test_{n} - ValueError: {'x' * 4000}" for n in range(9)]
    messages = [len(test.message or "") for test in _read([START, SUMMARY, *long]).failing]
    assert messages[0] == 4000
    assert max(messages[5:]) < 300
    named = [f"FAILED tests/test_a.py::test_{n}[{'x' * 4000}]" for n in range(9)]
    reading = _read([START, SUMMARY, *named])
    assert 0 < len(reading.failing) < 9
    assert (
        f"more than {len(reading.failing)} failing tests: only the first {len(reading.failing)} are named"
        in reading.notes
    )


def test_no_id_is_made_where_not_all_paths_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [START, "rootdir: /w", "a/test_x.py F", "b/a/test_x.py F", FAILURES, bar("test_x").replace("=", "_")]
    lines += ["    def test_x():", ">       assert 0", "E       assert 0", "", "/w/b/a/test_x.py:2: AssertionError"]
    assert [test.nodeid for test in _read(lines).failing] == ["b/a/test_x.py::test_x"]
    monkeypatch.setattr("harness.logs.text.room.PATHS", 1)
    assert [test.nodeid for test in _read(lines).failing] == [None]


def test_a_closing_line_of_another_width_is_told_apart_from_none() -> None:
    reading = _read(["=== FAILURES ===", "FAILED tests/test_a.py::test_a", "=== 1 failed in 0.10s ==="])
    assert any("no closing line (line 3 is like one, but not as wide as the other bars)" in n for n in reading.notes)


def test_each_line_of_tb_line_goes_to_the_first_later_test_that_it_fits() -> None:
    told = ["ValueError: 1", "KeyError: 'k'", "ValueError: 1", "ValueError: longer by f..."]
    lines = [START, FAILURES, "/w/a.py:1: ValueError: 1", "/w/a.py:2: TypeError: none", "/w/a.py:3: ValueError: 1"]
    lines += ["/w/a.py:4: KeyError: 'k'", "/w/a.py:5: ValueError: longer by far", SUMMARY]
    lines += [f"FAILED tests/test_a.py::test_{n} - {message}" for n, message in enumerate(told)]
    failing = _read([*lines, bar("4 failed in 1.00s")]).failing
    assert {test.label[-1]: test.location for test in failing} == {
        "0": "/w/a.py:1",
        "1": None,  # the line of the test behind it came first
        "2": "/w/a.py:3",
        "3": "/w/a.py:5",
    }
