"""JSON text to data, with words for the slips that people make in it."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

from harness.domain.spec_problem import Problem, json_path, show

_DEEPEST: Final = 20  # levels; the deepest valid input has three
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SLIPS: Final = (
    (r"'", "single quotes; JSON knows only double quotes"),
    (r"[\u201c\u201d\u2018\u2019\u00ab\u00bb]", "typographic quotes; write plain double quotes"),
    (r"//|/\*|#", "a comment; JSON has none, remove it"),
    (r"True\b", "write true"),
    (r"False\b", "write false"),
    (r"None\b|undefined\b", "leave the key out"),
    (r"-?(?:NaN|Infinity)\b", "JSON has no such number"),
    (r"[A-Za-z_]", "text and keys stand in double quotes"),
)


class _Object(dict[str, Any]):
    """A JSON object that remembers the keys it was given twice."""

    twice: tuple[str, ...] = ()


class _NoNumber(ValueError):
    """A number that Python would take and JSON, or arithmetic, would not."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The data of a JSON text, and what is wrong with it; `usable` when its shape can be looked at further."""

    data: Any
    problems: tuple[Problem, ...] = ()
    usable: bool = True


def decode(text: str) -> Decoded:
    """Return the data of `text`; never raises, whatever the text is."""
    text = text.removeprefix("\ufeff")
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
    except json.JSONDecodeError as error:
        return Decoded(None, (_syntax(text, error),), usable=False)
    except RecursionError:
        return Decoded(None, (_too_deep("$"),), usable=False)
    except ValueError as error:  # int() refuses thousands of digits; our own hooks refuse what is no number
        what = str(error) if isinstance(error, _NoNumber) else "a number of thousands of digits"
        return Decoded(None, (Problem("$", what, "a number that can be computed with"),), usable=False)
    return _looked_through(data)


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    result = _Object(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        result.twice = tuple(key for key in result if keys.count(key) > 1)
    return result


def _constant(word: str) -> float:
    raise _NoNumber(f"{word}, which JSON does not know")


def _number(digits: str) -> float | int:
    value = float(digits)
    if math.isinf(value):
        raise _NoNumber(f"{digits[:40]}, which is beyond every number here")
    return int(value) if value.is_integer() else value  # 5.0 is an integer to JSON Schema, so it is one here


def _looked_through(data: Any) -> Decoded:
    problems: list[Problem] = []
    usable = True
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while pending:
        path, value = pending.pop(0)
        if len(path) > _DEEPEST:
            problems.append(_too_deep(json_path(path[:3]) + "…"))
            usable = False
            break
        problems += _own_problems(path, value)
        if isinstance(value, dict):
            pending += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [((*path, index), inner) for index, inner in enumerate(value)]
    return Decoded(data, tuple(problems), usable)


def _own_problems(path: tuple[str | int, ...], value: Any) -> list[Problem]:
    if value is None and path:
        return [Problem(json_path(path), "null", "a value", "leave it out")]
    if isinstance(value, _Object):
        return [Problem(json_path((*path, key)), "given twice", "each key once") for key in value.twice]
    if isinstance(value, str) and _SURROGATE.search(value):
        return [Problem(json_path(path), f"{show(value)} holds half a character", "whole Unicode characters")]
    return []


def _too_deep(path: str) -> Problem:
    return Problem(path, f"nested more than {_DEEPEST} levels deep", "at most three levels")


def _syntax(text: str, error: json.JSONDecodeError) -> Problem:
    place = f"line {error.lineno}, column {error.colno}"
    if not text.strip():
        return Problem("$", "no text at all", "a JSON object {…}", "info.json.example is a complete one")
    return Problem(
        "$", f"no valid JSON at {place}: {_what_stands(text, error.pos)}", _expected(error), _slip(text, error)
    )


def _what_stands(text: str, position: int) -> str:
    if position >= len(text):
        return "the end of the text"
    word = re.compile(r"[A-Za-z_][\w-]*|-?[\d.]+|.", re.DOTALL).match(text, position)
    return f"{show(word.group() if word else text[position])} stands there"


def _expected(error: json.JSONDecodeError) -> str:
    message = error.msg
    for start, words in (
        ("Expecting property name", "a key in double quotes"),
        ("Expecting ','", "a comma or the closing bracket"),
        ("Expecting ':'", "a colon after the key"),
        ("Expecting value", "a value"),
        ("Illegal trailing comma", "no comma after the last entry"),
        ("Extra data", "nothing after the closing bracket"),
        ("Unterminated string", "the closing double quote"),
        ("Invalid control character", r"\n or \t inside text, no real line break or tab"),
        ("Invalid \\", r"one of \\ \/ \" \n \t \r \b \f \uXXXX after a backslash"),
    ):
        if message.startswith(start):
            return words
    return message


def _slip(text: str, error: json.JSONDecodeError) -> str:
    before, rest = text[: error.pos].rstrip(), text[error.pos :]
    if error.msg.startswith("Invalid \\"):
        return r"write \\ for one backslash"
    if error.msg.startswith(("Invalid control", "Extra data")):
        return ""
    if re.match(r",\s*[}\]]", rest) or (rest[:1] in tuple("}]") and before.endswith(",")):
        return "remove the trailing comma"
    if error.msg.startswith("Expecting ','") and rest[:1] == '"':
        return "a comma is missing before it"
    return next((words for pattern, words in _SLIPS if re.match(pattern, rest)), "")
