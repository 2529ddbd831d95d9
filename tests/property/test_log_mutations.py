"""Whatever lines of a log are lost, or outside of tracebacks moved: no test is named that the whole log lacks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.domain.failing_test import unittest_name
from harness.logs.dialects.lines import normalised
from harness.logs.read import LogReader
from harness.logs.sources.source import RawLine
from harness.logs.text.node_text import title_of

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "ci-logs"


def bar(title: str, fill: str = "=") -> str:
    return f" {title} ".center(80, fill)


def failure(title: str, path: str = "a/test_x.py") -> list[str]:
    function = title.partition("[")[0].rpartition(".")[2]
    body = [f"    def {function}(value):", ">       assert value", "E       assert 0", "", f"{path}:7: AssertionError"]
    return [bar(title, "_"), "", *body, bar("Captured stdout call", "-"), "a line of output", "FAILED to connect"]


FAILING = {"a/test_x.py::test_1[a b]", "a/test_x.py::TestB::test_2", "b/test_y.py::test_3", "b/test_z.py"}
REPORT = [
    bar("ERRORS"),
    bar("ERROR at setup of test_3", "_"),
    "E       OSError: gone",
    "b/test_y.py:3: OSError",
    bar("ERROR collecting b/test_z.py", "_"),
    "E   ImportError: gone",
    bar("FAILURES"),
    *failure("test_1[a b]"),
    *failure("TestB.test_2"),
]
SUMMARY = [
    bar("short test summary info"),
    "FAILED a/test_x.py::test_1[a b] - assert 0",
    "FAILED a/test_x.py::TestB::test_2 - assert 0",
    "ERROR b/test_y.py::test_3 - OSError: gone",
    "ERROR b/test_z.py - ImportError: gone",
]
DOTS = [bar("test session starts"), "collected 5 items", "", "a/test_x.py .FF   [ 60%]", "b/test_y.py .E   [100%]", ""]
VERBOSE = [
    bar("test session starts"),
    "[gw0] [ 20%] PASSED a/test_x.py::test_0",
    "[gw1] [ 40%] FAILED a/test_x.py::test_1[a b]",
    "[gw0] [ 60%] FAILED a/test_x.py::TestB::test_2",
    "[gw1] [ 80%] ERROR b/test_y.py::test_3",
    "[gw1] [100%] PASSED b/test_y.py::test_4",
]
END = [bar("2 failed, 2 passed, 2 errors in 1.00s")]
QUIET = [".FF.E     [100%]"]
UNITTEST = [
    line
    for word, name in (("FAIL", "test_a (m.T)"), ("ERROR", "test_b (m.T.test_b)"))
    for line in ("=" * 70, f"{word}: {name}", "-" * 70, "Traceback (most recent call last):", "KeyError: 1", "")
]
UNITTEST += ["-" * 70, "Ran 5 tests in 0.1s", "", "FAILED (failures=1, errors=1)"]
LOGS = {
    "dots": (DOTS + REPORT + SUMMARY + END, FAILING),
    "verbose": (VERBOSE + REPORT + SUMMARY + END, FAILING),
    "headers": (DOTS + REPORT + END, FAILING),
    "quiet": (QUIET + REPORT + SUMMARY + ["2 failed, 2 passed, 2 errors in 1.00s"], FAILING),
    "twice": ((DOTS + REPORT + SUMMARY + END) * 2, FAILING),
    "unittest": (UNITTEST, {"m.T.test_a", "m.T.test_b"}),
}
BARE = {"dots": DOTS + SUMMARY + END, "verbose": VERBOSE + SUMMARY + END, "quiet": QUIET + SUMMARY}
Mutation = Callable[[list[str]], list[str]]


def lost(at: float, many: int) -> Mutation:
    def mutate(lines: list[str]) -> list[str]:
        start = int(at * len(lines))
        return lines[:start] + lines[start + many :]

    return mutate


def repeated(at: float, many: int) -> Mutation:
    def mutate(lines: list[str]) -> list[str]:
        start = int(at * len(lines))
        return lines[: start + many] + lines[start:]

    return mutate


def moved(at: float, to: float, many: int) -> Mutation:
    def mutate(lines: list[str]) -> list[str]:
        start, end = int(at * len(lines)), int(to * len(lines))
        block, rest = lines[start : start + many], lines[:start] + lines[start + many :]
        return rest[:end] + block + rest[end:]

    return mutate


PLACES = st.floats(0, 1, exclude_max=True)
GAPS = st.builds(lost, PLACES, st.integers(1, 80))  # one: two may join the halves of two tracebacks into a third
MOVES = st.lists(
    st.one_of(
        st.builds(lost, PLACES, st.integers(1, 10)),
        st.builds(repeated, PLACES, st.integers(1, 10)),
        st.builds(moved, PLACES, PLACES, st.integers(1, 10)),
    ),
    max_size=5,
)


def labels(lines: list[str]) -> set[str]:
    reader = LogReader()
    for line in normalised(RawLine(number, "", text) for number, text in enumerate(lines, 1)):
        reader.feed(line)
    return {test.label for test in reader.reading("text", len(lines)).failing}


def joins_halves(lines: list[str], kept: list[str]) -> bool:
    """Say whether the gap between `lines` and `kept` begins in one traceback and ends in another, as if in one."""
    start = next((at for at, line in enumerate(kept) if line != lines[at]), len(kept))
    before, after = (header_above(lines[:end]) for end in (start, start + len(lines) - len(kept)))
    return before is not None and after is not None and before != after


def header_above(lines: list[str]) -> str | None:
    """Return the header of the traceback within which `lines` end, None where they end outside of any."""
    bars = [line for line in lines if line[:4] in ("____", "====", "----")]
    return bars[-1] if bars and bars[-1][0] == "_" else None


def forms(failing: set[str]) -> set[str]:
    """Return the true ids and what a log may call them where it does not tell the file."""
    return {unittest_name(name) for name in failing} | {title_of(name) for name in failing}


@pytest.mark.parametrize("kind", LOGS)
def test_the_whole_log_names_its_failing_tests(kind: str) -> None:
    lines, failing = LOGS[kind]
    named = labels(lines)
    assert named <= forms(failing)
    assert len(named) == len(failing)


@given(st.sampled_from(sorted(LOGS)), GAPS)
@settings(max_examples=300, deadline=None)
def test_lines_that_are_lost_invent_no_test(kind: str, gap: Mutation) -> None:
    lines, failing = LOGS[kind]
    kept = gap(lines)
    assume(not joins_halves(lines, kept))
    assert labels(kept) <= forms(failing)


@given(st.sampled_from(sorted(BARE)), MOVES)
@settings(max_examples=200, deadline=None)
def test_lines_outside_of_tracebacks_that_are_out_of_place_invent_no_test(kind: str, moves: list[Mutation]) -> None:
    lines = BARE[kind]
    for mutate in moves:
        lines = mutate(lines)
    assert labels(lines) <= forms(FAILING)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no ../shared/ci-logs beside the repository: real logs are not in it")
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_lines_that_are_lost_from_a_real_log_invent_no_test(data: st.DataObject) -> None:
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    full = {name: entry for name, entry in truth.items() if entry.get("extent", "full") == "full"}
    known = sorted(name for name, entry in full.items() if entry["failing"] and entry["runner"] == "pytest")
    name = data.draw(st.sampled_from(known))
    lines = (SAMPLES / name).read_text(encoding="utf-8-sig", errors="replace").split("\n")
    gap = data.draw(st.builds(lost, PLACES, st.integers(1, len(lines) // 2)))
    assert labels(gap(lines)) <= forms(set(truth[name]["failing"]))
