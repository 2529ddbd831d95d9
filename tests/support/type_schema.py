"""JSON Schema made from Python types: what a document of ours is published as cannot differ from what writes it."""

import inspect
import json
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def document(title: str, root: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a document; `root` says which of its `definitions` it is."""
    return {"$schema": _DIALECT, "title": title, **root, "$defs": dict(definitions)}


def of_members(
    described: str, members: Mapping[str, Any], required: Iterable[str] | None = None, kind: Any = "object"
) -> dict[str, Any]:
    """Return the schema of an object with exactly these members; `required`: all where it is not said."""
    return {
        "description": described,
        "type": kind,
        "properties": dict(members),
        "required": list(members if required is None else required),
        "additionalProperties": False,
    }


def hints_of(kind: Any) -> dict[str, Any]:
    """Return the types of a dataclass's fields, in their order."""
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}


def said_of(kind: Any) -> str:
    """Return the docstring of `kind` in one line."""
    return " ".join((inspect.getdoc(kind) or "").split())


def of_type(hint: Any, parts: Mapping[str, Any] = types.MappingProxyType({})) -> dict[str, Any]:
    """Return the schema of `hint`; one of `parts` is referred to by its name."""
    name = next((name for name, part in parts.items() if part is hint), None)
    if name is not None:
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(hint, types.UnionType):
        options = [of_type(one, parts) for one in typing.get_args(hint)]
        plain = all(option.keys() == {"type"} for option in options)
        return {"type": [option["type"] for option in options]} if plain else {"anyOf": options}
    origin, arguments = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin in (list, tuple):
        return {"type": "array", "items": of_type(arguments[0], parts)}
    if origin in (dict, Mapping):
        inner = arguments[1] if arguments else Any
        return {"type": "object"} | ({} if inner is Any else {"additionalProperties": of_type(inner, parts)})
    return {"type": _PLAIN[origin]}


def as_text(schema: Mapping[str, Any]) -> str:
    """Return a schema as it is published."""
    return json.dumps(schema, indent=2) + "\n"
