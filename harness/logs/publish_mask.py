"""Text made fit to be published: beside secrets, what names accounts, machines and networks is masked."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from harness.logs.redact import redact
from harness.logs.secret.marks import in_test_id

ACCOUNT: Final = "<account>"
ARN: Final = "<arn>"
BUCKET: Final = "<bucket>"
IP: Final = "<ip>"
HOST: Final = "<host>"

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ARN: Final = re.compile(r"\barn:aws[a-z-]{0,10}:[a-z0-9-]{0,40}:[a-z0-9-]{0,40}:(?:\d{12}|aws)?:[^\s'\"`,;)<>\]}]+")
_BUCKET: Final = re.compile(
    r"(?ai)(\b(?:s3[an]?|gs)://)[a-z0-9._-]{0,60}\d{12}[a-z0-9._-]{0,60}"
    r"|(\bs3[a-z0-9.-]{0,30}\.amazonaws\.com/|\bstorage\.googleapis\.com/)[a-z0-9._-]{0,60}\d{12}[a-z0-9._-]{0,60}"
    r"|(\bbucket[\w-]{0,20}['\"]?[ =:]{1,3}['\"]?)[a-z0-9._-]{0,60}\d{12}[a-z0-9._-]{0,60}"
)
_BUCKET_HOST: Final = re.compile(r"(?ai)(?<![\w.-])[a-z0-9._-]{0,60}\d{12}[a-z0-9_-]{0,40}(?=\.s3[.-])")
_ACCOUNT: Final = re.compile(
    r"(?ai)(?<![\w.])\d{12}(?=\.(?:dkr\.ecr|signin|s3-control)\b)"
    r"|((?:(?<![a-z])aws|account|owner)[_ -]?(?:account|owner)?[_ -]?(?:id|number|no)?['\"]?[ =:]{1,4}['\"]?)"
    r"\d{12}(?!\w)"
    r"|(\bprojects/|(?<![a-z])project[_ -]?(?:number|num)['\"]?[ =:]{1,4}['\"]?)\d{6,20}(?!\w)"
    rf"|(/subscriptions/|(?<![a-z])(?:subscription|tenant)[_ -]?(?:id)?['\"]?[ =:]{{1,4}}['\"]?){_UUID}(?!\w)"
)
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4: Final = re.compile(
    rf"(?a)(?<![\w.])(?:10\.{_OCTET}|172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254)\.{_OCTET}\.{_OCTET}(?!\w|\.\w|-[a-z])"
)
# 10.0.0.1 is also the version of a package: what stands before it tells.
_VERSION: Final = re.compile(
    r"(?ai)(?:[=~!<>]=|[<>^~-]|\w/|\b(?:v|version|ver|release|pip|python|driver|build)['\"]?:?[ =]{0,2})$"
)
_IPV6: Final = re.compile(
    r"(?ai)(?<![\w:.])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:.]{2,45}(?:%\w{1,20})?(?![\w:])"
)
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,62})"
_MACHINE: Final = re.compile(  # names that nothing else has
    r"(?ai)(?<![\w.@-])(?:"
    r"ip-(?:10|172|192)-\d{1,3}-\d{1,3}-\d{1,3}(?:\.[a-z0-9-]{1,63}){0,6}"
    r"|runner-[a-z0-9_-]{1,40}-project-\d{1,12}-concurrent-\w{1,20}"
    rf"|(?:{_LABEL}\.){{1,8}}(?:svc\.cluster\.local|ec2\.internal|compute\.internal|google\.internal|corp|lan|intranet|home\.arpa)"
    r")(?![\w-]|\.\w)"
)
_NETWORK: Final = re.compile(rf"(?ai)(?<![\w.-])(?:{_LABEL}\.){{1,8}}(?:internal|local)(?![\w-]|\.\w)")
# `a.b.internal` may be a module of Python, `threading.local` an attribute: what stands around it tells.
_BEFORE_HOST: Final = re.compile(
    r"(?ai)(?://|@|\b(?:host(?:name)?|server|resolve|domain|to|at|ping|ssh)['\"]?[ =:]{1,3}['\"]?)$"
)


def for_publication(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` as `redact` does, and without cloud accounts, buckets, private addresses and internal hosts.

    Parameters of test ids stay, or nobody could run the tests. Doing it twice gives the same text as once.
    """
    known = tuple(known)
    shown = redact(text, known)
    masked = "\n".join(map(_masked, shown.split("\n")))
    # A mask ends the value in which it stands, behind which another name can then be seen.
    return masked if masked == shown else redact(masked, known)


def _masked(line: str) -> str:
    lower = line.lower()
    if "arn:aws" in lower:
        line = _ARN.sub(ARN, line)
    if "s3" in lower or "gs:/" in lower or "bucket" in lower or "storage.g" in lower:
        line = _BUCKET_HOST.sub(BUCKET, _BUCKET.sub(rf"\1\2\3{BUCKET}", line))
    if any(map(lower.__contains__, ("account", "owner", "aws", "project", "subscription", "tenant"))):
        line = _ACCOUNT.sub(_account, line)
    if any(
        map(lower.__contains__, ("ip-", "runner-", ".local", "internal", ".corp", ".lan", ".intranet", ".home.arpa"))
    ):
        line = _NETWORK.sub(_network, _MACHINE.sub(_machine, line))
    if "10." in lower or "172." in lower or "192.168." in lower or "169.254." in lower:
        line = _IPV4.sub(_ipv4, line)
    return _IPV6.sub(_ipv6, line) if ":" in line else line


def _account(found: re.Match[str]) -> str:
    return f"{found[1] or found[2] or found[3] or ''}{ACCOUNT}"


def _machine(found: re.Match[str]) -> str:
    return found[0] if in_test_id(found.string, found.start()) else HOST


def _network(found: re.Match[str]) -> str:
    text, start = found.string, found.start()
    named = "-" in found[0] or re.match(r":\d{2,5}\b", text[found.end() : found.end() + 6]) is not None
    told = _BEFORE_HOST.search(text[max(0, start - 20) : start]) is not None
    code = text[found.end() : found.end() + 1] in ("(", "[") or text[found.end() : found.end() + 8] == " import "
    return HOST if (named or told) and not code and not in_test_id(text, start) else found[0]


def _ipv4(found: re.Match[str]) -> str:
    text, start = found.string, found.start()
    before = text[max(0, start - 12) : start]
    version = _VERSION.search(before) is not None and not before.endswith("//")
    return found[0] if version or in_test_id(text, start) else IP


def _ipv6(found: re.Match[str]) -> str:
    try:
        address = ipaddress.IPv6Address(found[0].rstrip(".").split("%")[0])
    except ValueError:
        return found[0]
    private = address.is_private and not in_test_id(found.string, found.start())
    return IP + "." * found[0].endswith(".") if private else found[0]
