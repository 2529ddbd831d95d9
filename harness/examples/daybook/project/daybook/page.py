"""A page: a packed text, sealed together with the page before."""

import hashlib
from dataclasses import dataclass

from .packing import unpack

COVER = "0" * 64  # what the first page follows


@dataclass(frozen=True)
class Page:
    follows: str
    packed: bytes
    seal: str

    @classmethod
    def after(cls, follows, packed):
        """The page with this text that follows the page with the seal `follows`."""
        return cls(follows, packed, _seal(follows, packed))

    @property
    def text(self):
        return unpack(self.packed)

    def is_intact(self):
        return self.seal == _seal(self.follows, self.packed)


def _seal(follows, packed):
    return hashlib.sha256(follows.encode("ascii") + packed).hexdigest()
