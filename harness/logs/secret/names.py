"""Values of names that say secret: variables, keys of JSON, YAML and XML, options of a command line."""

import re
from collections.abc import Callable
from typing import Final

from harness.logs.secret.code import is_code, is_read, is_word
from harness.logs.secret.marks import MARK, QUOTE, QUOTED, in_test_id

_WORD: Final = (
    r"(?:secret|passw(?:or)?d|passphrase|pwd|token|credentials?|signing"
    r"|(?:api|access|private|account|signing|encryption|master|deploy|service)[_-]?key)"
)
_NAME: Final = re.compile(_WORD)
_CAPITAL: Final = re.compile("SECRET|PASS[WP]|PWD|TOKEN|CREDENTIAL|SIGNING|KEY")
_VALUE: Final = rf"(?:{QUOTED}|(?<!['\"])[^\s\x1b'\",;&()\[\]{{}}\\<>]+)"
_NAMED: Final = re.compile(
    rf"(?ai)({_WORD})((?:key)?(?!(?-i:[a-z]))[A-Za-z0-9_]{{0,40}})"
    rf"({QUOTE}?\]?(?:[ \t]{{0,12}}(?:=>?|:=)[ \t]{{0,3}}|[ \t]{{0,3}}:[ \t]{{1,12}}|:(?=[^\s:/]))"
    rf"(?:[bfru]{{0,2}}{QUOTE})?)({_VALUE})"
)
# `password: str = "..."`, `if password == "..."`: what stands between the name and its value is code.
_IN_CODE: Final = re.compile(
    rf"(?ai)({_WORD}"
    r"[A-Za-z0-9_]{0,40}(?: {0,3}[=!]= {0,3}| {0,3}: {0,3}[A-Za-z_][\w.]{0,60}(?:\[[\w., |]{0,60}\])?(?: \| \w{1,40})?"
    r" {0,3}= {0,3}))(?:\"(?!<redacted>)[^\"\r\n]+|'(?!<redacted>)[^'\r\n]+)"
)
_OPTION: Final = re.compile(rf"(?ai)(?<![\w-])(--?[a-z0-9-]{{0,40}}{_WORD} {{1,3}}{QUOTE}?)(?![-<$\[]|id=)({_VALUE})")
# Variables in capitals, as CI prints an environment: the rest of the line, or of the shell's word, is the value.
_CAPITALS: Final = (
    r"[A-Z0-9_]{0,60}(?:SECRET|PASSW(?:OR)?D|PASSPHRASE|PWD|TOKEN|CREDENTIALS?|SIGNING"
    r"|(?:API|ACCESS|PRIVATE|ACCOUNT|SIGNING|ENCRYPTION|MASTER|DEPLOY|SERVICE)_?KEY)(?:_?[A-Z0-9_]{0,40})"
)
_LISTED: Final = re.compile(
    r"(?a)^((?:[^\t\r\n]{0,200}\t[^\t\r\n]{0,200}\t)?\ufeff?"
    r"(?:\d{4}-\d\d-\d\dT[\d:.]{8,20}Z (?:\d\d[OE][ +])?){0,2}(?:\x1b\[[\d;]{0,9}m)?"
    rf"[ \t]{{0,20}}(?:- )?{_CAPITALS}: {{1,3}})(?!['\"])([^\s<][^\r\n]*)"
)
_ASSIGNED: Final = re.compile(rf"(?a)(?<![^\s])({_CAPITALS}=)(?!['\"=])([^\s<]\S*)")
_KEY: Final = re.compile(
    r"(?a)(?<![A-Z0-9_])(?!(?:[A-Z0-9_]{0,40}_)?(?:PUBLIC|CACHE|PRIMARY|FOREIGN|SORT|PARTITION|ROUTING|HOST)_KEY)"
    r"([A-Z0-9_]{0,60}_KEY)((?: {0,3}= {0,3}|: {1,3}|['\"]: {0,3})['\"]?)([^\s'\",;&()<>]{6,})"
)
_AUTH: Final = re.compile(
    r"(?a)(\b[A-Z0-9_]{1,60}_AUTH|(?<![A-Za-z0-9])_auth|(?<=['\"])auth)((?:\\?['\"])? {0,3}[=:] {0,3}(?:\\?['\"])?)"
    r"(?=[^\sA-Z]{0,400}[A-Z])(?=[^\s\d=]{0,400}[\d=])([A-Za-z0-9+/=_:.-]{10,})"
)
_AUTH_PAIR: Final = re.compile(
    r"(\bauth ?= ?\((?:'[^'\r\n]{0,200}'|\"[^\"\r\n]{0,200}\"), {0,2}['\"])(?!<redacted>)[^'\"\r\n]+"
)
_NAME_AND_VALUE: Final = re.compile(  # {"name": "DB_PASSWORD", "value": "..."}, <add key="Password" value="..."/>
    rf"(?ai)(\b(?:name|key)\\?[\"']?[ ]?[:=][ ]?\\?[\"'][\w.-]{{0,60}}{_WORD}[\w.-]{{0,40}}\\?[\"']"
    r",?[ ]{0,3}\\?[\"']?value\\?[\"']?[ ]?[:=][ ]?\\?[\"'])(?!<redacted>)[^\"'\\\r\n]+"
)
_ELEMENT: Final = re.compile(rf"(?ai)(<[\w.:-]{{0,40}}{_WORD}[\w.-]{{0,20}}>)([^<\r\n]+)(?=</)")
_NETRC: Final = re.compile(r"(?a)(\blogin {1,3}\S{1,200} {1,3}password {1,3})(?!<redacted>)\S+")

