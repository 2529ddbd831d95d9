"""Credentials that the protocol tells: HTTP headers, URLs with user or signature, hooks, users of command lines."""

import re
from typing import Final

from harness.logs.secret.marks import EMAIL, MARK, in_test_id

_HEADER: Final = re.compile(
    r"(?ai)\b(?>((?:proxy-)?authorization|x-api-key|x-(?:auth|access|vault|csrf|goog-iam|amz-security)-token"
    r"|private-token|job-token|deploy-token|ocp-apim-subscription-key|(?:set-)?cookie(?=['\"]?:))"
    r"(['\"]?[ \t]{0,3}[:=][ \t]{0,3}(?:b(?=['\"]))?['\"]?))(?!<redacted>)[^'\"\r\n]+"
)
_BEARER: Final = re.compile(
    r"(?a)\b([Bb]earer|BEARER|[Tt]oken)( {1,3})(?=[^\s\d]{0,400}\d)[A-Za-z0-9._~+/=-]{12,}"
    r"|\b([Bb]asic|BASIC)( {1,3})(?=[^\sA-Z]{0,100}[A-Z])(?=[^\s\d=]{0,400}[\d=])[A-Za-z0-9+/=]{8,}(?![\w.-])"
)
_HOOK: Final = re.compile(
    r"(?a)(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/"
    r"|\.webhook\.office\.com/webhookb2/|(?<=/)hooks/catch/)[\w/@%.-]{8,}"
)
# A user's name without a password is no secret: ssh://git@, postgres://postgres@.
_URL: Final = re.compile(
    r"(?ai)\b(?>([a-z][a-z0-9+.-]{1,30}://))(?!<redacted>@)"
    r"(?![a-z][a-z._-]{0,15}@)[^\s/'\"<>]{1,2000}@"
)
_STORE: Final = re.compile(  # a password in the address of a store may hold a slash
    r"(?ai)\b((?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|clickhouse|cockroachdb|oracle)"
    r"(?:\+[a-z0-9]{1,20})?://)(?!<redacted>@)[^\s/:@'\"<>]{0,200}:[^\s@'\"<>]{1,400}@"
)
_ORACLE: Final = re.compile(r"(?ai)(jdbc:oracle:[a-z]{1,10}:)[^\s/'\"<>]{1,100}/[^\s@'\"<>]{1,200}@")
_SIGNED: Final = re.compile(
    r"(?ai)((?:[?&;]|\b)(?:sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid)=)"
    r"(?!<redacted>)[^\s&;'\"<>]{8,}"
    r"|([?&](?:key|auth)=)(?=[^\s\d&]{0,200}\d)[^\s&;'\"<>]{16,}"
)
_GIVEN: Final = r"(?:<redacted>|[^\s'\"<>]+)"
_USER: Final = re.compile(  # curl -u name:word, docker login -p word, mysql -pword; up to the next command
    r"(?a)(\b(?:curl|wget|https?) [^\r\n|&;]{0,300}?(?<= )(?:-u|--user|--proxy-user)[ =]{0,2}['\"]?[^\s:'\"<>]{0,100}:)"
    rf"(?!//){_GIVEN}"
    r"|(\b(?:login|upload|publish|sshpass) [^\r\n|&;]{0,200}?(?<= )-p[ =]{0,2}['\"]?)"
    rf"(?![$-]){_GIVEN}"
    rf"|(\bmysql[a-z]{{0,10}} [^\r\n|&;]{{0,200}}?(?<= )-p)(?!\$){_GIVEN}"
)
_EMAIL: Final = re.compile(r"(?<![\w.+%-])(?!git@)[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?!\w)")


_HEADER_HINTS: Final = ("authorization", "-key", "-token", "cookie")
_SIGNED_HINTS: Final = ("sig=", "signature=", "credential=", "-token=", "accesskeyid=", "key=", "auth=")
_USER_HINTS: Final = ("curl", "wget", "http", "login", "upload", "sshpass", "publish", "mysql")


def without_credentials(line: str, lower: str) -> str:
    """Return `line` with MARK for what its headers, addresses and command lines hold; lower: it in lower case."""
    if any(map(lower.__contains__, _HEADER_HINTS)):
        line = _HEADER.sub(rf"\1\2{MARK}", line)
    if "bearer" in lower or "basic " in lower or "token " in lower:
        line = _BEARER.sub(rf"\1\2\3\4{MARK}", line)
    if "hook" in lower:
        line = _HOOK.sub(rf"\1{MARK}", line)
    if "@" in lower:
        if "://" in lower:
            line = _STORE.sub(rf"\1{MARK}@", line)
            line = _URL.sub(rf"\1{MARK}@", line)
        if "jdbc:oracle:" in lower:
            line = _ORACLE.sub(rf"\1{MARK}@", line)
    if "=" in lower and any(map(lower.__contains__, _SIGNED_HINTS)):
        line = _SIGNED.sub(rf"\1\2{MARK}", line)
    if (" -u" in lower or " -p" in lower or " --" in lower) and any(map(lower.__contains__, _USER_HINTS)):
        line = _USER.sub(rf"\1\2\3{MARK}", line)
    return line


def without_mail(line: str) -> str:
    """Return `line` with EMAIL for each address; one among the parameters of a test id stays."""
    return _EMAIL.sub(_mail, line) if "@" in line else line


def _mail(found: re.Match[str]) -> str:
    return found[0] if in_test_id(found.string, found.start()) else EMAIL
