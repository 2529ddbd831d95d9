"""Secrets and personal data taken out of log text before it is stored or shown."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

MARK: Final = "<redacted>"
EMAIL: Final = "<email>"
_ADD_MASK: Final = "::add-mask::"
_SHORTEST: Final = 4  # a known value below this would blank out ordinary words
_BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY: Final = re.compile(r"[\s|>]*(?:[A-Za-z0-9+/=]{1,200}|[A-Za-z-]{1,40}: .{0,200})?\\?[rn]?[\s'\",]*$")

# Every pattern starts at the edge of a word and has one repeated class at a time: matching stays linear.
_TOKENS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|gl(?:pat|rt|dt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_.-]{16,300}"
    r"|(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|xox[a-z]-[A-Za-z0-9-]{10,300}|xapp-[A-Za-z0-9-]{10,300}"
    r"|(?:pypi|npm|dckr_pat|sk|pk|rk|hf|shpat|dop_v1|nvapi|whsec|sq0atp|sq0csp)[-_][A-Za-z0-9_-]{20,400}"
    r"|AIza[A-Za-z0-9_-]{30,60}|ya29\.[A-Za-z0-9_-]{20,300}|SG\.[A-Za-z0-9_-]{16,60}\.[A-Za-z0-9_-]{16,80}"
    r"|eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,8000}(?:\.[A-Za-z0-9_-]{0,2000})?"
    r")"
)
_SLACK_HOOK: Final = re.compile(r"(hooks\.slack\.com/(?:services|workflows)/)[A-Za-z0-9/_-]{8,200}")
_HEADER: Final = re.compile(
    r"(?i)\b(?>((?:proxy-)?authorization|x-api-key|x-auth-token|private-token|job-token|set-cookie|cookie)"
    r"(['\"]?\s{0,3}[:=]\s{0,3}b?['\"]?))(?!<redacted>)[^'\"\r\n]{1,4000}"
)
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic|token)( {1,3})(?=[^\s\d]{0,400}\d)[A-Za-z0-9._~+/=-]{12,8000}")
_URL: Final = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,30}://)(?!git@|<redacted>@)[^\s/'\"<>]{1,500}@")
_NAMED: Final = re.compile(
    r"(?i)(secret|passw(?:or)?d|passphrase|pwd|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|credentials?)"
    r"((?:key)?(?!(?-i:[a-z]))[A-Za-z0-9_]{0,40}(?:\\?['\"])?"
    r"(?: {0,3}=>? {0,3}| {0,3}: {1,3}|:(?=[^\s:/]))(?:\\?['\"])?)"
    r"((?<=\")[^\"\r\n]{1,4000}|(?<=')[^'\r\n]{1,4000}|[^\s'\",;&()\[\]{}\\<>]{1,4000})"
)
# `password: str = "..."`, `if password == "..."`: what stands between the name and its value is code.
_IN_CODE: Final = re.compile(
    r"(?i)((?:secret|passw(?:or)?d|passphrase|pwd|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
    r"[A-Za-z0-9_]{0,40}(?: {0,3}[=!]= {0,3}| {0,3}: {0,3}[A-Za-z_][\w.]{0,60}(?:\[[\w., |]{0,60}\])?(?: \| \w{1,40})?"
    r" {0,3}= {0,3}))(?:\"(?!<redacted>)[^\"\r\n]{1,4000}|'(?!<redacted>)[^'\r\n]{1,4000})"
)
_CALLED: Final = re.compile(r"[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){0,6}")
_ATTRIBUTE: Final = re.compile(r"[a-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,6}")
_RANDOM: Final = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{16,}")  # no name that a person gave
_KEY: Final = re.compile(
    r"\b([A-Z0-9_]{0,60}_KEY)((?: {0,3}= {0,3}|: {1,3}|['\"]: {0,3})['\"]?)([^\s'\",;&()<>]{6,4000})"
)
_EMAIL: Final = re.compile(r"(?<![\w.+%-])(?!git@)[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_PLAIN: Final = frozenset(("none", "true", "false", "null", "***", "****", "str", "bytes", "int", "bool", "self"))


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` without tokens, credentials, private keys, secret-named values and e-mail addresses.

    known: values to take out literally (from the environment, from `masked_values`); those below four characters are
    left. Line breaks stay. Redacting twice gives the same text as redacting once. Time is linear in the text.
    """
    if _ADD_MASK in text:
        known = {*known, *masked_values(text.splitlines())}
        text = re.sub(r"::add-mask::[^\r\n]*", f"{_ADD_MASK}{MARK}", text)
    for value in sorted(_usable(known), key=len, reverse=True):
        text = text.replace(value, MARK)
    if "PRIVATE KEY" in text:
        keys = PrivateKeys()
        text = "\n".join(keys.line(line) for line in text.split("\n"))
    text = _TOKENS.sub(MARK, text)
    text = _SLACK_HOOK.sub(rf"\1{MARK}", text)
    text = _HEADER.sub(rf"\1\2{MARK}", text)
    text = _BEARER.sub(rf"\1\2{MARK}", text)
    text = _URL.sub(rf"\1{MARK}@", text)
    text = _IN_CODE.sub(_literal, text)
    text = _NAMED.sub(_named, text)
    text = _KEY.sub(rf"\1\2{MARK}", text)
    return _EMAIL.sub(EMAIL, text) if "@" in text else text