_HARMLESS: Final = re.compile(
    r"(?ai)(?:^|.*(?:_|(?-i:(?<=[a-z])(?=[A-Z]))))(?:file|path|dir|url|uri|ttl|type|name|length|len|size|count|limit"
    r"|timeout|expir\w*|policy|endpoint|field|header|mode|enabled|required|min|max)s?"
)


def without_named(line: str, lower: str) -> str:
    """Return `line` with MARK for the values of names that say secret; lower: the line in lower case."""
    if "auth" in lower:
        line = _AUTH_PAIR.sub(rf"\1{MARK}", line)
        line = _AUTH.sub(rf"\1\2{MARK}", line)
    if "_KEY" in line:
        line = _KEY.sub(rf"\1\2{MARK}", line)
        lower = ascii_lower(line)
    if not _NAME.search(lower):
        return line
    if _CAPITAL.search(line):
        line = _ASSIGNED.sub(_listed, _LISTED.sub(_listed, line))
    line = _at_names(_IN_CODE, _literal, line)
    line = _at_names(_NAMED, _named, line)
    if " -" in line or line.startswith("-"):
        line = _OPTION.sub(_option, line)
    if "value" in lower:
        line = _NAME_AND_VALUE.sub(rf"\1{MARK}", line)
    if "</" in lower:
        line = _ELEMENT.sub(rf"\1{MARK}", line)
    if "login" in lower:
        line = _NETRC.sub(rf"\1{MARK}", line)
    return line


def ascii_lower(line: str) -> str:
    """Return `line` with its ASCII letters in lower case and all others as they are: each stays where it was."""
    if line.isascii():
        return line.lower()
    return line.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _at_names(pattern: re.Pattern[str], shown: Callable[[re.Match[str]], str], line: str) -> str:
    """Return `pattern.sub(shown, line)` for a pattern that begins with a name; only names are looked at."""
    lower = ascii_lower(line)
    parts: list[str] = []
    done = 0
    name = _NAME.search(lower)
    while name:
        found = pattern.match(line, name.start())
        if found:
            parts += line[done : found.start()], shown(found)
            done = found.end()
        name = _NAME.search(lower, found.end() if found else name.start() + 1)
    return "".join((*parts, line[done:])) if parts else line


def _listed(found: re.Match[str]) -> str:
    name, value = found[1].strip(" :=-"), found[2]
    kept = (
        value.startswith(MARK)
        or is_word(value)
        or is_word(value.split(" ", 1)[0])
        or _harmless(name, value)
        or is_read(value)
    )
    return found[0] if kept or in_test_id(found.string, found.start()) else f"{found[1]}{MARK}"


def _named(found: re.Match[str]) -> str:
    """Mask the value of a variable whose name says secret; plain words of a sentence and of code stay."""
    name, suffix, between, value = found.groups()
    spoken = name.islower() and ":" in between
    digits = sum(c.isdigit() for c in value)
    prose = spoken and (digits == len(value) <= 3 or (name == "token" and not digits))
    message = ":" in between and suffix.endswith(("Error", "Exception", "Warning")) and value.isalpha()
    kept = (
        prose
        or message
        or is_word(value)
        or _harmless(_before(found) + name + suffix, value)
        or is_code(name, suffix + between, value, found.string[found.end() : found.end() + 3])
        or in_test_id(found.string, found.start())
    )
    return found[0] if kept else f"{name}{suffix}{between}{MARK}"


def _before(found: re.Match[str]) -> str:
    """Return the first part of the name whose secret word was found."""
    start = max(0, found.start() - 40)
    part = found.string[start : found.start()]
    return part[len(part.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")) :]


def _harmless(name: str, value: str) -> bool:
    """Whether the name tells of something about a secret, or is that of the working folder."""
    if name.lower() in ("pwd", "oldpwd", "init_cwd"):
        return value[:1] in ("/", "~", ".") or value[1:3] in (":\\", ":/")
    return _HARMLESS.fullmatch(name) is not None and not name.upper().endswith("PASSWORD")


def _option(found: re.Match[str]) -> str:
    return found[0] if is_word(found[2]) else f"{found[1]}{MARK}"


def _literal(found: re.Match[str]) -> str:
    """Mask a quoted value; its quotes stay."""
    return f"{found[1]}{found[0][len(found[1])]}{MARK}"
