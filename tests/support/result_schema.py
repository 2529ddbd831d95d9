"""The JSON Schema of the result document, made from its types; `python tests/support/result_schema.py` writes it."""

import typing
from typing import Any

from type_schema import DOCS, as_text, document, hints_of, of_members, of_type, said_of

from pytest_repro.core.record import CampaignHeader
from pytest_repro.sinks import result_json

PARTS: dict[str, Any] = {
    "result": result_json.Result,
    "end": result_json.End,
    "totals": result_json.Totals,
    "test": result_json.TestResult,
    "rate": result_json.Rate,
    "proof": result_json.ProofResult,
    "signature": result_json.SignatureResult,
    "first": result_json.First,
}
_FRACTION = {"minimum": 0, "maximum": 1}
_MORE: dict[tuple[str, str], dict[str, Any]] = {
    ("result", "schema"): {"const": result_json.SCHEMA},
    ("result", "campaign"): {"$ref": "#/$defs/campaign"},
    ("rate", "value"): _FRACTION,
    ("rate", "low"): _FRACTION,
    ("rate", "high"): _FRACTION,
    ("rate", "below"): _FRACTION,
    ("rate", "confidence"): _FRACTION,
    ("proof", "state"): {"enum": ["shown", "refuted", "open"]},
    ("proof", "excluded"): _FRACTION,
    ("signature", "digest"): {"pattern": "^([0-9a-f]{16}|rest)$"},
    ("signature", "count"): {"minimum": 1},
    ("first", "iteration"): {"minimum": 1},
}


def schema() -> dict[str, Any]:
    """Return the schema of the document."""
    parts = {name: _part(name) for name in PARTS}
    return document(
        f"pytest-repro result, schema {result_json.SCHEMA}",
        {"$ref": "#/$defs/result"},
        {**parts, "campaign": _campaign()},
    )


def _part(name: str) -> dict[str, Any]:
    hints = typing.get_type_hints(PARTS[name])
    members = {one: {**of_type(hint, PARTS), **_MORE.get((name, one), {})} for one, hint in hints.items()}
    return of_members(said_of(PARTS[name]), members)


def _campaign() -> dict[str, Any]:
    members = {name: of_type(hint, PARTS) for name, hint in hints_of(CampaignHeader).items() if name != "schema"}
    return of_members(said_of(CampaignHeader), members, kind=["object", "null"])


if __name__ == "__main__":
    (DOCS / "result.schema.json").write_text(as_text(schema()), encoding="utf-8")
