"""Readings go through the journal and come back equal."""

import json

from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import Evidence, FailingTest


def test_a_reading_survives_json() -> None:
    test = FailingTest(
        "test_a (m.T)", None, "call", "pkg.Error", "what", "m.py:3", (Evidence("unittest", 7, "FAIL: test_a (m.T)"),)
    )
    reading = LogReading("text", 9, (test,), {"failed": 1}, True, ("a note",), Circumstances("pytest -x", "3.11.7"))
    assert LogReading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_the_label_is_the_best_name_there_is() -> None:
    plain = FailingTest("test_a (m.T)", None, "call", None, None, None, ())
    assert plain.label == "m.T.test_a"
    assert FailingTest("T.a", "m.py::T::a", "call", None, None, None, ()).label == "m.py::T::a"
