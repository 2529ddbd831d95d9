"""The JSON Schema of the journal, made from the record classes; `python tests/support/journal_schema.py` writes it."""

from dataclasses import MISSING, fields
from typing import Any

from type_schema import DOCS, as_text, document, hints_of, of_members, of_type, said_of

from pytest_repro.core import record

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
    ("iteration", "attempts"): {"items": {"enum": _OUTCOMES[:6]}},
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


def schema() -> dict[str, Any]:
    """Return the schema of one line."""
    lines = {kind.kind: _line(kind) for kind in KINDS}
    return document(
        f"pytest-repro journal, schema {record.SCHEMA}: one line",
        {"oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in lines]},
        {**lines, "identity": _IDENTITY},
    )


def _line(kind: Any) -> dict[str, Any]:
    own = {one: {**of_type(hint), **_MORE.get((kind.kind, one), {})} for one, hint in hints_of(kind).items()}
    must = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    return of_members(said_of(kind), {"kind": {"const": kind.kind}, **own}, required=["kind", *must])


if __name__ == "__main__":
    (DOCS / "journal.schema.json").write_text(as_text(schema()), encoding="utf-8")