def masked_values(lines: Iterable[str]) -> Iterator[str]:
    """Yield the values that a job asked to be masked with `::add-mask::VALUE`."""
    for line in lines:
        _, found, value = line.partition(_ADD_MASK)
        if found and value.strip():
            yield value.strip()


def _usable(known: Iterable[str]) -> set[str]:
    return {value for value in known if len(value) >= _SHORTEST and value not in MARK and value not in EMAIL}


def _named(found: re.Match[str]) -> str:
    """Mask the value of a variable whose name says secret; plain words of a sentence and of code stay."""
    name, between, value = found[1], found[2], found[3]
    if value.lower().strip(".*") in _PLAIN or not value.strip("*."):
        return found[0]
    prose = name.lower() == "token" and name.islower() and ":" in between and not any(c.isdigit() for c in value)
    return found[0] if prose or _is_code(found) else f"{name}{between}{MARK}"


def _literal(found: re.Match[str]) -> str:
    """Mask a quoted value; its quotes stay."""
    return f"{found[1]}{found[0][len(found[1])]}{MARK}"


def _is_code(found: re.Match[str]) -> bool:
    """Whether the value is plainly no literal: something called, subscribed, compared with, or an attribute."""
    name, between, value = found[1], found[2], found[3]
    rest = found.string[found.end() : found.end() + 3]
    if ":" in between and rest == " = " and _CALLED.fullmatch(value):
        return True  # an annotation
    if not name.islower() or between.endswith(("'", '"')) or _RANDOM.match(value):
        return False
    if value in ("=", "=="):
        return between.endswith("=")
    if rest.startswith(("(", "[")) and _CALLED.fullmatch(value):
        return True
    spaced = between.endswith(" = ") or value.startswith(("self.", "cls.", "os."))
    return "=" in between and spaced and _ATTRIBUTE.fullmatch(value) is not None


class PrivateKeys:
    """Masks private keys in lines that come one by one.

    A key that is never closed ends at the first line that cannot be part of one.
    """

    def __init__(self) -> None:
        self._inside = False

    def line(self, text: str) -> str:
        """Return the next line, masked where it belongs to a key."""
        shown = ""
        while self._inside or "PRIVATE KEY" in text:
            if not self._inside:
                begin = _BEGIN.search(text)
                if begin is None:
                    break
                self._inside = True
                shown, text = shown + text[: begin.start()] + MARK, text[begin.end() :]
            elif (end := _END.search(text)) is not None:
                self._inside, text = False, text[end.end() :]
            elif _KEY_BODY.match(text):
                return shown or MARK
            else:
                self._inside = False
        return shown + text
