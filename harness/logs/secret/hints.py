"""Which lines of a block of text may hold a secret, found without looking at the other lines one by one."""

import re
from typing import Final

# Every pattern of this package needs one of these. Each begins with letters that are rare or long enough for the
# search to run over the text at the speed of memory.
_LOWER: Final = tuple(
    re.compile(pattern).search
    for pattern in (
        rb"k(?:e[ny]|ie|::|(?<=hook)|(?<=sk)-|(?<=[sr]k)_)",  # key, token, cookie, add-mask::, hook, sk-, sk_, rk_
        rb"secret",
        rb"w(?:(?<=passw)|(?<=pw)d)",
        rb"passphrase",
        rb"_pa(?:ss|t)(?![a-z])",
        rb"sshpass",
        rb"credential",
        rb"auth",
        rb"sig",
        rb"b(?:earer|asic )",
        rb" -(?:[up]|-user|-proxy)",
        rb"@",
    )
)
_EXACT: Final = tuple(
    re.compile(pattern).search
    for pattern in (
        rb"A(?:KIA|SIA|ROA|IDA|GPA|NPA|NVA|BIA|CCA|Iza|TATT|TCTT3|GE-)",
        rb"S(?:G\.|K[0-9a-f]{8})",
        rb"y(?:J|Ai|a29\.|pi-)",
        rb"x(?:ox|app-)",
        rb"_[A-Za-z0-9]{16}",  # ghp_, npm_, hf_, whsec_ and many more
        rb"gl(?:[a-z]{2,5}-|sa_)",
        rb"_pat_",
        rb"dckr_",
        rb"HRKU-",
        rb"GOCSPX-",
        rb"LS0tLS1CRUdJTi",
        rb"wogI",
        rb"PMAK-",
        rb"hv[sbr]\.",
        rb"dapi[0-9a-f]{8}",
        rb"NRAK-",
        rb"pul-[0-9a-f]{8}",
        rb"fm[12]_",
        rb"\.atlasv1\.",
        rb":AA[A-Za-z0-9_-]{8}",
    )
)


def risky_lines(block: str) -> list[int]:
    """Return where the lines of `block` begin that may hold a secret, in their order."""
    exact = block.encode("ascii", "replace")  # one byte for each character: what stands where is kept
    lower = exact.lower()
    starts: set[int] = set()
    for flat, searches in ((lower, _LOWER), (exact, _EXACT)):
        for search in searches:
            found = search(flat, 0)
            while found:
                starts.add(flat.rfind(b"\n", 0, found.start()) + 1)
                end = flat.find(b"\n", found.start())
                found = search(flat, end) if end >= 0 else None
    return sorted(starts)
