"""Replay tokens: one short word that names an iteration, as printed behind `--repro-replay=`."""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from pytest_repro.core.errors import ReproError

VERSION: Final = 1
_LAYOUT: Final = struct.Struct(">II4s4s2s")  # root, iteration, nodeid digest, signature digest, checksum


@dataclass(frozen=True, slots=True)
class ReplayToken:
    """What a token carries: root seed, iteration (from 1), and digests of the nodeid and of the signature."""

    root: int
    iteration: int
    nodeid_digest: str
    signature: str

    @classmethod
    def for_failure(cls, root: int, nodeid: str, iteration: int, signature: str) -> "ReplayToken":
        """Return the token of a failing iteration; 8 digits are kept of `signature`, the digest in hex."""
        return cls(root, iteration, digest_of(nodeid), signature[:8].ljust(8, "0"))

    def encode(self) -> str:
        """Return the token as text: `r1-` and 29 letters and digits."""
        body = struct.pack(">II4s4s", self.root, self.iteration, *map(bytes.fromhex, self._digests()))
        return f"r{VERSION}-" + base64.b32encode(body + _checksum(body)).decode().rstrip("=").lower()

    def _digests(self) -> tuple[str, str]:
        return self.nodeid_digest, self.signature


def decode_token(text: str) -> ReplayToken:
    """Return the token behind `text`; raises ReproError("bad-token") with what is wrong with it."""
    version, dash, body = text.strip().lower().partition("-")
    if not dash or not re.fullmatch("r[0-9]{1,4}", version):
        raise _bad(text, f"expected a word that begins with r{VERSION}-")
    if int(version[1:]) != VERSION:
        raise ReproError(
            f"replay token {text!r} is of version {version}, but this plugin reads version r{VERSION}",
            "token-version",
            "replay it with the pytest-repro that printed it",
        )
    try:
        raw = base64.b32decode(body.upper() + "=" * (-len(body) % 8))
        root, iteration, nodeid, signature, checksum = _LAYOUT.unpack(raw)
    except (binascii.Error, struct.error, ValueError):
        raise _bad(text, "it is cut or has letters that no token has") from None
    if checksum != _checksum(raw[:-2]):
        raise _bad(text, "its checksum does not fit: a letter was lost or changed")
    token = ReplayToken(root, iteration, nodeid.hex(), signature.hex())
    if token.encode() != text.strip().lower():  # base32 leaves one bit over, which must not make two spellings
        raise _bad(text, "its last letter was changed")
    return token


def digest_of(text: str) -> str:
    """Return the 8 hex digits by which a token recognises a nodeid."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _checksum(body: bytes) -> bytes:
    """CRC-16: it finds every changed letter and every swap of neighbours, of which a hash would miss one in 65536."""
    return binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")


def _bad(text: str, reason: str) -> ReproError:
    return ReproError(
        f"{text!r} is no replay token: {reason}",
        "bad-token",
        "copy the whole word behind --repro-replay= from the report",
    )
