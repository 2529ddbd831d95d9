"""Values that are no literals: code, references to variables, and plain words of a sentence."""

import re
from typing import Final

_CALLED: Final = re.compile(r"[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){0,6}")
_ATTRIBUTE: Final = re.compile(r"[a-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,6}")
_CLASS: Final = re.compile(r"(?:[a-z_]{1,40}\.){0,4}[A-Z][a-z]{1,40}[A-Za-z]{0,40}")
_RANDOM: Final = re.compile(r"(?=.{0,400}\d)(?=.{0,400}[a-z])(?=.{0,400}[A-Z]).{16,}")  # no name that a person gave
_REFERENCE: Final = re.compile(
    r"\$(?:\{\{?[^{}]{1,200}\}?\}?|\{\{?|[A-Z_][A-Z0-9_]*|\d|\()?|%[A-Z_]{2,60}%|\{[\w.]{0,60}\}?"
)
_OPERATOR: Final = re.compile(r"\s*(?:[,)\]}+;%]|(?:in|not|and|or|if|is|==|!=)\s)")
_READ: Final = re.compile(
    r"(?:os|self|cls|settings|config)\.[A-Za-z_]|[A-Za-z_][\w.]{0,60}(?:\(|(?:\[[\w., |]{0,60}\])? = )"
)
_METAVAR: Final = re.compile(r"[A-Z_]{0,30}(?:TOKEN|PASSWORD|PASSWD|SECRET|KEY|VALUE|STRING|TEXT|CREDENTIALS?)")
_WORDS: Final = frozenset(
    [
        "none",
        "true",
        "false",
        "null",
        "nil",
        "str",
        "bytes",
        "int",
        "bool",
        "self",
        "yes",
        "no",
        "on",
        "off",
        "read",
        "write",
        "inherit",
        "required",
        "optional",
        "missing",
        "invalid",
        "incorrect",
        "wrong",
        "empty",
        "unset",
        "set",
        "expected",
        "unexpected",
        "not",
        "is",
        "the",
        "a",
        "an",
        "ok",
        "string",
        "text",
        "object",
        "enabled",
        "disabled",
        "this",
        "must",
        "omit",
    ]
)
_TAKEN_OUT: Final = frozenset(("[secure]", "[masked]", "[filtered]", "[redacted]"))
_MASKED: Final = frozenset("*.x•")


def is_word(value: str) -> bool:
    """Whether `value` is a plain word, a mask that someone put before us, or a reference to a variable."""
    return (
        value.lower().strip(".*,") in _WORDS
        or _MASKED.issuperset(value)
        or value.lower() in _TAKEN_OUT
        or _REFERENCE.fullmatch(value) is not None
        or _METAVAR.fullmatch(value) is not None
    )


def is_read(value: str) -> bool:
    """Whether `value`, the rest of a line of code, is read from elsewhere or begins with an annotation."""
    return _READ.match(value) is not None


def is_code(name: str, between: str, value: str, rest: str) -> bool:
    """Whether `value` is no literal: something called, subscribed, compared with, an annotation, or an attribute.

    name: the word that says secret; between: what stands up to the value; rest: the characters after it.
    """
    quoted = between.endswith(("'", '"'))
    if ":" in between and not quoted:
        if rest.startswith(" = ") and _CALLED.fullmatch(value):
            return True  # an annotation with a default
        if rest[:1] in ("[", ")", ",") and _CLASS.fullmatch(value) and not _RANDOM.match(value):
            return True
    if value.startswith("="):
        return True  # a comparison, or a version of a package
    if quoted:
        return _OPERATOR.match(value) is not None
    if _RANDOM.match(value):
        return False
    if between.lstrip("\\")[:1] in ("'", '"') and _CALLED.fullmatch(value):
        return True  # {"token": token}: a literal would be quoted as its key is
    if not name.islower():
        return False
    if rest.startswith(("(", "[")) and _CALLED.fullmatch(value):
        return True
    spaced = between.endswith(" = ") or value.startswith(("self.", "cls.", "os."))
    return "=" in between and spaced and _ATTRIBUTE.fullmatch(value) is not None
