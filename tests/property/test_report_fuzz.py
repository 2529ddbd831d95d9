"""Whatever a report holds, reading ends, crashes never, and tells no id that pytest did not write."""

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.logs.reports.junit_identity import KnownFiles, as_testcase
from harness.logs.reports.reports import Reported, merge_reported, read_report, report_kind

KINDS = ("junit", "reportlog", "journal")
XML = st.lists(
    st.sampled_from(
        [
            "<testsuites>",
            "<testsuite failures='1' timestamp='2026-01-02T03:04:05+01:00'>",
            "<testcase classname='tests.test_a.TestB' name='test_c[x]' file='tests/test_a.py'>",
            "<testcase classname='' name='tests.test_a'>",
            '<testcase name="a\'&quot;&#10;b">',
            "<failure message='ValueError: x'>",
            "<error message='failed on setup with \"x\"' type='a.B'>",
            "<flakyFailure>",
            "<skipped/>",
            "<system-out>",
            "<properties><property name='a' value='b'/></properties>",
            "</testcase>",
            "</failure>",
            "</testsuite>",
            "</testsuites>",
            "<![CDATA[",
            "]]>",
            "<!DOCTYPE a>",
            "<!-- ",
            " -->",
            "&amp;",
            "&a;",
            "\ndef test_c(x):\n>   x\nE   ValueError: x\n\ntests/test_a.py:3: ValueError\n",
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in b\nKeyError: 'a'\n",
            "worker 'gw0' crashed while running 'a.py::b'",
            "\x00",
            "é",
        ]
    ),
    max_size=20,
).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["failed", "call", "a.py::b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "reprcrash", "chain", "path", "lineno"]), inner, max_size=3)
    ),
    max_leaves=8,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "$report_type": st.sampled_from(["TestReport", "CollectReport", "SessionStart", "SessionFinish"]) | JSON,
        "kind": st.sampled_from(["campaign", "iteration", "signature", "end", "test"]) | JSON,
        "schema": st.just(1),
        "nodeid": st.sampled_from(["a.py::b", "a.py", ""]) | JSON,
        "outcome": st.sampled_from(["failed", "passed", "error", "rerun", "timed out"]) | JSON,
        "when": st.sampled_from(["setup", "call", "teardown"]) | JSON,
        "longrepr": JSON,
        "worker_id": st.just("gw0") | JSON,
        "exitstatus": JSON,
        "root": JSON,
        "started": JSON,
        "versions": JSON,
        "args": JSON,
        "iteration": JSON,
        "seed": JSON,
        "at": JSON,
        "duration": JSON,
        "phase": JSON,
        "signature": JSON,
        "message": JSON,
        "worker": JSON,
        "digest": JSON,
        "line": JSON,
        "reason": JSON,
        "seconds": JSON,
        "asked": JSON,
    },
)
LINES = st.lists(MEMBERS.map(json.dumps) | st.text(max_size=20), max_size=8).map("\n".join)
DATA = st.one_of(XML.map(str.encode), LINES.map(str.encode), st.binary(max_size=200))


def check(reported: Reported, data: bytes) -> None:
    reading = merge_reported(LogReading("x", 0, (), {}, False, (), Circumstances()), [reported, reported])
    assert LogReading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
    keys = [(test.label, test.phase) for test in reading.failing]
    assert len(set(keys)) == len(keys)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert all(1 <= item.line <= lines for test in reading.failing for item in test.evidence)
    if reported.kind == "junit":
        assert all(test.nodeid is None or as_testcase(test.nodeid) for test in reading.failing)


@given(DATA, st.sampled_from(KINDS))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_as_any_report(data: bytes, kind: str) -> None:
    check(read_report(kind, io.BytesIO(data), ""), data)
    assert report_kind(data[:4096], "x.jsonl") in (None, *KINDS)


@given(XML, st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_any_wellformed_or_cut_junit_file_is_read(body: str, cut: int) -> None:
    data = f"<testsuites>{body}".encode()
    check(read_report("junit", io.BytesIO(data[: len(data) - cut] if cut < 100 else data), ""), data)


PARTS = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True)
CLASSES = st.from_regex(r"[A-Z][a-z0-9_]{0,6}", fullmatch=True)


@given(
    st.lists(PARTS, min_size=1, max_size=4),
    st.lists(CLASSES, max_size=2),
    PARTS,
    st.text(max_size=10),
    st.lists(st.lists(PARTS, min_size=1, max_size=4), max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_an_id_comes_back_exactly_or_not_at_all(
    folders: list[str], classes: list[str], function: str, parameters: str, others: list[list[str]]
) -> None:
    path = "/".join(folders) + ".py"
    name = function + (f"[{parameters}]" if parameters else "")
    nodeid = "::".join([path, *classes, name])
    known = KnownFiles()
    for other in (folders, *others):
        known.add("/".join(other) + ".py")
    dotted = ".".join([*folders, *classes])
    assert as_testcase(nodeid) == f"{dotted}.{name}"
    assert known.node_id(dotted, name) in (nodeid, None)
