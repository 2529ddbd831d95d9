"""Facts survive the journal."""

import json

import pytest

from harness.domain.attempt import Attempt, Fix, Removal
from harness.domain.baseline import Baseline
from harness.domain.cause import Cause
from harness.domain.checkout import Checkout
from harness.domain.facts import Fact, Facts, fact_json, read_fact
from harness.domain.failing_test import Evidence, FailingTest
from harness.domain.intake import Intake
from harness.domain.reproduction import Reproduction
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.verdict import Verdict
from harness.domain.verification import SuiteComparison, Verification
from pytest_repro.core.signature import Signature

SIGNATURE = Signature("E", "m <n>", "a.py", "f", 2, "x()", nested=(Signature("F", "n", relation="cause"),))
REPRODUCTION = Reproduction("t", False, 62, 12, SIGNATURE, "basis", "cmd", 1.5, 7, 88, "trace", (("other", 2),))
BASELINE = Baseline(REPRODUCTION, 25, 2, 13, 12, 0, 1, "E: m 5")
FACTS: dict[str, Fact] = {
    "intake": Intake(
        "ci.log",
        9,
        (FailingTest("t", None, "call", "E", None, None, (Evidence("summary", 3, "x"),)),),
        True,
        ("n",),
        "e",
        Verdict(
            "test_failure", "hang", 0.9, "r", Evidence("line", 7, "y"), (Evidence("line", 6, "z", "f"),), ("a.py",)
        ),
        (Cause("00c0ffee00c0ffee", "E", None, "a.py:1", ("t",)),),
    ),
    "checkout": Checkout("c", "main", "b", "main", "t", "why", "E", None, "line 3", ("o",), ("n",)),
    "reproduce": BASELINE,
    "write_test": ReproductionTest("x", "repro/x", "c", "f", "t", 1, 20, "cmd", (1, 2), SIGNATURE, ("n",), ("f/t.py",)),
    "fix_branch": FixBranch("fix/x", "b", "c", "t", BASELINE),
    "fix": Fix("c", "attempts/1/change.patch", "patch", (Attempt(1, "passed", "seen", 0.1, ("a.py",), 1, 2, "notes"),)),
    "verify": Verification(
        20,
        "rule",
        50,
        0,
        0,
        0.01,
        SuiteComparison("all", {"passed": 2}, {"passed": 2}, gone=("z",)),
        3,
        2,
        4.0,
        ("gap",),
    ),
    "remove_test": Removal("h", False, ("a.py",)),
}


@pytest.mark.parametrize("step", FACTS)
def test_a_fact_reads_back_equal_from_its_json(step: str) -> None:
    text = json.dumps(fact_json(FACTS[step]))
    assert read_fact(step, json.loads(text)) == FACTS[step]


def test_the_facts_of_a_run_are_those_of_its_finished_steps() -> None:
    finished = {step: json.loads(json.dumps(fact_json(fact))) for step, fact in FACTS.items() if step != "verify"}
    facts = Facts.of(finished | {"report": {"path": "r.md"}})
    assert facts.fix == FACTS["fix"]
    assert facts.verify is None


def test_an_intake_that_an_earlier_version_wrote_can_still_be_gone_on_with() -> None:
    test = {"printed": "t", "nodeid": None, "phase": "call", "exception": "E", "message": None, "location": None}
    evidence = [{"kind": "summary", "line": 3, "text": "x"}]
    written = {"source": "ci.log", "lines": 9, "failing": [test | {"evidence": evidence}], "complete": True}
    read = read_fact("intake", written | {"notes": ["n"], "excerpt": "e"})
    assert isinstance(read, Intake)
    assert read.failing == FACTS["intake"].failing  # type: ignore[union-attr]  # it is an Intake
    assert (read.verdict, read.causes) == (None, ())
