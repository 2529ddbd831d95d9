"""The JSON Schema of an analysis, made from its types; `python tests/support/analysis_schema.py` writes it."""

from typing import Any

from type_schema import DOCS, as_text, document, hints_of, of_members, of_type, said_of

from harness.domain.analysis import SCHEMA, Analysis
from harness.domain.cause import Cause
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import OUTCOMES, PHASES, Evidence, FailingTest
from harness.domain.verdict import FAILURE_CLASSES, NONE, SUB_KINDS, UNKNOWN, Verdict

PARTS: dict[str, Any] = {
    "failing test": FailingTest,
    "evidence": Evidence,
    "circumstances": Circumstances,
    "verdict": Verdict,
    "cause": Cause,
    "checkout": CheckoutIds,
}
_CLASSES = [*FAILURE_CLASSES, NONE, UNKNOWN]
_MORE: dict[tuple[str, str], dict[str, Any]] = {
    ("failing test", "phase"): {"enum": list(PHASES)},
    ("failing test", "outcome"): {"enum": list(OUTCOMES)},
    ("failing test", "evidence"): {"minItems": 1},
    ("evidence", "line"): {"minimum": 1},
    ("verdict", "failure_class"): {"enum": _CLASSES},
    ("verdict", "runner_up"): {"enum": [*FAILURE_CLASSES, None]},
    ("verdict", "kind"): {"enum": [*SUB_KINDS, None]},
    ("verdict", "confidence"): {"minimum": 0, "maximum": 1},
    ("cause", "signature"): {"pattern": "^[0-9a-f]{16}$"},
    ("cause", "tests"): {"minItems": 1},
}


def schema() -> dict[str, Any]:
    """Return the schema of the document."""
    parts = {name: _part(name) for name in PARTS}
    return document(
        f"pytest-repro analysis, schema {SCHEMA}", {"$ref": "#/$defs/analysis"}, {"analysis": _analysis(), **parts}
    )


def _analysis() -> dict[str, Any]:
    own = {name: hint for name, hint in hints_of(Analysis).items() if name != "reading"}
    members = {"schema": {"type": "integer", "const": SCHEMA}}
    members |= {name: of_type(hint, PARTS) for name, hint in (hints_of(LogReading) | own).items()}
    return of_members(f"{said_of(Analysis)} {said_of(LogReading)}", members)


def _part(name: str) -> dict[str, Any]:
    kind = PARTS[name]
    members = {one: {**of_type(hint, PARTS), **_MORE.get((name, one), {})} for one, hint in hints_of(kind).items()}
    if kind is Verdict:
        members["fix_may_be_proposed"] = {"type": "boolean"}
    # A circumstance that is not told is left out.
    return of_members(said_of(kind), members, required=() if kind is Circumstances else None)


if __name__ == "__main__":
    (DOCS / "analysis.schema.json").write_text(as_text(schema()), encoding="utf-8")
