"""The JSON Schema of the journal, made from the record classes; `python tests/plugin/journal_schema.py` writes it."""

import inspect
import json
import types
import typing
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from pytest_repro.core import record

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
KINDS = (
    record.CampaignHeader,
    record.PlannedTest,
    record.IterationRecord,
    record.FailureDetail,
    record.Probe,
    record.Sharing,
    record.Remark,
    record.CampaignEnd,
)
_OUTCOMES = ["passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timed out"]
_MORE: dict[tuple[str, str], dict[str, Any]] = {
    ("campaign", "schema"): {"const": record.SCHEMA},
    ("campaign", "root"): {"minimum": 0, "maximum": 2**32 - 1},
    ("campaign", "stress"): {"minimum": 1},
    ("campaign", "seconds"): {"exclusiveMinimum": 0},
    ("campaign", "stop"): {"minimum": 1},
    ("test", "asked"): {"minimum": 1},
    ("test", "root"): {"minimum": 0, "maximum": 2**32 - 1},
    ("iteration", "iteration"): {"minimum": 1},
    ("iteration", "outcome"): {"enum": _OUTCOMES},
    ("iteration", "seed"): {"minimum": 0, "maximum": 2**64 - 1},
    ("iteration", "duration"): {"minimum": 0},
    ("iteration", "phase"): {"enum": ["setup", "call", "teardown"]},
    ("iteration", "signature"): {"pattern": "^[0-9a-f]{16}$"},
    ("signature", "digest"): {"pattern": "^[0-9a-f]{16}$"},
    ("signature", "signature"): {"$ref": "#/$defs/identity"},
    ("signature", "line"): {"minimum": 0},
    ("end", "reason"): {
        "enum": ["complete", "interrupted", "failures", "time", "stopped", "broken off"],
    },
    ("end", "seconds"): {"minimum": 0},
}
_IDENTITY = {
    "description": "What makes two failures the same one; `nested` are its causes and the members of a group.",
    "type": "object",
    "properties": {
        "exception": {"type": "string"},
        "message": {"type": "string"},
        "path": {"type": "string"},
        "function": {"type": "string"},
        "offset": {"type": "integer"},
        "code": {"type": "string"},
        "relation": {"enum": ["cause", "context", "member"]},
        "nested": {"type": "array", "items": {"$ref": "#/$defs/identity"}},
    },
    "required": ["exception", "message"],
    "additionalProperties": False,
}
_PLAIN = {str: "string", int: "integer", float: "number", dict: "object", list: "array", types.NoneType: "null"}


def schema() -> dict[str, Any]:
    """Return the schema of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"pytest-repro journal, schema {record.SCHEMA}: one line",
        "oneOf": [{"$ref": f"#/$defs/{kind.kind}"} for kind in KINDS],
        "$defs": {**{kind.kind: _line(kind) for kind in KINDS}, "identity": _IDENTITY},
    }


def _line(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    members = {one.name: {**_type(hints[one.name]), **_MORE.get((kind.kind, one.name), {})} for one in fields(kind)}
    must = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    return {
        "description": " ".join(inspect.getdoc(kind).split()),
        "type": "object",
        "properties": {"kind": {"const": kind.kind}, **members},
        "required": ["kind", *must],
        "additionalProperties": False,
    }


def _type(hint: Any) -> dict[str, Any]:
    if isinstance(hint, types.UnionType):
        return {"type": [_PLAIN[one] for one in typing.get_args(hint)]}
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
    (DOCS / "journal.schema.json").write_text(as_text())
