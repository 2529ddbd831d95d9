"""Seeds: one root that a person may type, and everything else derived from it."""

from hashlib import blake2b
from typing import Final

from pytest_repro.core.errors import ReproError

LARGEST_ROOT: Final = 2**32 - 1


def derive_seed(root: int, nodeid: str, iteration: int, purpose: str = "iteration") -> int:
    """Return the 64-bit seed for (root, nodeid, iteration, purpose); equal inputs give equal seeds on every machine."""
    text = f"{root}\0{nodeid}\0{iteration}\0{purpose}"
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def parse_root_seed(text: str) -> int:
    """Return the root seed that `text` names; raises ReproError("bad-seed") unless it is 0 to 4294967295."""
    try:
        root = int(text)
    except ValueError:
        root = -1
    if not 0 <= root <= LARGEST_ROOT:
        raise ReproError(
            f"{text!r} is no root seed: expected a whole number from 0 to {LARGEST_ROOT}",
            "bad-seed",
            "leave the seed out to have one drawn and printed",
        )
    return root
