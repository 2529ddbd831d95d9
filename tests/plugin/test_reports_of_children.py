"""What pytest's other plugins are told of a test does not depend on the process that ran it."""

import pytest
from campaign import Lab

CONFTEST = """
import json
TOLD = ("nodeid", "when", "outcome", "location", "keywords", "user_properties", "sections")
def pytest_runtest_logreport(report):
    say(json.dumps([getattr(report, name) for name in TOLD]), "mine" in report.keywords)
    report.keywords["mine"] = 1  # each report has its own
"""
TEST = """
import pytest
class TestIt:
    @pytest.mark.slow
    @pytest.mark.parametrize("text", ["a::b[c]"])
    def test_passes(self, text, record_property):
        print("said")
        record_property("of", text)
def test_skips(): pytest.skip("why")
@pytest.mark.xfail
def test_fails_as_expected(): assert 0
def test_marks_itself(request): request.node.add_marker("late")
"""


def test_reports_are_told_the_same_from_a_child_as_from_pytests_own_process(lab: Lab) -> None:
    lab.write(conftest=CONFTEST, test_it=TEST)
    (lab.path / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    late\n")
    told = {how: lab.run("--repro-stress=2", f"--repro-isolate={how}").events for how in ("none", "auto", "fork")}
    assert len(told["none"]) == 12
    assert not any(line.endswith("True") for line in told["none"])
    assert told["auto"] == told["fork"] == told["none"]


@pytest.mark.parametrize(
    "hook",
    [
        "pytest_runtest_makereport():\n    (yield).get_result().colour = 'red'",
        "pytest_report_to_serializable():\n    (yield).get_result()['colour'] = 'red'",
        "pytest_report_from_serializable():\n    (yield).get_result().colour = 'red'",
    ],
    ids=["made", "packed", "unpacked"],
)
def test_what_a_plugin_hangs_on_reports_comes_along(lab: Lab, hook: str) -> None:
    lab.write(
        conftest=f"""
import pytest
@pytest.hookimpl(hookwrapper=True)
def {hook}
def pytest_runtest_logreport(report): say(report.colour)
"""
    )
    lab.write(test_it="def test_it(): pass")
    assert lab.run("--repro-stress=2").events == ["red"] * 3
