"""Values that a command or a call gives to a name that says secret: of shells, of CI runners, of Dockerfiles."""

import re
from typing import Final

from harness.logs.secret.code import is_code, is_word
from harness.logs.secret.marks import MARK, QUOTE, QUOTED, in_test_id

_SECRET: Final = (
    r"(?:secret|passw(?:or)?d|passphrase|pwd|token|credentials?|signing|_pass(?![a-z])|_pat(?![a-z])"
    r"|(?:api|access|private|account|signing|encryption|master|deploy|service)[_-]?key)"
)
# DB_PASS, GITHUB_PAT, smtp_pass; PASS alone, or a pass of something else, is an outcome or a count.
_SHORT: Final = re.compile(
    r"(?a)(?<![A-Za-z0-9_])((?:[A-Z0-9_]{1,60}_(?:PASS|PAT)|SSHPASS"
    r"|[a-z0-9_]{0,40}(?:db|user|smtp|imap|e?mail|redis|mysql|pg|postgres|mongo|rabbit(?:mq)?|ftp|admin|root|proxy|sudo|ssh|auth"
    r"|registry|docker|key|keystore|store)_pass)"
    rf"((?: {{0,3}}= {{0,3}}|: {{1,3}}|{QUOTE}: {{0,3}}){QUOTE}?))(?!<redacted>)({QUOTED}|(?<!['\"])[^\s'\",;&()<>]+)"
)
_SHORTEST: Final = 4  # characters of such a value
_ACCESS: Final = re.compile(r"[A-Za-z0-9_-]{20,}")  # a personal access token; a PAT may also be a pattern
_OUTPUT: Final = re.compile(
    rf"(?ai)(::(?:set-output|save-state|set-env) name=([\w.-]{{0,60}}{_SECRET}[\w.-]{{0,40}})::)"
    r"(?!<redacted>)([^\r\n]+)"
)
_AZURE: Final = re.compile(r"(?ai)(##vso\[task\.setvariable ([^\]\r\n]{1,300})\])(?!<redacted>)([^\r\n]+)")
_AZURE_SECRET: Final = re.compile(rf"(?ai)issecret=true|variable=([\w.-]{{0,60}}{_SECRET}[\w.-]{{0,40}})")
_SET: Final = re.compile(
    r"(?a)((?:\bENV |\b(?:[Ss][Ee][Tt][Xx]|setenv|putenv|SetEnvironmentVariable)[ (]{1,2})"
    r"(?:/[A-Za-z]{1,2} {1,3})?['\"]?"
    rf"((?i:[\w.-]{{0,60}}{_SECRET}[\w.-]{{0,40}}))"
    rf"(?:(?<=\w) {{1,3}}(?!=)['\"]?|['\"], {{0,3}}['\"]))(?!<redacted>)({QUOTED}|(?<!['\"])[^\s'\"<>=]+)"
)
_WRAPPED: Final = re.compile(r"(\bSecret(?:Str|Bytes)?\(b?(['\"]))(?!<redacted>)(?!\*+['\"])[^'\"\r\n]+")
_HARMLESS: Final = re.compile(
    r"(?ai).*_(?:file|path|dir|url|uri|ttl|type|name|length|size|count|limit|timeout|enabled)s?"
)


def without_given(line: str, lower: str) -> str:
    """Return `line` with MARK for what commands and calls give to secret names; lower: the line in lower case."""
    if "pass" in lower or "_PAT" in line:
        line = _SHORT.sub(_short, line)
    if " name=" in lower and "::" in line:
        line = _OUTPUT.sub(_named, line)
    if "##vso[" in lower:
        line = _AZURE.sub(_azure, line)
    if "env" in lower or "setx" in lower:
        line = _SET.sub(_named, line)
    if "Secret" in line:
        line = _WRAPPED.sub(rf"\1{MARK}", line)
    return line


def _short(found: re.Match[str]) -> str:
    name, between, value = found[1].removesuffix(found[2]), found[2], found[3]
    kept = (
        len(value) < _SHORTEST
        or is_word(value)
        or value.isdigit()
        or (name.endswith("_PAT") and not _ACCESS.fullmatch(value))
        or is_code(name, between, value, found.string[found.end() : found.end() + 3])
        or in_test_id(found.string, found.start())
    )
    return found[0] if kept else f"{found[1]}{MARK}"


def _named(found: re.Match[str]) -> str:
    kept = _HARMLESS.fullmatch(found[2]) or is_word(found[3]) or in_test_id(found.string, found.start())
    return found[0] if kept else f"{found[1]}{MARK}"


def _azure(found: re.Match[str]) -> str:
    names = [one[1] for one in _AZURE_SECRET.finditer(found[2])]  # None: issecret=true
    kept = all(name and _HARMLESS.fullmatch(name) for name in names) or is_word(found[3])
    return found[0] if kept else f"{found[1]}{MARK}"
