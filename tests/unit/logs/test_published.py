"""An analysis that leaves the machine tells nothing of accounts, machines and networks."""

from dataclasses import replace

from harness.domain.analysis import Analysis
from harness.domain.cause import Cause
from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import Evidence, FailingTest
from harness.domain.verdict import Verdict
from harness.logs.published import published

PLAIN = Evidence("summary", 3, "FAILED a.py::test_a")
TEST = FailingTest("a.py::test_a", "a.py::test_a", "call", "OSError", "no route to 10.1.2.3", "a.py:7", (PLAIN,))
FOUND = Analysis(
    LogReading(
        "ci.log",
        9,
        (TEST,),
        {"failed": 1},
        True,
        ("asked db.shop.internal",),
        Circumstances(
            environment={"AWS_ACCOUNT_ID": "123456789012", "SHOP": "open"}, before={TEST.label: ("a.py::test_b",)}
        ),
    ),
    Verdict("network_error", quoted=Evidence("line", 2, "ssh to db.shop.internal"), advice=("ping 192.168.0.7",)),
    (Cause("00c0ffee00c0ffee", "OSError", "no route to 10.1.2.3", "a.py:7", (TEST.label,)),),
)


def test_every_text_is_masked_wherever_it_stands() -> None:
    text = str(published(FOUND).to_json())
    for told in ("10.1.2.3", "123456789012", "192.168.0.7", "ssh to db.shop.internal"):
        assert told in str(FOUND.to_json())
        assert told not in text


def test_tests_lines_and_signatures_stay() -> None:
    shown = published(FOUND)
    assert [test.nodeid for test in shown.reading.failing] == [TEST.nodeid]
    assert shown.reading.failing[0].evidence == (PLAIN,)
    assert (shown.causes[0].signature, shown.causes[0].tests) == ("00c0ffee00c0ffee", (TEST.label,))
    assert shown.reading.circumstances.before == {TEST.label: ("a.py::test_b",)}
    assert shown.reading.circumstances.environment["SHOP"] == "open"


def test_what_has_nothing_to_hide_is_unchanged() -> None:
    bare = replace(
        FOUND,
        reading=LogReading("ci.log", 9, (), {}, True, (), Circumstances(python="3.11.9")),
        verdict=Verdict("none", confidence=0.9),
        causes=(),
    )
    assert published(bare) == bare
