"""Tokens that their own shape tells: access tokens of forges, clouds and registries, and JSON web tokens."""

import re
from typing import Final

from harness.logs.secret.marks import MARK

# Where a repeated class can still fail, a token cannot begin inside it: matching stays linear.
_TOKENS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}"
    r"|gl(?:pat|rt|rtr|dt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]{2,})*"
    r"|glsa_[A-Za-z0-9_]{32,}"
    r"|(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}"
    r"|pypi-[A-Za-z0-9_-]{20,}|(?:npm|hf)_[A-Za-z0-9]{20,}|dckr_[op]at_[A-Za-z0-9_-]{20,}"
    r"|sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}|[sr]k_(?:live_|test_)?[A-Za-z0-9]{20,}"
    r"|do[por]_v1_[A-Za-z0-9]{32,}|shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,}"
    r"|HRKU-[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|ATATT[A-Za-z0-9_=-]{30,}|AGE-SECRET-KEY-[A-Z0-9]{20,}"
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|SK[0-9a-f]{32}(?![A-Za-z0-9])"
    r"|hv[sbr]\.[A-Za-z0-9_-]{20,}|lin_api_[A-Za-z0-9]{20,}|dapi[0-9a-f]{32}(?:-\d)?(?![A-Za-z0-9])"
    r"|NRAK-[A-Z0-9]{20,}|pul-[0-9a-f]{40}(?![A-Za-z0-9])|fm[12]_[A-Za-z0-9+/=_-]{30,}"
    r"|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{30,}"
    r"|(?:whsec|gsk|nfp|bkua|ntn|figd|sntry[su])_[A-Za-z0-9]{16}[A-Za-z0-9_=+/-]{14,}|rubygems_[0-9a-f]{40,}(?![A-Za-z0-9])"
    r"|ATCTT3[A-Za-z0-9_=-]{30,}|tskey-[a-z]{1,20}-[A-Za-z0-9-]{20,}|key-[0-9a-f]{32}(?![A-Za-z0-9])"
    r"|xkeysib-[0-9a-f]{40,}-[A-Za-z0-9]{10,}|PMAK-[0-9a-f]{20,}-[0-9a-f]{20,}"
    r"|(?:bot)?\d{8,10}:AA[A-Za-z0-9_-]{30,}"
    r"|LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]{16,}"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"
    r")"
)
_STARTS: Final = (
    *("gh", "gl", "_pat_", "dckr_", "npm_", "hf_", "sk-", "sk_", "rk_", "_v1_", "shp", "eyJ", "xox", "xapp-", "pypi-"),
    *("AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA", "ANVA", "ABIA", "ACCA", "AIza", "ATATT", "AGE-SECRET"),
    *("HRKU-", "GOCSPX-", "ya29.", "SG.", "SK", "LS0tLS1CRUdJTi"),
    *("hvs.", "hvb.", "hvr.", "lin_api_", "dapi", "NRAK-", "pul-", "fm1_", "fm2_", ".atlasv1.", ":AA"),
    *("whsec_", "gsk_", "nfp_", "bkua_", "ntn_", "figd_", "sntry", "rubygems_", "ATCTT3", "tskey-", "key-", "xkeysib-"),
    "PMAK-",
)


def without_tokens(line: str) -> str:
    """Return `line` with MARK for each token."""
    for start in _STARTS:
        if start in line:
            return _TOKENS.sub(MARK, line)
    return line
