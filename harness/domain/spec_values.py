"""The types of the values in info.json: each says what it takes, in Python and in JSON Schema."""

import shlex
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from harness.domain.pytest_args import objection
from harness.domain.spec_form import Form, refusal
from harness.domain.spec_problem import show
from pytest_repro.core.duration import parse_duration
from pytest_repro.core.errors import ReproError

NO_NUL: Final = r"^[^\u0000]*$"
END: Final = r"$(?!\n)"
EXAMPLE_NAME: Final = r"[a-z0-9][a-z0-9_-]*"
EXAMPLE_FILE: Final = rf"^example:({EXAMPLE_NAME})/([A-Za-z0-9_-][A-Za-z0-9_.-]*){END}"
FILLED: Final = rf"[^\u0000]*[^\u0000\s][^\u0000]*{END}"  # holds a character that is no space, and no NUL
_NO_EXAMPLE: Final = r"(?!example:)"
_NO_OPTION: Final = r"(?!-)"
_NO_CONTROL: Final = r"[^\u0000-\u001f\u007f]"
_LONGEST: Final = 7 * 86400.0  # seconds; a budget beyond a week is a slip
_DURATION: Final = rf"^(?=.*[1-9]) *([0-9]+(\.[0-9]+)? *([mM]?[sS]|[mMhHdD]) *)+{END}"
_SHELL_WORDS: Final = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>&1", "&>"})

Prose = Annotated[str, Form(r"\S", "some words")]
Url = Annotated[str, Form(rf"^https?://[^\s/@]+([/?#]\S*)?{END}", "an http(s) address without a user name or password")]
RawLogs = Annotated[
    str,
    Form(
        rf"({EXAMPLE_FILE})|^{_NO_EXAMPLE}[\s\S]*\S",
        'a path, a folder, "-" for standard input, "example:NAME/FILE", or the text of a log',
    ),
]
NodeId = Annotated[
    str,
    Form(
        rf"^(?![-/\\:]|\.\.([/\\]|::|$))((?!::|[/\\]\.\.([/\\]|::|$)){_NO_CONTROL})+(::{_NO_CONTROL}+)?{END}",
        'a test of the repository, such as "tests/test_pool.py::test_close"',
        'a relative path without ".." that starts with no "-", no control character',
    ),
]
Place = Annotated[
    str,
    Form(
        rf"^{_NO_OPTION}({_NO_EXAMPLE}{FILLED}|example:{EXAMPLE_NAME}{END})",
        'a folder, or "example:NAME" for an embedded example',
    ),
]
Revision = Annotated[
    str,
    Form(
        rf"^{_NO_OPTION}(?!.*\.\.)[^\s\u0000-\u001f\u007f:?*\[\\]+{END}",
        'a branch, tag or commit, such as "main" or "v1.2" or "9fceb02"',
        'no leading "-", no range, no path',
    ),
]
Program = Annotated[
    str,
    Form(rf"^{_NO_OPTION}{FILLED}", 'an interpreter, such as "python3.12" or a path'),
]
PatchPath = Annotated[
    str,
    Form(
        rf"({EXAMPLE_FILE})|^{_NO_EXAMPLE}{_NO_OPTION}{FILLED}",
        'the path of a patch file, or "example:NAME/FILE"',
    ),
]
_Word = Annotated[str, Form(NO_NUL, "text without a NUL character")]


def _argv(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise refusal("a command whose quotes are closed", str(error)) from None
    foreign = next((word for word in words if word in _SHELL_WORDS or word.endswith(";")), None)
    if foreign:
        hint = 'write one command an entry, or ["sh", "-c", "…"]'
        raise refusal("one command; no shell runs, so nothing would obey that", hint, seen=f"{foreign!r} stands there")
    return words


def _has_program(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or not words[0].strip():
        raise refusal("a program and its arguments", 'for example ["make", "deps"]')
    return words


Command = Annotated[
    tuple[_Word, ...],
    Field(strict=False),
    AfterValidator(_has_program),
    BeforeValidator(_argv),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{FILLED}"},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": NO_NUL},
                    "minItems": 1,
                    "prefixItems": [{"type": "string", "pattern": f"^{FILLED}"}],
                },
            ]
        }
    ),
]


def _refuse_arguments(words: Sequence[str], where: str = "") -> None:
    reasons = {word: why for index, word in enumerate(words) if (why := objection(words, index))}
    if reasons:
        hint = "; ".join(f"{show(word)}: {why}" for word, why in reasons.items())
        raise refusal("no such argument", hint, seen=where + ", ".join(map(show, reasons)))


def _args(words: tuple[str, ...]) -> tuple[str, ...]:
    _refuse_arguments(words)
    return words


PytestArgs = Annotated[
    tuple[Annotated[str, Form(r"^[^\u0000]+$", "an argument")], ...], Field(strict=False), AfterValidator(_args)
]


def _environment(env: Mapping[str, str]) -> Mapping[str, str]:
    _check_addopts(env.get("PYTEST_ADDOPTS", ""))
    return env


def _check_addopts(text: str) -> None:
    try:
        words: Sequence[str] = shlex.split(text)
    except ValueError as error:
        raise refusal("arguments whose quotes are closed", str(error), seen="PYTEST_ADDOPTS") from None
    _refuse_arguments(words, "PYTEST_ADDOPTS with ")


Environment = Annotated[
    dict[Annotated[str, Form(r"^[^=\u0000]+$", "a name without ="), Field(max_length=256)], _Word],
    AfterValidator(_environment),
]


def _seconds(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise refusal("text with a unit", f'write "{value}s" for seconds')
    if not isinstance(value, str):
        return value
    try:
        seconds = parse_duration(value)
        Form(_DURATION, "").check(value)
    except (ReproError, ValueError) as error:
        hint = error.hint if isinstance(error, ReproError) else ""
        raise refusal("numbers with units, such as 90s, 5m or 1h30m", hint) from None
    if seconds > _LONGEST:
        raise refusal("at most 7d")
    return seconds


def duration_text(seconds: float) -> str:
    """Return `seconds` in the form that the parser takes, exactly: `5m`, `90s`, `0.25s`."""
    if seconds % 60 == 0:
        return f"{int(seconds) // 60}m"
    return f"{Decimal(repr(seconds)).normalize():f}s"


Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION}),
]
