"""The JSON schema of info.json, from the same types that parse it."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from harness.domain.spec import Spec


class _Generator(GenerateJsonSchema):
    """As pydantic says it, but a key that has no value is left out: null is refused."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def info_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of info.json."""
    schema = Spec.model_json_schema(by_alias=True, schema_generator=_Generator)
    schema["properties"]["env"].pop("patternProperties", None)
    schema["properties"]["env"] |= {
        "additionalProperties": {"type": "string", "pattern": r"^[^\u0000]*$"},
        "propertyNames": {"pattern": r"^[^=\u0000]+$", "maxLength": 256},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "info.json of pytest-repro",
        **{key: value for key, value in schema.items() if key != "title"},
        "anyOf": [{"required": [key]} for key in ("url", "raw-logs", "existing-test-path")],
        "not": {"required": ["url", "raw-logs"]},
    }


def info_schema_text() -> str:
    """Return the schema as the text of docs/reference/info.schema.json."""
    return json.dumps(info_schema(), indent=2, ensure_ascii=False) + "\n"
