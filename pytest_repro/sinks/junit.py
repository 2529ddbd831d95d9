"""Adds what a campaign saw to the JUnit file that pytest wrote, in the words of Maven Surefire.

pytest saw one test and wrote one testcase; its `failure` or `error` stays, so that the file says what pytest's exit
code says. Beside it come `flakyFailure` and `flakyError` for a test that also passed, `rerunFailure` and `rerunError`
for one that never did: one element for the first failure of each signature, in the order of Surefire's schema.
"""

import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.sinks.evidence import Evidence, evidence, is_replay, verdict_on
from pytest_repro.sinks.terminal import label

# The order in which Surefire's schema wants a testcase's children.
_ORDER: Final = (
    "properties", "failure", "rerunFailure", "flakyFailure", "skipped", "error", "rerunError", "flakyError",
    "system-out", "system-err",
)  # fmt: skip
# What pytest also escapes: all that XML 1.0 forbids, and DEL.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\u007e\u0080-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_COMPARED: Final = 10_000  # characters of a traceback, which the journal cuts


def add_results(root: ET.Element, tally: CampaignTally, prefix: str = "") -> int:
    """Edit the testcases of the tally's tests below `root` and return how many were edited; `prefix` is --junitprefix.

    A test that pytest wrote no testcase for gets none, and so do tests that the file does not tell apart.
    """
    cases: defaultdict[tuple[str, str], list[ET.Element]] = defaultdict(list)
    for case in root.iter("testcase"):
        cases[case.get("classname", ""), case.get("name", "")].append(case)
    claims: defaultdict[tuple[str, str], list[TestTally]] = defaultdict(list)
    for test in tally.tests.values():
        if (address := next((one for one in addresses(test.nodeid, prefix) if one in cases), None)) is not None:
            claims[address].append(test)
    edited = 0
    for address, tests in claims.items():
        if len(tests) == 1:
            _edit(cases[address], tally, tests[0])
            edited += 1
    return edited


def addresses(nodeid: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (classname, name) under which pytest may have written `nodeid`: as pytest 9.2 does, then as earlier ones.

    Earlier ones took the first bracket for the start of the parameters, although a path may hold one.
    """
    path, separator, tail = nodeid.partition("::")
    name, bracket, parameters = tail.partition("[")
    names = [path, *name.split("::")] if separator else [path]
    yield _address(names, f"[{parameters.removesuffix(']')}]" if bracket else "", prefix)
    name, bracket, parameters = nodeid.partition("[")
    yield _address(name.split("::"), bracket + parameters, prefix)


def _address(names: list[str], parameters: str, prefix: str) -> tuple[str, str]:
    names[0] = re.sub(r"\.py$", "", names[0].replace("/", "."))
    names[-1] += parameters
    return ".".join([prefix] * bool(prefix) + names[:-1]), visible(names[-1])


def visible(text: str) -> str:
    """Return `text` with each character that XML 1.0 forbids written out, as `#x07`; pytest does the same."""
    return _FORBIDDEN.sub(lambda found: f"#x{ord(found[0]):0{2 if ord(found[0]) <= 0xFF else 4}X}", text)


def _edit(cases: list[ET.Element], tally: CampaignTally, test: TestTally) -> None:
    """Edit the first of a test's `cases`; pytest writes a second one for an error in the teardown of a failed test."""
    case = cases[0]
    passed = test.outcomes["passed"] + test.outcomes["xpassed"] > 0
    found = list(evidence(tally, test))
    if not passed and found:
        found.remove(_shown_by_pytest(cases, found))
    for one in found:
        _insert(case, _element("flaky" if passed else "rerun", one))
    properties = case.find("properties")
    if properties is None:
        properties = ET.Element("properties")
        case.insert(0, properties)
    for name, value in _properties(tally, test).items():
        ET.SubElement(properties, "property", name=f"repro.{name}", value=visible(value))


def _shown_by_pytest(cases: list[ET.Element], found: list[Evidence]) -> Evidence:
    """Return the failure that pytest's own element tells of, by its text; if that is none of them, the first seen."""
    texts = [child.text or "" for case in cases for child in case if child.tag in ("failure", "error")]
    for one in found:
        traceback = visible(one.detail.traceback)[:_MOST_COMPARED].replace("\r\n", "\n") if one.detail else ""
        if traceback and any(text.startswith(traceback) for text in texts):
            return one
    return found[0]


def _element(kind: str, one: Evidence) -> ET.Element:
    tag = f"{kind}Failure" if one.first.outcome == "failed" else f"{kind}Error"
    element = ET.Element(tag, message=visible(one.message), type=visible(one.exception))
    ET.SubElement(element, "stackTrace").text = visible(one.text)
    return element


def _insert(case: ET.Element, element: ET.Element) -> None:
    """Put `element` before the first child that comes after it in the schema; nothing of pytest's is moved."""
    rank = _ORDER.index(element.tag)
    later = (at for at, child in enumerate(case) if child.tag in _ORDER[rank + 1 :])
    case.insert(next(later, len(case)), element)


def _properties(tally: CampaignTally, test: TestTally) -> dict[str, str]:
    """Return the counts by name; bounds of the rate as fractions, `rate_high` one-sided where no iteration failed."""
    rate = test.rate
    found = {"label": label(test), "seed": str(test.root)}
    if test.asked is not None:
        found["asked"] = str(test.asked)
    found |= {"run": str(test.run), "failures": str(test.failures)}
    if rate.runs and not is_replay(tally):
        low, high = rate.interval if rate.failures else (0.0, rate.excluded)
        found |= {"rate": str(rate.value), "rate_low": str(low), "rate_high": str(high), "rate_counts": rate.counts}
    if (verdict := verdict_on(tally, test)) is not None:
        found |= {"proof": verdict.state, "proof_excluded": str(verdict.excluded)}
    found |= {f"rerun.{outcome}": str(count) for outcome, count in test.rerun.items()}
    return found | {f"signature.{digest}": str(count) for digest, count in test.signatures.items()}
