"""Short names for branches, folders and files, made from a node id or from words."""

import hashlib
import re
import unicodedata

LONGEST = 50
# Names that Windows reserves whatever the suffix; a clone there must still be able to check the file out.
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def slug(nodeid_or_text: str) -> str:
    """Return lower-case words joined by dashes: 1 to 50 of a-z, 0-9 and "-", a word at both ends.

    Of a node id only the test's own name counts, without its parameters and without "test". Text without one usable
    letter gets a name from its hash: two such texts still differ. Safe as a part of a git ref and of a path.
    """
    name = (
        _fit(_words(_test_name(nodeid_or_text)))
        or "test-" + hashlib.sha256(nodeid_or_text.encode("utf-8", "replace")).hexdigest()[:8]
    )
    return f"{name}-test" if name in RESERVED else name


def _test_name(text: str) -> str:
    head = text.split("[", 1)[0]
    if "::" not in head:
        return text
    return re.sub(r"^_*test(?=[_A-Z0-9]|$)", "", head.rsplit("::", 1)[1])


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return re.findall(r"[a-z0-9]+", spaced.lower())


def _fit(words: list[str]) -> str:
    """Return as many whole words as there is room for; a first word that is too long is cut."""
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word[:LONGEST]
        if len(longer) > LONGEST:
            break
        name = longer
    return name
