"""The JUnit file says in Surefire's words what pytest's one testcase cannot, and keeps what pytest said."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sink_campaigns import NODEID, campaign, lines, signature

from pytest_repro.core.record import IterationRecord, Line
from pytest_repro.core.tally import CampaignTally
from pytest_repro.sinks.junit import add_results, addresses, visible

# A testcase's children in the order of surefire-test-report.xsd; `properties`, which it lacks there, come from pytest.
SUREFIRE = (
    "properties", "failure", "rerunFailure", "flakyFailure", "skipped", "error", "rerunError", "flakyError",
    "system-out", "system-err",
)  # fmt: skip


def edited(tally: CampaignTally, inner: str = "", before: str = "") -> ET.Element:
    """Return the testcase of NODEID after the edit, with `inner` as what pytest wrote into it."""
    root = ET.fromstring(
        '<testsuites><testsuite name="pytest" errors="0" failures="1" skipped="0" tests="1">'
        f'{before}<testcase classname="tests.test_pool" name="test_close" time="0.010">{inner}</testcase>'
        "</testsuite></testsuites>"
    )
    add_results(root, tally)
    again = ET.fromstring(ET.tostring(root))
    suite = again.find("testsuite")
    assert suite is not None
    assert suite.attrib == {"name": "pytest", "errors": "0", "failures": "1", "skipped": "0", "tests": "1"}
    return suite.findall("testcase")[-1]


def properties(case: ET.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in case.findall("properties/property")}


def tags(case: ET.Element) -> list[str]:
    return [child.tag for child in case]


FAILURE = '<failure message="m">traceback of one</failure>'


def test_a_test_that_also_passed_is_flaky_and_keeps_pytests_failure() -> None:
    case = edited(campaign(*lines("pfpfpf", messages=("one", "two"))), FAILURE)

    assert tags(case) == ["properties", "failure", "flakyFailure", "flakyFailure"]
    assert [one.get("message") for one in case.findall("flakyFailure")] == ["RuntimeError: one", "RuntimeError: two"]
    assert [one.get("type") for one in case.findall("flakyFailure")] == ["RuntimeError", "RuntimeError"]
    assert [one.findtext("stackTrace") for one in case.findall("flakyFailure")] == [
        "traceback of one",
        "traceback of two",
    ]
    assert case.findtext("failure") == "traceback of one"


def test_a_test_that_always_failed_gets_reruns_for_the_failures_that_pytest_does_not_show() -> None:
    case = edited(campaign(*lines("fff", messages=("zero", "one", "two"))), FAILURE)

    assert tags(case) == ["properties", "failure", "rerunFailure", "rerunFailure"]
    assert [one.findtext("stackTrace") for one in case.findall("rerunFailure")] == [
        "traceback of zero",
        "traceback of two",
    ]


def test_where_pytest_shows_another_text_the_first_failure_counts_as_shown() -> None:
    case = edited(campaign(*lines("fff", messages=("zero", "one", "two"))), "<failure>short</failure>")

    assert [one.get("message") for one in case.findall("rerunFailure")] == ["RuntimeError: one", "RuntimeError: two"]


def test_one_way_of_always_failing_leaves_pytests_element_alone() -> None:
    case = edited(campaign(*lines("fff")), FAILURE)

    assert tags(case) == ["properties", "failure"]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("pf", ["flakyFailure"]),
        ("pe", ["flakyError"]),
        ("pc", ["flakyError"]),
        ("pt", ["flakyError"]),
        ("Xf", ["flakyFailure"]),
        ("sff", []),
        ("ppp", []),
        ("sss", []),
    ],
)
def test_assertions_are_failures_and_the_rest_are_errors(outcomes: str, expected: list[str]) -> None:
    assert tags(edited(campaign(*lines(outcomes)))) == ["properties", *expected]


def test_errors_of_a_test_that_never_passed_are_reruns_too() -> None:
    case = edited(campaign(*lines("fce", messages=("one", "two", "three"))), FAILURE)

    assert tags(case) == ["properties", "failure", "rerunError", "rerunError"]


@pytest.mark.parametrize("inner", ["", FAILURE, "<error/>", "<failure/><system-out/><system-err/>", "<skipped/>"])
def test_the_elements_stand_in_the_order_of_surefires_schema(inner: str) -> None:
    for outcomes in ("pfe", "ffe"):
        case = edited(campaign(*lines(outcomes, messages=("two", "three"))), inner)
        ranks = [SUREFIRE.index(tag) for tag in tags(case)]
        assert ranks == sorted(ranks)


def test_the_counts_are_properties() -> None:
    found = properties(edited(campaign(*lines("ppfefpps", messages=("one", "two"), asked=9))))

    assert float(found.pop("repro.rate_low")) == pytest.approx(0.0990, abs=1e-4)
    assert float(found.pop("repro.rate_high")) == pytest.approx(0.8159, abs=1e-4)
    assert found == {
        "repro.label": "FLAKY",
        "repro.seed": "7314",
        "repro.asked": "9",
        "repro.run": "8",
        "repro.failures": "3",
        "repro.rate": str(3 / 7),
        "repro.rate_counts": "3/7",
        f"repro.signature.{signature('one').digest}": "2",
        f"repro.signature.{signature('two').digest}": "1",
    }


def test_without_a_failure_the_upper_bound_is_what_the_runs_exclude() -> None:
    found = properties(edited(campaign(*lines("p" * 100))))

    assert (found["repro.rate"], found["repro.rate_low"]) == ("0.0", "0.0")
    assert float(found["repro.rate_high"]) == pytest.approx(0.0295, abs=1e-4)


@pytest.mark.parametrize("tally", [campaign(*lines("sss")), campaign(*lines("ff"), replay="r1-x")])
def test_without_a_sample_there_is_no_rate(tally: CampaignTally) -> None:
    assert not [name for name in properties(edited(tally)) if name.startswith("repro.rate")]


def test_a_proof_is_a_property() -> None:
    found = properties(edited(campaign(*lines("pppf"), prove=0.4)))

    assert (found["repro.proof"], found["repro.proof_excluded"]) == ("refuted", "1.0")


def test_properties_of_the_test_itself_stay() -> None:
    case = edited(campaign(*lines("p")), '<properties><property name="own" value="1"/></properties>')

    assert tags(case) == ["properties"]
    assert properties(case)["own"] == "1"
    assert properties(case)["repro.run"] == "1"


def test_a_testcase_of_another_test_is_left_alone() -> None:
    case = edited(campaign(*lines("pf", "tests/test_pool.py::test_other")), FAILURE)

    assert tags(case) == ["failure"]


def test_of_two_testcases_of_one_test_the_first_is_edited() -> None:
    first = '<testcase classname="tests.test_pool" name="test_close"><failure>traceback of one</failure></testcase>'
    tally = campaign(*lines("fef", messages=("one", "two", "three")))

    assert tags(edited(tally, "<error>traceback of two</error>", before=first)) == ["error"]


def test_tests_that_the_file_does_not_tell_apart_are_left_alone() -> None:
    tests: list[Line] = [*lines("pf", "a/b.py::t"), *lines("pp", "a.b.py::t")]
    root = ET.fromstring('<testsuite><testcase classname="a.b" name="t"/></testsuite>')

    assert add_results(root, campaign(*tests)) == 0
    assert ET.tostring(root) == b'<testsuite><testcase classname="a.b" name="t" /></testsuite>'


def test_a_failure_without_a_recorded_traceback_shows_its_message() -> None:
    case = edited(campaign(*lines("pc", detailed=False)))

    assert case.find("flakyError") is not None
    assert case.findtext("flakyError/stackTrace") == "RuntimeError: pool is closed"
    assert case.find("flakyError[@type='crashed']") is not None


def test_an_example_and_a_note_stand_below_the_traceback_that_lacks_them() -> None:
    record = IterationRecord(
        NODEID, 1, "failed", 1, 0.0, 0.0, "", "call", "0" * 16, "boom", "x=1", note="left a thread"
    )
    case = edited(campaign(*lines("p"), record))

    assert case.findtext("flakyFailure/stackTrace") == "boom\n\nx=1\n\nleft a thread"
    again = edited(campaign(*lines("p"), replace(record, message="boom x=1", note="")))
    assert again.findtext("flakyFailure/stackTrace") == "boom x=1"


@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_every_text_leaves_valid_xml(message: str, traceback: str) -> None:
    case = edited(campaign(*lines("pf", messages=[message], traceback=traceback or "x")), FAILURE)

    said = case.findtext("flakyFailure/stackTrace")
    assert said == visible(traceback or "x").replace("\r\n", "\n").replace("\r", "\n")


# -- the addresses that pytest itself writes

ODD = """
import pytest
WORDS = ["a::b", "[", "]", "a]b[c", "\\n", "\\x07", "é", "a/b.py", "", " ", "&<>\\"'", "x" * 300]
@pytest.mark.parametrize("x", WORDS)
def test_it(x): pass
def test_plain(): pass
class TestOuter:
    class TestInner:
        @pytest.mark.parametrize(("x", "y"), [(1, "a.py::b[c]")])
        def test_it(self, x, y): pass
class TestUnit(__import__("unittest").TestCase):
    def test_it(self): pass
"""
FILES = (
    "test_top.py",
    "pack/test_in.py",
    "pack/sub.py/test_it.py",
    "odd[1]/test_it.py",
    "odd/test_it[2].py",
    "mit raum/test_ä.py",
)
LISTENER = """
import json
def pytest_collection_finish(session):
    with open("nodeids", "w") as file:
        json.dump([item.nodeid for item in session.items], file)
"""


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
@pytest.mark.parametrize("prefix", ["", "ci.linux"])
@pytest.mark.parametrize("escaped", [True, False])
def test_the_testcase_of_every_node_id_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, prefix: str, escaped: bool
) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(ODD, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(LISTENER)
    (tmp_path / "test_doc.txt").write_text(">>> 1\n1\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "--rootdir=.", "--junitxml=out.xml"]
    command += ["-o", f"junit_family={family}", *([f"--junitprefix={prefix}"] if prefix else [])]
    command += [] if escaped else ["-o", "disable_test_id_escaping_and_forfeit_all_rights_to_community_support=true"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()

    nodeids = json.loads((tmp_path / "nodeids").read_text())
    cases = list(ET.parse(tmp_path / "out.xml").getroot().iter("testcase"))
    assert len(cases) == len(nodeids) > 90
    for nodeid, case in zip(nodeids, cases, strict=True):  # pytest writes them in the order in which they ran
        assert (case.get("classname", ""), case.get("name", "")) in list(addresses(nodeid, prefix)), nodeid


def test_no_two_node_ids_of_one_file_share_an_address() -> None:
    ids = ["a.py::t[x]", "a.py::t", "a.py::T::t", "a.py::t[T::t]", "a.py::T::t[x]"]

    assert len({next(addresses(nodeid)) for nodeid in ids}) == len(ids)
    assert list(addresses("odd[1]/t.py::t", "p")) == [("p.odd[1].t", "t"), ("p", "odd[1]/t.py::t")]
    assert next(addresses(NODEID, "p")) == ("p.tests.test_pool", "test_close")
