"""Texts as bytes, compressed."""

import zlib


def pack(text):
    return zlib.compress(text.encode("utf-8"))


def unpack(packed):
    """The text that was packed, or ValueError."""
    try:
        return zlib.decompress(packed).decode("utf-8")
    except zlib.error as error:
        raise ValueError("the packed text cannot be read") from error
