"""The JSON Schema of an analysis, made from its types; `python tests/cli/analysis_schema.py` writes it."""

import inspect
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from harness.domain.analysis import SCHEMA, Analysis
from harness.domain.cause import Cause
from harness.domain.checkout_ids import CheckoutIds
from harness.domain.ci_log import LogReading
from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import OUTCOMES, PHASES, Evidence, FailingTest
from harness.domain.verdict import FAILURE_CLASSES, NONE, SUB_KINDS, UNKNOWN, Verdict

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
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
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def schema() -> dict[str, Any]:
    """Return the schema of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"pytest-repro analysis, schema {SCHEMA}",
        "$ref": "#/$defs/analysis",
        "$defs": {"analysis": _analysis(), **{name: _part(name) for name in PARTS}},
    }


def _analysis() -> dict[str, Any]:
    own = {name: hint for name, hint in _hints(Analysis).items() if name != "reading"}
    members = {"schema": {"type": "integer", "const": SCHEMA}}
    members |= {name: _type(hint) for name, hint in (_hints(LogReading) | own).items()}
    described = f"{_said(Analysis)} {_said(LogReading)}"
    return {**_object(described, members), "required": list(members)}


def _part(name: str) -> dict[str, Any]:
    kind = PARTS[name]
    members = {one: {**_type(hint), **_MORE.get((name, one), {})} for one, hint in _hints(kind).items()}
    if kind is Verdict:
        members["fix_may_be_proposed"] = {"type": "boolean"}
    required = [] if kind is Circumstances else list(members)  # a circumstance that is not told is left out
    return {**_object(_said(kind), members), "required": required}


def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}


def _said(kind: Any) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _object(described: str, members: dict[str, Any]) -> dict[str, Any]:
    return {"description": described, "type": "object", "properties": members, "additionalProperties": False}


def _type(hint: Any) -> dict[str, Any]:
    name = next((name for name, part in PARTS.items() if part is hint), None)
    if name is not None:
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(hint, types.UnionType):
        options = [_type(one) for one in typing.get_args(hint)]
        plain = all(option.keys() == {"type"} for option in options)
        return {"type": [option["type"] for option in options]} if plain else {"anyOf": options}
    origin, arguments = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0])}
    return {"type": _PLAIN[origin]}


def as_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    (DOCS / "analysis.schema.json").write_text(as_text(), encoding="utf-8")
