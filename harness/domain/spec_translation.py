"""From pydantic's errors to problems in the words of this program."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.domain.spec_problem import Problem, json_path, show

_TAGS: Final = ("person", "command", "patch")
_EXPECTED: Final = {
    "bool_type": "true or false",
    "string_type": "text in double quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list […]",
    "dict_type": "an object {…}",
    "model_type": "an object {…}",
    "model_attributes_type": "an object {…}",
}
_BOUNDS: Final = (("ge", "at least {}"), ("gt", "more than {}"), ("le", "at most {}"), ("lt", "less than {}"))


def source_problems(data: Any) -> Iterator[Problem]:
    """Yield what is wrong with which of url, raw-logs and existing-test-path are given together."""
    if not isinstance(data, dict):
        return
    if "url" in data and "raw-logs" in data:
        yield Problem("$.url", "given beside raw-logs", "one of the two", "remove the one that is not meant")
    if not {"url", "raw-logs", "existing-test-path"} & data.keys():
        hint = 'add for example "raw-logs": "ci.log"'
        yield Problem("$", "no failure is named", "raw-logs, url or existing-test-path", hint)


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return one problem for each of pydantic's errors on `model`."""
    return [_problem(detail, model) for detail in error.errors(include_url=False)]


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    location = _as_in_the_file(detail["loc"])
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    path = json_path(location)
    if kind == "missing":
        key = location[-1]
        return Problem(path, "missing", _description(model, detail["loc"]), f'add "{key}": …')
    if kind == "extra_forbidden":
        return _unknown_key(path, str(location[-1]), _keys(model, detail["loc"][:-1]))
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _unknown_tag(path, value)
    seen = context.get("seen") or _seen(location, value)
    if kind == "spec":
        return Problem(path, seen, context["expected"], context["hint"])
    bounds = " and ".join(words.format(f"{context[name]:g}") for name, words in _BOUNDS if name in context)
    return Problem(path, seen, _EXPECTED.get(kind) or bounds or detail["msg"], _hint(kind, value))


def _as_in_the_file(location: Sequence[str | int]) -> tuple[str | int, ...]:
    # pydantic puts the kind of the fix behind "fix", and "[key]" behind a key that is wrong itself.
    if location[:1] == ("fix",) and location[1:2] and location[1] in _TAGS:
        location = (location[0], *location[2:])
    return tuple(part for part in location if part != "[key]")


def _seen(location: Sequence[str | int], value: Any) -> str:
    if location[:1] == ("env",) and len(location) > 1:
        return "the name" if isinstance(value, str) else "a value that is no text"  # values may be secrets
    return show(value)


def _hint(kind: str, value: Any) -> str:
    if kind == "bool_type" and isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return f"write {value.strip().lower()} without quotes"
    if kind == "string_type" and isinstance(value, int | float):
        return "put it in double quotes"
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return "write the number without quotes"
    if kind == "tuple_type" and isinstance(value, str):
        return "put it in brackets, one entry for each"
    return ""


def _unknown_tag(path: str, value: dict[str, Any]) -> Problem:
    tag = value.get("by")
    near = get_close_matches(tag.lower(), _TAGS, n=1) if isinstance(tag, str) else []
    hint = f'did you mean "{near[0]}"?' if near else ""
    return Problem(f"{path}.by", show(tag) if "by" in value else "missing", '"person", "command" or "patch"', hint)


def _unknown_key(path: str, key: str, known: Sequence[str]) -> Problem:
    near = get_close_matches(key.lower().replace("_", "-"), known, n=1, cutoff=0.6)
    hint = f'did you mean "{near[0]}"?' if near else "remove it"
    return Problem(path, "unknown key", "one of " + ", ".join(known) if not near else "a known key", hint)


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    return [field.alias or name for name, field in _model_at(model, location).model_fields.items()]


def _description(model: type[BaseModel], location: Sequence[str | int]) -> str:
    fields = _model_at(model, location[:-1]).model_fields
    return next(
        (field.description or "" for name, field in fields.items() if (field.alias or name) == location[-1]), ""
    )


def _model_at(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel]:
    for part in location:
        annotations = [f.annotation for name, f in model.model_fields.items() if (f.alias or name) == part]
        candidates = [annotation for annotation in annotations if isinstance(annotation, type)]
        model = candidates[0] if candidates else _variant(model, str(part))
    return model


def _variant(model: type[BaseModel], tag: str) -> type[BaseModel]:
    # A part that names no field of its own is the tag of a union: `fix` stays, then "patch" picks its model.
    for field in model.model_fields.values():
        for option in getattr(field.annotation, "__args__", ()):
            literal = getattr(option, "model_fields", {}).get("by")
            if literal is not None and literal.annotation.__args__ == (tag,):
                return option  # type: ignore[no-any-return]  # narrowed by having model_fields
    return model
