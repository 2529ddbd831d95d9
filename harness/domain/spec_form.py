"""The form of a text value, said once for the parser and for the JSON schema."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


def refusal(expected: str, hint: str = "", seen: str = "") -> PydanticCustomError:
    """Return the error for a value that is not `expected`; `seen` replaces the value where that says more."""
    return PydanticCustomError("spec", "{expected}", {"expected": expected, "hint": hint, "seen": seen})


@dataclass(frozen=True, slots=True)
class Form:
    """Text that holds `pattern`, which Python and ECMA read alike; `$(?!\\n)` is the very end in both."""

    pattern: str
    expected: str
    hint: str = ""

    def check(self, text: str) -> str:
        """Return `text`; raises a refusal that says what was expected."""
        if not re.search(self.pattern, text):
            raise refusal(self.expected, self.hint)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say the same in JSON Schema."""
        return handler(schema) | {"pattern": self.pattern}
