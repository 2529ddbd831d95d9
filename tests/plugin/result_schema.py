"""The JSON Schema of the result document, made from its types; `python tests/plugin/result_schema.py` writes it."""

import inspect
import json
import types
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any

from pytest_repro.core.record import CampaignHeader
from pytest_repro.sinks import result_json

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
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
_PLAIN = {str: "string", int: "integer", float: "number", dict: "object", list: "array", types.NoneType: "null"}


def schema() -> dict[str, Any]:
    """Return the schema of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"pytest-repro result, schema {result_json.SCHEMA}",
        "$ref": "#/$defs/result",
        "$defs": {**{name: _part(name) for name in PARTS}, "campaign": _campaign()},
    }


def _part(name: str) -> dict[str, Any]:
    hints = typing.get_type_hints(PARTS[name])
    return _object(PARTS[name], {one: {**_type(hint), **_MORE.get((name, one), {})} for one, hint in hints.items()})


def _campaign() -> dict[str, Any]:
    hints = typing.get_type_hints(CampaignHeader)
    members = {one.name: _type(hints[one.name]) for one in fields(CampaignHeader) if one.name != "schema"}
    return {**_object(CampaignHeader, members), "type": ["object", "null"]}


def _object(kind: Any, members: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": " ".join(inspect.getdoc(kind).split()),
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _type(hint: Any) -> dict[str, Any]:
    name = next((name for name, part in PARTS.items() if part is hint), None)
    if name is not None:
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(hint, types.UnionType):
        options = [_type(one) for one in typing.get_args(hint)]
        plain = all(option.keys() == {"type"} for option in options)
        return {"type": [option["type"] for option in options]} if plain else {"anyOf": options}
    origin, arguments = typing.get_origin(hint) or hint, typing.get_args(hint)
    found: dict[str, Any] = {"type": _PLAIN[origin]}
    if origin is list:
        found["items"] = _type(arguments[0])
    elif origin is dict and arguments[1] is not Any:
        found["additionalProperties"] = _type(arguments[1])
    return found


def as_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    (DOCS / "result.schema.json").write_text(as_text())
