"""Identity of a failure: what makes two failures the same one."""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

from pytest_repro.core.message import normalise


@dataclass(frozen=True, slots=True)
class Signature:
    """A failure's identity: exception type, masked message, crash location and failing line, causes included.

    `path` is relative to the root folder where the file lies in it; `offset` counts lines from the start of the
    function, so that edits above it keep the identity while another line splits it; `relation` says how a nested
    signature hangs on its parent ("cause", "context" or "member"), and is empty at the top.
    """

    exception: str
    message: str
    path: str = ""
    function: str = ""
    offset: int = 0
    code: str = ""
    relation: str = ""
    nested: tuple["Signature", ...] = ()

    @property
    def digest(self) -> str:
        """16 hex digits; equal for equal signatures, on every machine."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def same_failure(self, other: "Signature") -> bool:
        """Whether both show the same failure although code moved: type, message and failing line agree, causes too.

        Location is left out, so this compares a test with its copy in another file, or code before and after an edit.
        """
        return (
            self.exception == other.exception
            and self.message == other.message
            and self.code == other.code
            and len(self.nested) == len(other.nested)
            and all(a.same_failure(b) for a, b in zip(self.nested, other.nested, strict=True))
        )

    def to_json(self) -> dict[str, Any]:
        """Return the signature as a JSON object without empty members."""
        found: dict[str, Any] = {"exception": self.exception, "message": self.message}
        for name in ("path", "function", "offset", "code", "relation"):
            if value := getattr(self, name):
                found[name] = value
        if self.nested:
            found["nested"] = [one.to_json() for one in self.nested]
        return found

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the signature that `to_json` wrote; members of a later schema are ignored."""
        known = {
            k: data[k] for k in ("exception", "message", "path", "function", "offset", "code", "relation") if k in data
        }
        return cls(**known, nested=tuple(cls.from_json(one) for one in data.get("nested", ())))


def matches_text(signature: Signature, exception: str | None, message: str | None) -> bool:
    """Whether `signature` can be the failure of which a log tells `exception` and the first line of `message`.

    Only what the log says is compared: the last part of a dotted type, and the masked message as far as it was printed.
    A log cuts long messages with "...", and hides the message wholly where pytest rewrote an assertion.
    """
    if exception and exception.rpartition(".")[2] != signature.exception.rpartition(".")[2]:
        return False
    if not message:
        return True
    printed = message.rstrip()
    if not printed.endswith("..."):
        return _head(signature.message, normalise(printed))
    return any(signature.message.startswith(start) for start in _starts(printed.removesuffix("...")))


def _starts(cut: str) -> list[str]:
    """Return the masked forms that a cut text may have: its last word, if it is half an id or path, is left out."""
    before, _, last = cut.rpartition(" ")
    varying = before.strip() and re.search(r"[\d/\\]", last)
    return [normalise(cut), normalise(before)] if varying else [normalise(cut)]


def _head(full: str, first_line: str) -> bool:
    """Whether `first_line` is the message or its head, cut at the end of a word."""
    return full == first_line or (full.startswith(first_line) and full[len(first_line)] == " ")
